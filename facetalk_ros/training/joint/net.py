# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The joint audio-text network after Fan et al. 2022 (arXiv 2112.02214), in two sizes.

Two branches of dilated convolutions hear the sound. One moves the lower face and knows of nothing
else; the other is fused with the text, ``h = a + sigmoid(W[a; t]) * t``, and moves the upper face
and the corners of the mouth. They share no weight, so that text cannot change the lips, neither
when it is spoken nor while the network learns. The paper's text was not readable in full; the
fusion and its bounds are this project's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ...audio.features import FRAMES_PER_STEP, MEL_BANDS, STEP_S
from ..models.acoustic import CausalConv


@dataclass(frozen=True)
class JointConfig:
    """What a network is made of.

    Attributes:
        size: ``paper`` sees the whole clip, ``realtime`` the past only.
        outputs: how many values a face has: 52, or 3 for every vertex.
        text_outputs: those that text may move, ascending.
        text_width: values of a word's vector.
        mel_frames: log-mel frames heard at each face.
        look_ahead: by so many faces a realtime network answers later.

    """

    size: str
    outputs: int
    text_outputs: tuple[int, ...]
    text_width: int
    fps: float
    channels: int
    dilations: tuple[int, ...]
    mel_frames: int
    look_ahead: int

    @property
    def causal(self) -> bool:
        """Whether it can run on a stream."""
        return self.size == 'realtime'

    @property
    def audio_width(self) -> int:
        """Values heard at each face."""
        return self.mel_frames * MEL_BANDS


def config_for(
    size: str, outputs: int, text_outputs: npt.NDArray[np.int64], text_width: int, fps: float,
    channels: int | None = None,
) -> JointConfig:  # fmt: skip
    """Return the configuration of a size.

    Args:
        size: ``paper``, at the data's rate, or ``realtime``, one face per 20 ms step.
        outputs: how many values a face has.
        text_outputs: those that text may move, int64, ascending.
        text_width: values of a word's vector.
        fps: faces a second of the data.
        channels: width of the branches when it is not the size's own.

    Raises:
        ValueError: there is no such size.

    """
    movable = tuple(int(i) for i in text_outputs)
    if size == 'paper':
        return JointConfig(
            size, outputs, movable, text_width, fps, channels or 256, (1, 2, 4, 8, 16),
            mel_frames=4, look_ahead=0,
        )  # fmt: skip
    if size == 'realtime':
        return JointConfig(
            size, outputs, movable, text_width, 1 / STEP_S, channels or 96, (1, 2, 4, 8),
            mel_frames=FRAMES_PER_STEP, look_ahead=2,
        )  # fmt: skip
    raise ValueError(f'size {size!r} is neither paper nor realtime')


class CentredConv(nn.Module):
    """Dilated convolution over past and future; it has no state."""

    past = 0

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.inputs = inputs
        self.conv = nn.Conv1d(inputs, outputs, 3, dilation=dilation, padding=dilation)

    def forward(self, x: torch.Tensor, past: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map [B, inputs, T] to [B, outputs, T]; the state is empty and stays so."""
        return self.conv(x), past


class Branch(nn.Module):
    """Residual dilated convolutions with their states side by side in one tensor."""

    def __init__(self, inputs: int, config: JointConfig, dilations: tuple[int, ...]) -> None:
        super().__init__()
        conv, c = CausalConv if config.causal else CentredConv, config.channels
        self.convs = nn.ModuleList(
            [conv(inputs, c), *(conv(c, c, dilation) for dilation in dilations)]
        )
        self.mixes = nn.ModuleList(nn.Conv1d(c, c, 1) for _ in dilations)
        self.state_shapes = [(m.inputs, m.past) for m in self.convs]
        self.state_size = sum(i * past for i, past in self.state_shapes)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map [B, inputs, T] and the state [B, state_size] to [B, c, T] and the new state."""
        sizes = [i * past for i, past in self.state_shapes]
        pasts = [
            part.reshape(x.shape[0], *shape)
            for part, shape in zip(state.split(sizes, 1), self.state_shapes, strict=True)
        ]
        states = []
        for i, (conv, past) in enumerate(zip(self.convs, pasts, strict=True)):
            y, new = conv(x, past)
            x = torch.relu(y) if i == 0 else x + self.mixes[i - 1](torch.relu(y))
            states.append(new.reshape(x.shape[0], -1))
        return x, torch.cat(states, 1)


class JointNet(nn.Module):
    """Sound and words to the face's difference from rest."""

    scale: torch.Tensor
    place: torch.Tensor

    def __init__(self, config: JointConfig) -> None:
        super().__init__()
        c, movable = config.channels, config.text_outputs
        # a scan has seventy thousand outputs
        fixed = np.setdiff1d(np.arange(config.outputs), movable).tolist()
        self.lower = Branch(config.audio_width, config, config.dilations)
        self.lower_head = nn.Conv1d(c, len(fixed), 1)
        self.upper = Branch(config.audio_width, config, config.dilations)
        self.silence = nn.Parameter(torch.zeros(config.text_width))
        self.text = nn.Linear(config.text_width, c)
        self.gate = nn.Conv1d(2 * c, c, 1)
        # what a word does to the face goes on after it: the fused features have a memory as well
        self.after = Branch(c, config, config.dilations)
        self.upper_head = nn.Conv1d(c, len(movable), 1)
        for head in (self.lower_head, self.upper_head):
            nn.init.zeros_(head.weight)
            if head.bias is not None:
                nn.init.zeros_(head.bias)
        order = torch.tensor([*fixed, *movable], dtype=torch.int64)
        self.register_buffer('place', torch.argsort(order))
        self.register_buffer('scale', torch.ones(1))
        self.state_sizes = [b.state_size for b in (self.lower, self.upper, self.after)]
        self.state_size = sum(self.state_sizes)

    def forward(
        self, audio: torch.Tensor, text: torch.Tensor, spoken: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run any number of faces.

        Args:
            audio: float [B, T, audio_width], log-mel.
            text: float [B, T, text_width], the vector of the word that is spoken.
            spoken: float [B, T, 1], 1 in a word and 0 between words, where ``text`` is ignored.
            state: float [B, state_size], zeros at the start.

        Returns:
            The difference from rest [B, T, outputs] and the new state.

        """
        lower_state, upper_state, after_state = state.split(self.state_sizes, 1)
        heard = audio.transpose(1, 2)
        lips, lower_state = self.lower(heard, lower_state)
        a, upper_state = self.upper(heard, upper_state)
        word = torch.where(spoken > 0.5, text, self.silence)
        t = self.text(word).transpose(1, 2)
        h = a + torch.sigmoid(self.gate(torch.cat((a, t), 1))) * t
        h, after_state = self.after(h, after_state)
        both = torch.cat((self.lower_head(lips), self.upper_head(h)), 1)
        motion = both.transpose(1, 2).index_select(2, self.place) * self.scale
        return motion, torch.cat((lower_state, upper_state, after_state), 1)
