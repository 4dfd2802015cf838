# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from rosbags.rosbag2 import StoragePlugin, Writer

from facetalk_ros.bag_input import BagInput, known_types

WHOLE = Path(__file__).parents[1] / 'data' / 'bags' / 'chunk_mcap'


@pytest.fixture(scope='session')
def bag(tmp_path_factory):
    """Return the first 1.2 s of a bag that ROS 2 recorded."""
    path = tmp_path_factory.mktemp('bags') / 'hello'
    with (
        BagInput(WHOLE) as source,
        Writer(path, version=8, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        connections = {
            t: writer.add_connection(t.name, t.type_name, typestore=known_types())
            for t in source.topics
        }
        first_ns = None
        for message in source.messages(source.topics):
            first_ns = first_ns or message.time_ns
            if message.time_ns - first_ns < 1_200_000_000:
                writer.write(connections[message.topic], message.time_ns, message.data)
    return path
