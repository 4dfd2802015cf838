# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Clips as the network reads them; their motion stays on disk until it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...commands.progress import ProgressBar
from ..layouts.clip import FaceClip, Floats, Indices
from ..layouts.scans import ScanFolder
from .key_frames import choose_keys, phones_around, starts_of
from .phone_keys import phone_starts

# wav2vec 2.0 hears 25 ms at least; twice that leaves something to interpolate between.
_SHORTEST_SAMPLES = 800


@dataclass(frozen=True, eq=False)
class Example:
    """One clip.

    Attributes:
        samples: float32 [n] at 16 kHz, of zero mean and unit variance.
        frames: of the motion, T.
        keys: int64 [keys], the key frames; none for direct regression.
        phones: int64 [keys, 3], the phone before, at and after each.
        power: mean square of the motion.
        motion: reads float32 [T, outputs], the difference from the template.

    """

    name: str
    speaker: str
    samples: Floats
    frames: int
    keys: Indices
    phones: Indices
    power: float
    motion: Callable[[], Floats]


def prepare(clip: FaceClip, keys: str, motion: Callable[[], Floats] | None = None) -> Example:
    """Return a clip as the network reads it.

    Its phones are those of the layout; else its words aligned to the sound; else what is heard.

    Args:
        clip: the clip.
        keys: one of KEYS.
        motion: reads its motion again; without it the motion stays in memory.

    Raises:
        FileNotFoundError: phones are needed and the acoustic model is missing.
        ValueError: the sound is too short, or there is no such choice of keys.

    """
    if len(clip.samples) < _SHORTEST_SAMPLES:
        raise ValueError(f'{clip.name}: {len(clip.samples)} samples of sound are too few')
    starts: list[tuple[str, float]] = []
    if keys != 'none':
        text = ' '.join(word.text for word in clip.words)
        starts = starts_of(clip.phones) or list(phone_starts(clip.samples, text))
    frames = len(clip.motion)
    at = choose_keys(keys, starts, frames, clip.fps, clip.name)
    spread = float(clip.samples.std())
    samples = (clip.samples - clip.samples.mean()) / np.float32(max(spread, 1e-5))
    kept = clip.motion
    return Example(
        clip.name, clip.speaker, np.asarray(samples, np.float32), frames, at,
        phones_around(at, starts, clip.fps), float(np.square(kept).mean()),
        motion or (lambda: kept),
    )  # fmt: skip


def read_examples(scans: ScanFolder, split: str, keys: str) -> list[Example]:
    """Return the usable clips of a split; what cannot be used is in ``scans.skipped``.

    Raises:
        FileNotFoundError: phones are needed and the acoustic model is missing.
        ValueError: there is no usable clip.

    """
    examples = []
    with ProgressBar(f'reading {split}') as bar:
        for clip in scans.clips(split, bar.show):
            try:
                examples.append(prepare(clip, keys, partial(scans.motion, clip.name)))
            except ValueError as error:
                scans.skipped.append(str(error))
    if not examples:
        raise ValueError(f'no usable clip of split {split!r}; {len(scans.skipped)} skipped')
    return examples
