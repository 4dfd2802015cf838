# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The acoustic model: a causal network from log-mel to phone posteriors, and its ONNX form.

``facetalk train acoustic --data FOLDER`` runs this module.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import nn

from ..audio.features import FRAMES_PER_STEP, MEL_BANDS
from ..speech.phones import PHONES

_KERNEL = 3


@dataclass(frozen=True)
class AcousticConfig:
    """Size of the network. One step is 20 ms: two log-mel frames in, two posteriors out."""

    channels: int = 256
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    #: The posterior of a step is put out this many steps later.
    look_ahead_steps: int = 3


class CausalConv(nn.Module):
    """Dilated convolution over past and present, with the past as explicit state."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.inputs, self.past = inputs, (_KERNEL - 1) * dilation
        self.conv = nn.Conv1d(inputs, outputs, _KERNEL, dilation=dilation)

    def forward(self, x: torch.Tensor, past: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map [B, inputs, T] after the state [B, inputs, past] to [B, outputs, T], new state."""
        joined = torch.cat((past, x), 2)
        return self.conv(joined), joined[:, :, -self.past :]


class AcousticNet(nn.Module):
    """Temporal convolution network (Bai et al. 2018) with residual dilated blocks."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        c = config.channels
        self.entry = CausalConv(MEL_BANDS * FRAMES_PER_STEP, c)
        self.convs = nn.ModuleList(CausalConv(c, c, d) for d in config.dilations)
        self.norms = nn.ModuleList(nn.BatchNorm1d(c) for _ in config.dilations)
        self.mixes = nn.ModuleList(nn.Conv1d(c, c, 1) for _ in config.dilations)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Conv1d(c, len(PHONES) * FRAMES_PER_STEP, 1)
        layers = [self.entry, *self.convs]
        self.state_shapes = [(m.inputs, m.past) for m in layers]
        self.state_size = sum(i * p for i, p in self.state_shapes)

    def forward(self, mel: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run any number of steps.

        Args:
            mel: float [B, T, 2 * MEL_BANDS].
            state: float [B, state_size], zeros at the start.

        Returns:
            Log posteriors [B, T, 2, phones], delayed by look_ahead_steps, and the new state.

        """
        batch = mel.shape[0]
        sizes = [i * p for i, p in self.state_shapes]
        pasts = [
            part.reshape(batch, *shape)
            for part, shape in zip(state.split(sizes, 1), self.state_shapes, strict=True)
        ]
        x, new = self.entry(mel.transpose(1, 2), pasts[0])
        states = [new]
        x = torch.relu(x)
        for conv, norm, mix, past in zip(
            self.convs, self.norms, self.mixes, pasts[1:], strict=True
        ):
            y, new = conv(x, past)
            states.append(new)
            x = x + mix(self.dropout(torch.relu(norm(y))))
        logits = self.head(torch.relu(x)).transpose(1, 2)
        logits = logits.reshape(batch, mel.shape[1], FRAMES_PER_STEP, len(PHONES))
        return logits.log_softmax(-1), torch.cat([s.reshape(batch, -1) for s in states], 1)


def export(
    net: AcousticNet, config: AcousticConfig, log_prior: npt.NDArray[np.float32], path: Path
) -> None:
    """Write the one-step ONNX model; what the runtime must know travels in its metadata."""
    net = net.eval()
    mel = torch.zeros(1, 1, MEL_BANDS * FRAMES_PER_STEP)
    state = torch.zeros(1, net.state_size)
    buffer = io.BytesIO()
    torch.onnx.export(
        net, (mel, state), buffer, dynamo=False, opset_version=17,
        input_names=['mel', 'state'], output_names=['log_posteriors', 'next_state'],
        dynamic_axes={n: {0: 'streams'} for n in ('mel', 'state', 'log_posteriors', 'next_state')},
    )  # fmt: skip
    model = onnx.load_from_string(buffer.getvalue())
    facts = {
        'kind': 'facetalk acoustic model 1',
        'phones': PHONES,
        'look_ahead_steps': config.look_ahead_steps,
        'log_prior': [round(float(p), 4) for p in log_prior],
        'config': asdict(config),
    }
    model.metadata_props.append(
        onnx.StringStringEntryProto(key='facetalk', value=json.dumps(facts))
    )
    onnx.save(model, str(path))
