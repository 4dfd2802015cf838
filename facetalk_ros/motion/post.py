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
Factors = tuple[Pose, Pose, Pose]

# A turned knob takes this long to be obeyed in full, so that no servo jumps.
_GLIDE_S = 0.25
_UPPER = np.array([ARKIT_INDEX[n] for n in UPPER_FACE_NAMES])
_LOWER = np.array([ARKIT_INDEX[n] for n in LOWER_FACE_NAMES])
_JAW_OPEN = ARKIT_INDEX['jawOpen']
_MOUTH_CLOSE = ARKIT_INDEX['mouthClose']
_PARTING = [ARKIT_INDEX[n] for s in ('mouthLowerDown', 'mouthUpperUp') for n in sides(s)]
_LIPS = [_JAW_OPEN, _MOUTH_CLOSE, *_PARTING]


class PostProcessor:
    """Applies settings to one pose after another; a change of settings glides in."""

    def __init__(self, settings: FaceSettings) -> None:
        """Start with ``settings`` in full."""
        self.settings = settings
        self._known = settings
        self._gain, self._offset, self._smoothing_s = self._goal = _factors(settings)
        self._left_s = 0.0
        self._moves_lips = _moves_lips(self._goal)
        self._smooths = bool(self._smoothing_s.any())
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
        if self._left_s > 0:
            self._glide(step_s)
        out = pose * self._gain + self._offset
        if self._moves_lips:
            self._seal(pose, out)
        if overlay is not None:
            out += overlay
        out += self._clamped * (np.minimum(np.maximum(out, 0.0), 1.0) - out)
        if self._smooths and self._smooth is not None:
            keep = np.empty_like(out)
            keep[_UPPER] = _decay(step_s, float(self._smoothing_s[0]))
            keep[_LOWER] = _decay(step_s, float(self._smoothing_s[1]))
            out += keep * (self._smooth - out)
        self._smooth = out
        return np.array(out)

    def _glide(self, step_s: float) -> None:
        """Come nearer to the settings that were asked for."""
        part = np.float32(min(1.0, step_s / self._left_s))
        self._left_s = max(0.0, self._left_s - step_s)
        now = self._gain, self._offset, self._smoothing_s
        if part < 1:
            gain, offset, smoothing_s = (
                x + part * (goal - x) for x, goal in zip(now, self._goal, strict=True)
            )
            now = gain, offset, smoothing_s
            self._clamped += part * (np.float32(self.settings.clamp) - self._clamped)
        else:
            now, self._clamped = self._goal, np.float32(self.settings.clamp)
        self._gain, self._offset, self._smoothing_s = now
        self._moves_lips = _moves_lips(now)
        self._smooths = bool(self._smoothing_s.any())

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


def _factors(settings: FaceSettings) -> Factors:
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


def _moves_lips(factors: Factors) -> bool:
    """Tell whether gain or offset change what keeps lips together."""
    gain, offset, _ = factors
    return bool((gain[_LIPS] != 1).any() or offset[_LIPS].any())


def _decay(step_s: float, time_constant_s: float) -> float:
    return math.exp(-step_s / time_constant_s) if time_constant_s > 0 else 0.0
