# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Does the graph work: a message to another process on this machine, and back."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import sys
import time
from typing import Any

from ..ros import rclpy
from ..ros.executors import ExternalShutdownException
from ..ros.messages import get_message
from ..ros.node import Node

_TIMEOUT_S = 15.0


def round_trip() -> str:
    """Return how long it took to find another process and to get a message back from it.

    Raises:
        RuntimeError: it cannot be reached; says what may help.

    """
    string, name = get_message('std_msgs/msg/String'), f'facetalk_test_{secrets.token_hex(4)}'
    word = secrets.token_hex(8)
    arrived: list[float] = []

    def take(message: Any) -> None:
        if message.data == word:
            arrived.append(time.monotonic())

    began_s = time.monotonic()
    with subprocess.Popen([sys.executable, '-m', __name__, name]) as echo:
        try:
            rclpy.init(args=[])
            node = Node(name, enable_rosout=False)
            ping = node.create_publisher(string, f'{name}/ping', 10)
            pong = node.create_subscription(string, f'{name}/pong', take, 10)
            # both ways: a pong to somebody who is not known yet would be lost
            while not (ping.get_subscription_count() and node.count_publishers(pong.topic_name)):
                _check(node, echo, began_s, 'do not find each other')
            found_s = sent_s = time.monotonic()
            while not arrived:
                if time.monotonic() >= sent_s:
                    ping.publish(string(data=word))
                    sent_s = time.monotonic() + 0.5
                _check(node, echo, found_s, 'find each other, but no message comes back')
            return (
                f'another process was found in {found_s - began_s:.2f} s, '
                f'a message to it and back took {(arrived[0] - found_s) * 1e3:.1f} ms'
            )
        finally:
            echo.terminate()
            rclpy.try_shutdown()


def _check(node: Node, echo: subprocess.Popen[bytes], since_s: float, what: str) -> None:
    rclpy.spin_once(node, timeout_sec=0.01)
    if echo.poll() is not None:
        raise RuntimeError(f'the other process ended with code {echo.returncode}')
    if time.monotonic() - since_s > _TIMEOUT_S:
        raise RuntimeError(
            f'two processes on this machine {what}: is UDP blocked? '
            'ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST needs no multicast'
        )


def _echo(name: str) -> None:
    string = get_message('std_msgs/msg/String')
    rclpy.init(args=[])
    try:
        node = Node(f'{name}_echo', enable_rosout=False)
        pong = node.create_publisher(string, f'{name}/pong', 10)
        node.create_subscription(string, f'{name}/ping', pong.publish, 10)
        end_s = time.monotonic() + 2 * _TIMEOUT_S
        while time.monotonic() < end_s:
            rclpy.spin_once(node, timeout_sec=1.0)
    finally:
        rclpy.try_shutdown()


if __name__ == '__main__':
    with contextlib.suppress(ExternalShutdownException):
        _echo(sys.argv[1])
