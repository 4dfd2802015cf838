# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""When each face is to be shown by the joints: a short queue that keeps the rhythm of the faces.

All times are seconds on one axis, that of the node's clock. A face that comes before its time
waits here, so that a reset can take it back. Faces that come after it are shown later, all by the
same delay, so that their distances stay and nothing is raced; the delay shrinks again slowly. A
face whose time has long passed is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# How much of the delay is made up in a second: the motion is faster by this part then.
_CATCH_UP = 0.1
# When the delay is longer by more than needed lately, faces are left out instead.
_SKIPPED_S = 0.25
# How late faces came is remembered for at least so long.
_REMEMBERED_S = 1.0
# After such a pause the delay begins anew.
_PAUSE_S = 1.0


@dataclass
class ScheduleCounts:
    """What has happened since the beginning; for diagnostics."""

    frames: int = 0
    late: int = 0
    """Came later than any lately, so that the motion waited for them."""
    dropped_late: int = 0
    dropped_early: int = 0
    """Too far in the future: another clock, mostly."""
    dropped_full: int = 0
    """The oldest made room for a newer one."""
    superseded: int = 0
    """A frame for the same time or an earlier one came after."""

    @property
    def dropped(self) -> int:
        """All that were not shown."""
        return self.dropped_late + self.dropped_early + self.dropped_full + self.superseded


class Face(NamedTuple):
    """A face and when it came."""

    stamp_s: float
    weights: npt.NDArray[np.float32]
    arrived_s: float


class Due(NamedTuple):
    """A face that is to be commanded now.

    Attributes:
        time_s: when the joints are to show it.
        since_s: from when on it could have been commanded.

    """

    time_s: float
    face: Face
    since_s: float


class Schedule:
    """The queue of one node.

    Args:
        late_s: a face whose time passed longer ago is dropped.
        early_s: one whose time is further away is dropped, too.
        depth: how many may wait.

    """

    def __init__(self, *, late_s: float, early_s: float, depth: int) -> None:
        self.late_s = late_s
        self.counts = ScheduleCounts()
        self._early_s = early_s
        self._waiting: deque[Face] = deque(maxlen=depth)
        self.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self.delay_s = 0.0
        self._taken_s = self._noted_since_s = float('-inf')
        self._late_s = self._late_before_s = float('-inf')

    def push(self, face: Face) -> None:
        """Add a face; those that wait for the same time or a later one are replaced by it."""
        self.counts.frames += 1
        away_s = face.stamp_s - face.arrived_s
        if away_s < -self.late_s:
            self.counts.dropped_late += 1
            return
        if away_s > self._early_s:
            self.counts.dropped_early += 1
            return
        while self._waiting and self._waiting[-1].stamp_s >= face.stamp_s:
            self._waiting.pop()
            self.counts.superseded += 1
        if face.stamp_s <= self._taken_s:
            self.counts.superseded += 1
            return
        self.counts.dropped_full += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(face)
        self._note(face.arrived_s, -away_s)

    def _note(self, arrived_s: float, late_s: float) -> None:
        """Keep how late the faces of the last seconds came at most."""
        if arrived_s - self._noted_since_s > _REMEMBERED_S:
            before_s = (
                self._late_s if arrived_s - self._noted_since_s < 2 * _REMEMBERED_S else late_s
            )
            self._late_before_s, self._late_s, self._noted_since_s = before_s, late_s, arrived_s
        self._late_s = max(self._late_s, late_s)

    def take(self, earliest_s: float, window_s: float, now_s: float) -> Iterator[Due]:
        """Return the faces to command now.

        Args:
            earliest_s: the joints can be told what to do from this time on.
            window_s: what is to be shown within this time after it is returned.
            now_s: the time of the clock.

        """
        needed_s = max(self._late_s, self._late_before_s, now_s - earliest_s) + earliest_s - now_s
        if self.delay_s > needed_s + _SKIPPED_S:
            self.delay_s = needed_s
            while self._waiting and self._waiting[0].stamp_s + self.delay_s < earliest_s:
                self._waiting.popleft()
                self.counts.dropped_late += 1
        while self._waiting:
            face = self._waiting[0]
            if face.stamp_s + self.delay_s > earliest_s + window_s:
                return
            self._waiting.popleft()
            if now_s - face.stamp_s > self.late_s:
                self.counts.dropped_late += 1
                continue
            # half of the window is room for the time that passes until faces are taken
            self._follow(face.stamp_s, earliest_s - face.stamp_s, needed_s + window_s / 2)
            time_s = face.stamp_s + self.delay_s
            due_s = now_s - (earliest_s + window_s - time_s)
            yield Due(time_s, face, max(face.arrived_s, due_s))

    def _follow(self, stamp_s: float, least_s: float, needed_s: float) -> None:
        """Set the delay for a face: what it needs at least, and no more than lately needed."""
        passed_s, self._taken_s = stamp_s - self._taken_s, stamp_s
        if passed_s > _PAUSE_S:
            self.delay_s = max(least_s, 0.0)
        elif least_s > self.delay_s:
            self.counts.late += 1
            self.delay_s = least_s
        elif self.delay_s > needed_s:
            self.delay_s = max(needed_s, least_s, self.delay_s - _CATCH_UP * passed_s)
