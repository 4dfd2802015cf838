# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Source, talk node and actuator node are killed and started again; the servos rest in between.

Takes minutes, so it runs when asked for: FACETALK_RESTARTS=100 pytest -s test/actuators -k killed
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from controller import NS, TrajectoryController
from robot import PATIENCE_S, Robot, execute

from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import get_message, get_service

CLIP = Path(__file__).parents[1] / 'data' / 'amiable.opus'
CYCLES = int(os.environ.get('FACETALK_RESTARTS', '0'))
PARTS = ('source', 'talk', 'actuators')


class Play:
    """Three programs, one of which is killed at a time."""

    def __init__(self, env: dict[str, str], robot: Robot) -> None:
        self._env, self._robot = env, robot
        self.processes: dict[str, Any] = {}

    def start(self, part: str) -> None:
        if part == 'source':
            command = [sys.executable, str(Path(__file__).parent / 'looping_source.py'), str(CLIP)]
        else:
            command = [sys.executable, '-m', f'facetalk_ros.nodes.{part}', '--ros-args']
        if part == 'actuators':  # late: this machine may be busy
            for parameter in ('map:=jaw', 'joint_states_wait_s:=0.0', 'late_s:=10.0'):
                command += ['-p', parameter]
        self.processes[part] = subprocess.Popen(
            command, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if part != 'source':
            for transition in ('configure', 'activate'):
                self._change(part, transition)

    def _change(self, node: str, label: str) -> None:
        """Drive a lifecycle; a client of its own, since the server before has died."""
        service = get_service('lifecycle_msgs/srv/ChangeState')
        transition = get_message('lifecycle_msgs/msg/Transition')(label=label)
        end_s = time.monotonic() + PATIENCE_S
        client = self._robot.create_client(service, f'{node}/change_state')
        try:
            while time.monotonic() < end_s:
                if not client.wait_for_service(timeout_sec=1.0):
                    continue
                future = client.call_async(service.Request(transition=transition))
                rclpy.spin_until_future_complete(self._robot, future, timeout_sec=20.0)
                if future.done() and future.result().success:
                    return
            raise AssertionError(f'{node} does not {label}')
        finally:
            self._robot.destroy_client(client)

    def kill(self, part: str) -> None:
        process = self.processes.pop(part)
        process.kill()
        process.wait()


def moving(messages: list[Any]) -> bool:
    """Whether the joint is told to open the mouth."""
    return any(max(p.positions[0] for p in m.points) > 0.1 for m in messages)


def wait_for_rest(robot: Robot, told: list[Any]) -> None:
    """Wait until the joint is told nothing more than to rest, or nothing at all."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        count = len(told)
        robot.spin(0.6)
        new = [p.positions[0] for m in told[count:] for p in m.points]
        if new and np.abs(np.array(new) - robot.rest_of('mouth')).max() < 0.03:
            return
        if not new and time.time() > ends_s(told[-1]):
            return
        assert time.monotonic() < end_s, 'the joint does not rest'


def ends_s(message: Any) -> float:
    last = message.points[-1].time_from_start
    stamp = message.header.stamp
    return float(stamp.sec + last.sec + (stamp.nanosec + last.nanosec) / NS)


@pytest.mark.skipif(not CYCLES, reason='takes minutes: set FACETALK_RESTARTS to a number of times')
def test_each_is_killed_and_comes_back(graph_env: dict[str, str]) -> None:
    rclpy.init(args=[])
    robot = Robot('jaw', speaks=False)
    play = Play(graph_env, robot)
    order = random.Random(5)
    told = robot.told['mouth']
    waits_s = []
    try:
        for part in PARTS:
            play.start(part)
        for cycle in range(CYCLES):
            part = PARTS[cycle % 3] if cycle < 3 else order.choice(PARTS)
            started_s = time.monotonic()
            robot.until(lambda: moving(told))
            waits_s.append(time.monotonic() - started_s)
            robot.spin(order.uniform(0.0, 0.6))
            play.kill(part)
            wait_for_rest(robot, told)
            assert np.allclose(told[-1].points[-1].positions, robot.rest_of('mouth'), atol=1e-3)
            check_one_life(robot, told)
            told.clear()
            play.start(part)
        robot.until(lambda: moving(told))
    finally:
        for process in play.processes.values():
            process.kill()
            process.wait()
        robot.destroy_node()
        rclpy.try_shutdown()
    print(
        f'{CYCLES} restarts, all recovered; again in motion after '
        f'{np.median(waits_s):.1f} s, at most {max(waits_s):.1f} s'
    )


def check_one_life(robot: Robot, messages: list[Any]) -> None:
    """Execute what was told since the last restart: no jump, and at rest at the end."""
    joint = robot.map.joints[0]
    controller = TrajectoryController([joint.name], robot.rest_of('mouth'))
    _, positions = execute(controller, messages, 100.0)
    velocities = np.diff(positions[:, 0]) * 100.0
    assert np.abs(velocities).max() <= 1.1 * joint.max_velocity_rad_s
    assert np.abs(np.diff(velocities)).max() <= 1.2 * joint.max_acceleration_rad_s2 / 100.0
    assert np.allclose(positions[-1], robot.rest_of('mouth'), atol=1e-3)
