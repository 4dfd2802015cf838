# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sound of any rate and channels as the one kind that is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ...audio.features import SAMPLE_RATE_HZ
from ...audio.resample import StreamingResampler


def at_speech_rate(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float32]:
    """Return float32 [n] of another rate at 16 kHz.

    Raises:
        ValueError: a rate that cannot be.

    """
    resampler = StreamingResampler(rate_hz)
    return np.concatenate((resampler.push(samples), resampler.flush()))


def read_sounds(folder: Path) -> list[npt.NDArray[np.float32]]:
    """Return the 16 kHz sounds of a folder, float32 [n] each; an absent folder has none."""
    if not folder.is_dir():
        return []
    found = [soundfile.read(p, dtype='float32', always_2d=True) for p in sorted(folder.iterdir())]
    return [x[:, 0] for x, rate_hz in found if rate_hz == SAMPLE_RATE_HZ]
