# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What keeps a face alive whatever is said: blinks, gaze, the head, the breath."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX
from .attention import Attention
from .blink import Blinker
from .gaze import Gaze, GazeMotion
from .head import STRAIGHT, Head, HeadMotion
from .settings import FaceSettings

Pose = npt.NDArray[np.float32]

# A weight of one turns the eye this far.
_FULL_LOOK_DEG = 30.0
_BLINKS = [ARKIT_INDEX['eyeBlinkLeft'], ARKIT_INDEX['eyeBlinkRight']]
# Weights for eyes that turn to the robot's left, its right, up and down.
_TO_LEFT = [ARKIT_INDEX['eyeLookOutLeft'], ARKIT_INDEX['eyeLookInRight']]
_TO_RIGHT = [ARKIT_INDEX['eyeLookInLeft'], ARKIT_INDEX['eyeLookOutRight']]
_UP = [ARKIT_INDEX['eyeLookUpLeft'], ARKIT_INDEX['eyeLookUpRight']]
_DOWN = [ARKIT_INDEX['eyeLookDownLeft'], ARKIT_INDEX['eyeLookDownRight']]
# The lids go with eyes that look down: so far at a full look.
_LIDS_DOWN = 0.3
# Gaze and head come and go within this when they are turned on and off.
_GLIDE_S = 0.3


class IdleLife:
    """Adds life to poses; asked in order of time.

    Args:
        seed: of all that is drawn.

    """

    def __init__(self, seed: int) -> None:
        self.blinker = Blinker(seed)
        self._gaze = GazeMotion(seed)
        self._head = HeadMotion(seed)
        self._gaze_size = self._head_size = 0.0

    def nod(self, time_s: float, down_deg: float) -> None:
        """Nod from a time on."""
        self._head.nod(time_s, down_deg)

    def add(
        self, pose: Pose, time_s: float, step_s: float, attention: Attention,
        settings: FaceSettings,
    ) -> Head:  # fmt: skip
        """Add blinks and gaze to a pose, float32 [52], in place; return the pose of the head."""
        gaze = self._gaze.advance(time_s, attention)
        head = self._head.advance(time_s, attention, gaze)
        glide = min(step_s / _GLIDE_S, 1.0)
        self._gaze_size += _within(float(settings.gaze) - self._gaze_size, glide)
        self._head_size += _within(settings.head_motion - self._head_size, glide)
        self._look(pose, Gaze(gaze.left_deg * self._gaze_size, gaze.down_deg * self._gaze_size))
        lids = np.float32(self.blinker.closure(time_s, settings.blinks_per_minute))
        for i in _BLINKS:
            pose[i] = max(pose[i], lids)
        if not self._head_size:
            return STRAIGHT
        roll, pitch, yaw = (angle * self._head_size for angle in head.rpy)
        return Head(roll, pitch, yaw, head.breath)

    @staticmethod
    def _look(pose: Pose, gaze: Gaze) -> None:
        left, down = gaze.left_deg / _FULL_LOOK_DEG, gaze.down_deg / _FULL_LOOK_DEG
        _add(pose, _TO_LEFT if left > 0 else _TO_RIGHT, abs(left))
        _add(pose, _DOWN if down > 0 else _UP, abs(down))
        if down > 0:
            _add(pose, _BLINKS, _LIDS_DOWN * down)


def _within(change: float, most: float) -> float:
    return min(max(change, -most), most)


def _add(pose: Pose, shapes: list[int], weight: float) -> None:
    # one by one: for two shapes numpy's fancy indexing takes four times as long
    for i in shapes:
        pose[i] += np.float32(weight)
