# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What is written and read: poses on a time axis, and the sound and key motions beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_NAMES


class FrameLike(Protocol):
    """One pose at one time, as facetalk_ros.stream.Frame."""

    @property
    def time_s(self) -> float:
        """Presentation time on the audio clock [s]."""

    @property
    def weights(self) -> npt.NDArray[np.float32]:
        """float32 [52] in ARKIT_NAMES order."""


class KeyLike(Protocol):
    """A key motion: what msg/KeyMotion.msg holds."""

    @property
    def time_s(self) -> float:
        """Presentation time on the audio clock [s]."""

    @property
    def phone(self) -> str:
        """ARPAbet without stress, SIL for silence."""

    @property
    def kind(self) -> int:
        """One of the constants of msg/KeyMotion.msg."""

    @property
    def from_text(self) -> bool:
        """Whether the phone came from the dialogue text."""

    @property
    def word(self) -> str:
        """The word being spoken, as written in the text; '' when unknown."""

    @property
    def weights(self) -> npt.NDArray[np.float32]:
        """float32 [52] in ARKIT_NAMES order."""


class Audio(NamedTuple):
    """The sound that belongs to a track; its first sample is at 0 s of the audio clock.

    Attributes:
        samples: int16, or float (full scale is -1 to 1), [n] or [n, channels].
        rate_hz: samples per second.

    """

    samples: npt.NDArray[np.int16] | npt.NDArray[np.floating]
    rate_hz: int

    def as_int16(self) -> npt.NDArray[np.int16]:
        """Return int16 [n, channels]; what is beyond full scale is clipped.

        Raises:
            ValueError: the shape or sample type is none of the above, or the rate is not positive.

        """
        samples = np.asarray(self.samples)
        if samples.ndim == 1:
            samples = samples[:, None]
        if samples.ndim != 2 or not 1 <= samples.shape[1] <= 255:
            raise ValueError(f'audio of shape {self.samples.shape} is not [n] or [n, channels]')
        if self.rate_hz <= 0:
            raise ValueError(f'audio at {self.rate_hz} Hz')
        if samples.dtype == np.int16:
            return samples
        if not np.issubdtype(samples.dtype, np.floating):
            raise ValueError(f'audio samples of type {samples.dtype}, not int16 or float')
        finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(np.rint(finite * 32768.0), -32768, 32767).astype(np.int16)


class Track(NamedTuple):
    """Poses on the audio clock.

    Attributes:
        times_s: float64 [n], strictly increasing.
        weights: float32 [n, 52] in ARKIT_NAMES order.

    """

    times_s: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float32]


def as_track(frames: Sequence[FrameLike] | Track) -> Track:
    """Return frames as checked arrays.

    Raises:
        ValueError: no frames, times that do not increase, a pose that has not 52 weights, or
            a number that is not finite.

    """
    if len(frames) == 0:
        raise ValueError('no frames to write')
    if isinstance(frames, Track):
        times = np.asarray(frames.times_s, np.float64)
        weights = np.asarray(frames.weights, np.float32)
    else:
        times = np.array([f.time_s for f in frames], np.float64)
        rows = [np.asarray(f.weights, np.float32) for f in frames]
        for i, row in enumerate(rows):
            if row.shape != (len(ARKIT_NAMES),):
                raise ValueError(f'frame {i} has weights of shape {row.shape}, not (52,)')
        weights = np.stack(rows)
    if times.ndim != 1 or len(times) == 0:
        raise ValueError('no frames to write')
    if weights.shape != (len(times), len(ARKIT_NAMES)):
        raise ValueError(f'weights of shape {weights.shape} for {len(times)} times, not [n, 52]')
    bad = np.flatnonzero(~(np.isfinite(weights).all(1) & np.isfinite(times)))
    if bad.size:
        raise ValueError(f'frame {bad[0]} holds a number that is not finite')
    late = np.flatnonzero(np.diff(times) <= 0)
    if late.size:
        i = int(late[0])
        raise ValueError(f'frame times do not increase: {times[i]} s, then {times[i + 1]} s')
    return Track(times, weights)


def poses_at(track: Track, times_s: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the poses at other times, float32 [len(times_s), 52].

    Between two frames along a straight line; before the first frame and after the last one the
    face holds still.
    """
    times = np.asarray(times_s, np.float64)
    after = np.searchsorted(track.times_s, times).clip(1, max(len(track.times_s) - 1, 1))
    if len(track.times_s) == 1:
        return np.repeat(track.weights, len(times), axis=0)
    start, end = track.times_s[after - 1], track.times_s[after]
    mix = ((times - start) / (end - start)).clip(0.0, 1.0).astype(np.float32)[:, None]
    return np.asarray(track.weights[after - 1] * (1 - mix) + track.weights[after] * mix)
