# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""talk.launch.py on real ROS 2: active by itself, speaks, walks its lifecycle, ends cleanly."""

from __future__ import annotations

import time
import unittest
from pathlib import Path

import pytest

NEEDS = 'needs ROS 2: source its setup file and the workspace first'
rclpy = pytest.importorskip('rclpy', reason=NEEDS)
launch_testing = pytest.importorskip('launch_testing', reason=NEEDS)

from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from launch import LaunchDescription  # noqa: E402
from launch.actions import IncludeLaunchDescription  # noqa: E402
from launch.launch_description_sources import PythonLaunchDescriptionSource  # noqa: E402
from launch_testing.actions import ReadyToTest  # noqa: E402
from launch_testing.asserts import assertExitCodes  # noqa: E402
from lifecycle_msgs.msg import State, Transition  # noqa: E402
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from speaker import Speaker  # noqa: E402
from trajectory_msgs.msg import JointTrajectory  # noqa: E402

from facetalk_ros.msg import BlendshapeNames, Blendshapes  # noqa: E402
from facetalk_ros.resources import resource_dir  # noqa: E402

CLIP = Path(__file__).parents[1] / 'data' / 'amiable.opus'
NAMESPACE = '/head'
PATIENCE_S = 60.0  # only ever waited for in full by a test that fails


@pytest.mark.launch_test
def generate_test_description() -> LaunchDescription:
    arguments = {'namespace': NAMESPACE, 'fps': '60', 'actuators': 'jaw', 'view': 'true'}
    talk = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(resource_dir('launch') / 'talk.launch.py')),
        launch_arguments=arguments.items(),
    )
    return LaunchDescription([talk, ReadyToTest()])


class TestTalk(unittest.TestCase):
    def setUp(self) -> None:
        rclpy.init()
        self.node = rclpy.create_node('listener', namespace=NAMESPACE)
        self.frames: list[Blendshapes] = []
        self.names: list[BlendshapeNames] = []
        self.reports: list[DiagnosticArray] = []
        self.trajectories: list[JointTrajectory] = []
        self.node.create_subscription(DiagnosticArray, '/diagnostics', self.reports.append, 10)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.node.create_subscription(Blendshapes, 'blendshapes', self.frames.append, 500)
        self.node.create_subscription(
            BlendshapeNames, 'blendshape_names', self.names.append, latched
        )
        self.node.create_subscription(
            JointTrajectory, 'joint_trajectory', self.trajectories.append, 500
        )
        for node in ('talk', 'actuators'):
            self.wait_for(State.PRIMARY_STATE_ACTIVE, node)

    def tearDown(self) -> None:
        self.node.destroy_node()
        rclpy.shutdown()

    def call(self, service_type: type, name: str, request: object) -> object:
        client = self.node.create_client(service_type, name)
        assert client.wait_for_service(PATIENCE_S), name
        future = client.call_async(request)
        rclpy.spin_until_future_complete(self.node, future, timeout_sec=PATIENCE_S)
        assert future.done(), name
        self.node.destroy_client(client)
        return future.result()

    def wait_for(self, state: int, node: str = 'talk') -> None:
        end = time.monotonic() + PATIENCE_S
        while (now := self.call(GetState, f'{node}/get_state', GetState.Request())) is not None:
            if now.current_state.id == state:
                return
            assert time.monotonic() < end, f'still {now.current_state.label}'
            time.sleep(0.1)

    def change(self, transition: int) -> None:
        request = ChangeState.Request(transition=Transition(id=transition))
        assert self.call(ChangeState, 'talk/change_state', request).success

    def speak(self) -> Speaker:
        speaker = Speaker(CLIP, NAMESPACE)
        executor = rclpy.executors.SingleThreadedExecutor()
        executor.add_node(speaker)
        executor.add_node(self.node)
        executor.spin_until_future_complete(speaker.done, timeout_sec=PATIENCE_S)
        assert speaker.done.done(), 'nobody listens to audio and text'
        quiet = time.monotonic() + 1.0  # let the look-ahead come out
        while time.monotonic() < quiet:
            executor.spin_once(timeout_sec=0.1)
        executor.shutdown()
        speaker.destroy_node()
        return speaker

    def test_speaks(self) -> None:
        speaker = self.speak()
        assert len(self.names) == 1
        names = list(self.names[0].names)
        assert len(names) == 52
        times = [rclpy.time.Time.from_msg(frame.header.stamp).nanoseconds for frame in self.frames]
        assert times == sorted(set(times))
        start = speaker.start_time.nanoseconds
        spoken_s = len(speaker.chunks) * 0.02
        during = [
            frame
            for frame, at in zip(self.frames, times, strict=True)
            if 0.0 <= (at - start) / 1e9 < spoken_s
        ]
        # a chunk more or less at either end
        assert abs(len(during) - 60 * spoken_s) <= 6
        jaw = [frame.weights[names.index('jawOpen')] for frame in during]
        assert max(jaw) > 0.1
        assert min(jaw) < max(jaw) / 2
        assert len(self.reports) >= spoken_s - 1  # one a second

    def test_the_servo_follows(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while not self.trajectories or 'view' not in self.node.get_node_names():
            assert time.monotonic() < end, self.node.get_node_names()
            self.speak()
        opened = 0.0
        for message in self.trajectories:
            assert list(message.joint_names) == ['jaw']
            after = [p.time_from_start.sec * 10**9 + p.time_from_start.nanosec
                     for p in message.points]  # fmt: skip
            assert after == sorted(set(after))
            assert list(message.points[-1].velocities) == [0.0]
            opened = max(opened, *(p.positions[0] for p in message.points))
        assert 0.05 < opened <= 0.42

    def test_walks_its_lifecycle(self) -> None:
        self.change(Transition.TRANSITION_DEACTIVATE)
        self.wait_for(State.PRIMARY_STATE_INACTIVE)
        self.change(Transition.TRANSITION_CLEANUP)
        self.wait_for(State.PRIMARY_STATE_UNCONFIGURED)
        self.change(Transition.TRANSITION_CONFIGURE)
        self.wait_for(State.PRIMARY_STATE_INACTIVE)
        self.change(Transition.TRANSITION_ACTIVATE)
        self.wait_for(State.PRIMARY_STATE_ACTIVE)
        self.speak()
        assert self.frames


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    def test_ends_cleanly(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        assertExitCodes(proc_info)
