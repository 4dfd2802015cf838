# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A recording to train on, whatever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...audio.files import read_audio
from .motion import FaceTrack, Motion, read_motion
from .phone_names import Phone
from .sound import at_speech_rate

# Sound and motion of one recording may differ by so much: cameras stop with a whole frame.
LENGTH_DIFFERENCE_S = 0.25


@dataclass(frozen=True)
class Recording:
    """Where a recording is, who speaks, what is said, and what is known about it.

    Attributes:
        name: unique within its source.
        audio: a sound file of any rate.
        speaker: unique over all sources.
        source: the corpus, synthesiser voice or capture.
        licence: its terms.
        split: train, dev or held.
        transcript: what is said; '' when that is not known.
        phones: (ARPAbet phone, start_s, end_s), ascending; empty when they are not known or not
            to be trusted.
        language: BCP 47; '' when that is not known.
        motion: the captured face; None for sound alone.
        duration_s: length of the sound; 0 when that is not known.

    """

    name: str
    audio: Path
    speaker: str
    source: str
    licence: str
    split: str
    transcript: str
    phones: tuple[Phone, ...] = ()
    language: str = 'en'
    motion: Motion | None = None
    duration_s: float = 0.0

    def samples(self) -> npt.NDArray[np.float32]:
        """Return the sound, float32 [n], mono at 16 kHz.

        Raises:
            ValueError: the file is missing, damaged, or of a rate that cannot be.

        """
        audio, _ = read_audio(self.audio)
        return at_speech_rate(np.asarray(audio.samples.mean(1), np.float32), audio.rate_hz)

    def face(self) -> FaceTrack | None:
        """Return the captured motion; None for sound alone.

        Raises:
            ValueError: it is missing, damaged or of another kind.

        """
        return None if self.motion is None else read_motion(self.motion)
