# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Half of a pair that floods the other with messages while nodes come and go."""

from __future__ import annotations

import sys
import threading

from facetalk_ros import embedded as rclpy
from facetalk_ros.embedded.node import Node

Bytes = rclpy.get_message('std_msgs/msg/UInt8MultiArray')
Trigger = rclpy.get_service('std_srvs/srv/Trigger')
MESSAGES = 4000


def churn(stop: threading.Event, outgoing: str, incoming: str) -> None:
    while not stop.is_set():
        node = Node('passing')
        publisher = node.create_publisher(Bytes, outgoing, 5)
        node.create_subscription(Bytes, incoming, lambda _: None, 5)
        node.create_client(Trigger, '/nobody').service_is_ready()
        publisher.publish(Bytes(data=bytes(3000)))
        node.count_publishers(incoming)
        node.destroy_node()


def main() -> None:
    outgoing, incoming = sys.argv[1:3]
    rclpy.init(args=[])
    node = Node('busy')
    publisher = node.create_publisher(Bytes, outgoing, 100)
    received: list[int] = []
    node.create_subscription(Bytes, incoming, lambda m: received.append(len(m.data)), 100)
    while not (publisher.get_subscription_count() and node.count_publishers(incoming)):
        rclpy.spin_once(node, timeout_sec=0.01)
    stop = threading.Event()
    thread = threading.Thread(target=churn, args=(stop, outgoing, incoming))
    thread.start()
    message = Bytes(data=bytes(3000))
    for k in range(MESSAGES):
        publisher.publish(message)
        if k % 20 == 0:
            rclpy.spin_once(node, timeout_sec=0.001)
    stop.set()
    thread.join()
    while not received:
        rclpy.spin_once(node, timeout_sec=0.1)
    rclpy.shutdown()
    print('done')


if __name__ == '__main__':
    main()
