# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Recordings whose phones are known, and their labels frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...audio.features import HOP_SAMPLES, SAMPLE_RATE_HZ
from ...speech.phones import PHONE_INDEX, SILENCE
from . import tables
from .phone_names import Phone
from .recording import Recording

#: Frames whose phone is not known carry this label and no loss.
UNKNOWN = -100
#: A recording of which the phones matter.
Clip = Recording


def frame_labels(
    phones: tuple[Phone, ...], frames: int, stretch: float = 1.0, muted: bool = False
) -> npt.NDArray[np.int64]:
    """Return the phone index of every 10 ms frame, int64 [frames]; UNKNOWN outside the phones.

    Args:
        phones: (phone, start_s, end_s), ascending.
        frames: how many frames the clip has.
        stretch: the clip's length over its original length.
        muted: the sound was muted, so that what was spoken is silence.

    """
    centres_s = (np.arange(frames) + 0.5) * HOP_SAMPLES / SAMPLE_RATE_HZ / stretch
    labels = np.full(frames, UNKNOWN, np.int64)
    for phone, start_s, end_s in phones:
        span = slice(*np.searchsorted(centres_s, (start_s, end_s)))
        labels[span] = PHONE_INDEX[SILENCE] if muted else PHONE_INDEX.get(phone, UNKNOWN)
    return labels


def read_speech(folder: Path) -> list[Recording]:
    """Return the usable recordings with phones of a folder as ../shared/data/speech.

    Raises:
        ValueError: a table of the folder cannot be read.

    """
    return [r for r in tables.read_speech(folder).recordings if r.phones]


def read_av(folder: Path) -> list[Recording]:
    """Return the usable recordings with trustworthy phones of a folder as ../shared/data/av.

    Raises:
        ValueError: the manifest of the folder cannot be read.

    """
    return [r for r in tables.read_av(folder).recordings if r.phones]
