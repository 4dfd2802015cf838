# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A dialogue stack in small: publishes a recording of test/data and its text, in real time.

By hand, with ROS 2 sourced: python3 test/ros2/speaker.py test/data/amiable.opus [audio_common]
With audio_common the sound is published as audio_capture_node of ros-drivers does.
"""

from __future__ import annotations

import contextlib
import sys
from array import array
from pathlib import Path

import rclpy
import soundfile
from rclpy.duration import Duration
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.task import Future
from std_msgs.msg import String

from facetalk_ros.msg import AudioChunk

with contextlib.suppress(ImportError):  # only for that package
    from audio_common_msgs.msg import AudioData, AudioDataStamped, AudioInfo

CHUNK_MS = 20
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Speaker(Node):
    """Publishes one clip on `audio` and its text on `text` as soon as somebody listens."""

    def __init__(self, clip: Path, namespace: str = '', package: str = 'facetalk_ros') -> None:
        super().__init__('speaker', namespace=namespace)
        samples, self.rate = soundfile.read(clip, dtype='int16', always_2d=True)
        self.channels = samples.shape[1]
        step = self.rate * CHUNK_MS // 1000
        self.chunks = [
            array('B', samples[k : k + step].astype('<i2').tobytes())
            for k in range(0, len(samples), step)
        ]
        self.text = clip.with_suffix('.txt').read_text().strip()
        self.sent = 0
        self.done = Future()
        self.start_time = None
        if package == 'facetalk_ros':
            self.audio = self.create_publisher(AudioChunk, 'audio', 50)
            self.to_message = self.to_chunk
        else:
            self.audio = self.create_publisher(AudioDataStamped, 'audio', 50)
            self.to_message = self.to_audio_common
            self.info = self.create_publisher(AudioInfo, 'audio_info', LATCHED)
            self.info.publish(
                AudioInfo(
                    channels=self.channels,
                    sample_rate=self.rate,
                    sample_format='S16LE',
                    bitrate=16 * self.rate * self.channels,
                    coding_format='WAVE',
                )
            )
        self.words = self.create_publisher(String, 'text', 10)
        self.create_timer(CHUNK_MS / 1000, self.tick)

    def tick(self) -> None:
        if self.done.done():
            return
        if self.start_time is None:
            listeners = (self.audio, self.words)
            if not all(publisher.get_subscription_count() for publisher in listeners):
                return
            self.words.publish(String(data=self.text))
            self.start_time = self.get_clock().now()
        if self.sent == len(self.chunks):
            self.done.set_result(None)
            return
        message = self.to_message(self.chunks[self.sent])
        offset = Duration(nanoseconds=self.sent * CHUNK_MS * 1_000_000)
        message.header.stamp = (self.start_time + offset).to_msg()
        self.audio.publish(message)
        self.sent += 1

    def to_chunk(self, data: array[int]) -> AudioChunk:
        return AudioChunk(
            sample_rate=self.rate,
            channels=self.channels,
            encoding=AudioChunk.S16LE,
            data=data,
        )

    def to_audio_common(self, data: array[int]) -> AudioDataStamped:
        return AudioDataStamped(audio=AudioData(data=data))


def main() -> None:
    rclpy.init()
    try:
        speaker = Speaker(Path(sys.argv[1]), package=(sys.argv[2:] or ['facetalk_ros'])[0])
        rclpy.spin_until_future_complete(speaker, speaker.done)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()


if __name__ == '__main__':
    main()
