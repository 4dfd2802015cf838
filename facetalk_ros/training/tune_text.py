# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the expression head: on frozen vectors to compare encoders, then with the student."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from ..expression.families import FAMILIES
from .distil_text import distil_loss
from .text_data import Example, Reader, batches, pad
from .text_encoder import Student
from .text_head import ExpressionHead, Labelled, head_loss, labels_of, vary

_MOST_TOKENS = 64
_LABELLED, _FREE = 24, 12  # sentences of a step


def frozen_accuracy(
    train: Sequence[tuple[np.ndarray, Labelled]],
    held_out: Sequence[tuple[np.ndarray, int]],
    steps: int,
    rng: np.random.Generator,
) -> float:
    """Return the share of families that a head on fixed vectors gets right.

    Args:
        train: vectors float32 [n, d] of each sentence, and its label.
        held_out: the same, with the family's index.
        steps: of 32 sentences.
        rng: picks them.

    """
    head = ExpressionHead(train[0][0].shape[1])
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(steps):
        head.train()
        chunk = [train[i] for i in rng.integers(len(train), size=32)]
        states, lengths = _stack([vectors for vectors, _ in chunk])
        families, amounts = labels_of([row for _, row in chunk])
        loss = head_loss(head(states, lengths), families, amounts)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    head.eval()
    with torch.no_grad():
        states, lengths = _stack([vectors for vectors, _ in held_out])
        chosen = head(states, lengths)[0].argmax(-1).numpy()
    return round(float((chosen == np.array([family for _, family in held_out])).mean()), 4)


def _stack(rows: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = [len(row) for row in rows]
    whole = np.zeros((len(rows), max(lengths), rows[0].shape[1]), np.float32)
    for i, row in enumerate(rows):
        whole[i, : len(row)] = row
    return torch.from_numpy(whole), torch.tensor(lengths)


def student_vectors(net: Student, reader: Reader, texts: Sequence[str]) -> list[np.ndarray]:
    """Return the student's token vectors of each text."""
    net.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            ids, lengths = pad(
                [reader.read(t, _MOST_TOKENS)[0] for t in texts[start : start + 32]]
            )
            states = net(ids, lengths).numpy()
            found += [row[:n] for row, n in zip(states, lengths.tolist(), strict=True)]
    return found


def tune(
    net: Student,
    head: ExpressionHead,
    rows: Sequence[Labelled],
    reader: Reader,
    examples: list[Example],
    steps: int,
    rng: np.random.Generator,
) -> None:
    """Train head and student together, while the student goes on learning from the teacher."""
    rates = [2.5e-4, 1.5e-3]
    optimiser = torch.optim.AdamW(
        [
            {'params': list(net.parameters()), 'lr': rates[0]},
            {'params': list(head.parameters()), 'lr': rates[1]},
        ],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=0.1)
    free = batches(examples, _FREE, rng)
    started = time.monotonic()
    deck: list[int] = []
    for step in range(1, steps + 1):
        net.train()
        head.train()
        if len(deck) < _LABELLED:
            deck = rng.permutation(len(rows)).tolist()
        chosen = [rows[deck.pop()] for _ in range(_LABELLED)]
        ids, lengths = pad([reader.read(vary(r.text, rng), _MOST_TOKENS)[0] for r in chosen])
        families, amounts = labels_of(chosen)
        told = head_loss(head(net(ids, lengths), lengths), families, amounts)
        loss = told + 0.5 * distil_loss(net, next(free))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*net.parameters(), *head.parameters()], 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            spent = time.monotonic() - started
            print(f'tune {step}/{steps} loss {told.item():.3f} {spent:.0f} s', flush=True)


def judge(net: Student, head: ExpressionHead, reader: Reader, texts: Sequence[str]) -> np.ndarray:
    """Return family probabilities, intensity and valence of each text, float32 [n, 10]."""
    net.eval()
    head.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            ids, lengths = pad(
                [reader.read(t, _MOST_TOKENS)[0] for t in texts[start : start + 32]]
            )
            logits, intensity, valence, _ = head(net(ids, lengths), lengths)
            amounts = torch.stack((intensity, valence), -1)
            found.append(torch.cat((logits.softmax(-1), amounts), -1).numpy())
    return np.concatenate(found)


def family_index(name: str) -> int:
    """Return the index of a label's emotion: questions and denials show none."""
    return FAMILIES.index(name if name in FAMILIES else 'neutral')
