# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What can still be read of an mcap file whose end is missing (mcap.dev/spec).

A recorder that is killed leaves a file without the index at its end. The records before the break
are whole; a reader that relies on the index cannot see them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rosbags.rosbag2.storage_mcap import DECOMPRESSORS

_MAGIC = b'\x89MCAP0\r\n'
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 0x03, 0x04, 0x05, 0x06, 0x0F
_LARGEST_RECORD = 2**31


class SalvagedTopic(NamedTuple):
    """A channel: what a message is and where it was published."""

    name: str
    type_name: str
    encoding: str
    definition: str


class SalvagedMessage(NamedTuple):
    """A message; ``time_ns`` is the log time."""

    topic: SalvagedTopic
    time_ns: int
    data: bytes


def salvage(path: Path) -> Iterator[SalvagedMessage]:
    """Yield the messages up to the break, in the order of the file.

    Raises:
        ValueError: this is not an mcap file at all.
        OSError: the file cannot be read.

    """
    with path.open('rb') as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f'{path}: not an mcap file')
        yield from _Salvage().messages(_file_records(file))


def _file_records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    while len(head := file.read(9)) == 9:
        op, size = struct.unpack('<BQ', head)
        if op == _DATA_END or size > _LARGEST_RECORD:
            return
        data = file.read(size)
        # the chunk that the break is in may still begin with whole messages
        if len(data) == size or op == _CHUNK:
            yield op, data


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 9 <= len(data):
        op, size = struct.unpack_from('<BQ', data, at)
        at += 9
        if at + size > len(data):
            return
        yield op, data[at : at + size]
        at += size


class _Salvage:
    def __init__(self) -> None:
        self._schemas: dict[int, tuple[str, str, str]] = {}
        self._topics: dict[int, SalvagedTopic] = {}

    def messages(self, records: Iterator[tuple[int, bytes]]) -> Iterator[SalvagedMessage]:
        for op, data in records:
            try:
                if op == _SCHEMA:
                    (key,) = struct.unpack_from('<H', data)
                    name, at = _string(data, 2)
                    encoding, at = _string(data, at)
                    self._schemas[key] = (name, encoding, _string(data, at)[0])
                elif op == _CHANNEL:
                    key, schema = struct.unpack_from('<HH', data)
                    topic, _ = _string(data, 4)
                    if schema in self._schemas:
                        self._topics[key] = SalvagedTopic(topic, *self._schemas[schema])
                elif op == _MESSAGE:
                    key, _, log_ns, _ = struct.unpack_from('<HIQQ', data)
                    if key in self._topics:
                        yield SalvagedMessage(self._topics[key], log_ns, data[22:])
                elif op == _CHUNK:
                    yield from self.messages(_records(_unpacked(data)))
            except (struct.error, UnicodeDecodeError):
                return  # what follows cannot be trusted


def _unpacked(chunk: bytes) -> bytes:
    """Return the records of a chunk; of a cut one what is not compressed."""
    (size,) = struct.unpack_from('<Q', chunk, 16)
    compression, at = _string(chunk, 28)
    data = chunk[at + 8 :]
    if not compression:
        return data
    if compression not in DECOMPRESSORS:
        return b''
    try:
        return DECOMPRESSORS[compression](data, size)
    except Exception:  # each decompressor has its own type for data that is cut short
        return b''


def _string(data: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from('<I', data, at)
    if at + 4 + size > len(data):
        raise struct.error('a string is cut short')
    return data[at + 4 : at + 4 + size].decode(), at + 4 + size
