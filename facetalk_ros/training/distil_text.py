# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Teaches the small text encoder what a large one says, and measures what it loses."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from .text_data import Example, batches, pad
from .text_encoder import Student


def word_states(
    net: Student, chunk: list[Example]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the student's word vectors [m, d], the teacher's, and its sentences' [b, d]."""
    ids, lengths = pad([e.ids for e in chunk])
    states = net(ids, lengths)
    real = torch.arange(ids.shape[1]) < lengths[:, None]
    flat = states[real]
    firsts = np.cumsum([0] + [len(e.words) for e in chunk])
    word_of = torch.from_numpy(
        np.concatenate([e.word_of + f for e, f in zip(chunk, firsts[:-1], strict=True)])
    )
    sums = torch.zeros(int(firsts[-1]), flat.shape[1]).index_add(0, word_of, flat)
    means = sums / torch.bincount(word_of)[:, None]
    told = torch.from_numpy(np.concatenate([e.words for e in chunk])).float()
    sentences = (states * real[..., None]).sum(1) / lengths[:, None]
    return means, told, sentences


def distil_loss(net: Student, chunk: list[Example]) -> torch.Tensor:
    """Return the relative squared error of words, plus what the sentences' cosines lack of 1."""
    means, told, sentences = word_states(net, chunk)
    wanted = torch.from_numpy(np.stack([e.sentence for e in chunk]))
    words = ((means - told) ** 2).sum(1) / (told**2).sum(1)
    lacking = 1 - torch.cosine_similarity(sentences, wanted)
    return words.mean() + 2 * lacking.mean()


def compare(net: Student, examples: list[Example]) -> dict[str, float]:
    """Return the mean and the 5th percentile of the cosines with the teacher."""
    net.eval()
    words: list[npt.NDArray[np.float32]] = []
    sentences: list[npt.NDArray[np.float32]] = []
    with torch.no_grad():
        for start in range(0, len(examples), 32):
            chunk = examples[start : start + 32]
            means, told, own = word_states(net, chunk)
            wanted = torch.from_numpy(np.stack([e.sentence for e in chunk]))
            words.append(torch.cosine_similarity(means, told).numpy())
            sentences.append(torch.cosine_similarity(own, wanted).numpy())
    word, sentence = np.concatenate(words), np.concatenate(sentences)
    return {
        'word_cosine': round(float(word.mean()), 4),
        'word_cosine_p5': round(float(np.percentile(word, 5)), 4),
        'sentence_cosine': round(float(sentence.mean()), 4),
        'sentence_cosine_p5': round(float(np.percentile(sentence, 5)), 4),
    }


def distil(
    net: Student,
    examples: list[Example],
    held_out: list[Example],
    steps: int,
    rng: np.random.Generator,
    checkpoint: Path,
) -> dict[str, float]:
    """Train the student for so many steps of 32 texts; return how near it comes."""
    started = time.monotonic()
    optimiser = torch.optim.AdamW(net.parameters(), lr=6e-4, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-4, steps, pct_start=0.06)
    source = batches(examples, 32, rng)
    running = 0.0
    for step in range(1, steps + 1):
        net.train()
        loss = distil_loss(net, next(source))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += (loss.item() - running) * (1 / min(step, 50))
        if step % 50 == 0:
            spent = time.monotonic() - started
            print(f'distil {step}/{steps} loss {running:.3f} {spent:.0f} s', flush=True)
        if step % 500 == 0 or step == steps:
            near = compare(net, held_out)
            print(f'  held out {near}', flush=True)
            torch.save(net.state_dict(), checkpoint)
    return near
