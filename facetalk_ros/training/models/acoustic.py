# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The acoustic encoder: log-mel to phone posteriors, phone boundaries, and features for motion.

Causal, with its past as explicit state; step by step it gives what the whole clip gives.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ...audio.features import FRAMES_PER_STEP, MEL_BANDS
from ...speech.phones import PHONES
from .onnx_form import write_onnx

_KERNEL = 3


@dataclass(frozen=True)
class AcousticConfig:
    """Size of the network. One step is 20 ms: two log-mel frames in, two posteriors out."""

    channels: int = 256
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    #: The posterior of a step is put out this many steps later.
    look_ahead_steps: int = 2


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
        self.boundary_head = nn.Conv1d(c, FRAMES_PER_STEP, 1)
        layers = [self.entry, *self.convs]
        self.state_shapes = [(m.inputs, m.past) for m in layers]
        self.state_size = sum(i * p for i, p in self.state_shapes)

    def forward(
        self, mel: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Run any number of steps.

        Args:
            mel: float [B, T, 2 * MEL_BANDS].
            state: float [B, state_size], zeros at the start.

        Returns:
            Log posteriors [B, T, 2, phones] and log odds of a boundary [B, T, 2], both delayed
            by look_ahead_steps; features [B, T, channels], not delayed; and the new state.

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
        features = torch.relu(x)
        logits = self.head(features).transpose(1, 2)
        logits = logits.reshape(batch, mel.shape[1], FRAMES_PER_STEP, len(PHONES))
        return (
            logits.float().log_softmax(-1),
            self.boundary_head(features).transpose(1, 2).float(),
            features.transpose(1, 2),
            torch.cat([s.reshape(batch, -1) for s in states], 1),
        )


def export(
    net: AcousticNet, config: AcousticConfig, log_prior: npt.NDArray[np.float32], path: Path
) -> None:
    """Write the one-step ONNX model; what the runtime must know travels in its metadata."""
    facts = {
        'kind': 'facetalk acoustic model 2',
        'phones': PHONES,
        'look_ahead_steps': config.look_ahead_steps,
        'log_prior': [round(float(p), 4) for p in log_prior],
        'config': asdict(config),
    }
    inputs = {
        'mel': torch.zeros(1, 1, MEL_BANDS * FRAMES_PER_STEP),
        'state': torch.zeros(1, net.state_size),
    }
    outputs = ('log_posteriors', 'boundaries', 'features', 'next_state')
    write_onnx(net, inputs, outputs, facts, path)
