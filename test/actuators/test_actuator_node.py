# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The actuator node as a program on the graph: lifecycle, faces in, motion out, maps exchanged."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from robot import Robot, start_node, write_map

from facetalk_ros.actuators import load_map
from facetalk_ros.nodes.actuator_parameters import SPECS
from facetalk_ros.resources import resource_dir
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import as_sequence, get_message

FORWARD = """
watchdog_s: 0.3
ramp_in_s: 0.1
groups:
  jaw: {joints: [jaw], latency_s: 0.02}
  lids: {joints: [lids], output: forward, topic: lids/commands}
joints:
  jaw: &joint
    limits_rad: [0.0, 0.4]
    scale_rad: 0.4
    max_velocity_rad_s: 7.0
    max_acceleration_rad_s2: 300.0
    max_jerk_rad_s3: 20000.0
    drive: {sum: {jawOpen: 1.0}}
  lids: *joint
"""


@pytest.fixture
def start(graph_env: dict[str, str]) -> Iterator[Callable[..., tuple[Any, Robot]]]:
    processes: list[Any] = []
    robots: list[Robot] = []

    def start(actuators: str | Path, *parameters: str) -> tuple[Any, Robot]:
        processes.append(start_node(graph_env, f'map:={actuators}', *parameters))
        robots.append(Robot(load_map(str(actuators))))
        return processes[-1], robots[-1]

    rclpy.init(args=[])
    yield start
    for robot in robots:
        robot.destroy_node()
    rclpy.try_shutdown()
    for process in processes:
        process.kill()
        process.communicate()


def check_smooth(robot: Robot, group: str, hz: float = 100.0) -> Any:
    """Hold what a controller did to the limits of the map; return the positions."""
    _, positions = robot.executed(group, hz)
    joints = [j for j in robot.map.joints if j.name in robot.joints_of(group)]
    velocities = np.diff(positions, axis=0) * hz
    fastest = np.array([j.max_velocity_rad_s for j in joints])
    # a cubic through points of the plan is not quite the plan
    assert (np.abs(velocities) <= 1.1 * fastest).all()
    steps = np.abs(np.diff(velocities, axis=0))
    assert (steps <= 1.2 * np.array([j.max_acceleration_rad_s2 for j in joints]) / hz).all()
    return positions


def highest(robot: Robot, group: str, since: int = 0) -> float:
    """Return the most that the first joint of a group was told since so many messages."""
    return max((p.positions[0] for m in robot.told[group][since:] for p in m.points), default=0.0)


def chew_until(robot: Robot, condition: Callable[[], object], process: Any) -> None:
    """Chew for a second and more: a busy machine may be late with all of it."""
    robot.chew(1.0, process=process)
    robot.until(lambda: condition() or robot.chew(0.5, process=process), process)


def test_config_holds_the_defaults() -> None:
    file = yaml.safe_load((resource_dir('config') / 'actuators.yaml').read_text())
    values = file['/**/actuators']['ros__parameters']
    assert values == {name: spec.default for name, spec in SPECS.items()}
    assert all(type(values[name]) is type(spec.default) for name, spec in SPECS.items())


def test_moves_rests_and_ends(start: Callable[..., tuple[Any, Robot]]) -> None:
    process, robot = start('jaw', 'joint_states_wait_s:=0.0')
    robot.activate()
    chew_until(robot, lambda: highest(robot, 'mouth') > 0.3, process)
    robot.until(lambda: robot.at_rest('mouth'), process)
    positions = check_smooth(robot, 'mouth')
    assert abs(positions[-1] - robot.rest_of('mouth')) < 1e-3
    robot.until(lambda: int(robot.status.get('frames', 0)) >= 60, process)
    assert float(robot.status['latency p99 [ms]']) >= 0.0
    assert robot.status['map'] == 'jaw'
    assert robot.status['state'] == 'active'

    # disabled: to rest in the middle of a word, and deaf
    count = len(robot.told['mouth'])
    robot.chew(0.3, process=process)
    assert robot.call('std_srvs/srv/SetBool', 'actuators/enable', data=False).success
    robot.spin(0.1)
    told = len(robot.told['mouth'])
    assert told > count
    robot.chew(0.2, process=process)
    robot.until(lambda: robot.at_rest('mouth'), process)
    assert robot.call('std_srvs/srv/SetBool', 'actuators/enable', data=True).success
    robot.chew(0.3, process=process)
    robot.until(lambda: len(robot.told['mouth']) > told + 5, process)
    assert robot.call('std_srvs/srv/Trigger', 'actuators/reset').success
    robot.until(lambda: robot.at_rest('mouth'), process)

    # the last words of a node that is told to end lead home
    robot.chew(0.3, process=process)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    robot.until(lambda: robot.at_rest('mouth'))
    check_smooth(robot, 'mouth')


def test_lifecycle_and_faults(start: Callable[..., tuple[Any, Robot]], tmp_path: Path) -> None:
    path = tmp_path / 'head.yaml'
    write_map(path, FORWARD)
    process, robot = start(path, 'joint_states_wait_s:=0.0')
    robot.activate()
    names = get_message('facetalk_ros/msg/BlendshapeNames')(names=['none', 'of', 'them'])
    robot.names.publish(names)
    robot.until(lambda: 'bad blendshape_names messages' in robot.status, process)
    robot.show(time.time(), jawOpen=1.0)
    robot.until(lambda: 'bad blendshapes messages' in robot.status, process)
    assert robot.change_state('deactivate')
    assert robot.change_state('activate')
    assert robot.change_state('deactivate')
    assert robot.change_state('cleanup')
    assert not robot.call('std_srvs/srv/Trigger', 'actuators/reset').success
    path.write_text(FORWARD.replace('watchdog_s', 'watchdoc_s'))
    assert not robot.change_state('configure')
    robot.until(lambda: robot.level == 2, process)
    assert robot.message.startswith(f'{path}:')
    assert 'watchdog_s' in robot.message
    path.write_text(FORWARD)
    assert robot.change_state('configure')
    robot.until(lambda: robot.level == 0, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_without_a_map_it_says_so(start: Callable[..., tuple[Any, Robot]]) -> None:
    process, robot = start('jaw', "map:=''")
    assert not robot.change_state('configure')
    robot.until(lambda: robot.level == 2, process)
    assert 'no map' in robot.message


def test_a_map_is_exchanged_whole(start: Callable[..., tuple[Any, Robot]], tmp_path: Path) -> None:
    path, other = tmp_path / 'head.yaml', tmp_path / 'other.yaml'
    write_map(path, FORWARD)
    process, robot = start(path, 'joint_states_wait_s:=0.0', 'watch_map:=true')
    robot.activate()
    robot.chew(0.3, process=process)

    other.write_text(FORWARD.replace('7.0', 'fast'))
    refused = robot.set_parameter('map', str(other))
    assert not refused.successful
    assert refused.reason.startswith(f'{other}:')
    robot.chew(0.2, process=process)
    robot.until(lambda: robot.status.get('map') == str(path), process)

    # a file that changes is read again; a bad one changes nothing
    path.write_text(FORWARD.replace('7.0', 'fast'))
    robot.until(lambda: robot.level == 1, process)
    assert robot.message.startswith(f'{path}:')
    path.write_text(FORWARD.replace('0.4]', '0.3]').replace('scale_rad: 0.4', 'scale_rad: 0.3'))
    robot.until(lambda: robot.level == 0, process)
    count = len(robot.told['jaw'])
    chew_until(robot, lambda: highest(robot, 'jaw', count + 20) > 0.2, process)
    robot.until(lambda: robot.at_rest('jaw'), process)
    assert highest(robot, 'jaw', len(robot.told['jaw']) - 10) <= 0.3
    check_smooth(robot, 'jaw')

    assert robot.set_parameter('map', 'jaw').successful
    trajectories: list[Any] = []
    robot.create_subscription(
        get_message('trajectory_msgs/msg/JointTrajectory'), 'joint_trajectory',
        trajectories.append, 10,
    )  # fmt: skip
    robot.until(lambda: trajectories or robot.chew(0.2, process=process), process)


def test_forward_controllers_are_led_home(
    start: Callable[..., tuple[Any, Robot]], tmp_path: Path
) -> None:
    path = tmp_path / 'head.yaml'
    write_map(path, FORWARD)
    process, robot = start(path)
    states = robot.create_publisher(get_message('sensor_msgs/msg/JointState'), 'joint_states', 10)
    assert robot.change_state('configure')
    assert robot.change_state('activate')
    robot.until(states.get_subscription_count, process)
    state = get_message('sensor_msgs/msg/JointState')(name=['lids', 'jaw'])
    state.position = as_sequence(np.array([0.2, 0.3]))
    states.publish(state)
    robot.until(lambda: robot.told['lids'], process)
    # it begins where the joints are
    assert abs(robot.told['lids'][0].data[0] - 0.2) < 0.05
    assert robot.told['jaw'][0].points[0].positions[0] == pytest.approx(0.3)
    robot.until(lambda: abs(robot.told['lids'][-1].data[0]) < 1e-4, process)
    count = len(robot.told['lids'])
    chew_until(robot, lambda: max(m.data[0] for m in robot.told['lids'][count:]) > 0.3, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    robot.until(lambda: abs(robot.told['lids'][-1].data[0]) < 1e-3)
    said = np.array([m.data[0] for m in robot.told['lids']])
    assert np.abs(np.diff(said)).max() < 7.0 * 0.031


def test_a_bag_that_loops_stops_the_joints_and_goes_on(
    start: Callable[..., tuple[Any, Robot]],
) -> None:
    """Simulated time goes back by seconds in the middle of speech."""
    process, robot = start('jaw', 'joint_states_wait_s:=0.0', 'use_sim_time:=true')
    kind = get_message('rosgraph_msgs/msg/Clock')
    clock = robot.create_publisher(kind, '/clock', 10)
    now_s = 100.0

    def play(duration_s: float) -> None:
        nonlocal now_s
        for _ in range(int(duration_s * 60)):
            now_s += 1 / 60
            message = kind()
            message.clock.sec, message.clock.nanosec = divmod(int(now_s * 1e9), 10**9)
            clock.publish(message)
            robot.show(now_s + 0.1, jawOpen=0.5 - 0.5 * np.cos(25 * now_s))
            robot.spin(1 / 60)

    robot.until(clock.get_subscription_count, process)
    assert robot.change_state('configure')
    assert robot.change_state('activate')
    robot.until(lambda: highest(robot, 'mouth') > 0.3 or play(0.5), process)
    now_s = 50.0
    count = len(robot.told['mouth'])
    robot.until(lambda: highest(robot, 'mouth', count + 20) > 0.3 or play(0.5), process)
    robot.until(lambda: int(robot.status.get('clock jumps', 0)) >= 1 or play(0.5), process)
    stamps = [m.header.stamp.sec for m in robot.told['mouth']]
    assert min(stamps[:count]) >= 99
    assert stamps[-1] < 99
