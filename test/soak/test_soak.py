# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Half a minute of what `facetalk bench --soak 60` does for an hour."""

import gc
import re
from pathlib import Path

import pytest

from facetalk_ros.commands.soak import measure_soak
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.messages import get_message
from facetalk_ros.ros.node import Node

DATA = Path(__file__).parents[1] / 'data'


def test_a_node_that_speaks_loses_no_frame_and_does_not_grow(graph_env):
    lines = []
    text = (DATA / 'sense.txt').read_text('utf-8')
    found = measure_soak(DATA / 'sense.opus', text, 0.5, lines.append)
    assert found['soak_lost_frames'] == 0
    assert found['soak_frames'] == pytest.approx(30 * 60, abs=12)
    assert found['soak_memory_growth_mb'] < 10
    assert len(lines) >= 9


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='needs /proc')
def test_asking_who_publishes_leaves_nothing_behind(graph_env):
    """The talk node asks twice a second; each question once lost 6 kB."""

    def ask(count):
        for _ in range(count):
            assert len(node.get_publishers_info_by_topic('/chat')) == 1
        gc.collect()
        status = Path('/proc/self/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+) kB', status)[1])

    rclpy.init(args=[])
    try:
        node = Node('asks')
        node.create_publisher(get_message('std_msgs/msg/String'), 'chat', 10)
        before_kb = ask(50)
        assert ask(500) - before_kb < 1000
    finally:
        rclpy.try_shutdown()
