# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The topics on which the actuator node tells controllers what to do."""

from __future__ import annotations

from typing import Any

from ..actuators import ActuatorMap
from ..ros.duration import Duration
from ..ros.lifecycle import LifecycleNode
from ..ros.messages import get_message
from ..ros.qos import QoSProfile
from ..ros.qos_overriding_options import QoSOverridingOptions
from .actuator_motion import Motion, Replacement
from .joint_messages import POSITIONS_TYPE, TRAJECTORY_TYPE, joint_positions, joint_trajectory

# Only the newest says what is to be done.
_QOS = QoSProfile(depth=1)
_TYPES = {'trajectory': TRAJECTORY_TYPE, 'forward': POSITIONS_TYPE}


class ActuatorOutputs:
    """Publishers for the groups of a map."""

    def __init__(self, node: LifecycleNode, actuator_map: ActuatorMap) -> None:
        self._node = node
        self._publishers: dict[tuple[str, str], Any] = {}
        self.use(actuator_map)

    def use(self, actuator_map: ActuatorMap) -> None:
        """Publish for another map; topics that both have stay."""
        wanted = {(group.topic, _TYPES[group.output]) for group in actuator_map.groups}
        for key in self._publishers.keys() - wanted:
            self._node.destroy_publisher(self._publishers.pop(key))
        for topic, kind in wanted - self._publishers.keys():
            self._publishers[topic, kind] = self._node.create_publisher(
                get_message(kind), topic, _QOS,
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )  # fmt: skip
        self.map = actuator_map

    @property
    def has_forward(self) -> bool:
        """Whether there are forward controllers, which want to be told all the time."""
        return any(group.output == 'forward' for group in self.map.groups)

    def trajectories(
        self, motion: Motion, now_s: float, epoch_ns: int, replacement: Replacement
    ) -> None:
        """Publish the motion of all groups that take trajectories."""
        for group in self.map.groups:
            if group.output != 'trajectory':
                continue
            chunk = motion.trajectory(group, now_s, replacement)
            if chunk is not None:
                names = [self.map.joints[i].name for i in group.joints]
                message = joint_trajectory(names, chunk, epoch_ns)
                self._publishers[group.topic, TRAJECTORY_TYPE].publish(message)

    def positions(self, motion: Motion, now_s: float) -> None:
        """Publish where the joints of forward controllers are to be now."""
        for group in self.map.groups:
            if group.output == 'forward':
                message = joint_positions(motion.positions_rad(group, now_s))
                self._publishers[group.topic, POSITIONS_TYPE].publish(message)

    def flush(self, timeout_s: float) -> None:
        """Wait until controllers have what was published."""
        for publisher in self._publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=timeout_s))

    def close(self) -> None:
        """Stop publishing."""
        for publisher in self._publishers.values():
            self._node.destroy_publisher(publisher)
        self._publishers.clear()
