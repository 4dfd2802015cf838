# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A recording through the streaming engine, as arrays to measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio.files import read_audio
from ..stream import FaceStream


def animate(audio: Path, text: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Return the times [s], float64 [frames], and the weights, float32 [frames, 52].

    Args:
        audio: a sound file.
        text: what is said; empty for the sound alone.

    """
    stream = FaceStream()
    if text:
        stream.push_text(text)
    pcm, _ = read_audio(audio)
    frames = stream.push_audio(pcm.samples, pcm.rate_hz) + stream.finish()
    return np.array([f.time_s for f in frames]), np.stack([f.weights for f in frames])
