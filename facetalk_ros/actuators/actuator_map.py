# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What an actuator map says: which joints there are, what drives them, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_NAMES
from .curves import Curve
from .profile import Array, Limits

HEAD_INPUTS = ('headRoll', 'headPitch', 'headYaw')
"""Head pose in rad about x (forward), y (left), z (up), as in REP 103: pitch down is positive."""

INPUTS = (*ARKIT_NAMES, *HEAD_INPUTS)
"""What may drive a joint: the 52 weights, and the pose of the head."""

Output = Literal['trajectory', 'forward']


class Drive(Protocol):
    """Makes one number of the inputs."""

    def value(self, inputs: Sequence[float]) -> float:
        """Return it for inputs in the order of INPUTS."""


@dataclass(frozen=True)
class Sum:
    """A weighted sum around a neutral point, then a curve.

    Attributes:
        terms: (index of the input, its weight, its neutral value).

    """

    terms: Sequence[tuple[int, float, float]]
    curve: Curve | None = None

    def value(self, inputs: Sequence[float]) -> float:
        """Return the curve at the sum of weight * (input - neutral)."""
        total = sum(weight * (inputs[i] - neutral) for i, weight, neutral in self.terms)
        return total if self.curve is None else self.curve(total)


@dataclass(frozen=True)
class Extreme:
    """The least or the greatest of several, then a curve."""

    kind: Literal['min', 'max']
    parts: Sequence[Drive]
    curve: Curve | None = None

    def value(self, inputs: Sequence[float]) -> float:
        """Return the curve at the least or the greatest."""
        values = [part.value(inputs) for part in self.parts]
        extreme = min(values) if self.kind == 'min' else max(values)
        return extreme if self.curve is None else self.curve(extreme)


@dataclass(frozen=True)
class Beyond:
    """A joint on the far side of a position."""

    joint: int
    above: bool
    level_rad: float


@dataclass(frozen=True)
class Dwell:
    """How long a joint may stay on the far side of a position.

    Attributes:
        beyond: where it may not stay.
        for_s: how long at most, the way back included.
        to_rad: where it goes back to.
        rest_s: how long it has to be there before it may go beyond again.

    """

    beyond: Beyond
    for_s: float
    to_rad: float
    rest_s: float


@dataclass(frozen=True)
class Load:
    """Backing off from a load.

    Attributes:
        effort: the most effort in ``joint_states``, in the unit of the joint's driver.
        for_s: how long it may be exceeded.
        release_s: how long the way back to full motion takes.

    """

    effort: float
    for_s: float
    release_s: float


@dataclass(frozen=True)
class Joint:
    """A joint: position = neutral + trim + direction * scale * drive."""

    name: str
    lower_rad: float
    upper_rad: float
    neutral_rad: float
    trim_rad: float
    direction: int
    scale_rad: float
    max_velocity_rad_s: float
    max_acceleration_rad_s2: float
    max_jerk_rad_s3: float
    drive: Drive
    load: Load | None = None

    @property
    def rest_rad(self) -> float:
        """Where it rests: neutral and trim."""
        return self.neutral_rad + self.trim_rad


@dataclass(frozen=True)
class Group:
    """Joints that are published together.

    Attributes:
        joints: their indices, in the order of the message.
        output: a joint trajectory, or an array for forward controllers.
        topic: its name, relative.
        latency_s: how long after its command a joint arrives; commands lead by so much.

    """

    name: str
    joints: tuple[int, ...]
    output: Output
    topic: str
    latency_s: float


@dataclass(frozen=True)
class ActuatorMap:
    """A whole map; made by load_map.

    Attributes:
        watchdog_s: without a command for so long, the joints go back to rest.
        ramp_in_s: how long the first motion takes to reach its full size.
        exclusions: pairs that may not be true at once.

    """

    name: str
    watchdog_s: float
    ramp_in_s: float
    joints: tuple[Joint, ...]
    groups: tuple[Group, ...]
    dwells: tuple[Dwell, ...]
    exclusions: tuple[tuple[Beyond, Beyond], ...]

    @cached_property
    def limits(self) -> Limits:
        """The limits of motion, by joint."""
        return Limits(
            np.array([j.max_velocity_rad_s for j in self.joints]),
            np.array([j.max_acceleration_rad_s2 for j in self.joints]),
            np.array([j.max_jerk_rad_s3 for j in self.joints]),
        )

    @cached_property
    def lower_rad(self) -> Array:
        """The least positions [n]."""
        return np.array([j.lower_rad for j in self.joints])

    @cached_property
    def upper_rad(self) -> Array:
        """The greatest positions [n]."""
        return np.array([j.upper_rad for j in self.joints])

    @cached_property
    def rest_rad(self) -> Array:
        """Where the joints rest [n]."""
        return np.array([j.rest_rad for j in self.joints])

    def positions_rad(
        self, weights: npt.NDArray[np.float32], head_rad: Sequence[float] = (0.0, 0.0, 0.0)
    ) -> Array:
        """Return what the drives ask for, float64 [n], within the limits of position.

        Args:
            weights: float32 [52] in the order of ARKIT_NAMES, finite.
            head_rad: roll, pitch and yaw, finite.

        """
        inputs = [*weights.tolist(), *head_rad]
        asked = [
            j.rest_rad + j.direction * j.scale_rad * j.drive.value(inputs) for j in self.joints
        ]
        return np.clip(asked, self.lower_rad, self.upper_rad)
