# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sound of any rate and channels as the one kind that is trained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...audio.resample import StreamingResampler


def at_speech_rate(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float32]:
    """Return float32 [n] of another rate at 16 kHz.

    Raises:
        ValueError: a rate that cannot be.

    """
    resampler = StreamingResampler(rate_hz)
    return np.concatenate((resampler.push(samples), resampler.flush()))
