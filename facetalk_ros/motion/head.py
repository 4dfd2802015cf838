# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How the head is held: slow sway, breath, a part of each look away, nods."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .attention import Attention, attention_styles
from .gaze import Gaze

# Sway is a sum of sines of these frequencies, with phases drawn from the seed: smooth, never the
# same for minutes, and a function of time alone.
_SWAY_HZ = np.array([0.071, 0.113, 0.193, 0.317])
_SWAY_RAD_S = 2 * math.pi * _SWAY_HZ
_SWAY_SHARE = np.array([0.9, 0.7, 0.45, 0.25])
_SWAY_SUM = float(_SWAY_SHARE.sum())
# 15 breaths a minute, within the 12 to 20 of adults at rest.
_BREATH_HZ = 0.25
_BREATH_PITCH_DEG = 0.35
# The head follows the eyes, and a change of state is obeyed, with this time constant.
_FOLLOW_S = 0.25
# A nod goes down and comes back within this.
_NOD_S = 0.45


class Head(NamedTuple):
    """Pose of the head in rad (REP 103: roll about x, pitch down about y, yaw left about z).

    Attributes:
        breath: how far the breath is drawn in, 0 to 1.

    """

    roll: float
    pitch: float
    yaw: float
    breath: float

    @property
    def rpy(self) -> tuple[float, float, float]:
        """Roll, pitch and yaw in rad."""
        return self.roll, self.pitch, self.yaw

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """The rotation as x, y, z, w: roll, then pitch, then yaw, about fixed axes (REP 103)."""
        (sr, cr), (sp, cp), (sy, cy) = ((math.sin(a / 2), math.cos(a / 2)) for a in self.rpy)
        return (
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        )


STRAIGHT = Head(0.0, 0.0, 0.0, 0.0)
"""A head that is held straight."""


Angles = tuple[float, float, float]
"""About x, y and z."""


class HeadMotion:
    """The pose of the head as a function of time; asked in order of time."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 2])
        self._phases = rng.uniform(0, 2 * math.pi, (3, len(_SWAY_HZ)))
        self._breath_phase = rng.uniform(0, 2 * math.pi)
        self._time_s: float | None = None
        self._size_deg: Angles = (0.0, 0.0, 0.0)
        self._follow_deg: Angles = (0.0, 0.0, 0.0)
        self._speed_deg_s: Angles = (0.0, 0.0, 0.0)
        self._nods: list[tuple[float, float]] = []

    def nod(self, time_s: float, down_deg: float) -> None:
        """Nod from a time on, which is not before the last call's."""
        self._nods.append((time_s, down_deg))

    def advance(self, time_s: float, attention: Attention, gaze: Gaze) -> Head:
        """Return the pose at a time, not before the last call's."""
        style = attention_styles()[attention]
        step_s = 0.0 if self._time_s is None else time_s - self._time_s
        self._time_s = time_s
        keep = math.exp(-step_s / _FOLLOW_S)
        share = style.head_follows
        self._spring_to((0.0, share * gaze.down_deg, share * gaze.left_deg), step_s)
        swing = (np.sin(_SWAY_RAD_S * time_s + self._phases) @ _SWAY_SHARE).tolist()
        # plain numbers from here on: numpy takes longer to begin than to compute three
        size = self._size_deg = _three(
            keep * size + (1 - keep) * wanted
            for size, wanted in zip(self._size_deg, style.head_deg, strict=True)
        )
        breath = 0.5 + 0.5 * math.sin(2 * math.pi * _BREATH_HZ * time_s + self._breath_phase)
        roll, pitch, yaw = (
            math.radians(size[i] * swing[i] / _SWAY_SUM + self._follow_deg[i]) for i in range(3)
        )
        pitch += math.radians(self._nodded_deg(time_s) - _BREATH_PITCH_DEG * breath)
        return Head(roll, pitch, yaw, breath)

    def _spring_to(self, target_deg: Angles, step_s: float) -> None:
        """Move towards a target, critically damped and solved exactly, so without a jerk."""
        rate = 2 / _FOLLOW_S
        decay = math.exp(-rate * step_s)
        follow_deg, speed_deg_s = [], []
        for now, speed, target in zip(
            self._follow_deg, self._speed_deg_s, target_deg, strict=True
        ):
            away = now - target
            push = speed + rate * away
            follow_deg.append(target + (away + push * step_s) * decay)
            speed_deg_s.append((speed - rate * push * step_s) * decay)
        self._follow_deg, self._speed_deg_s = _three(follow_deg), _three(speed_deg_s)

    def _nodded_deg(self, time_s: float) -> float:
        self._nods = [nod for nod in self._nods if time_s < nod[0] + _NOD_S]
        return sum(
            down * math.sin(math.pi * (time_s - start) / _NOD_S) ** 2
            for start, down in self._nods
            if time_s > start
        )


def _three(angles: Iterable[float]) -> Angles:
    roll, pitch, yaw = angles
    return roll, pitch, yaw
