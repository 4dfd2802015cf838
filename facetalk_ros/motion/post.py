# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The last step before a frame leaves: strength, gain, offset, overlay, smoothing, clamp."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..face.aperture import LIPS_CLOSED_BELOW, lip_aperture
from ..face.names import ARKIT_INDEX, ARKIT_NAMES, LOWER_FACE_NAMES, UPPER_FACE_NAMES, sides
from .settings import FaceSettings

Pose = npt.NDArray[np.float32]

# A turned knob takes this long to be obeyed in full, so that no servo jumps.
_GLIDE_S = 0.25
_UPPER = np.array([ARKIT_INDEX[n] for n in UPPER_FACE_NAMES])
_LOWER = np.array([ARKIT_INDEX[n] for n in LOWER_FACE_NAMES])
_JAW_OPEN = ARKIT_INDEX['jawOpen']
_MOUTH_CLOSE = ARKIT_INDEX['mouthClose']
_PARTING = [ARKIT_INDEX[n] for s in ('mouthLowerDown', 'mouthUpperUp') for n in sides(s)]


class PostProcessor:
    """Applies settings to one pose after another; a change of settings glides in."""

    def __init__(self, settings: FaceSettings) -> None:
        """Start with ``settings`` in full."""
        self.settings = settings
        self._known = settings
        self._gain, self._offset, self._smoothing_s = self._goal = _factors(settings)
        self._left_s = 0.0
        self._clamped = np.float32(settings.clamp)
        self._smooth: Pose | None = None

    def apply(self, pose: Pose, step_s: float, overlay: Pose | None = None) -> Pose:
        """Return the pose to publish, float32 [52], ``step_s`` after the one before.

        ``overlay``, float32 [52], is added before the clamp.
        """
        if self.settings is not self._known:
            self._known = self.settings
            self._goal = _factors(self.settings)
            self._left_s = _GLIDE_S
        part = np.float32(min(1.0, step_s / self._left_s) if self._left_s > 0 else 1.0)
        self._left_s = max(0.0, self._left_s - step_s)
        self._gain = self._gain + part * (self._goal[0] - self._gain)
        self._offset = self._offset + part * (self._goal[1] - self._offset)
        out = pose * self._gain + self._offset
        self._seal(pose, out)
        if overlay is not None:
            out += overlay
        self._clamped += part * (np.float32(self.settings.clamp) - self._clamped)
        out = out + self._clamped * (np.clip(out, 0.0, 1.0) - out)
        if self._smooth is None:
            self._smooth = out
        self._smoothing_s = self._smoothing_s + part * (self._goal[2] - self._smoothing_s)
        keep = np.empty_like(out)
        keep[_UPPER] = _decay(step_s, float(self._smoothing_s[0]))
        keep[_LOWER] = _decay(step_s, float(self._smoothing_s[1]))
        self._smooth = np.asarray(out + keep * (self._smooth - out), np.float32)
        return np.array(self._smooth)

    @staticmethod
    def _seal(pose: Pose, out: Pose) -> None:
        """Keep lips together that the motion brought together, whatever gains were set.

        Works in gradually below twice the closing aperture, so that it cannot switch.
        """
        open_part = float(lip_aperture(pose)) / LIPS_CLOSED_BELOW - 1.0
        seal = np.float32(min(1.0, max(0.0, 1.0 - open_part)))
        out[_PARTING] -= seal * np.maximum(out[_PARTING] - pose[_PARTING], 0)
        missing = out[_JAW_OPEN] - out[_MOUTH_CLOSE] - (pose[_JAW_OPEN] - pose[_MOUTH_CLOSE])
        out[_MOUTH_CLOSE] += seal * max(np.float32(0), missing)


def _factors(settings: FaceSettings) -> tuple[Pose, Pose, Pose]:
    """Return gain and offset, [52], and the time constants of the upper and lower face, [2]."""
    gain = np.full(len(ARKIT_NAMES), settings.strength, np.float32)
    gain[_UPPER] *= settings.upper_face_strength
    gain[_LOWER] *= settings.lower_face_strength
    offset = np.zeros(len(ARKIT_NAMES), np.float32)
    for written, value in settings.gain.items():
        for name in sides(written):
            gain[ARKIT_INDEX[name]] *= value
    for written, value in settings.offset.items():
        for name in sides(written):
            offset[ARKIT_INDEX[name]] += value
    smoothing_s = settings.upper_face_smoothing_s, settings.lower_face_smoothing_s
    return gain, offset, np.array(smoothing_s, np.float32)


def _decay(step_s: float, time_constant_s: float) -> float:
    return math.exp(-step_s / time_constant_s) if time_constant_s > 0 else 0.0
