# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Quality of service profiles, as rclpy.qos names them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class InvalidQoSProfileException(Exception):
    """The profile contradicts itself."""


class HistoryPolicy(IntEnum):
    """How many samples are kept for a slow reader."""

    SYSTEM_DEFAULT = 0
    KEEP_LAST = 1
    KEEP_ALL = 2


class ReliabilityPolicy(IntEnum):
    """Whether lost samples are sent again."""

    SYSTEM_DEFAULT = 0
    RELIABLE = 1
    BEST_EFFORT = 2


class DurabilityPolicy(IntEnum):
    """Whether a late reader gets what was written before."""

    SYSTEM_DEFAULT = 0
    TRANSIENT_LOCAL = 1
    VOLATILE = 2


class QoSPolicyKind(IntEnum):
    """The policies of a profile; those that the embedded graph does not have have no effect."""

    INVALID = 1 << 0
    DURABILITY = 1 << 1
    DEADLINE = 1 << 2
    LIVELINESS = 1 << 3
    RELIABILITY = 1 << 4
    HISTORY = 1 << 5
    LIFESPAN = 1 << 6
    DEPTH = 1 << 7
    LIVELINESS_LEASE_DURATION = 1 << 8
    AVOID_ROS_NAMESPACE_CONVENTIONS = 1 << 9


QoSHistoryPolicy = HistoryPolicy
QoSReliabilityPolicy = ReliabilityPolicy
QoSDurabilityPolicy = DurabilityPolicy


@dataclass(kw_only=True)
class QoSProfile:
    """One profile. A depth without a history means KEEP_LAST.

    Raises InvalidQoSProfileException when neither history nor depth is given, or KEEP_LAST comes
    without a depth; ValueError for a negative depth.
    """

    history: HistoryPolicy | None = None
    depth: int | None = None
    reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE
    durability: DurabilityPolicy = DurabilityPolicy.VOLATILE

    def __post_init__(self) -> None:
        if self.history is None:
            if self.depth is None:
                raise InvalidQoSProfileException('History and/or depth settings are required.')
            self.history = HistoryPolicy.KEEP_LAST
        self.history = HistoryPolicy(self.history)
        if self.history == HistoryPolicy.KEEP_LAST and self.depth is None:
            raise InvalidQoSProfileException('History set to KEEP_LAST without a depth setting.')
        self.depth = 0 if self.depth is None else self.depth
        if not isinstance(self.depth, int) or self.depth < 0:
            raise ValueError(f'depth is {self.depth!r}, expected an integer >= 0')
        self.reliability = ReliabilityPolicy(self.reliability)
        self.durability = DurabilityPolicy(self.durability)

    @property
    def best_effort(self) -> bool:
        """Whether lost samples stay lost."""
        return self.reliability == ReliabilityPolicy.BEST_EFFORT

    @property
    def transient_local(self) -> bool:
        """Whether a late reader gets the last samples."""
        return self.durability == DurabilityPolicy.TRANSIENT_LOCAL


def as_profile(qos: QoSProfile | int) -> QoSProfile:
    """Return a profile: a number is the depth of a reliable KEEP_LAST one."""
    if isinstance(qos, QoSProfile):
        return qos
    if isinstance(qos, bool) or not isinstance(qos, int):
        raise TypeError(f'expected QoSProfile or int, got {qos!r}')
    return QoSProfile(depth=qos)


qos_profile_default = QoSProfile(depth=10)
# "system default" leaves the choice to DDS: rmw_cyclonedds takes these values
qos_profile_system_default = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=1)
qos_profile_sensor_data = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
qos_profile_services_default = QoSProfile(depth=10)
qos_profile_parameters = QoSProfile(depth=1000)
qos_profile_parameter_events = QoSProfile(depth=1000)
qos_profile_rosout_default = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
qos_profile_clock = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


class QoSPresetProfiles(Enum):
    """The profiles that ROS tools know by name."""

    SYSTEM_DEFAULT = qos_profile_system_default
    SENSOR_DATA = qos_profile_sensor_data
    SERVICES_DEFAULT = qos_profile_services_default
    PARAMETERS = qos_profile_parameters
    PARAMETER_EVENTS = qos_profile_parameter_events
