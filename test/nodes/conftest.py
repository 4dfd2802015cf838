# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node in a process of its own, and somebody who talks to it and listens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facetalk_ros.audio.files import read_audio
from facetalk_ros.face import lip_aperture
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import as_sequence, get_message, get_service
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile

NS = 1_000_000_000
PATIENCE_S = 30.0
RATE = 16_000
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
DATA = Path(__file__).parents[1] / 'data'


class Partner(Node):
    """Publishes audio and text for a talk node, and keeps what it says."""

    def __init__(self, process: subprocess.Popen[str], namespace: str = '') -> None:
        super().__init__('partner', namespace=namespace)
        self._status_name = f'{namespace}/talk: face'.lstrip('/')
        self.process = process
        self.shown: list[tuple[int, int, Any]] = []  # arrival, stamp, weights
        self.keys: list[Any] = []
        self.speaking: list[bool] = []
        self.status: dict[str, str] = {}
        self.level = 0
        self.message = ''
        self._own_clients: dict[str, Any] = {}
        self.listen('facetalk_ros/msg/Blendshapes', 'blendshapes', self._on_pose, 500)
        self.listen('facetalk_ros/msg/KeyMotions', 'key_motions', self.keys.append, 500)
        self.listen('std_msgs/msg/Bool', 'is_speaking', self._on_speaking, LATCHED)
        self.listen('diagnostic_msgs/msg/DiagnosticArray', '/diagnostics', self._on_status, 10)

    def listen(self, kind: str, topic: str, callback: Any, qos: Any) -> None:
        self.create_subscription(get_message(kind), topic, callback, qos)

    def _on_pose(self, message: Any) -> None:
        stamp = message.header.stamp.sec * NS + message.header.stamp.nanosec
        self.shown.append((time.time_ns(), stamp, np.array(message.weights, np.float32)))

    def _on_speaking(self, message: Any) -> None:
        self.speaking.append(message.data)

    def _on_status(self, message: Any) -> None:
        for status in (s for s in message.status if s.name == self._status_name):
            self.status = {v.key: v.value for v in status.values}
            self.level, self.message = ord(status.level), status.message

    @property
    def stamps(self) -> Any:
        return np.array([stamp for _, stamp, _ in self.shown])

    @property
    def apertures(self) -> Any:
        return np.array([lip_aperture(weights) for _, _, weights in self.shown])

    def until(self, condition: Callable[[], object]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end_s, 'waited in vain'
            assert self.process.poll() is None, 'the node ended'
            rclpy.spin_once(self, timeout_sec=0.02)

    def spin(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
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
        response = self.call(
            'lifecycle_msgs/srv/ChangeState', 'talk/change_state', transition=transition
        )
        return bool(response.success)

    def state(self) -> str:
        response = self.call('lifecycle_msgs/srv/GetState', 'talk/get_state')
        return str(response.current_state.label)

    def activate(self) -> None:
        assert self.change_state('configure')
        assert self.change_state('activate')
        self.until(lambda: self.shown)

    def set_parameter(self, name: str, value: float) -> Any:
        parameter = get_message('rcl_interfaces/msg/Parameter')(name=name)
        parameter.value.type, parameter.value.double_value = 3, float(value)
        response = self.call(
            'rcl_interfaces/srv/SetParameters', 'talk/set_parameters', parameters=[parameter]
        )
        return response.results[0]

    def talk_publisher(self, kind: str, topic: str) -> Any:
        """Return a publisher that the talk node listens to."""
        publisher = self.create_publisher(get_message(kind), topic, QoSProfile(depth=50))
        self.until(publisher.get_subscription_count)
        self.spin(0.2)  # the other side may learn of the match a little later
        return publisher

    def burst(self, publisher: Any, samples: Any) -> None:
        """Publish a whole sentence at once, as speech synthesis does."""
        for at in range(0, len(samples), 2048):
            publisher.publish(chunk(samples[at : at + 2048], 0))

    def play(self, publisher: Any, make: Callable[[Any, int], Any], samples: Any) -> int:
        """Publish 20 ms pieces as they are spoken; return the stamp of the first."""
        began_s, began_ns = time.monotonic(), time.time_ns()
        for at in range(0, len(samples), 320):
            piece = samples[at : at + 320]
            wait_s = began_s + (at + len(piece)) / RATE - time.monotonic()
            self.spin(max(0.0, wait_s))
            publisher.publish(make(piece, began_ns + at * NS // RATE))
        return began_ns


def chunk(samples: Any, stamp_ns: int, encoding: str = 'S16LE') -> Any:
    """Return an AudioChunk; stamp 0 is none."""
    message = get_message('facetalk_ros/msg/AudioChunk')(
        sample_rate=RATE, channels=1, encoding=encoding
    )
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, NS)
    message.data = as_sequence((samples * 32767).astype('<i2').view(np.uint8))
    return message


@pytest.fixture(scope='session')
def speech() -> Any:
    """Return 3.3 s of speech, float32 at 16 kHz."""
    pcm, _ = read_audio(DATA / 'amiable.opus')
    return pcm.samples[:, 0]


@pytest.fixture
def start_talk(graph_env: dict[str, str]) -> Iterator[Callable[..., Partner]]:
    """Start the node's program with parameters, in a namespace; it is unconfigured."""
    processes: list[subprocess.Popen[str]] = []

    def start(*parameters: str, namespace: str = '') -> Partner:
        command = [sys.executable, '-m', 'facetalk_ros.nodes.talk', '--ros-args']
        if namespace:
            command += ['-r', f'__ns:={namespace}']
        for parameter in parameters:
            command += ['-p', parameter]
        process = subprocess.Popen(command, env=graph_env, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return Partner(process, namespace)

    rclpy.init(args=[])
    yield start
    rclpy.try_shutdown()
    for process in processes:
        process.kill()
        process.communicate()
