# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a user may turn while the face speaks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..face.names import sides

#: Lowest and highest value of each number in FaceSettings.
RANGES: Mapping[str, tuple[float, float]] = {
    'strength': (0.0, 2.0),
    'upper_face_strength': (0.0, 2.0),
    'lower_face_strength': (0.0, 2.0),
    'upper_face_smoothing_s': (0.0, 0.5),
    'lower_face_smoothing_s': (0.0, 0.1),
    'blinks_per_minute': (0.0, 60.0),
    'expressiveness': (0.0, 2.0),
    'head_motion': (0.0, 2.0),
}
GAIN_RANGE = (0.0, 4.0)
OFFSET_RANGE = (-1.0, 1.0)


@dataclass(frozen=True)
class FaceSettings:
    """How the motion is shaped on its way out: ``clamp(strength * gain * w + offset)``.

    Attributes:
        strength: scales every shape, 0 to 2.
        upper_face_strength: scales brows, eyes, cheeks and nose, 0 to 2.
        lower_face_strength: scales jaw, mouth and tongue, 0 to 2.
        gain: factor by shape name, 0 to 4; ``mouthSmile`` means both sides.
        offset: summand by shape name, -1 to 1.
        upper_face_smoothing_s: time constant of a first-order low-pass.
        lower_face_smoothing_s: the same for the lower face; it delays the lips by as much.
        clamp: keep every weight within 0 to 1.
        blinks_per_minute: mean blink rate; 0 turns blinks off.
        expressiveness: scales feelings and accents, 0 to 2; 0 turns them off.
        gaze: move the eyes.
        head_motion: scales the motion of the head, 0 to 2; 0 holds it straight.

    Raises:
        ValueError: a number outside its range, or a name that is not an ARKit shape.

    """

    strength: float = 1.0
    upper_face_strength: float = 1.0
    lower_face_strength: float = 1.0
    gain: Mapping[str, float] = field(default_factory=dict)
    offset: Mapping[str, float] = field(default_factory=dict)
    upper_face_smoothing_s: float = 0.0
    lower_face_smoothing_s: float = 0.0
    clamp: bool = True
    blinks_per_minute: float = 18.0
    expressiveness: float = 1.0
    gaze: bool = True
    head_motion: float = 1.0

    def __post_init__(self) -> None:
        for name, bounds in RANGES.items():
            _check(name, getattr(self, name), bounds)
        for kind, bounds in (('gain', GAIN_RANGE), ('offset', OFFSET_RANGE)):
            for shape, value in getattr(self, kind).items():
                sides(shape)
                _check(f'{kind} of {shape}', value, bounds)


def _check(name: str, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f'{name} {value!r} is outside {low} to {high}')
