# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Poses and sound as a ROS 2 bag: one mcap file that carries its own message definitions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from facetalk_ros.face import ARKIT_NAMES
from facetalk_ros.resources import resource_dir

from .target import whole_file
from .track import Audio, FrameLike, KeyLike, Track, as_track

#: Where 0 s of the audio clock lies on the bag's time axis [s]. Not 0: a stamp of zero means
#: "not stamped" to many readers, and a bag must not hold the time at which it was written.
BAG_START_S = 1.0

_CHUNK_S = 0.02
_INFINITE = QosTime(2147483647, 4294967295)


class _Entry(NamedTuple):
    """A message before serialisation; entries sort by time, then by topic."""

    time_ns: int
    topic: str
    message: object


def _qos(depth: int, durability: QosDurability) -> Qos:
    return Qos(
        QosHistory.KEEP_LAST,
        depth,
        QosReliability.RELIABLE,
        durability,
        _INFINITE,
        _INFINITE,
        QosLiveliness.AUTOMATIC,
        _INFINITE,
        False,
    )


_TOPICS = {
    '/blendshape_names': ('BlendshapeNames', _qos(1, QosDurability.TRANSIENT_LOCAL)),
    '/audio_out': ('AudioChunk', _qos(50, QosDurability.VOLATILE)),
    '/key_motions': ('KeyMotions', _qos(50, QosDurability.VOLATILE)),
    '/blendshapes': ('Blendshapes', _qos(50, QosDurability.VOLATILE)),
}


def write_mcap(
    path: Path,
    frames: Sequence[FrameLike] | Track,
    *,
    audio: Audio | None = None,
    keys: Sequence[KeyLike] = (),
) -> None:
    """Write a bag: /blendshape_names (latched), /blendshapes, and /audio_out and /key_motions.

    Stamps are BAG_START_S plus the time on the audio clock. Equal input gives equal bytes.

    Args:
        path: the file to write.
        frames: the poses.
        audio: its first sample is at 0 s of the audio clock; written as S16LE in chunks of 20 ms.
        keys: one KeyMotions message each.

    Raises:
        ValueError: see as_track and Audio.as_int16; or a time before -BAG_START_S.
        OSError: see whole_file.

    """
    track = as_track(frames)
    store = _typestore()
    entries = [*_pose_entries(store, track), *_key_entries(store, keys)]
    if audio is not None:
        entries += _audio_entries(store, audio)
    start_ns = min(entry.time_ns for entry in entries)
    if start_ns < 0:
        raise ValueError(f'a bag cannot hold a time more than {BAG_START_S} s before the sound')
    names = store.types['facetalk_ros/msg/BlendshapeNames'](
        header=_header(store, start_ns), names=list(ARKIT_NAMES)
    )
    # latched: whoever plays the bag from its start knows the names before the first weights
    entries = [_Entry(start_ns, '/blendshape_names', names), *sorted(entries, key=_order)]
    present = {entry.topic for entry in entries}
    with whole_file(path) as part:
        # rosbags writes a folder with the storage file in it; the file alone is a whole bag. The
        # folder's name gets into the file, so it must not vary. Version 8 writes QoS as numbers,
        # which Humble needs and later versions still read.
        bag = part.parent / 'facetalk'
        with Writer(bag, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
            connections = {
                topic: writer.add_connection(
                    topic,
                    f'facetalk_ros/msg/{kind}',
                    typestore=store,
                    offered_qos_profiles=[qos],
                )
                for topic, (kind, qos) in _TOPICS.items()
                if topic in present
            }
            for entry in entries:
                connection = connections[entry.topic]
                data = store.serialize_cdr(entry.message, connection.msgtype)
                writer.write(connection, entry.time_ns, data)
        os.replace(bag / 'facetalk.mcap', part)


@cache
def _typestore() -> Typestore:
    store = get_typestore(Stores.ROS2_JAZZY)
    types: dict[str, Any] = {}
    for file in sorted(resource_dir('msg').glob('*.msg')):
        types |= get_types_from_msg(file.read_text('utf-8'), f'facetalk_ros/msg/{file.stem}')
    store.register(types)
    return store


def _order(entry: _Entry) -> tuple[int, str]:
    return entry.time_ns, entry.topic


def _time_ns(time_s: float) -> int:
    return round((time_s + BAG_START_S) * 1e9)


def _time(store: Typestore, time_ns: int) -> Any:
    seconds, nanoseconds = divmod(time_ns, 10**9)
    return store.types['builtin_interfaces/msg/Time'](sec=seconds, nanosec=nanoseconds)


def _header(store: Typestore, time_ns: int) -> Any:
    return store.types['std_msgs/msg/Header'](stamp=_time(store, time_ns), frame_id='')


def _pose_entries(store: Typestore, track: Track) -> Iterator[_Entry]:
    message = store.types['facetalk_ros/msg/Blendshapes']
    for time_s, weights in zip(track.times_s, track.weights, strict=True):
        time_ns = _time_ns(time_s)
        yield _Entry(
            time_ns, '/blendshapes', message(header=_header(store, time_ns), weights=weights)
        )


def _key_entries(store: Typestore, keys: Sequence[KeyLike]) -> Iterator[_Entry]:
    message = store.types['facetalk_ros/msg/KeyMotions']
    one = store.types['facetalk_ros/msg/KeyMotion']
    for key in keys:
        time_ns = _time_ns(key.time_s)
        motion = one(
            time=_time(store, time_ns),
            kind=int(key.kind),
            phone=key.phone,
            from_text=bool(key.from_text),
            word=key.word,
            weights=np.asarray(key.weights, np.float32),
        )
        yield _Entry(
            time_ns,
            '/key_motions',
            message(header=_header(store, time_ns), utterance_id='', keys=[motion]),
        )


def _audio_entries(store: Typestore, audio: Audio) -> Iterator[_Entry]:
    message = store.types['facetalk_ros/msg/AudioChunk']
    samples = audio.as_int16().astype('<i2')
    size = max(1, round(audio.rate_hz * _CHUNK_S))
    for start in range(0, len(samples), size):
        time_ns = _time_ns(start / audio.rate_hz)
        chunk = np.ascontiguousarray(samples[start : start + size])
        yield _Entry(
            time_ns,
            '/audio_out',
            message(
                header=_header(store, time_ns),
                sample_rate=audio.rate_hz,
                channels=samples.shape[1],
                encoding='S16LE',
                data=chunk.view(np.uint8).reshape(-1),
            ),
        )
