# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Key motions first, the motion between them second: a reconstruction after KMTalk's abstract.

KMTalk (ECCV 2024, arXiv 2409.01113) learns the face at phone boundaries and completes the sequence
with the sound as guidance. How its decoders are built could not be read and no code of it was
found; what is below is this project's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ...speech.phones import PHONES
from .audio import AudioEncoder, build_wav2vec2


@dataclass(frozen=True)
class PaperConfig:
    """What a network is made of.

    Attributes:
        data_set: ``biwi`` or ``vocaset``.
        outputs: three for every vertex.
        fps: faces a second.
        keys: which frames are key frames, one of KEYS.
        speakers: whose style is learned, in order.
        encoder: the shape of the audio encoder, by wav2vec 2.0's own names.
        width: of the features behind it.
        heads: of attention.
        layers: of each decoder.

    """

    data_set: str
    outputs: int
    fps: float
    keys: str
    speakers: tuple[str, ...]
    encoder: dict[str, Any]
    width: int = 64
    heads: int = 4
    layers: int = 1


def positions(frames: torch.Tensor, width: int) -> torch.Tensor:
    """Return sines and cosines of frame numbers [n], float [n, width] (Vaswani et al. 2017)."""
    places = torch.arange(0, width, 2, device=frames.device)
    angles = frames[:, None] * torch.exp(places * (-math.log(10000.0) / width))
    return torch.stack((angles.sin(), angles.cos()), 2).reshape(len(frames), -1)[:, :width]


def between_keys(keys: torch.Tensor, frames: int) -> torch.Tensor:
    """Return the matrix [frames, keys] that interpolates linearly between the keys.

    Args:
        keys: int64 [keys], ascending, with the first and the last frame.
        frames: how many there are, at least two.

    """
    at = torch.arange(frames, device=keys.device)
    high = torch.searchsorted(keys, at).clamp(min=1)
    low = high - 1
    share = (at - keys[low]) / (keys[high] - keys[low])
    weights = torch.zeros(frames, len(keys), device=keys.device)
    weights[at, low] = 1 - share
    weights[at, high] = share
    return weights


def _decoder(config: PaperConfig) -> nn.TransformerDecoder:
    layer = nn.TransformerDecoderLayer(
        config.width, config.heads, 2 * config.width, batch_first=True
    )
    return nn.TransformerDecoder(layer, config.layers)


def _head(config: PaperConfig) -> nn.Linear:
    """Return a last layer that begins as no motion, or as none beside the keys."""
    head = nn.Linear(config.width, config.outputs)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


class KeyDecoder(nn.Module):
    """The face at the key frames, from what is heard and the phones around them."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        self.width = config.width
        self.phones = nn.ModuleList(nn.Embedding(len(PHONES), config.width) for _ in range(3))
        self.decoder = _decoder(config)
        self.head = _head(config)

    def forward(
        self, heard: torch.Tensor, keys: torch.Tensor, phones: torch.Tensor, style: torch.Tensor
    ) -> torch.Tensor:
        """Return the key motions [keys, outputs].

        Args:
            heard: float [T, width].
            keys: int64 [keys].
            phones: int64 [keys, 3].
            style: float [width].

        """
        query = heard[keys] + positions(keys, self.width) + style
        for i, table in enumerate(self.phones):
            query = query + table(phones[:, i])
        memory = heard + positions(torch.arange(len(heard), device=heard.device), self.width)
        made: torch.Tensor = self.head(self.decoder(query, memory))
        return made


class Completion(nn.Module):
    """All faces, from what is heard and the key motions."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        self.width = config.width
        self.mask = nn.Parameter(torch.zeros(config.width))
        # without keys it would be weights that nothing trains
        self.project = nn.Linear(config.outputs, config.width) if config.keys != 'none' else None
        self.decoder = _decoder(config)
        self.head = _head(config)

    def forward(
        self, heard: torch.Tensor, keys: torch.Tensor, motions: torch.Tensor, style: torch.Tensor
    ) -> torch.Tensor:
        """Return the motion [T, outputs]: a correction of the interpolated keys.

        Args:
            heard: float [T, width].
            keys: int64 [keys]; none for direct regression.
            motions: float [keys, outputs].
            style: float [width].

        """
        frames = len(heard)
        place = positions(torch.arange(frames, device=heard.device), self.width)
        tokens = self.mask.expand(frames, -1)
        if self.project is not None:
            tokens = tokens.index_copy(0, keys, self.project(motions))
        query = tokens + place + heard + style
        correction: torch.Tensor = self.head(self.decoder(query, heard + place))
        if self.project is None:
            return correction
        # one product instead of two gathered copies of up to 70,110 values a frame
        return torch.addmm(correction, between_keys(keys, frames), motions)


class PaperNet(nn.Module):
    """Sound and phones to a face's difference from its template.

    Attributes:
        scale: the motions inside are in units of the data's spread; vertices in metres would
            else have hardly a gradient.

    """

    scale: torch.Tensor

    def __init__(self, config: PaperConfig, wav2vec2: Any = None) -> None:
        """Build it around an audio encoder, or around one of ``config.encoder``'s shape."""
        super().__init__()
        self.config = config
        self.encoder = AudioEncoder(
            wav2vec2 or build_wav2vec2(config.encoder), config.fps, config.width
        )
        self.styles = nn.Linear(len(config.speakers), config.width, bias=False)
        self.key_decoder = KeyDecoder(config) if config.keys != 'none' else None
        self.completion = Completion(config)
        self.register_buffer('scale', torch.ones(1))

    def style(self, speaker: str) -> torch.Tensor:
        """Return the style of a speaker, float [width]; the mean of all for one not known."""
        speakers = self.config.speakers
        chosen = torch.full((len(speakers),), 1 / len(speakers))
        if speaker in speakers:
            chosen = torch.zeros(len(speakers))
            chosen[speakers.index(speaker)] = 1
        learned: torch.Tensor = self.styles(chosen.to(self.scale.device))
        return learned

    def key_motions(
        self, heard: torch.Tensor, keys: torch.Tensor, phones: torch.Tensor, style: torch.Tensor
    ) -> torch.Tensor:
        """Return the key motions [keys, outputs], in units of ``scale``; see KeyDecoder."""
        if self.key_decoder is None:
            return heard.new_zeros(0, self.config.outputs)
        made: torch.Tensor = self.key_decoder(heard, keys, phones, style)
        return made

    def forward(
        self, samples: torch.Tensor, frames: int, keys: torch.Tensor, phones: torch.Tensor,
        speaker: str,
    ) -> torch.Tensor:  # fmt: skip
        """Return a clip's motion, float [frames, outputs]; see AudioEncoder and KeyDecoder."""
        heard, style = self.encoder(samples, frames), self.style(speaker)
        motions = self.key_motions(heard, keys, phones, style)
        motion: torch.Tensor = self.completion(heard, keys, motions, style) * self.scale
        return motion
