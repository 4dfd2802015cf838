# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The other process of the tests: an ordinary node in one of a few roles."""

from __future__ import annotations

import sys
from typing import Any

from facetalk_ros.ros import rclpy
from facetalk_ros.ros.executors import ExternalShutdownException, SingleThreadedExecutor
from facetalk_ros.ros.lifecycle import LifecycleNode
from facetalk_ros.ros.messages import get_message, get_service
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile

JointState = get_message('sensor_msgs/msg/JointState')
String = get_message('std_msgs/msg/String')
AddTwoInts = get_service('example_interfaces/srv/AddTwoInts')


class Echo(Node):
    """Sends back what it gets, adds numbers, has a parameter, and latches a greeting."""

    def __init__(self) -> None:
        super().__init__('echo')
        self.declare_parameter('gain', 1.0)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.greeting = self.create_publisher(String, 'greeting', latched)
        self.greeting.publish(String(data='hello'))
        self.back = self.create_publisher(JointState, 'back', 100)
        self.create_subscription(JointState, 'forth', self.back.publish, 100)
        self.create_service(AddTwoInts, 'add', self.add)

    def add(self, request: Any, response: Any) -> Any:
        response.sum = request.a + request.b
        return response


def main() -> int:
    roles = {
        'echo': Echo,
        'managed': lambda: LifecycleNode('managed'),
        'silent': lambda: Node('silent'),
    }
    rclpy.init(args=[sys.argv[0], *sys.argv[2:]])
    try:
        with SingleThreadedExecutor() as executor:
            executor.add_node(roles[sys.argv[1]]())
            print('ready', flush=True)
            executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()
    print('ended', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
