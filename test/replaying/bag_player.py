# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What `ros2 bag play --clock` does, on either graph: bag_player.py BAG RATE [AUDIO TEXT]."""

import sys
import time
from pathlib import Path

from facetalk_ros.bag_input import BagInput
from facetalk_ros.bags import input_topics
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import get_message
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.serialization import deserialize_message

NS = 1_000_000_000
CLOCK_NS = NS // 100
PATIENCE_S = 60.0


class Player(Node):
    def __init__(self, bag, rate):
        super().__init__('player')
        self.rate = rate
        with BagInput(bag) as source:
            audio, infos, texts = input_topics(source)
            topics = [audio, *infos, *texts]
            self.messages = list(source.messages(topics))
        self.outs = {
            t.name: self.create_publisher(get_message(t.type_name), t.name, 100) for t in topics
        }
        self.clock_type = get_message('rosgraph_msgs/msg/Clock')
        self.clock = self.create_publisher(self.clock_type, '/clock', 10)
        self.now_ns = self.messages[0].time_ns

    def tick(self, now_ns):
        message = self.clock_type()
        message.clock.sec, message.clock.nanosec = divmod(now_ns, NS)
        self.clock.publish(message)

    def until_heard(self):
        """Wait for the talk node and the conductor; time stands still meanwhile."""
        end_s = time.monotonic() + PATIENCE_S
        while not all(
            [*(out.get_subscription_count() for out in self.outs.values()),
             self.clock.get_subscription_count() >= 2]
        ):  # fmt: skip
            assert time.monotonic() < end_s, 'nobody listens'
            rclpy.spin_once(self, timeout_sec=0.05)
        end_s = time.monotonic() + 2.0  # who we found may not have found us yet
        while time.monotonic() < end_s:
            self.tick(self.now_ns)
            rclpy.spin_once(self, timeout_sec=0.05)

    def play(self):
        start_s, start_ns = time.monotonic(), self.now_ns
        for message in self.messages:
            while self.now_ns < message.time_ns:
                self.now_ns = min(self.now_ns + CLOCK_NS, message.time_ns)
                due_s = start_s + (self.now_ns - start_ns) / NS / self.rate
                time.sleep(max(0.0, due_s - time.monotonic()))
                self.tick(self.now_ns)
            kind = get_message(message.topic.type_name)
            self.outs[message.topic.name].publish(deserialize_message(message.data, kind))


if __name__ == '__main__':
    rclpy.init(args=[])
    player = Player(Path(sys.argv[1]), float(sys.argv[2]))
    player.until_heard()
    player.play()
    time.sleep(1.0)  # the last may still be on its way
    player.destroy_node()
    rclpy.try_shutdown()
