# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A robot in small for the actuator node: faces for it, and ears for what it tells controllers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from controller import NS, Kind, TrajectoryController, seconds

from facetalk_ros.actuators import ActuatorMap, load_map
from facetalk_ros.face import ARKIT_NAMES
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import as_sequence, get_message, get_service
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile

PATIENCE_S = 60.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# another order than ours, and names that are not ARKit's: faces are addressed by name
NAMES = [*reversed(ARKIT_NAMES), 'earWiggle']


def start_node(env: dict[str, str], *parameters: str, arguments: list[str] | None = None) -> Any:
    command = [sys.executable, '-m', 'facetalk_ros.nodes.actuators', '--ros-args']
    command += ['-p', 'late_s:=10.0']  # this machine may be busy
    for parameter in parameters:
        command += ['-p', parameter]
    return subprocess.Popen(
        command + (arguments or []), env=env, stderr=subprocess.PIPE, text=True
    )


class Robot(Node):
    """Speaks faces, and keeps what comes for the controllers of a map."""

    def __init__(self, actuators: ActuatorMap | str, *, speaks: bool = True) -> None:
        super().__init__('robot')
        self.map = load_map(actuators) if isinstance(actuators, str) else actuators
        self.told: dict[str, list[Any]] = {group.name: [] for group in self.map.groups}
        self.status: dict[str, str] = {}
        self.level, self.message, self.reports = 0, '', 0
        self._own_clients: dict[str, Any] = {}
        for group in self.map.groups:
            kind = (
                'trajectory_msgs/msg/JointTrajectory'
                if group.output == 'trajectory'
                else 'std_msgs/msg/Float64MultiArray'
            )
            self.create_subscription(
                get_message(kind), group.topic, self.told[group.name].append, QoSProfile(depth=500)
            )
        self.create_subscription(
            get_message('diagnostic_msgs/msg/DiagnosticArray'), '/diagnostics', self._on_status, 10
        )
        self.faces = self.create_publisher(
            get_message('facetalk_ros/msg/Blendshapes'), 'blendshapes', QoSProfile(depth=200)
        )
        self.names = self.create_publisher(
            get_message('facetalk_ros/msg/BlendshapeNames'), 'blendshape_names', LATCHED
        )
        if speaks:
            self.names.publish(get_message('facetalk_ros/msg/BlendshapeNames')(names=NAMES))

    def _on_status(self, message: Any) -> None:
        for status in message.status:
            if status.name.endswith('actuators: actuators'):
                self.status = {v.key: v.value for v in status.values}
                self.level, self.message = ord(status.level), status.message
                self.reports += 1

    def until(self, condition: Callable[[], object], process: Any = None) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end_s, f'waited in vain; {self.status} {self.message}'
            assert process is None or process.poll() is None, 'the node ended'
            rclpy.spin_once(self, timeout_sec=0.02)

    def spin(self, duration_s: float) -> None:
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            rclpy.spin_once(self, timeout_sec=0.005)

    def call(self, kind: str, name: str, **fields: Any) -> Any:
        service = get_service(kind)
        client = self._own_clients.setdefault(name, self.create_client(service, name))
        assert client.wait_for_service(timeout_sec=PATIENCE_S), name
        future = client.call_async(service.Request(**fields))
        rclpy.spin_until_future_complete(self, future, timeout_sec=PATIENCE_S)
        assert future.done(), name
        return future.result()

    def change_state(self, label: str) -> bool:
        transition = get_message('lifecycle_msgs/msg/Transition')(label=label)
        name = 'actuators/change_state'
        response = self.call('lifecycle_msgs/srv/ChangeState', name, transition=transition)
        return bool(response.success)

    def activate(self) -> None:
        """Make the node active, and wait until it moves."""
        assert self.change_state('configure')
        assert self.change_state('activate')
        self.until(lambda: self.faces.get_subscription_count())
        self.until(lambda: all(self.told.values()))

    def set_parameter(self, name: str, value: str | bool) -> Any:
        parameter = get_message('rcl_interfaces/msg/Parameter')(name=name)
        if isinstance(value, bool):
            parameter.value.type, parameter.value.bool_value = 1, value
        else:
            parameter.value.type, parameter.value.string_value = 4, value
        name = 'actuators/set_parameters'
        response = self.call('rcl_interfaces/srv/SetParameters', name, parameters=[parameter])
        return response.results[0]

    def show(self, stamp_s: float, **shapes: float) -> None:
        """Publish a face."""
        weights = np.array([shapes.get(name, 0.0) for name in NAMES], np.float32)
        message = get_message('facetalk_ros/msg/Blendshapes')(weights=as_sequence(weights))
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(int(stamp_s * NS), NS)
        self.faces.publish(message)

    def chew(self, duration_s: float, ahead_s: float = 0.1, process: Any = None) -> None:
        """Open and close the mouth four times a second, in faces at 60 Hz."""
        began_s = time.time()
        for i in range(int(duration_s * 60)):
            while time.time() < began_s + i / 60:
                rclpy.spin_once(self, timeout_sec=0.004)
            assert process is None or process.poll() is None, 'the node ended'
            # the mouth opens first: 0 at the beginning
            opened = 0.5 - 0.5 * np.cos(8 * np.pi * i / 60)
            self.show(began_s + ahead_s + i / 60, jawOpen=float(opened))

    def joints_of(self, group: str) -> list[str]:
        return next(
            [self.map.joints[i].name for i in g.joints] for g in self.map.groups if g.name == group
        )

    def rest_of(self, group: str) -> Any:
        indices = next(list(g.joints) for g in self.map.groups if g.name == group)
        return self.map.rest_rad[indices]

    def at_rest(self, group: str) -> bool:
        """Whether the last that was told ends at rest, in the past."""
        last = self.told[group][-1]
        stamp = last.header.stamp
        end_s = stamp.sec + stamp.nanosec / NS + seconds(last.points[-1].time_from_start)
        resting = np.allclose(last.points[-1].positions, self.rest_of(group), atol=1e-3)
        return resting and time.time() > end_s

    def executed(self, group: str, hz: float = 100.0, kind: Kind = 'replace') -> tuple[Any, Any]:
        """Return times [k] and commanded positions [k, n] of a controller that was told all this.

        A message is taken to have come as early as its sender may have sent it: 50 ms after its
        first point. So nothing here depends on how busy this machine is.
        """
        controller = TrajectoryController(self.joints_of(group), self.rest_of(group), kind)
        return execute(controller, self.told[group], hz)


def execute(controller: TrajectoryController, messages: list[Any], hz: float) -> tuple[Any, Any]:
    """Return times [k] and commanded positions [k, n] of what a controller does."""
    arrivals = [m.header.stamp.sec + m.header.stamp.nanosec / NS + 0.05 for m in messages]
    arrivals = list(np.maximum.accumulate(arrivals))
    last = messages[-1]
    end_s = arrivals[-1] + seconds(last.points[-1].time_from_start) + 0.2
    waiting = list(zip(arrivals, messages, strict=True))
    for now_s in np.arange(arrivals[0], end_s, 1 / hz):
        while waiting and waiting[0][0] <= now_s:
            controller.receive(waiting.pop(0)[1], now_s)
        controller.update(float(now_s))
    assert not controller.rejected, controller.rejected
    times, positions = zip(*controller.log, strict=True)
    return np.array(times), np.array(positions)


def write_map(path: Path, text: str) -> ActuatorMap:
    path.write_text(text, 'utf-8')
    return load_map(path)
