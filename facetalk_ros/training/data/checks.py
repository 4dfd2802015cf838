# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What makes a recording unusable, found without decoding its sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ...audio.pcm import check_channels, check_rate_hz
from .phone_names import Phone
from .recording import LENGTH_DIFFERENCE_S, Recording


@dataclass
class Collected:
    """The recordings that can be used, and a line for each thing that cannot."""

    recordings: list[Recording] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, recording: Recording, rate_hz: int | None = None) -> None:
        """Take a recording when it can be used; else list why not.

        Args:
            recording: its duration is read from the header of its sound.
            rate_hz: the rate that its layout promises; None for any.

        """
        try:
            self.recordings.append(checked(recording, rate_hz))
        except ValueError as error:
            self.skipped.append(one_line(f'{recording.name}: {error}'))

    def extend(self, other: Collected) -> None:
        """Take what another folder holds."""
        self.recordings += other.recordings
        self.skipped += other.skipped

    def sounds(self) -> Iterator[tuple[Recording, npt.NDArray[np.float32]]]:
        """Yield recordings with their samples; those that cannot be decoded become skipped."""
        for recording in self.recordings.copy():
            try:
                samples = recording.samples()
            except ValueError as error:
                self.skipped.append(one_line(f'{recording.name}: {error}'))
                self.recordings.remove(recording)
            else:
                yield recording, samples


def one_line(text: str) -> str:
    """Return text with all white space as single blanks."""
    return ' '.join(text.split())


def checked(recording: Recording, rate_hz: int | None = None) -> Recording:
    """Return the recording with its duration.

    Raises:
        ValueError: the sound is missing, damaged, empty or of another rate than ``rate_hz``; the
            phones do not ascend or go beyond it; or the motion is damaged or of another length.

    """
    duration_s = _sound_s(recording.audio, rate_hz)
    _check_phones(recording.phones, duration_s)
    track = recording.face()
    if track is not None:
        difference_s = duration_s - track.duration_s
        if abs(difference_s) > LENGTH_DIFFERENCE_S:
            raise ValueError(f'sound and motion differ by {difference_s:+.2f} s')
    return replace(recording, duration_s=duration_s)


def _sound_s(path: Path, promised_hz: int | None) -> float:
    if not path.is_file():
        raise ValueError(f'{path}: no such file')
    try:
        info = soundfile.info(path)
        rate_hz = check_rate_hz(info.samplerate)
        check_channels(info.channels)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        # libsndfile's errors are RuntimeErrors
        raise ValueError(f'{path}: {error}') from error
    if promised_hz is not None and rate_hz != promised_hz:
        raise ValueError(f'{path}: {rate_hz} Hz, its layout promises {promised_hz}')
    if info.frames < rate_hz * 0.01:
        raise ValueError(f'{path}: {info.frames} samples')
    return float(info.frames / rate_hz)


def _check_phones(phones: Sequence[Phone], duration_s: float) -> None:
    last_s = 0.0
    for phone, start_s, end_s in phones:
        if not (last_s - 1e-6 <= start_s <= end_s and math.isfinite(end_s)):
            raise ValueError(f'phones do not ascend at {phone} {start_s} to {end_s} s')
        last_s = end_s
    if last_s > duration_s + LENGTH_DIFFERENCE_S:
        raise ValueError(f'phones last {last_s:.2f} s, the sound {duration_s:.2f} s')
