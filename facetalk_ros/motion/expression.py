# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the upper face and the corners of the mouth say: a feeling that comes and goes, accents.

Feelings are poses that are added to the speaking face. They are approached like a critically
damped spring, so they begin and end softly, and a new one takes over from wherever the face is.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX, ARKIT_NAMES, LOWER_FACE_NAMES, sides

Pose = npt.NDArray[np.float32]

#: What a feeling may move of the lower face: the corners of the mouth, so that no lips are parted.
CORNER_NAMES = tuple(n for s in ('mouthSmile', 'mouthFrown', 'mouthDimple') for n in sides(s))
# While lips speak, the corners make this part of their way: speech needs them itself.
_CORNERS_IN_SPEECH = 0.25
# How long the corners take to give way to speech, and back.
_GIVE_WAY_S = 0.25
# A spring covers 95 % of its way within this many times one over its rate.
_SPRING_REACH = 4.75
#: After a barge-in the face is at rest within this.
STOP_S = 0.18
# The accents of speech raise the brows: this far, for so long.
_ACCENT_S = 0.42
_ACCENT_BROWS = {'browInnerUp': 0.22, 'browOuterUp': 0.26, 'eyeWide': 0.08}
# Brows do not follow each accent of fluent speech.
_ACCENTS_APART_S = 0.7

_CORNERS = np.array([ARKIT_INDEX[n] for n in CORNER_NAMES])
_FORBIDDEN = np.array([ARKIT_INDEX[n] for n in LOWER_FACE_NAMES if n not in CORNER_NAMES])


def _accent_pose() -> Pose:
    pose = np.zeros(len(ARKIT_NAMES), np.float32)
    for written, weight in _ACCENT_BROWS.items():
        for name in sides(written):
            pose[ARKIT_INDEX[name]] = weight
    return pose


_ACCENT = _accent_pose()


class ExpressionMotion:
    """Poses of feelings and accents as a function of time; asked in order of time."""

    def __init__(self) -> None:
        self._goal: Pose = np.zeros(len(ARKIT_NAMES), np.float32)
        self._pose: Pose = self._goal
        self._speed: Pose = self._goal
        self._rate_hz = _SPRING_REACH / 0.4
        self._corners = 1.0
        self._accents: list[tuple[float, float]] = []
        self._last_accent_s = -math.inf

    def feel(self, pose: npt.ArrayLike, within_s: float) -> None:
        """Go to a pose.

        Args:
            pose: [52] in ARKIT_NAMES order, what is added to the face. Of the lower face only
                the corners of the mouth are taken.
            within_s: 95 % of the way is made in this time, or in STOP_S if that is more.

        """
        goal = np.array(pose, np.float32)
        goal[_FORBIDDEN] = 0.0
        self._goal = goal
        self._rate_hz = _SPRING_REACH / max(within_s, STOP_S)

    def relax(self, within_s: float) -> None:
        """Go back to the face as it is."""
        self.feel(np.zeros_like(self._goal), within_s)

    def stop(self) -> None:
        """Give up what is felt and all accents, for a barge-in."""
        self.relax(STOP_S)
        self._accents = self._accents[:1]

    def accent(self, time_s: float, strength: float) -> bool:
        """Raise the brows around a time; return whether they will, which is not so too often.

        Args:
            time_s: of the accent, not much before the last call of advance.
            strength: 0 to 1.

        """
        if strength <= 0 or time_s - self._last_accent_s < _ACCENTS_APART_S:
            return False
        self._last_accent_s = time_s
        self._accents.append((time_s, strength))
        return True

    def advance(self, time_s: float, step_s: float, speaking: bool) -> Pose:
        """Return what is added to the face, float32 [52], step_s after the last call."""
        rate, step = np.float32(self._rate_hz), np.float32(step_s)
        away = self._pose - self._goal
        push = self._speed + rate * away
        decay = np.float32(math.exp(-self._rate_hz * step_s))
        self._pose = self._goal + (away + push * step) * decay
        self._speed = (self._speed - rate * push * step) * decay
        keep = math.exp(-step_s / _GIVE_WAY_S)
        self._corners = keep * self._corners + (1 - keep) * (_CORNERS_IN_SPEECH if speaking else 1)
        pose: Pose = self._pose.copy()
        pose[_CORNERS] *= np.float32(self._corners)
        self._accents = [a for a in self._accents if time_s < a[0] + _ACCENT_S]
        for start_s, strength in self._accents:
            if time_s > start_s:
                part = math.sin(math.pi * (time_s - start_s) / _ACCENT_S) ** 2
                pose += _ACCENT * np.float32(strength * part)
        return pose
