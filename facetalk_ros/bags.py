# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Replays a bag through the presenter, by the bag's own time: equal input gives equal bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from .actuators import ActuatorMap
from .bag_input import BagError, BagInput, BagTopic, known_types, typestore_for
from .bag_joints import JOINT_TRAJECTORY, BagJoints
from .nodes.audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, BadAudioMessage, PcmAdapter
from .nodes.face_messages import FaceMessages
from .nodes.talk_parameters import TEXT_TYPES
from .nodes.text_messages import BadTextMessage, TextAdapter
from .presentation import Presented, Presenter

Storage = Literal['mcap', 'sqlite3']

_NS = 1_000_000_000
# Time passes in these steps, as it does in the talk node.
_STEP_NS = _NS // 50
# After the last message the face gets this long to come to rest.
_AFTER_NS = _NS
# A hole in a recording longer than this is not lived through at rest.
_LONGEST_PAUSE_NS = 600 * _NS
_INFINITE = QosTime(2147483647, 4294967295)


def _qos(depth: int, durability: QosDurability) -> Qos:
    return Qos(
        QosHistory.KEEP_LAST, depth, QosReliability.RELIABLE, durability, _INFINITE, _INFINITE,
        QosLiveliness.AUTOMATIC, _INFINITE, False,
    )  # fmt: skip


_OUTPUTS = {
    '/blendshape_names': ('facetalk_ros/msg/BlendshapeNames', QosDurability.TRANSIENT_LOCAL),
    '/head_pose': ('geometry_msgs/msg/QuaternionStamped', QosDurability.VOLATILE),
    '/blendshapes': ('facetalk_ros/msg/Blendshapes', QosDurability.VOLATILE),
    '/key_motions': ('facetalk_ros/msg/KeyMotions', QosDurability.VOLATILE),
    '/is_speaking': ('std_msgs/msg/Bool', QosDurability.TRANSIENT_LOCAL),
}


@dataclass
class ReplayReport:
    """What a replay met."""

    audio: BagTopic
    texts: Sequence[BagTopic]
    audio_messages: int = 0
    text_messages: int = 0
    frames: int = 0
    late_frames: int = 0
    bad_messages: int = 0
    warnings: list[str] = field(default_factory=list)


def replay(
    bag: Path, out: Path, presenter: Presenter, *, audio_topic: str = '', text_topic: str = '',
    text: str = '', language: str = 'en', storage: Storage = 'mcap',
    actuators: ActuatorMap | None = None, as_golden: bool = False,
) -> ReplayReport:  # fmt: skip
    """Compute the face for a bag and write a new bag with it and its audio and text.

    Args:
        bag: a folder, or a single .mcap or .db3 file.
        out: a folder that does not exist, or a file that ends with .mcap.
        presenter: a new one.
        audio_topic: which topic; '' is the only one of an audio type.
        text_topic: which topic; '' is every one of a dialogue type, and String named text.
        text: what is said from the start on; '' is what the bag's text says.
        language: of text that does not tell its own.
        storage: of a folder.
        actuators: write the joint trajectories of these joints as well.
        as_golden: leave the inputs out and compress: a small bag to compare others with.

    Raises:
        BagError: the bag cannot be used, or has no audio.
        OSError: the output cannot be written.
        ValueError: too much text.

    """
    if out.exists() and (out.is_dir() or out.suffix != '.mcap'):
        raise BagError(f'{out}: exists already')
    with BagInput(bag) as source:
        audio, infos, texts = input_topics(source, audio_topic, text_topic)
        report = ReplayReport(audio, texts)
        # the name of the folder gets into the bag, so it must be the one that is asked for
        with tempfile.TemporaryDirectory(prefix='.facetalk-', dir=out.parent) as folder:
            part = Path(folder) / out.name.removesuffix('.mcap')
            single = out.suffix == '.mcap'
            plugin = StoragePlugin.MCAP if single or storage == 'mcap' else StoragePlugin.SQLITE3
            writer = Writer(part, version=8, storage_plugin=plugin)
            if as_golden:
                writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            with writer:
                run = _Replay(presenter, writer, report, [audio, *infos, *texts], actuators,
                              copy_inputs=not as_golden)  # fmt: skip
                if text:
                    report.warnings += presenter.push_text(text, language=language)
                run.play(source, language)
            report.warnings += source.warnings
            if not report.audio_messages:
                raise BagError(f'{bag}: no message on {audio.name} can be used')
            os.replace(part / f'{part.name}.mcap' if single else part, out)
    return report


def input_topics(
    source: BagInput, audio_topic: str = '', text_topic: str = ''
) -> tuple[BagTopic, list[BagTopic], list[BagTopic]]:
    """Return what a bag has for the talk node: the audio, its AudioInfo, and text.

    Raises:
        BagError: there is no audio, or no such topic, or several that could be meant.

    """
    infos = [t for t in source.topics if t.type_name == AUDIO_INFO_TYPE]
    return _audio_topic(source, audio_topic), infos, _text_topics(source, text_topic)


def _audio_topic(source: BagInput, wanted: str) -> BagTopic:
    found = [t for t in source.topics if t.type_name in AUDIO_TYPES]
    names = ', '.join(t.name for t in found)
    if wanted:
        matching = [t for t in found if t.name.lstrip('/') == wanted.lstrip('/')]
        if not matching:
            has = f'those with audio are: {names}' if names else 'no topic has audio'
            raise BagError(f'{source.path}: no audio on {wanted}; {has}')
        return matching[0]
    if not found:
        types = ', '.join(sorted({t.type_name for t in source.topics})) or 'nothing'
        raise BagError(f'{source.path}: no audio in it; it has {types}')
    if len(found) > 1:
        plain = [t for t in found if t.name == '/audio']
        if not plain:
            raise BagError(f'{source.path}: several topics have audio, name one of: {names}')
        return plain[0]
    return found[0]


def _text_topics(source: BagInput, wanted: str) -> list[BagTopic]:
    found = [t for t in source.topics if t.type_name in TEXT_TYPES]
    if wanted:
        matching = [t for t in found if t.name.lstrip('/') == wanted.lstrip('/')]
        if not matching:
            raise BagError(f'{source.path}: no text on {wanted}')
        return matching
    # String is used for everything, so it takes the name as well
    return [t for t in found if t.type_name != TEXT_TYPES[0] or t.name.endswith('/text')]


class _Replay:
    """One pass over a bag."""

    def __init__(
        self, presenter: Presenter, writer: Writer, report: ReplayReport,
        inputs: list[BagTopic], actuators: ActuatorMap | None, *, copy_inputs: bool,
    ) -> None:  # fmt: skip
        self._presenter = presenter
        self._writer = writer
        self._report = report
        self._inputs = inputs
        self._stores = {topic: typestore_for(topic) for topic in inputs}
        self._store = known_types()
        self._messages = FaceMessages(lambda name: self._store.types[name], np.asarray)
        self._copies = {
            topic: writer.add_connection(
                topic.name, topic.type_name, typestore=self._stores[topic],
                offered_qos_profiles=topic.qos,
            )
            for topic in (inputs if copy_inputs else ())
        }  # fmt: skip
        self._joints = BagJoints(actuators, self._store) if actuators is not None else None
        outputs = dict(_OUTPUTS)
        if self._joints is not None:
            joints = (JOINT_TRAJECTORY, QosDurability.VOLATILE)
            outputs |= dict.fromkeys(self._joints.topics, joints)
        self._outputs = {
            name: writer.add_connection(
                name, kind, typestore=self._store,
                offered_qos_profiles=[_qos(1 if 'names' in name else 50, durability)],
            )
            for name, (kind, durability) in outputs.items()
        }  # fmt: skip
        self._adapter = PcmAdapter()
        self._texts = TextAdapter()
        self._utterance_id = ''
        self._speaking: bool | None = None
        self._now_ns = 0

    def play(self, source: BagInput, language: str) -> None:
        """Replay all messages."""
        for message in source.messages(self._inputs):
            if not self._now_ns:
                self._now_ns = message.time_ns
                self._write('/blendshape_names', self._messages.names(message.time_ns))
                self._emit([])
            self._pass_time(message.time_ns)
            if message.topic in self._copies:
                self._writer.write(self._copies[message.topic], message.time_ns, message.data)
            try:
                decoded: Any = self._stores[message.topic].deserialize_cdr(
                    message.data, message.topic.type_name
                )
                self._take(message.topic, decoded, language)
            except Exception as error:
                if not isinstance(error, BadAudioMessage | BadTextMessage | ValueError):
                    # rosbags raises what numpy and struct raise when the bytes do not fit
                    error = ValueError(f'{message.topic.name}: a message cannot be decoded')
                self._bad(error)
        if self._now_ns:
            end_ns = self._now_ns + _AFTER_NS
            end_ns += round(self._presenter.backlog_s * _NS)
            self._pass_time(end_ns)
            self._move(self._joints.end() if self._joints is not None else ())
        self._report.frames = self._presenter.counts.frames
        self._report.late_frames = self._presenter.counts.late_frames

    def _take(self, topic: BagTopic, message: Any, language: str) -> None:
        if topic.type_name == AUDIO_INFO_TYPE:
            self._adapter.set_info(message)
        elif topic == self._report.audio:
            pcm, stamp_ns = self._adapter.convert(message)
            self._report.audio_messages += 1
            self._emit(self._presenter.push_audio(pcm, stamp_ns, self._now_ns))
        elif (text := self._texts.convert(message)) is not None:
            self._report.text_messages += 1
            self._report.warnings += self._presenter.push_text(
                text.text, language=text.language or language, words=text.words,
                phones=text.phones, stamp_ns=text.stamp_ns,
            )  # fmt: skip
            self._utterance_id = text.utterance_id

    def _bad(self, error: Exception) -> None:
        self._report.bad_messages += 1
        if str(error) not in self._report.warnings and len(self._report.warnings) < 10:
            self._report.warnings.append(str(error))

    def _pass_time(self, until_ns: int) -> None:
        if until_ns - self._now_ns > _LONGEST_PAUSE_NS:
            self._now_ns = until_ns - _LONGEST_PAUSE_NS
        while self._now_ns + _STEP_NS <= until_ns:
            self._now_ns += _STEP_NS
            self._emit(self._presenter.advance(self._now_ns))
        self._now_ns = max(self._now_ns, until_ns)

    def _emit(self, frames: Sequence[Presented]) -> None:
        for frame in frames:
            self._write('/head_pose', self._messages.head_pose(frame))
            self._write('/blendshapes', self._messages.blendshapes(frame))
            if self._joints is not None:
                self._move(self._joints.messages(frame))
        keys = self._presenter.take_keys()
        if keys:
            self._write(
                '/key_motions',
                self._messages.key_motions(self._now_ns, keys, self._utterance_id),
            )
        speaking = self._presenter.face.is_speaking
        if speaking != self._speaking:
            self._speaking = speaking
            self._write('/is_speaking', self._messages.is_speaking(speaking))

    def _move(self, trajectories: Iterable[tuple[str, Any]]) -> None:
        for topic, message in trajectories:
            self._write(topic, message)

    def _write(self, topic: str, message: Any) -> None:
        connection = self._outputs[topic]
        data = self._store.serialize_cdr(message, connection.msgtype)
        self._writer.write(connection, self._now_ns, data)
