# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where the joints of an actuator map are sent, from the messages to their controllers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..actuators import ActuatorMap, Group
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import QoSProfile, ReliabilityPolicy

_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
_NS = 1_000_000_000
_TYPES = {
    'trajectory': 'trajectory_msgs/msg/JointTrajectory',
    'forward': 'std_msgs/msg/Float64MultiArray',
}


class ViewJoints:
    """Subscribes to the groups of a map and keeps the newest set point of every joint.

    Args:
        node: where to subscribe.
        actuators: the map.
        moved: gets the presentation time [ns] and float32 [joints] positions [rad].
        bad: told what is wrong with a message.

    """

    def __init__(
        self, node: Node, actuators: ActuatorMap,
        moved: Callable[[int, npt.NDArray[np.float32]], None], bad: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._node, self._moved, self._bad = node, moved, bad
        self._index = {joint.name: i for i, joint in enumerate(actuators.joints)}
        self._positions = np.array([j.neutral_rad for j in actuators.joints], np.float32)
        for group in actuators.groups:
            callback = self._on_trajectory if group.output == 'trajectory' else self._on_positions
            try:
                message_type = get_message(_TYPES[group.output])
            except ModuleNotFoundError as error:
                bad(f'{group.topic}: {error}')
                continue
            node.create_subscription(
                message_type, group.topic, functools.partial(callback, group), _QOS
            )

    def _on_trajectory(self, group: Group, message: Any) -> None:
        """Take the last point whose time has come: what lies before is past, behind it a plan."""
        if not len(message.points):
            return
        try:
            indices = [self._index[name] for name in message.joint_names]
        except KeyError as error:
            self._bad(f'{group.topic}: the map has no joint {error}')
            return
        start, now_ns = message.header.stamp, self._now_ns()
        # a stamp of zero means now
        start_ns = start.sec * _NS + start.nanosec or now_ns
        due_ns, due = start_ns + _after_ns(message.points[0]), message.points[0]
        for point in message.points[1:]:
            if start_ns + _after_ns(point) > now_ns:
                break
            due_ns, due = start_ns + _after_ns(point), point
        self._take(group, due_ns + round(group.latency_s * _NS), indices, due.positions)

    def _on_positions(self, group: Group, message: Any) -> None:
        stamp_ns = self._now_ns() + round(group.latency_s * _NS)
        self._take(group, stamp_ns, list(group.joints), message.data)

    def _take(self, group: Group, stamp_ns: int, indices: list[int], given: Any) -> None:
        positions = np.asarray(given, np.float32)
        if positions.shape != (len(indices),) or not np.isfinite(positions).all():
            self._bad(f'{group.topic}: {len(positions)} positions for {len(indices)} joints')
            return
        self._positions[indices] = positions
        self._moved(int(stamp_ns), self._positions)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)


def _after_ns(point: Any) -> int:
    return int(point.time_from_start.sec * _NS + point.time_from_start.nanosec)
