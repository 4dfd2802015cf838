# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which frames of a clip are key frames, and the phones around each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from ...speech.phones import PHONE_INDEX, SILENCE
from ...speech.timings import TimedPhone
from ..layouts.clip import Indices

#: ``boundaries`` of phones; as many ``uniform`` or ``random`` ones; ``none``: direct regression.
KEYS = ('boundaries', 'uniform', 'random', 'none')
# A gap this short between two phones of an alignment is rounding.
_GAP_S = 0.005


def starts_of(phones: Sequence[TimedPhone]) -> list[tuple[str, float]]:
    """Return (phone, start_s) of phones with times; what lies between them is silence."""
    starts: list[tuple[str, float]] = []
    end_s = 0.0
    for phone in phones:
        if phone.start_s > end_s + _GAP_S:
            starts.append((SILENCE, end_s))
        starts.append((phone.phone, phone.start_s))
        end_s = phone.end_s
    return [*starts, (SILENCE, end_s)]


def choose_keys(
    choice: str, starts: Sequence[tuple[str, float]], frames: int, fps: float, name: str
) -> Indices:
    """Return the key frames, int64 [keys], ascending, with the first and the last frame.

    ``uniform`` and ``random`` are as many as ``boundaries``, so that only their place differs.

    Args:
        choice: one of KEYS; ``none`` gives none.
        starts: (phone, start_s), ascending.
        frames: of the clip, at least two.
        fps: frames a second.
        name: of the clip: random keys are the same in every run.

    Raises:
        ValueError: there is no such choice.

    """
    if choice not in KEYS:
        raise ValueError(f'keys {choice!r} are not one of {", ".join(KEYS)}')
    if choice == 'none':
        return np.zeros(0, np.int64)
    at = np.round([start_s * fps for _, start_s in starts]).astype(np.int64)
    keys = np.union1d(at[(at >= 0) & (at < frames)], (0, frames - 1))
    if choice == 'uniform':
        keys = np.unique(np.round(np.linspace(0, frames - 1, len(keys))))
    elif choice == 'random':
        inner = np.random.default_rng(zlib.crc32(name.encode())).permutation(
            np.arange(1, frames - 1)
        )
        keys = np.union1d(inner[: max(0, len(keys) - 2)], (0, frames - 1))
    return np.asarray(keys, np.int64)


def phones_around(keys: Indices, starts: Sequence[tuple[str, float]], fps: float) -> Indices:
    """Return the phone before, the phone that is spoken and the one after, int64 [keys, 3].

    At a boundary the phone that begins there is the one that is spoken.
    """
    phones = [PHONE_INDEX[SILENCE], *(PHONE_INDEX[p] for p, _ in starts), PHONE_INDEX[SILENCE]]
    at = np.round([start_s * fps for _, start_s in starts])
    # where two phones begin in one frame, the later one
    now = np.searchsorted(at, keys, side='right')
    before = np.maximum(now - 1, 0)
    after = np.minimum(now + 1, len(phones) - 1)
    return np.asarray(np.array(phones)[np.stack((before, now, after), 1)], np.int64)
