# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The two networks of learned motion, after KMTalk (ECCV 2024, arXiv 2409.01113), as a stream.

``KeyNet`` is the key-motion decoder: from the encoder's features at the instant a phone is
decided, with the phone and its neighbours as far as they are known, to the poses at the phone's
start, at its target and at its end. ``CompletionNet`` fills what lies between: it follows the keys
and corrects them by what is heard. The paper's text was not readable in full; this is our reading.

All layers are convolutions, so that the parameters keep their names and shapes in the ONNX form:
``load_weights`` reads them back from there, and a shipped model can be trained further.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from ...face.articulation import CHANNELS
from ...motion.learned import (
    COMPLETION_KIND,
    INSTANTS,
    KEY_KIND,
    KEY_POSES,
    KNOWN_PHONES,
    NEIGHBOURS,
    RISE_S,
)
from .acoustic import CausalConv
from .onnx_form import write_onnx

_C = len(CHANNELS)
_PHONES = NEIGHBOURS * KNOWN_PHONES
#: Log odds at an instant: that lips meet, and that they are wide apart.
LIP_ODDS = 2
_NEITHER = -6.0
Net = TypeVar('Net', bound=nn.Module)


@dataclass(frozen=True)
class MotionConfig:
    """Sizes of the two networks.

    Attributes:
        features: width of the encoder's features.
        hidden: width of what the networks make of them.

    """

    features: int = 256
    hidden: int = 96
    key_hidden: int = 160
    lips_hidden: int = 128
    dilations: tuple[int, ...] = (1, 2, 4)
    dropout: float = 0.2


class KeyNet(nn.Module):
    """Features and phones to three poses of a phone: its start, its target, its end."""

    scale: torch.Tensor
    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        h = config.key_hidden
        self.heard = nn.Conv1d(config.features, h, 1)
        self.said = nn.Conv1d(_PHONES + 1, h, 1)
        self.mix = nn.Conv1d(h, h, 1)
        self.mix_again = nn.Conv1d(h, h, 1)
        self.out = nn.Conv1d(h, KEY_POSES * _C, 1)
        self.drop = nn.Dropout(config.dropout)
        self.register_buffer('scale', torch.ones(_C))
        self.register_buffer('centre', torch.zeros(config.features))
        self.register_buffer('spread', torch.ones(config.features))

    def forward(
        self, features: torch.Tensor, phones: torch.Tensor, told: torch.Tensor
    ) -> torch.Tensor:
        """Return the keys, float [B, N, KEY_POSES * channels].

        Args:
            features: float [B, N, features], at the step that decided each phone.
            phones: float [B, N, NEIGHBOURS * KNOWN_PHONES], one of each: before, this, next two.
            told: float [B, N, 1], 1 where text told the phone.

        """
        heard = (features - self.centre) * self.spread
        x = self.heard(self.drop(heard.transpose(1, 2)))
        x = torch.relu(x + self.said(torch.cat((phones, told), 2).transpose(1, 2)))
        x = x + torch.relu(self.mix(self.drop(x)))
        x = x + torch.relu(self.mix_again(self.drop(x)))
        return self.out(x).transpose(1, 2) * self.scale.repeat(KEY_POSES)


class CompletionNet(nn.Module):
    """Keys and features to the poses of a step's instants."""

    scale: torch.Tensor
    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        c = config.hidden
        self.heard = nn.Conv1d(config.features, c, 1)
        self.said = nn.Conv1d(_PHONES + 1 + INSTANTS + KEY_POSES * _C, c, 1)
        self.convs = nn.ModuleList(CausalConv(c, c, d) for d in config.dilations)
        self.mixes = nn.ModuleList(nn.Conv1d(c, c, 1) for _ in config.dilations)
        self.out = nn.Conv1d(c, INSTANTS * _C, 1)
        nn.init.zeros_(self.out.weight)
        assert self.out.bias is not None
        nn.init.zeros_(self.out.bias)
        self.lips_heard = nn.Conv1d(config.features, config.lips_hidden, 1)
        self.lips_out = nn.Conv1d(config.lips_hidden, INSTANTS * LIP_ODDS, 1)
        # untrained it hears neither
        nn.init.zeros_(self.lips_out.weight)
        assert self.lips_out.bias is not None
        nn.init.constant_(self.lips_out.bias, _NEITHER)
        self.drop = nn.Dropout(config.dropout)
        self.register_buffer('scale', torch.ones(_C))
        self.register_buffer('centre', torch.zeros(config.features))
        self.register_buffer('spread', torch.ones(config.features))
        self.state_shapes = [(conv.inputs, conv.past) for conv in self.convs]
        self.state_size = sum(i * p for i, p in self.state_shapes)

    def lip_parameters(self) -> list[nn.Parameter]:
        """Return what ``lip_odds`` is made of; it has nothing in common with the motion."""
        return [*self.lips_heard.parameters(), *self.lips_out.parameters()]

    def lip_odds(self, features: torch.Tensor) -> torch.Tensor:
        """Return log odds, float [B, T, INSTANTS * LIP_ODDS], from features [B, T, features]."""
        heard = ((features - self.centre) * self.spread).transpose(1, 2)
        x = torch.relu(self.lips_heard(self.drop(heard)))
        return self.lips_out(x).transpose(1, 2)

    def forward(
        self, features: torch.Tensor, phones: torch.Tensor, told: torch.Tensor,
        clock: torch.Tensor, keys: torch.Tensor, state: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
        """Run any number of steps.

        Args:
            features: float [B, T, features], of the step.
            phones: as ``KeyNet`` takes them, of the phone being spoken.
            told: the same.
            clock: float [B, T, INSTANTS], s since that phone's start.
            keys: float [B, T, KEY_POSES * channels], its keys.
            state: float [B, state_size], zeros at the start.

        Returns:
            Poses, float [B, T, INSTANTS * channels], what ``lip_odds`` returns, and the new
            state.

        """
        batch, steps = features.shape[0], features.shape[1]
        scale = self.scale.repeat(KEY_POSES)
        heard = ((features - self.centre) * self.spread).transpose(1, 2)
        said = torch.cat((phones, told, 10.0 * clock, keys / scale), 2).transpose(1, 2)
        x = torch.relu(self.heard(self.drop(heard)) + self.said(self.drop(said)))
        sizes = [i * p for i, p in self.state_shapes]
        states = []
        for conv, mix, shape, part in zip(
            self.convs, self.mixes, self.state_shapes, state.split(sizes, 1), strict=True
        ):
            y, new = conv(x, part.reshape(batch, *shape))
            x = x + mix(self.drop(torch.relu(y)))
            states.append(new.reshape(batch, -1))
        correction = self.out(torch.relu(x)).transpose(1, 2) * self.scale.repeat(INSTANTS)
        # from the start of the phone to its target, as in the key-motion completion of the paper
        begin, target, _ = keys.reshape(batch, steps, KEY_POSES, _C).split(1, 2)
        part = (clock / RISE_S).clamp(0.0, 1.0)[..., None]
        eased = part * part * (3.0 - 2.0 * part)
        between = begin + eased * (target - begin)
        poses = between.reshape(batch, steps, -1) + correction
        return poses, self.lip_odds(features), torch.cat(states, 1)


def set_scales(
    net: KeyNet | CompletionNet, scale: npt.NDArray[np.float32],
    centre: npt.NDArray[np.float32], spread: npt.NDArray[np.float32],
) -> None:  # fmt: skip
    """Fit a network to its data: reach of the channels, mean and deviation of the features."""
    net.scale.copy_(torch.from_numpy(scale))
    net.centre.copy_(torch.from_numpy(centre))
    net.spread.copy_(torch.from_numpy(1.0 / spread))


def _export(
    net: nn.Module, inputs: dict[str, int], state_size: int, outputs: tuple[str, ...],
    facts: dict[str, Any], path: Path,
) -> None:  # fmt: skip
    examples = {name: torch.zeros(1, 1, width) for name, width in inputs.items()}
    if state_size:
        examples['state'] = torch.zeros(1, state_size)
    write_onnx(net, examples, outputs, facts, path)


def export_motion(
    keys: KeyNet, completion: CompletionNet, config: MotionConfig, folder: Path
) -> None:
    """Write ``keys.onnx`` and ``completion.onnx``."""
    said = {'features': config.features, 'phones': _PHONES, 'told': 1}
    facts = {'channels': CHANNELS, 'config': asdict(config)}
    _export(keys, said, 0, ('keys',), {**facts, 'kind': KEY_KIND}, folder / 'keys.onnx')
    _export(
        completion, {**said, 'clock': INSTANTS, 'keys': KEY_POSES * _C}, completion.state_size,
        ('poses', 'lips', 'next_state'), {**facts, 'kind': COMPLETION_KIND},
        folder / 'completion.onnx',
    )  # fmt: skip


def load_weights(net: Net, path: Path) -> Net:
    """Read the parameters of an exported network back into a network of the same sizes.

    Raises:
        ValueError: the file is of another configuration.

    """
    stored = {i.name: numpy_helper.to_array(i) for i in onnx.load(str(path)).graph.initializer}
    for name, value in net.state_dict().items():
        if name not in stored or stored[name].shape != tuple(value.shape):
            there = stored[name].shape if name in stored else 'missing'
            raise ValueError(
                f'{path} is of another configuration: {name} is {there}, not {tuple(value.shape)}'
            )
        with torch.no_grad():
            value.copy_(torch.from_numpy(stored[name].copy()))
    return net
