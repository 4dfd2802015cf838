# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Motion completion: from key motions to a pose at every frame.

The second of KMTalk's two steps. The curve through the keys is a monotone piecewise cubic
(Fritsch and Carlson 1980, "Monotone piecewise cubic interpolation"), planned anew from the present
pose and velocity whenever a key is added: position and velocity never jump, and a key is met
exactly, unless it lies further away than lips and jaw can move in time: then they go on their way
to it and arrive later. No pose is overshot, unless a new plan turns a moving face round: then by
what braking takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX, ARKIT_NAMES, sides
from .keys import KeyMotion

Pose = npt.NDArray[np.float32]

# A key decided later than this before its time is met a little late instead of with a jerk.
_MIN_APPROACH_S = 0.024
# Full ranges a second, at the fastest point of a movement. Our judgement, not a measured limit of
# faces: without one, single frames jumped by 0.63 of a range; neither costs a closure on the dev
# speech (docs/alignment.md).
_FASTEST_PER_S = 8.0
_FASTEST_CLOSING_PER_S = 14.0
_CLOSING = ('jawOpen', 'mouthClose', 'mouthLowerDown', 'mouthUpperUp')


class MotionCompletion:
    """Passes through key motions; one call a frame, in order of time."""

    def __init__(self, rest: Pose, fastest_per_s: Pose | None = None) -> None:
        """Start at rest at time 0.

        Args:
            rest: float32 [52], or of another length with ``fastest_per_s``.
            fastest_per_s: how fast each number may change; without it, as ARKit's shapes may.

        """
        self._time_s = 0.0
        self._pose: Pose = rest.copy()
        self._velocity: Pose = np.zeros_like(rest)
        self._keys: list[tuple[float, Pose]] = []
        if fastest_per_s is None:
            fastest_per_s = np.full(len(ARKIT_NAMES), _FASTEST_PER_S, np.float32)
            closing = [ARKIT_INDEX[n] for name in _CLOSING for n in sides(name)]
            fastest_per_s[closing] = _FASTEST_CLOSING_PER_S
        # A cubic with still ends is half as fast again at its middle as on average.
        self._mean_speed: Pose = fastest_per_s / np.float32(1.5)

    @property
    def time_s(self) -> float:
        """Time of the present pose."""
        return self._time_s

    @property
    def pose(self) -> Pose:
        """The present pose, float32 [52]."""
        return self._pose

    def add(self, keys: Sequence[KeyMotion]) -> None:
        """Plan to pass through keys, ascending; they replace what was planned after the first."""
        if not keys:
            return
        self._keys = [k for k in self._keys if k[0] < keys[0].time_s - 1e-3]
        earliest_s = self._time_s + _MIN_APPROACH_S
        for i, key in enumerate(keys):
            last = i == len(keys) - 1
            if key.time_s < earliest_s and not last:
                continue
            time_s = max(key.time_s, earliest_s)
            self._keys = [k for k in self._keys if k[0] < time_s - 4e-3]
            self._keys.append((time_s, key.weights))
        self._keys = self._within_reach(self._keys)

    def _within_reach(self, keys: Sequence[tuple[float, Pose]]) -> list[tuple[float, Pose]]:
        """Return the keys, each shape no further from the key before than it can move in time.

        What the last key still lacks gets a key of its own.
        """
        reached = []
        before_s, before = self._time_s, self._pose
        for time_s, weights in keys:
            farthest = self._mean_speed * np.float32(time_s - before_s)
            # written so that a key within reach is met to the last bit
            before = np.clip(weights, before - farthest, before + farthest)
            before_s = time_s
            reached.append((time_s, before))
        left = keys[-1][1] - before
        if left.any():
            needed_s = float(np.max(np.abs(left) / self._mean_speed))
            reached.append((before_s + needed_s, keys[-1][1]))
        return reached

    def replace(self, keys: Sequence[KeyMotion]) -> None:
        """Forget what was planned and pass through these keys only."""
        self._keys = []
        self.add(keys)

    def advance(self, time_s: float) -> Pose:
        """Move on to a time and return the pose, float32 [52].

        Raises:
            ValueError: the time lies before the present one.

        """
        if time_s < self._time_s:
            raise ValueError(f'time {time_s} lies before {self._time_s}')
        while self._keys and self._keys[0][0] <= time_s:
            self._move(self._keys[0][0])
            self._keys.pop(0)
        if time_s > self._time_s:
            self._move(time_s)
        return self._pose

    def _move(self, time_s: float) -> None:
        if not self._keys:
            # Past the last key the velocity is zero already: a key ends a plan at rest.
            self._time_s = time_s
            return
        end_s, end = self._keys[0]
        span = end_s - self._time_s
        rise = (end - self._pose) / np.float32(span)
        arrival = self._slope(rise, span)
        u = np.float32((time_s - self._time_s) / span)
        d = end - self._pose
        b = arrival * np.float32(span)
        # A new plan may find the face faster than a monotone curve can take up: the excess is
        # braked away on its own, so that it carries the pose no further than it must.
        speed = self._velocity * np.float32(span)
        a = np.clip(speed, np.minimum(0, 3 * d), np.maximum(0, 3 * d))
        brake = np.float32(min(1.0, _MIN_APPROACH_S / span))
        left = max(np.float32(0), 1 - u / brake)
        excess = speed - a
        # Cubic Hermite in u = 0..1 with end slopes a and b, and its derivative.
        c2 = 3 * d - 2 * a - b
        c3 = a + b - 2 * d
        pose = self._pose + u * (a + excess * left * left + u * (c2 + u * c3))
        braked = excess * left * (3 * left - 2)
        self._velocity = (a + braked + u * (2 * c2 + u * 3 * c3)) / np.float32(span)
        self._pose = end.copy() if u >= 1 else pose
        self._time_s = time_s

    def _slope(self, rise: Pose, span: float) -> Pose:
        """Return the velocity at the next key: none at a turn, else one that cannot overshoot."""
        if len(self._keys) < 2:
            return np.zeros_like(rise)
        (key_s, key), (after_s, after) = self._keys[:2]
        next_rise = (after - key) / np.float32(after_s - key_s)
        w1, w2 = np.float32(2 * (after_s - key_s) + span), np.float32(after_s - key_s + 2 * span)
        same = rise * next_rise > 1e-12  # less would overflow below, and moves nothing
        safe_rise, safe_next = np.where(same, rise, 1), np.where(same, next_rise, 1)
        mean = (w1 + w2) / (w1 / safe_rise + w2 / safe_next)
        return np.asarray(np.where(same, mean, 0), np.float32)
