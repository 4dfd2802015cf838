# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The bag: read back with nothing but what the file itself says about its messages."""

from types import SimpleNamespace

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability

from facetalk_ros.export import Audio, Track, write_frames
from facetalk_ros.export.mcap import BAG_START_S
from facetalk_ros.face import ARKIT_NAMES


def read_bag(path):
    """Messages by topic, as (log time, message); types come from the definitions in the file."""
    messages = {}
    with AnyReader([path]) as reader:
        qos = {c.topic: c.ext.offered_qos_profiles[0] for c in reader.connections}
        for connection, time_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            messages.setdefault(connection.topic, []).append((time_ns, message))
    return messages, qos


def stamp_ns(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def test_a_bag_holds_poses_names_sound_and_keys(tmp_path, track):
    rng = np.random.default_rng(1)
    sound = rng.integers(-32768, 32767, (22050 // 2, 2), np.int16)
    keys = [
        SimpleNamespace(
            time_s=0.2, phone='M', kind=1, from_text=True, word='Mum', weights=track.weights[12]
        )
    ]
    path = tmp_path / 'face.mcap'
    write_frames(path, track, audio=Audio(sound, 22050), keys=keys)
    messages, qos = read_bag(path)

    (names_ns, names), *more = messages['/blendshape_names']
    assert not more
    assert tuple(names.names) == ARKIT_NAMES
    assert qos['/blendshape_names'].durability == QosDurability.TRANSIENT_LOCAL
    assert names_ns == min(ns for topic in messages.values() for ns, _ in topic)

    poses = messages['/blendshapes']
    assert np.array_equal(np.stack([m.weights for _, m in poses]), track.weights)
    assert [ns for ns, _ in poses] == [round((t + BAG_START_S) * 1e9) for t in track.times_s]
    assert all(ns == stamp_ns(m) for ns, m in poses)

    chunks = messages['/audio_out']
    assert {(m.sample_rate, m.channels, m.encoding) for _, m in chunks} == {(22050, 2, 'S16LE')}
    data = np.concatenate([m.data for _, m in chunks]).view('<i2').reshape(-1, 2)
    assert np.array_equal(data, sound)
    heard = np.cumsum([0] + [len(m.data) // 4 for _, m in chunks[:-1]]) / 22050
    assert np.array([stamp_ns(m) / 1e9 for _, m in chunks]) - BAG_START_S == pytest.approx(
        heard, abs=1e-8
    )

    ((_, motion),) = messages['/key_motions']
    assert motion.keys[0].phone == 'M'
    assert motion.keys[0].from_text
    assert motion.keys[0].word == 'Mum'
    assert np.array_equal(motion.keys[0].weights, track.weights[12])


def test_a_bag_without_sound_has_no_sound_topic(tmp_path, track):
    write_frames(tmp_path / 'face.mcap', track)
    messages, _ = read_bag(tmp_path / 'face.mcap')
    assert set(messages) == {'/blendshapes', '/blendshape_names'}


def test_messages_are_in_order_of_time(tmp_path, track):
    path = tmp_path / 'face.mcap'
    write_frames(path, track, audio=Audio(np.zeros(16000), 16000))
    with AnyReader([path]) as reader:
        stored = [time for _, time, _ in reader.messages()]
        assert reader.message_count == len(stored)
    assert stored == sorted(stored)


def test_a_time_that_a_bag_cannot_hold_is_refused(tmp_path):
    frames = Track(np.array([-2.0]), np.zeros((1, 52), np.float32))
    with pytest.raises(ValueError, match='bag'):
        write_frames(tmp_path / 'face.mcap', frames)
