# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reads rosbag2 recordings: folders and single files, sqlite3 and mcap, also broken ones."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from rosbags.interfaces import MessageDefinitionFormat, Qos
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from .mcap_salvage import salvage
from .resources import resource_dir

_BUNDLED = Path(__file__).with_name('embedded') / 'interfaces'
_IDL_SEPARATOR = '=' * 80 + '\n'
# ros-drivers' and mgonzs13's packages have one name; this message tells which one it is.
_OTHER_AUDIO = 'audio_common_msgs/msg/AudioStamped'


class BagError(ValueError):
    """A bag that cannot be used; the text says which and why, in one line."""


class BagTopic(NamedTuple):
    """A topic of a bag; ``definition`` is '' when the bag has none."""

    name: str
    type_name: str
    definition: str
    qos: tuple[Qos, ...]


class BagMessage(NamedTuple):
    """A recorded message, still in CDR, and the time at which it was received."""

    topic: BagTopic
    time_ns: int
    data: bytes


class BagInput:
    """An open bag. ``warnings`` holds, once all was read, what could not be read.

    Raises:
        BagError: no such bag, or nothing in it can be read.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.topics: list[BagTopic] = []
        self.warnings: list[str] = []
        self._stack = ExitStack()
        self._readers: list[Reader] = []
        self._salvaged: list[BagMessage] = []
        for part in _parts(path):
            self._open(part)
        self.topics.sort(key=lambda topic: topic.name)

    def __enter__(self) -> BagInput:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def messages(self, topics: Collection[BagTopic]) -> Iterator[BagMessage]:
        """Yield the messages of topics in order of time; a break ends them with a warning."""
        sources = [self._read(reader, topics) for reader in self._readers]
        sources.append(m for m in self._salvaged if m.topic in topics)
        yield from heapq.merge(*sources, key=lambda message: message.time_ns)

    def _read(self, reader: Reader, topics: Collection[BagTopic]) -> Iterator[BagMessage]:
        wanted = {c.id: _topic_of(c) for c in reader.connections if _topic_of(c) in topics}
        if not wanted:
            return
        count = 0
        try:
            connections = [c for c in reader.connections if c.id in wanted]
            for connection, time_ns, data in reader.messages(connections):
                yield BagMessage(wanted[connection.id], time_ns, bytes(data))
                count += 1
        except Exception as error:  # of the file's content, in the types of four libraries
            self.warnings.append(f'{reader.path} is damaged after {count} messages: {error}')

    def _open(self, path: Path) -> None:
        reader = None
        try:
            reader = Reader(path)
            self._stack.enter_context(reader)
        except Exception as error:  # see _read
            if path.suffix == '.mcap' and self._salvage(path, error):
                return
            raise BagError(f'{path}: not a bag that can be read: {error}') from None
        self._readers.append(reader)
        self.topics += [t for t in map(_topic_of, reader.connections) if t not in self.topics]

    def _salvage(self, path: Path, reason: Exception) -> bool:
        """Read what is left of a file without an end; False when nothing is."""
        topics: dict[Any, BagTopic] = {}
        try:
            for message in salvage(path):
                if message.topic not in topics:
                    name, type_name, _, definition = message.topic
                    topics[message.topic] = BagTopic(name, type_name, definition, ())
                self._salvaged.append(
                    BagMessage(topics[message.topic], message.time_ns, message.data)
                )
        except (OSError, ValueError):
            return False
        if not topics:
            return False
        self._salvaged.sort(key=lambda message: message.time_ns)
        self.topics += [t for t in topics.values() if t not in self.topics]
        self.warnings.append(
            f'{path} has no end ({reason}); {len(self._salvaged)} messages before the break '
            'are used'
        )
        return True


def _parts(path: Path) -> Sequence[Path]:
    """Return what to open: the bag, or the storage files of a folder without metadata."""
    if not path.exists():
        raise BagError(f'{path}: no such bag')
    if not path.is_dir():
        if path.suffix not in ('.mcap', '.db3'):
            raise BagError(f'{path}: not a bag: expected a folder, .mcap or .db3')
        return [path]
    files = sorted(p for p in path.iterdir() if p.suffix in ('.mcap', '.db3'))
    if (path / 'metadata.yaml').is_file():
        try:
            with Reader(path):
                return [path]
        except Exception:  # see BagInput._read; the files alone may still be readable
            if not files:
                raise BagError(f'{path}: not a bag that can be read') from None
    if not files:
        raise BagError(f'{path}: not a bag: neither metadata.yaml nor .mcap nor .db3 in it')
    return files


def _topic_of(connection: Any) -> BagTopic:
    has_definition = connection.msgdef.format != MessageDefinitionFormat.NONE
    return BagTopic(
        connection.topic,
        connection.msgtype,
        connection.msgdef.data if has_definition else '',
        tuple(connection.ext.offered_qos_profiles),
    )


def typestore_for(topic: BagTopic) -> Typestore:
    """Return the definitions to decode a topic with: the bag's own, else those that we know.

    Raises:
        BagError: neither the bag nor we have a definition, or the bag's cannot be parsed.

    """
    if not topic.definition:
        store = known_types(topic.type_name == _OTHER_AUDIO)
        if topic.type_name not in store.fielddefs:
            raise BagError(f'{topic.name}: no definition of {topic.type_name} is known')
        return store
    types: dict[str, Any] = {}
    try:
        if topic.definition.startswith(f'{_IDL_SEPARATOR}IDL: '):
            for part in topic.definition.split(_IDL_SEPARATOR)[1:]:
                types.update(get_types_from_idl(part.split('\n', 1)[1]))
        else:
            types.update(get_types_from_msg(topic.definition, topic.type_name))
        store = get_typestore(Stores.EMPTY)
        store.register(types)
    except Exception as error:  # of the parser, whose type is not exported
        raise BagError(f'{topic.name}: its definition cannot be read: {error}') from None
    return store


@cache
def known_types(other_audio: bool = False) -> Typestore:
    """Return ROS 2's, our own and other packages' message definitions.

    Args:
        other_audio: audio_common_msgs is mgonzs13's package instead of ros-drivers'.

    """
    store = get_typestore(Stores.ROS2_JAZZY)
    types: dict[str, Any] = {}
    for file in sorted(resource_dir('msg').glob('*.msg')):
        types |= get_types_from_msg(file.read_text('utf-8'), f'facetalk_ros/msg/{file.stem}')
    audio = _BUNDLED / ('mgonzs13/audio_common_msgs' if other_audio else 'audio_common_msgs')
    for package in ('audio_utils_msgs', 'foxglove_msgs', 'hri_msgs'):
        types |= _package(_BUNDLED / package)
    store.register(types | _package(audio))
    return store


def _package(folder: Path) -> dict[str, Any]:
    types: dict[str, Any] = {}
    for file in sorted((folder / 'msg').glob('*.msg')):
        types |= get_types_from_msg(file.read_text('utf-8'), f'{folder.name}/msg/{file.stem}')
    return types
