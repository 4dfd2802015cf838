# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Fits when lips meet and when they are wide apart, from speech with phones.

Of speech there is far more than of captured faces, and of many more people. What is learned are
two odds at each instant of the motion networks: that a p, b or m is spoken there, and that an open
vowel is. They hear 55 to 65 ms ahead of the instant, where the phones are decided on 40.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ..audio.features import FRAMES_PER_STEP, HOP_SAMPLES, LogMel
from ..motion.learned import INSTANTS
from ..speech.acoustic import AcousticModel
from ..speech.phones import BILABIALS, OPEN_VOWELS, PHONES
from .acoustic_examples import SHARE, by_group, choose
from .data import corpus
from .data.augment import Augmenter
from .data.recording import Recording
from .models.motion import LIP_ODDS, CompletionNet

# The instants of step n are the middles of the frames 2n - 5 and 2n - 4.
_FIRST_FRAME = -5
_BATCH = 4096
#: Each recording is shown clean, and varied so often less one.
VARIANTS = 2
_TAIL_STEPS = 6
_BILABIAL = np.array([phone in BILABIALS for phone in PHONES])
_OPEN = np.array([phone in OPEN_VOWELS for phone in PHONES])


@dataclass(frozen=True, eq=False)
class LipExamples:
    """Steps of speech.

    Attributes:
        features: float16 [N, features].
        lips: float32 [N, INSTANTS * LIP_ODDS], 1 where lips meet, and where they are apart.
        known: float32 of the same shape, 1 where the phone is known.
        shares: float64 [N], how often a step is drawn; the sum is 1.

    """

    features: npt.NDArray[np.float16]
    lips: npt.NDArray[np.float32]
    known: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float64]


def lip_targets(
    labels: npt.NDArray[np.int64], steps: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return what the lips do at the instants of steps, and where that is known.

    Args:
        labels: int64 [frames], phone indices or corpus.UNKNOWN.
        steps: how many steps there are.

    Returns:
        float32 [steps, INSTANTS * LIP_ODDS] both.

    """
    at = FRAMES_PER_STEP * np.arange(steps)[:, None] + np.arange(INSTANTS) + _FIRST_FRAME
    inside = (at >= 0) & (at < len(labels))
    phone = np.where(inside, labels[np.clip(at, 0, len(labels) - 1)], corpus.UNKNOWN)
    lips = np.stack([_BILABIAL[np.maximum(phone, 0)], _OPEN[np.maximum(phone, 0)]], 2)
    known = np.repeat((phone != corpus.UNKNOWN)[..., None], LIP_ODDS, 2)
    shape = steps, INSTANTS * LIP_ODDS
    return (
        (lips & known).reshape(shape).astype(np.float32),
        known.reshape(shape).astype(np.float32),
    )


def lip_examples(
    recordings: Sequence[Recording], model: AcousticModel, augment: Augmenter, seed: int
) -> LipExamples:
    """Return the steps of recordings with phones, each once clean and once varied."""
    chosen = choose(list(recordings), np.random.default_rng(seed))
    features, lips, known = [], [], []
    shares: list[npt.NDArray[np.float64]] = []
    mel = LogMel()
    tail = np.zeros(_TAIL_STEPS * FRAMES_PER_STEP * HOP_SAMPLES, np.float32)
    for name, members in by_group(chosen).items():
        first = len(shares)
        for recording in members:
            samples = recording.samples()
            for variant in range(VARIANTS):
                varied = augment.vary(samples, clean=variant == 0)
                heard = model.whole(mel.whole(np.concatenate((varied.samples, tail))))
                labels = corpus.frame_labels(
                    recording.phones, len(varied.samples) // HOP_SAMPLES, varied.stretch
                )
                targets = lip_targets(labels, len(heard.features))
                features.append(heard.features.astype(np.float16))
                lips.append(targets[0])
                known.append(targets[1])
                shares.append(np.full(len(heard.features), 1.0))
        steps = sum(len(s) for s in shares[first:])
        shares[first:] = [s * SHARE[name] / steps for s in shares[first:]]
    drawn = np.concatenate(shares)
    return LipExamples(
        np.concatenate(features), np.concatenate(lips), np.concatenate(known),
        drawn / drawn.sum(),
    )  # fmt: skip


def fit_lips(
    net: CompletionNet, examples: LipExamples, steps: int, seed: int,
    report: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Train the layers of the completion network that tell of the lips; the others stay."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(net.lip_parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps, pct_start=0.1)
    order = np.searchsorted(np.cumsum(examples.shares), rng.random((steps, _BATCH)))
    net.train()
    running = 0.0
    for step, at in enumerate(np.minimum(order, len(examples.features) - 1), 1):
        features = torch.from_numpy(examples.features[at].astype(np.float32))[None]
        known = torch.from_numpy(examples.known[at])[None]
        odds = net.lip_odds(features)
        loss = functional.binary_cross_entropy_with_logits(
            odds, torch.from_numpy(examples.lips[at])[None], weight=known
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
        if step % 200 == 0:
            report(f'{step}/{steps} lips loss {running:.4f}')
