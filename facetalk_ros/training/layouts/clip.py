# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What every layout yields: sound, motion, and the words with their times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ...audio.features import SAMPLE_RATE_HZ
from ...speech.phones import PHONE_INDEX, SILENCE
from ...speech.timings import TimedPhone, check_order

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# What lies before the first and after the last word of a recording without word times is
# quieter than this share of its loudest 20 ms.
_AUDIBLE_SHARE = 0.05
_BLOCK_SAMPLES = 320
# How aligners write that nobody speaks, or that what is said is not known.
_SILENT = frozenset(('', 'SIL', 'SP', 'SPN', 'NOI', '<EPS>', 'PAU'))


@dataclass(frozen=True)
class Word:
    """A word and when it is spoken."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class FaceClip:
    """A recording with the motion of the face.

    Attributes:
        samples: float32 [n], mono at 16 kHz.
        motion: float32 [T, outputs], the difference from ``rest``; frame k is at k / fps.
        rest: float32 [outputs], the neutral face: a template's vertices or resting weights.
        seen: bool [T], False where the tracker lost the face.
        phones: when each phone is spoken, where the layout tells it.

    """

    name: str
    speaker: str
    split: str
    samples: Floats
    motion: Floats
    rest: Floats
    seen: npt.NDArray[np.bool_]
    fps: float
    words: tuple[Word, ...]
    phones: tuple[TimedPhone, ...] = ()


@dataclass(frozen=True, eq=False)
class Regions:
    """Which outputs belong to which part of the face.

    Attributes:
        dimensions: values of one point: 3 for vertices, 1 for blendshape weights.
        lips: int64, the points of the lip error.
        upper: int64, the points of the upper face.
        corners: int64, the points of the mouth corners, which text may move as well.

    """

    points: int
    dimensions: int
    lips: Indices
    upper: Indices
    corners: Indices

    def text_outputs(self) -> Indices:
        """Return the outputs that text may move, ascending: upper face and mouth corners."""
        points = np.union1d(self.upper, self.corners)
        return np.asarray(
            (points[:, None] * self.dimensions + np.arange(self.dimensions)).ravel(), np.int64
        )


@dataclass(frozen=True)
class Layout:
    """The clips of a folder, what was skipped and why."""

    clips: list[FaceClip]
    regions: Regions
    fps: float
    skipped: list[str] = field(default_factory=list)

    def split(self, name: str) -> list[FaceClip]:
        """Return the clips of a split.

        Raises:
            ValueError: there is none.

        """
        found = [clip for clip in self.clips if clip.split == name]
        if not found:
            known = ', '.join(sorted({clip.split for clip in self.clips})) or 'none at all'
            raise ValueError(f'no clips of split {name!r}; there are: {known}')
        return found


def read_sound(path: Path) -> Floats:
    """Return a recording, float32 [n], mono.

    Raises:
        ValueError: it is missing, empty, no sound, or not at 16 kHz.

    """
    try:
        data, rate_hz = soundfile.read(path, dtype='float32', always_2d=True)
    except (OSError, RuntimeError) as error:  # libsndfile's errors are RuntimeErrors
        raise ValueError(f'{path}: {error}') from error
    if rate_hz != SAMPLE_RATE_HZ:
        raise ValueError(f'{path}: {rate_hz} Hz, not {SAMPLE_RATE_HZ}')
    if not len(data):
        raise ValueError(f'{path}: no sound in it')
    return np.asarray(data.mean(1), np.float32)


def read_words(path: Path) -> tuple[Word, ...]:
    """Read words with times: JSON, ``[[word, start_s, end_s], ...]``.

    Raises:
        ValueError: it is something else, or the times do not ascend.

    """
    try:
        words = tuple(Word(str(w), float(s), float(e)) for w, s, e in json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f'{path} is no list of [word, start_s, end_s]: {error}') from error
    return check_words(words, path)


def check_words(words: tuple[Word, ...], path: Path) -> tuple[Word, ...]:
    """Return the words when their times ascend.

    Raises:
        ValueError: they do not.

    """
    last_s = 0.0
    for word in words:
        if not last_s <= word.start_s <= word.end_s < float('inf'):
            raise ValueError(f'{path}: the times of {word.text!r} do not ascend')
        last_s = word.start_s
    return words


def read_phones(path: Path) -> tuple[TimedPhone, ...]:
    """Read phones with times: JSON, ``[[phone, start_s, end_s], ...]``.

    Phones are ARPAbet in any case, with or without stress, as the Montreal Forced Aligner's
    English models write them; its signs for silence and noise are silence.

    Raises:
        ValueError: it is something else, an unknown phone, or the times do not ascend.

    """
    try:
        phones = tuple(
            TimedPhone(_arpabet(str(p)), float(s), float(e))
            for p, s, e in json.loads(path.read_text())
        )
        check_order(phones, 0.0)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f'{path} is no list of [phone, start_s, end_s]: {error}') from error
    return phones


def _arpabet(written: str) -> str:
    phone = written.strip().upper().rstrip('012')
    if phone in _SILENT:
        return SILENCE
    if phone not in PHONE_INDEX:
        raise ValueError(f'unknown phone {written!r}')
    return phone


def spread_words(texts: Sequence[str], samples: Floats) -> tuple[Word, ...]:
    """Give words times where only the transcript is known: by letters, over the audible part."""
    blocks = len(samples) // _BLOCK_SAMPLES
    if not blocks or not texts:
        return ()
    loudness = np.abs(samples[: blocks * _BLOCK_SAMPLES]).reshape(blocks, -1).max(1)
    audible = np.flatnonzero(loudness > _AUDIBLE_SHARE * loudness.max())
    if not len(audible):
        return ()
    first, last = audible[[0, -1]] * _BLOCK_SAMPLES / SAMPLE_RATE_HZ
    letters = np.concatenate(([0], np.cumsum([len(text) + 1 for text in texts])))
    edges = first + (last - first + _BLOCK_SAMPLES / SAMPLE_RATE_HZ) * letters / letters[-1]
    return tuple(
        Word(text, float(s), float(e))
        for text, s, e in zip(texts, edges[:-1], edges[1:], strict=True)
    )
