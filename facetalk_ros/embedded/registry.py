# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""ROS interface definitions: message and service classes, CDR, type hashes, DDS descriptions."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.interfaces import Nodetype
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.base import TypesysError
from rosbags.typesys.store import Typestore

from .messages import Message, build_message_class

DEFAULT_DISTRO = 'jazzy'
BUNDLED = Path(__file__).with_name('interfaces')
_STORES = {
    'humble': Stores.ROS2_HUMBLE,
    'iron': Stores.ROS2_IRON,
    'jazzy': Stores.ROS2_JAZZY,
    'kilted': Stores.ROS2_KILTED,
    'lyrical': Stores.ROS2_LYRICAL,
    'rolling': Stores.LATEST,
}
_TYPE_NAME = re.compile(r'[a-z][a-z0-9_]*/(msg|srv)/[A-Za-z][A-Za-z0-9_]*')


def distro() -> str:
    """Return the ROS distribution whose wire details to speak: ROS_DISTRO, else jazzy."""
    name = os.environ.get('ROS_DISTRO', '') or DEFAULT_DISTRO
    if name not in _STORES:
        raise ValueError(f'ROS_DISTRO={name!r} is not known; one of {", ".join(_STORES)}')
    return name


class Registry:
    """One consistent set of interface definitions.

    parent, when given, provides every type that this registry does not define itself. That is how
    two packages of one name are kept apart.
    """

    def __init__(self, store: Typestore, parent: Registry | None = None) -> None:
        self.store = store
        self._parent = parent
        if parent is not None:
            store.fielddefs.clear()
        self._own = set(store.fielddefs)
        self._classes: dict[str, type[Message]] = {}
        self._services: dict[str, type] = {}
        self._lock = threading.RLock()
        # rosidl treats char as uint8, and so do its hashes
        for name, (constants, fields) in store.fielddefs.items():
            store.fielddefs[name] = (constants, [(n, _without_char(d)) for n, d in fields])
        if parent is not None:
            store.fielddefs.update(parent.store.fielddefs)

    def register(self, directory: Path, package: str) -> list[str]:
        """Add all .msg and .srv files directly in a directory; return the type names.

        Raises ValueError with the file's name when one cannot be parsed, or when a type of this
        name exists with other fields.
        """
        files = sorted(p for p in Path(directory).iterdir() if p.suffix in ('.msg', '.srv'))
        if not files:
            raise ValueError(f'no .msg or .srv file in {str(directory)!r}')
        types: dict[str, Any] = {}
        names: list[str] = []
        for path in files:
            try:
                types.update(_parse(path, package))
            except TypesysError as error:
                raise ValueError(f'{path}: {" ".join(str(error).split())[:200]}') from None
            names.append(f'{package}/{path.suffix[1:]}/{path.stem}')
        with self._lock:
            missing = self._missing_references(types)
            if missing:
                raise ValueError(f'{directory}: unknown type {missing!r}')
            try:
                self.store.register(types)
            except TypesysError as error:
                raise ValueError(f'{directory}: {error}') from None
            self._own.update(types)
        return names

    def _missing_references(self, types: dict[str, Any]) -> str | None:
        for _, fields in types.values():
            for _, desc in fields:
                name = _nested_type(desc)
                if name is not None and not (name in types or self.has(name)):
                    return name
        return None

    def has(self, name: str) -> bool:
        """Whether a message type is defined here or in the parent."""
        return name in self.store.fielddefs

    def has_service(self, name: str) -> bool:
        """Whether a service type is defined here or in the parent."""
        return f'{name}_Request' in self.store.fielddefs

    def message(self, name: str) -> type[Message]:
        """Return the class of a message type, for example 'std_msgs/msg/String'."""
        with self._lock:
            if name not in self._classes:
                if self._parent is not None and name not in self._own:
                    cls = self._parent.message(name)
                    for _, desc in self.store.fielddefs[name][1]:
                        if (nested := _nested_type(desc)) is not None:
                            self.message(nested)
                else:
                    constants, fields = self.store.fielddefs[name]
                    cls = build_message_class(name, constants, fields, self.message)
                    cls.registry = self  # type: ignore[attr-defined]
                self._classes[name] = cls
                # rosbags calls this with the decoded values
                self.store.types[name] = cls.from_wire  # type: ignore[assignment]
            return self._classes[name]

    def service(self, name: str) -> type:
        """Return the class of a service type: Request and Response are its attributes."""
        with self._lock:
            if name not in self._services:
                body = {
                    'Request': self.message(f'{name}_Request'),
                    'Response': self.message(f'{name}_Response'),
                    'ros_type': name,
                    '__doc__': f'Service of type {name}.',
                }
                self._services[name] = type(name.rsplit('/', 1)[-1], (), body)
            return self._services[name]

    def serialize(self, message: Message) -> bytes:
        """Encode as little-endian CDR, with its four header bytes, padded to four."""
        try:
            data = bytes(
                self.store.serialize_cdr(message.to_wire(), message.ros_type, little_endian=True)
            )
        except (AttributeError, IndexError, TypeError, ValueError, SerdeError) as error:
            # a list in the message was changed in place, past the checks
            raise TypeError(f'cannot serialise {message.ros_type}: {error}') from error
        return data + b'\0' * (-len(data) & 3)

    def deserialize(self, data: bytes, name: str) -> Message:
        """Decode CDR; raises ValueError when the bytes are not a message of this type."""
        self.message(name)
        try:
            return self.store.deserialize_cdr(data, name)  # type: ignore[return-value]
        except (SerdeError, IndexError) as error:
            raise ValueError(f'not a {name}: {error}') from None

    def type_hash(self, name: str) -> str:
        """RIHS01 hash of a message type (REP 2011)."""
        return self.store.hash_rihs01(name)


def _nested_type(desc: Any) -> str | None:
    kind, detail = desc
    if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        kind, detail = detail[0]
    return str(detail) if kind == Nodetype.NAME else None


def _without_char(desc: Any) -> Any:
    kind, detail = desc
    if kind == Nodetype.BASE:
        return (kind, ('uint8', 0)) if detail[0] == 'char' else desc
    if kind == Nodetype.NAME:
        return desc
    return (kind, (_without_char(detail[0]), detail[1]))


def _parse(path: Path, package: str) -> dict[str, Any]:
    text = path.read_text(encoding='utf-8')
    if path.suffix == '.msg':
        parts = {f'{package}/msg/{path.stem}': text}
    else:
        halves = re.split(r'^---[ \t]*$', text, maxsplit=1, flags=re.MULTILINE)
        if len(halves) != 2:
            raise ValueError(f'{path}: a service needs one line ---')
        parts = {
            f'{package}/srv/{path.stem}_{part}': half
            for part, half in zip(('Request', 'Response'), halves, strict=True)
        }
    result: dict[str, Any] = {}
    for name, body in parts.items():
        # parsed as a message, so that short type names mean the package's messages
        ((constants, fields),) = get_types_from_msg(body, name.replace('/srv/', '/msg/')).values()
        result[name] = (constants, [(n, _without_char(d)) for n, d in fields])
    return result


_lock = threading.RLock()
_registries: list[Registry] = []


def registries() -> list[Registry]:
    """Return the registries of this process, in search order; made on first use."""
    with _lock:
        if not _registries:
            main = Registry(get_typestore(_STORES[distro()]))
            for folder in sorted(BUNDLED.glob('*/[ms][sr][gv]')):
                main.register(folder, folder.parent.name)
            other = Registry(get_typestore(Stores.EMPTY), main)
            for name in [n for n in other.store.fielddefs if n.startswith('audio_common_msgs/')]:
                del other.store.fielddefs[name]
            other.register(BUNDLED / 'mgonzs13/audio_common_msgs/msg', 'audio_common_msgs')
            _registries.extend((main, other))
        return _registries


def register_interfaces(directory: Path, package: str) -> list[str]:
    """Make the .msg and .srv files of a folder available as types of a package.

    Returns the type names. Registering the same files again is harmless. Raises ValueError when a
    file cannot be parsed or contradicts what is there.
    """
    return registries()[0].register(Path(directory), package)


def get_message(name: str) -> Any:
    """Return the class of a message type such as 'std_msgs/msg/String'.

    Raises ValueError for a malformed name and ModuleNotFoundError for an unknown type.
    """
    _check_name(name, 'msg')
    for registry in registries():
        if registry.has(name):
            return registry.message(name)
    raise ModuleNotFoundError(_unknown(name))


def get_service(name: str) -> Any:
    """Return the class of a service type such as 'std_srvs/srv/Trigger'.

    Raises ValueError for a malformed name and ModuleNotFoundError for an unknown type.
    """
    _check_name(name, 'srv')
    for registry in registries():
        if registry.has_service(name):
            return registry.service(name)
    raise ModuleNotFoundError(_unknown(name))


def _check_name(name: str, kind: str) -> None:
    match = _TYPE_NAME.fullmatch(name)
    if match is None or match.group(1) != kind:
        raise ValueError(f'not a type name: {name!r} (expected package/{kind}/Name)')


def _unknown(name: str) -> str:
    return (
        f'the embedded graph has no interface {name!r}: install ROS 2 with the package '
        f'{name.split("/")[0]!r}, or pass its definition to register_interfaces()'
    )


def serialize_message(message: Message) -> bytes:
    """Encode a message as CDR."""
    return registry_of(type(message)).serialize(message)


def deserialize_message(data: bytes, message_type: type[Message]) -> Message:
    """Decode CDR into a message of the type."""
    return registry_of(message_type).deserialize(data, message_type.ros_type)


def registry_of(message_type: type[Message]) -> Registry:
    """Return the registry that a message class comes from."""
    registry = getattr(message_type, 'registry', None)
    if not isinstance(registry, Registry):
        raise TypeError(f'not a message class: {message_type!r}')
    return registry


def gid_length() -> int:
    """Bytes of rmw_dds_common/Gid: 24 up to Humble, 16 from Iron on."""
    gid = get_message('rmw_dds_common/msg/Gid')()
    return len(np.asarray(gid.data))
