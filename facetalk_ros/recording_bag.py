# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reads a bag as a Recording: which topics are meant, and what their messages say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .audio.clock import AudioClock
from .audio.pcm import Pcm
from .bag_input import BagError, BagInput, BagMessage, BagTopic, typestore_for
from .face.names import ARKIT_INDEX, ARKIT_NAMES
from .motion.keys import KeyKind, KeyMotion
from .nodes.audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, PcmAdapter
from .nodes.face_input import HeadRad, head_rad
from .nodes.talk_parameters import TEXT_TYPES
from .nodes.text_messages import TextAdapter
from .recording import (
    AudioBlock,
    RecordedHead,
    RecordedJoint,
    RecordedText,
    RecordedTrajectory,
    Recording,
    RecordingError,
)
from .recording_topics import FACE_TYPE, KEYS_TYPE, FaceTopics, base_name

_NS = 1_000_000_000
_NAMES = 'facetalk_ros/msg/BlendshapeNames'
_TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory'
_JOINTS = 'sensor_msgs/msg/JointState'
_HEAD = 'geometry_msgs/msg/QuaternionStamped'
# A message that begins this close to the end of the one before makes one block with it.
_SEAMLESS_NS = 500_000


def read_bag(path: Path, namespace: str | None = None) -> Recording:
    """Read a bag; see read_recording."""
    try:
        with BagInput(path) as bag:
            reader = _Reader(path, FaceTopics(path, bag.topics, namespace))
            for message in bag.messages(list(reader.handlers)):
                reader.take(message)
            return reader.recording(bag.warnings)
    except BagError as error:
        raise RecordingError(str(error)) from None


class _Sound:
    """Places the messages of an audio topic on the time axis."""

    def __init__(self, topic: BagTopic) -> None:
        self.topic = topic
        self.adapter = PcmAdapter()
        self._clock = AudioClock()
        self._parts: list[tuple[int, list[npt.NDArray[np.float32]], int]] = []
        self._end_ns = 0

    def take(self, message: Any, raw: BagMessage) -> None:
        """Place a message."""
        pcm, stamp_ns = self.adapter.convert(message)
        before_s = self._clock.position_s
        decision = self._clock.push(stamp_ns, len(pcm.samples), pcm.rate_hz, raw.time_ns)
        samples = pcm.samples[decision.drop_samples :]
        if not len(samples):
            return
        start_s = before_s + decision.insert_samples / pcm.rate_hz
        start_ns = self._clock.stamp_ns_at(start_s, self._clock.segment)
        seamless = abs(start_ns - self._end_ns) <= _SEAMLESS_NS
        if seamless and self._parts:
            _, parts, rate_hz = self._parts[-1]
            seamless = rate_hz == pcm.rate_hz and parts[0].shape[1] == samples.shape[1]
        if not (seamless and self._parts):
            self._parts.append((start_ns, [], pcm.rate_hz))
            self._end_ns = start_ns
        self._parts[-1][1].append(samples)
        self._end_ns += round(len(samples) * _NS / pcm.rate_hz)

    @property
    def has_any(self) -> bool:
        """Whether there was any sound."""
        return bool(self._parts)

    def blocks(self) -> list[tuple[int, Pcm]]:
        """Return what was taken, by ROS time."""
        found = [(ns, Pcm(np.concatenate(parts), rate)) for ns, parts, rate in self._parts]
        return sorted(found, key=lambda block: block[0])


class _Reader:
    """One pass over a bag; times are ROS times until the end."""

    def __init__(self, path: Path, topics: FaceTopics) -> None:
        self.handlers: dict[BagTopic, Callable[[Any, BagMessage], None]] = {}
        self._path = path
        self._topics = topics
        self._stores: dict[BagTopic, Any] = {}
        self._bad: Counter[str] = Counter()
        self._first_bad: dict[str, str] = {}
        self._first_ns = 0
        self._columns: list[int] | None = None
        self._frames: list[tuple[int, int, npt.NDArray[np.float32]]] = []
        self._keys: list[tuple[int, KeyMotion]] = []
        self._texts: list[tuple[int, str]] = []
        self._trajectories: dict[str, list[tuple[int, int, RecordedTrajectory]]] = {}
        self._joints: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
        self._heads: list[tuple[int, HeadRad]] = []
        self._sounds: list[_Sound] = []
        self._add(topics.one([FACE_TYPE], 'blendshapes', must=True), self._on_face)
        self._add(topics.one([_NAMES], 'blendshape_names'), self._on_names)
        self._add(topics.one([KEYS_TYPE], 'key_motions'), self._on_keys)
        self._add(topics.named([_JOINTS], 'joint_states'), self._on_joints)
        self._add(topics.named([_HEAD], 'head_pose'), self._on_head)
        for topic in topics.all([_TRAJECTORY]):
            self._trajectories[topic.name] = []
            self._add(topic, self._on_trajectory)
        for topic in topics.all(TEXT_TYPES):
            # String is used for everything, so it takes the name as well
            if topic.type_name != TEXT_TYPES[0] or base_name(topic) == 'text':
                self._add(topic, partial(self._on_text, TextAdapter()))
        heard = topics.named(AUDIO_TYPES, 'audio_out')
        spoken = topics.one([*AUDIO_TYPES], 'audio')
        for sound in (heard, spoken):
            if sound is not None and sound not in self.handlers:
                self._sounds.append(_Sound(sound))
                self._add(sound, self._sounds[-1].take)
        self._add(topics.one([AUDIO_INFO_TYPE], 'audio_info'), self._on_audio_info)

    def _add(self, topic: BagTopic | None, handler: Callable[[Any, BagMessage], None]) -> None:
        if topic is None:
            return
        try:
            self._stores[topic] = typestore_for(topic)
        except BagError as error:
            self._topics.warnings.append(str(error))
            return
        self.handlers[topic] = handler

    def take(self, raw: BagMessage) -> None:
        """Take a message; one that cannot be used is counted."""
        self._first_ns = self._first_ns or raw.time_ns
        try:
            message = self._stores[raw.topic].deserialize_cdr(raw.data, raw.topic.type_name)
            self.handlers[raw.topic](message, raw)
        except Exception as error:  # rosbags raises what numpy and struct raise for bad bytes
            self._bad[raw.topic.name] += 1
            self._first_bad.setdefault(raw.topic.name, str(error) or type(error).__name__)

    def _on_audio_info(self, message: Any, _: BagMessage) -> None:
        for sound in self._sounds:
            sound.adapter.set_info(message)

    def _on_names(self, message: Any, _: BagMessage) -> None:
        self._columns = [ARKIT_INDEX.get(name, -1) for name in message.names]

    def _pose(self, weights: Any) -> npt.NDArray[np.float32]:
        values = np.asarray(weights, np.float32)
        n_shapes = len(ARKIT_NAMES) if self._columns is None else len(self._columns)
        if values.shape != (n_shapes,):
            raise ValueError(f'{values.size} weights, not {n_shapes}')
        if not np.isfinite(values).all():
            raise ValueError('a weight that is not finite')
        if self._columns is None:
            return values
        pose = np.zeros(len(ARKIT_NAMES), np.float32)
        for column, value in zip(self._columns, values, strict=True):
            if column >= 0:
                pose[column] = value
        return pose

    def _on_face(self, message: Any, raw: BagMessage) -> None:
        stamp_ns = _ns(message.header.stamp) or raw.time_ns
        self._frames.append((stamp_ns, raw.time_ns, self._pose(message.weights)))

    def _on_keys(self, message: Any, _: BagMessage) -> None:
        for key in message.keys:
            motion = KeyMotion(
                0.0, KeyKind(key.kind), key.phone, bool(key.from_text), self._pose(key.weights),
                getattr(key, 'word', ''),  # which older recordings do not have
            )  # fmt: skip
            self._keys.append((_ns(key.time), motion))

    def _on_text(self, adapter: TextAdapter, message: Any, raw: BagMessage) -> None:
        found = adapter.convert(message)
        if found is not None:
            text = found.text or ' '.join(word.word for word in found.words)
            self._texts.append((found.stamp_ns or raw.time_ns, text))

    def _on_head(self, message: Any, raw: BagMessage) -> None:
        self._heads.append((_ns(message.header.stamp) or raw.time_ns, head_rad(message)))

    def _on_trajectory(self, message: Any, raw: BagMessage) -> None:
        names = tuple(str(name) for name in message.joint_names)
        positions = _per_joint([p.positions for p in message.points], len(names))
        velocities = _per_joint([p.velocities for p in message.points], len(names))
        offsets_ns = np.array([_ns(p.time_from_start) for p in message.points], np.float64)
        stamp_ns = _ns(message.header.stamp) or raw.time_ns
        trajectory = RecordedTrajectory(0.0, 0.0, names, offsets_ns / _NS, positions, velocities)
        self._trajectories[raw.topic.name].append((raw.time_ns, stamp_ns, trajectory))

    def _on_joints(self, message: Any, raw: BagMessage) -> None:
        stamp_ns = _ns(message.header.stamp) or raw.time_ns
        told = _per_joint([message.position, message.effort], len(message.name))
        for name, (position, effort) in zip(message.name, told.T, strict=True):
            self._joints[str(name)].append((stamp_ns, float(position), float(effort)))

    def recording(self, bag_warnings: Sequence[str]) -> Recording:
        """Return everything that was taken, on an axis that begins with the sound."""
        sound = next((s for s in self._sounds if s.has_any), None)
        blocks = sound.blocks() if sound is not None else []
        self._frames.sort(key=lambda frame: frame[0])
        start_ns = (
            blocks[0][0] if blocks else self._frames[0][0] if self._frames else self._first_ns
        )

        self._heads.sort(key=lambda entry: entry[0])

        def seconds(times_ns: Sequence[int]) -> npt.NDArray[np.float64]:
            # a difference of integers first: float64 has 0.1 us left of today's time
            return np.array([ns - start_ns for ns in times_ns], np.float64) / _NS

        def second(time_ns: int) -> float:
            return (time_ns - start_ns) / _NS

        return Recording(
            self._path,
            start_ns,
            seconds([stamp for stamp, _, _ in self._frames]),
            np.array([w for *_, w in self._frames], np.float32).reshape(-1, len(ARKIT_NAMES)),
            seconds([received for _, received, _ in self._frames]),
            [replace(key, time_s=second(ns))
             for ns, key in sorted(self._keys, key=lambda entry: entry[0])],
            [AudioBlock(second(ns), pcm) for ns, pcm in blocks],
            sound.topic.name if sound is not None else '',
            {topic: [t._replace(received_s=second(received), start_s=second(stamp),
                                times_s=t.times_s + second(stamp)) for received, stamp, t in found]
             for topic, found in self._trajectories.items() if found},
            {name: _joint(found, seconds) for name, found in sorted(self._joints.items())},
            [RecordedText(second(ns), text) for ns, text in self._texts],
            [*self._topics.warnings, *self._bad_messages(), *bag_warnings],
            RecordedHead(
                seconds([ns for ns, _ in self._heads]),
                np.array([turn for _, turn in self._heads], np.float64).reshape(-1, 3),
            ),
        )  # fmt: skip

    def _bad_messages(self) -> list[str]:
        return [
            f'{self._path}: {count} messages on {topic} cannot be used: {self._first_bad[topic]}'
            for topic, count in sorted(self._bad.items())
        ]


def _joint(
    told: list[tuple[int, float, float]],
    seconds: Callable[[Sequence[int]], npt.NDArray[np.float64]],
) -> RecordedJoint:
    told.sort(key=lambda entry: entry[0])
    values = np.array([entry[1:] for entry in told], np.float64)
    return RecordedJoint(seconds([entry[0] for entry in told]), values[:, 0], values[:, 1])


def _per_joint(rows: Sequence[Any], n_joints: int) -> npt.NDArray[np.float64]:
    """Return float64 [rows, joints]; a row without any value is NaN.

    Raises:
        ValueError: a row that has some other number of values.

    """
    table = np.full((len(rows), n_joints), np.nan)
    for i, row in enumerate(rows):
        if len(row) not in (0, n_joints):
            raise ValueError(f'{len(row)} values for {n_joints} joints')
        if len(row):
            table[i] = row
    return table


def _ns(time: Any) -> int:
    return int(time.sec) * _NS + int(time.nanosec)
