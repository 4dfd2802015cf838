# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The small text encoder: a thin BERT that begins as parts of a larger one.

Its word vectors are the teacher's, product-quantised (Jegou, Douze, Schmid 2011, "Product
Quantization for Nearest Neighbor Search"): a code of one byte for every few dimensions. Its
layers are some of the teacher's, with the feed-forward units that matter least left out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

CENTROIDS = 256  # a code is one byte
_WRITTEN = re.compile(r'(##)?[a-z0-9]+|(##)?[!-~]|(##)?[–—‘’“”…£€°]|\[(UNK|CLS|SEP)\]')


@dataclass(frozen=True)
class StudentConfig:
    """The student's size.

    Attributes:
        from_layers: the teacher's layers that its own begin as.
        feed_forward: units kept in each feed-forward part.
        group: dimensions of a word vector that share one code.
        positions: tokens of the longest text, with the signs for start and end.

    """

    from_layers: tuple[int, ...] = (0, 2, 5)
    feed_forward: int = 768
    group: int = 4
    positions: int = 128


class Block(nn.Module):
    """One layer of BERT (post-norm)."""

    def __init__(self, width: int, heads: int, feed_forward: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, feed_forward)
        self.down = nn.Linear(feed_forward, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Advance states [b, n, width]; mask is added to the scores, [b, 1, 1, n]."""
        b, n, width = x.shape
        parts = self.qkv(x).reshape(b, n, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        heard = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, width)
        x = self.norm1(x + self.out(heard))
        done: torch.Tensor = self.norm2(
            x + self.down(nn.functional.gelu(self.up(x), approximate='tanh'))
        )
        return done


class Student(nn.Module):
    """Token ids to contextual token vectors."""

    codes: torch.Tensor

    def __init__(self, config: StudentConfig, codes: torch.Tensor, width: int, heads: int) -> None:
        super().__init__()
        self.config = config
        groups = codes.shape[1]
        self.register_buffer('codes', codes.long() + torch.arange(groups) * CENTROIDS)
        self.codebook = nn.Parameter(torch.zeros(groups * CENTROIDS, config.group))
        self.position = nn.Parameter(torch.zeros(config.positions, width))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.blocks = nn.ModuleList(
            Block(width, heads, config.feed_forward) for _ in config.from_layers
        )

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Return states float32 [b, n, width] of ids int64 [b, n]; lengths of padded rows."""
        b, n = ids.shape
        mask = None
        if lengths is not None:
            beyond = torch.arange(n) >= lengths[:, None]
            mask = torch.zeros(b, n).masked_fill(beyond, -1e4)[:, None, None]
        x = self.norm(self.codebook[self.codes[ids]].flatten(2) + self.position[:n])
        for block in self.blocks:
            x = block(x, mask)
        return x


def choose_vocabulary(
    teacher: list[str], uses: Counter[int], always: int = 6000, least: int = 2
) -> list[int]:
    """Return the ids of the teacher's pieces that the student keeps.

    Those of the teacher's ``always`` most frequent ones that are written in English, every single
    sign, and what occurs ``least`` times in the free text that the training uses.
    """
    return [
        i
        for i, piece in enumerate(teacher)
        if _WRITTEN.fullmatch(piece)
        and (i < always or uses[i] >= least or len(piece.removeprefix('##')) == 1)
    ]


def quantise_vectors(
    vectors: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float64],
    group: int,
    rounds: int,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return codes [n, groups] and centroids [groups, 256, group] of vectors [n, d] (k-means)."""
    n, d = vectors.shape
    codes = np.zeros((n, d // group), np.uint8)
    centroids = np.zeros((d // group, CENTROIDS, group), np.float32)
    for g in range(d // group):
        points = vectors[:, g * group : (g + 1) * group]
        centres = points[rng.choice(n, CENTROIDS, replace=False, p=weights / weights.sum())]
        for _ in range(rounds):
            far = (centres**2).sum(1) - 2 * points @ centres.T
            nearest = far.argmin(1)
            mass = np.bincount(nearest, weights, CENTROIDS)
            for k in range(group):
                total = np.bincount(nearest, weights * points[:, k], CENTROIDS)
                centres[:, k] = np.where(mass > 0, total / np.maximum(mass, 1e-9), centres[:, k])
        codes[:, g] = ((centres**2).sum(1) - 2 * points @ centres.T).argmin(1)
        centroids[g] = centres
    return codes, centroids


def student_from_teacher(
    config: StudentConfig,
    teacher: Any,
    vocabulary: list[int],
    uses: Counter[int],
    sample: list[torch.Tensor],
    rng: np.random.Generator,
) -> Student:
    """Return a student that begins as parts of a teacher.

    Args:
        config: its size.
        teacher: a ``transformers.BertModel``.
        vocabulary: the teacher's pieces that the student keeps.
        uses: how often each of them occurs.
        sample: token ids [1, n] of texts, to see which feed-forward units matter.
        rng: for the k-means.

    """
    vectors = teacher.embeddings.word_embeddings.weight.detach().numpy()[vocabulary]
    weights = np.sqrt(np.array([uses[i] + 5.0 for i in vocabulary]))
    codes, centroids = quantise_vectors(vectors, weights, config.group, 12, rng)
    width, heads = teacher.config.hidden_size, teacher.config.num_attention_heads
    net = Student(config, torch.from_numpy(codes), width, heads)
    with torch.no_grad():
        net.codebook.copy_(torch.from_numpy(centroids.reshape(-1, config.group)))
        kinds = teacher.embeddings.token_type_embeddings.weight[0]
        places = teacher.embeddings.position_embeddings.weight[: config.positions]
        net.position.copy_(places + kinds)
        net.norm.load_state_dict(teacher.embeddings.LayerNorm.state_dict())
        for block, index in zip(net.blocks, config.from_layers, strict=True):
            _copy_layer(block, teacher, index, sample)
    return net


def _copy_layer(block: Any, teacher: Any, index: int, sample: list[torch.Tensor]) -> None:
    layer = teacher.encoder.layer[index]
    attention, up, down = layer.attention, layer.intermediate.dense, layer.output.dense
    query = (attention.self.query, attention.self.key, attention.self.value)
    block.qkv.weight.copy_(torch.cat([part.weight for part in query]))
    block.qkv.bias.copy_(torch.cat([part.bias for part in query]))
    block.out.load_state_dict(attention.output.dense.state_dict())
    block.norm1.load_state_dict(attention.output.LayerNorm.state_dict())
    block.norm2.load_state_dict(layer.output.LayerNorm.state_dict())
    active = torch.zeros(up.out_features)

    def count(_module: nn.Module, _given: object, result: torch.Tensor) -> None:
        active.add_(result.abs().sum((0, 1)))

    hook = layer.intermediate.register_forward_hook(count)
    for ids in sample:
        teacher(input_ids=ids)
    hook.remove()
    kept = (active * down.weight.norm(dim=0)).topk(block.up.out_features).indices.sort().values
    block.up.weight.copy_(up.weight[kept])
    block.up.bias.copy_(up.bias[kept])
    block.down.weight.copy_(down.weight[:, kept])
    block.down.bias.copy_(down.bias)
