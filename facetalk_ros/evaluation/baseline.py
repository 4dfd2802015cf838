# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The motion that any other must beat: a mouth as open as the sound is loud."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..audio.files import read_audio
from ..face.names import ARKIT_INDEX, ARKIT_NAMES
from .animation import Motion
from .envelope import envelope_times, rms_envelope


def follow_loudness(audio: Path, text: str = '') -> Motion:
    """Return the motion of the envelope alone: times [s], float64 [frames], float32 [frames, 52].

    The jaw, and with it the lip aperture, is the envelope over its largest value. Correlations
    and lags of it mean something; closures do not.

    Args:
        audio: a sound file.
        text: does not matter; this is an ``Animation``.

    """
    pcm, _ = read_audio(audio)
    envelope = rms_envelope(pcm.samples, pcm.rate_hz)
    weights = np.zeros((len(envelope), len(ARKIT_NAMES)), np.float32)
    weights[:, ARKIT_INDEX['jawOpen']] = envelope / max(float(envelope.max()), 1e-9)
    return envelope_times(envelope), weights
