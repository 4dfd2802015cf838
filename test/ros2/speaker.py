# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A dialogue stack in small: publishes a recording of test/data and its text, in real time.

By hand, with ROS 2 sourced: python3 test/ros2/speaker.py test/data/amiable.opus
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path

import rclpy
import soundfile
from rclpy.duration import Duration
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import String

from facetalk_ros.msg import AudioChunk

CHUNK_MS = 20


class Speaker(Node):
    """Publishes one clip on `audio` and its text on `text` as soon as somebody listens."""

    def __init__(self, clip: Path, namespace: str = '') -> None:
        super().__init__('speaker', namespace=namespace)
        samples, self.rate = soundfile.read(clip, dtype='int16', always_2d=True)
        step = self.rate * CHUNK_MS // 1000
        self.chunks = [samples[k : k + step] for k in range(0, len(samples), step)]
        self.text = clip.with_suffix('.txt').read_text().strip()
        self.sent = 0
        self.done = Future()
        self.start_time = None
        self.audio = self.create_publisher(AudioChunk, 'audio', 50)
        self.words = self.create_publisher(String, 'text', 10)
        self.create_timer(CHUNK_MS / 1000, self.tick)

    def tick(self) -> None:
        if self.done.done():
            return
        if self.start_time is None:
            if not (self.audio.get_subscription_count() and self.words.get_subscription_count()):
                return
            self.words.publish(String(data=self.text))
            self.start_time = self.get_clock().now()
        if self.sent == len(self.chunks):
            self.done.set_result(None)
            return
        samples = self.chunks[self.sent]
        message = AudioChunk(
            sample_rate=self.rate,
            channels=samples.shape[1],
            encoding=AudioChunk.S16LE,
            data=array('B', samples.astype('<i2').tobytes()),
        )
        offset = Duration(nanoseconds=self.sent * CHUNK_MS * 1_000_000)
        message.header.stamp = (self.start_time + offset).to_msg()
        self.audio.publish(message)
        self.sent += 1


def main() -> None:
    rclpy.init()
    try:
        speaker = Speaker(Path(sys.argv[1]))
        rclpy.spin_until_future_complete(speaker, speaker.done)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()


if __name__ == '__main__':
    main()
