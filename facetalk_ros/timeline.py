# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The map from the face's clock to ROS time, and the seam where frames were left out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .audio.resample import SPEECH_RATE_HZ

_NS = 1_000_000_000
# Key motions may be asked for that lie this much before the present frame.
_KEPT_S = 1.0
# After frames were left out the face glides for this long to where it ought to be.
_SEAM_S = 0.1


@dataclass(frozen=True, slots=True)
class Span:
    """A run of samples of the face's clock.

    Attributes:
        start: number of its first sample at 16 kHz.
        count: how many samples.
        start_ns: ROS time of the first sample.
        end_ns: ROS time of the sample after the last.
        due_ns: ``start_ns`` on the node's own clock: they differ when the sender's clock does.
        slack_ns: a frame that leaves later than this after it was due is late; None: never.
        epoch: stamps rise within an epoch.

    """

    start: int
    count: int
    start_ns: int
    end_ns: int
    due_ns: int
    slack_ns: int | None = None
    epoch: int = 0

    def stamp_ns(self, sample: float) -> int:
        """Return the ROS time of a sample; outside the span the last slope goes on."""
        slope = (self.end_ns - self.start_ns) / self.count
        return self.start_ns + round((sample - self.start) * slope)

    def is_late(self, stamp_ns: int, now_ns: int) -> bool:
        """Whether a frame of this span would come too late to be shown."""
        if self.slack_ns is None:
            return False
        return now_ns - stamp_ns - (self.due_ns - self.start_ns) > self.slack_ns


class Timeline:
    """What was fed to the face lately, span after span."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque()

    def add(self, span: Span) -> None:
        """Go on; a span begins where the one before ended."""
        if span.count:
            self._spans.append(span)

    def at(self, time_s: float) -> Span | None:
        """Return the span of a time on the face's clock: the nearest, or None without any."""
        sample = time_s * SPEECH_RATE_HZ
        found = None
        for span in self._spans:
            if found is not None and span.start > sample + 0.5:
                break
            found = span
        return found

    def stamp_ns(self, time_s: float) -> int | None:
        """Return the ROS time of a time on the face's clock; None while nothing is known."""
        span = self.at(time_s)
        return None if span is None else span.stamp_ns(time_s * SPEECH_RATE_HZ)

    def forget_before(self, time_s: float) -> None:
        """Let go of what no frame from ``time_s`` on can ask for."""
        keep_from = (time_s - _KEPT_S) * SPEECH_RATE_HZ
        while len(self._spans) > 1 and self._spans[1].start <= keep_from:
            self._spans.popleft()


class Seam:
    """Makes a pose after left-out frames follow smoothly on the last one that was shown."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.float32] | None = None
        self._last_s = 0.0
        self._from: npt.NDArray[np.float32] | None = None
        self._since_s = 0.0

    def cut(self) -> None:
        """Say that a frame is left out."""
        self._from, self._since_s = self._last, self._last_s

    def join(
        self, time_s: float, weights: npt.NDArray[np.float32], step_s: float
    ) -> npt.NDArray[np.float32]:
        """Return the pose to show, float32 [52], ``step_s`` after the one shown before."""
        if self._from is not None:
            if self._last_s == self._since_s:
                # the clock moved over the hole at once; the glide takes its time from here
                self._since_s = time_s - step_s
            part = (time_s - self._since_s) / _SEAM_S
            if part >= 1.0:
                self._from = None
            else:
                eased = np.float32(part * part * (3.0 - 2.0 * part))
                weights = self._from + eased * (weights - self._from)
        self._last, self._last_s = weights, time_s
        return weights
