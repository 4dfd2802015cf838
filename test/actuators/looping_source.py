# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Publishes a recording on `audio`, in real time, again and again until it is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from facetalk_ros.audio.files import read_audio
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import as_sequence, get_message
from facetalk_ros.ros.qos import QoSProfile

NS = 1_000_000_000


def main() -> None:
    rclpy.init(args=[])
    node = rclpy.create_node('source')
    chunk = get_message('facetalk_ros/msg/AudioChunk')
    publisher = node.create_publisher(chunk, 'audio', QoSProfile(depth=50))
    pcm, _ = read_audio(Path(sys.argv[1]))
    samples = (pcm.samples[:, 0] * 32767).astype('<i2')
    step = pcm.rate_hz // 50
    began_s, sent = time.time(), 0
    while True:
        time.sleep(max(0.0, began_s + (sent + 1) * 0.02 - time.time()))
        at = sent * step % (len(samples) - step)
        message = chunk(sample_rate=pcm.rate_hz, channels=1, encoding='S16LE')
        stamp_ns = int((began_s + sent * 0.02) * NS)
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, NS)
        message.data = as_sequence(np.ascontiguousarray(samples[at : at + step]).view(np.uint8))
        publisher.publish(message)
        sent += 1


if __name__ == '__main__':
    main()
