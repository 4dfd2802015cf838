# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Message classes that behave like the ones rosidl generates.

A class is built from the field list of a type: keyword constructor, defaults, values checked and
arrays coerced on assignment, constants as class attributes. A byte is bytes of length one. Two
things differ from rosidl: numeric arrays are numpy arrays, and default values written in a .msg
file are not applied (zero, '' and empty are).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from rosbags.interfaces import Nodetype

from .coercion import ARRAY_DTYPES, Coercer, coercer

# rosbags cannot express an empty structure; rosidl writes this one byte as well
EMPTY_FIELD = 'structure_needs_at_least_one_member'

# what rosidl calls the types in get_fields_and_field_types()
_IDL_NAMES = {'bool': 'boolean', 'byte': 'octet', 'float32': 'float', 'float64': 'double'}


_ZEROS: dict[str, Any] = {
    'string': '',
    'bool': False,
    'byte': b'\0',
    'float32': 0.0,
    'float64': 0.0,
}


class Message:
    """Base of all message classes; use the class of a type, never this one."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    ros_type: ClassVar[str] = ''
    _fields: ClassVar[dict[str, str]] = {}
    _coercers: ClassVar[dict[str, Coercer]] = {}
    _defaults: ClassVar[dict[str, Callable[[], Any]]] = {}
    # for the fields that are a byte, or hold one: rosbags knows a byte as int8
    _decoders: ClassVar[dict[str, Coercer]] = {}
    _encoders: ClassVar[dict[str, Coercer]] = {}

    def __init__(self, **kwargs: Any) -> None:
        unknown = kwargs.keys() - self._coercers.keys()
        if unknown:
            raise TypeError(f'{self.ros_type} has no field {sorted(unknown)[0]!r}')
        for name, default in self._defaults.items():
            if name in kwargs:
                setattr(self, name, kwargs[name])
            else:
                object.__setattr__(self, name, default())

    def __setattr__(self, name: str, value: Any) -> None:
        coerce = self._coercers.get(name)
        if coerce is None:
            raise AttributeError(f'{self.ros_type} has no field {name!r}')
        try:
            value = coerce(value)
        except (TypeError, ValueError, OverflowError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f'{self.ros_type}.{name} ({self._fields[name]}): {error}') from None
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_equal(getattr(self, n), getattr(other, n)) for n in self._fields)

    def __repr__(self) -> str:
        values = ', '.join(f'{n}={_show(getattr(self, n))}' for n in self._fields)
        return f'{self.ros_type.replace("/", ".")}({values})'

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        """Field names and their types, for example {'data': 'sequence<uint8>'}."""
        return dict(cls._fields)

    @classmethod
    def from_wire(cls, *values: Any) -> Message:
        """Build from decoded values in field order, without checks; arrays are made writable."""
        message = cls.__new__(cls)
        for name, value in zip(cls._fields, values, strict=False):
            if name in cls._decoders:
                value = cls._decoders[name](value)
            elif isinstance(value, np.ndarray):
                value = value.copy()
            object.__setattr__(message, name, value)
        return message

    def to_wire(self) -> Message:
        """Return what rosbags can encode: this message, or a copy with bytes as int8."""
        if not self._encoders:
            return self
        message = type(self).__new__(type(self))
        for name in self._fields:
            encode = self._encoders.get(name)
            value = getattr(self, name)
            object.__setattr__(message, name, value if encode is None else encode(value))
        return message


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return bool(np.array_equal(a, b))
    return bool(a == b)


def _show(value: Any) -> str:
    return repr(value.tolist()) if isinstance(value, np.ndarray) else repr(value)


def build_message_class(
    ros_type: str,
    constants: Iterable[tuple[str, str, Any]],
    fields: Iterable[tuple[str, Any]],
    nested: Callable[[str], type[Message]],
) -> type[Message]:
    """Make the class of a type from its rosbags field descriptions.

    nested(name) returns the class of a type that this one contains.
    """
    kept = [(name, desc) for name, desc in fields if name != EMPTY_FIELD]
    body: dict[str, Any] = {
        '__slots__': tuple(name for name, _ in kept),
        '__doc__': f'Message of type {ros_type}.',
        '__module__': '.'.join(ros_type.split('/')[:-1]),
        'ros_type': ros_type,
        '_fields': {name: describe(desc) for name, desc in kept},
        '_coercers': {name: coercer(desc, nested) for name, desc in kept},
        '_defaults': {name: _default(desc, nested) for name, desc in kept},
        '_decoders': {name: _decode_byte(desc) for name, desc in kept if _byte_inside(desc)},
        '_encoders': {
            name: _encode(desc)
            for name, desc in kept
            if _byte_inside(desc) or _nested_bytes(desc, nested)
        },
    }
    if not kept:
        body[EMPTY_FIELD] = 0  # read by the serialiser
    body |= {n: bytes([v]) if kind == 'byte' else v for n, kind, v in constants}
    return type(ros_type.rsplit('/', 1)[-1], (Message,), body)


def describe(desc: Any) -> str:
    """Return the type of a field as rosidl writes it."""
    kind, detail = desc
    if kind == Nodetype.BASE:
        name = _IDL_NAMES.get(detail[0], str(detail[0]))
        return f'{name}<{detail[1]}>' if detail[1] else name
    if kind == Nodetype.NAME:
        return str(detail).replace('/msg/', '/')
    inner, size = describe(detail[0]), detail[1]
    if kind == Nodetype.ARRAY:
        return f'{inner}[{size}]'
    return f'sequence<{inner}, {size}>' if size else f'sequence<{inner}>'


def _byte_inside(desc: Any) -> bool:
    kind, detail = desc
    if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        kind, detail = detail[0]
    return bool(kind == Nodetype.BASE and detail[0] == 'byte')


def _nested_bytes(desc: Any, nested: Callable[[str], type[Message]]) -> bool:
    kind, detail = desc
    if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        kind, detail = detail[0]
    return kind == Nodetype.NAME and bool(nested(detail)._encoders)


def _decode_byte(desc: Any) -> Coercer:
    if desc[0] == Nodetype.BASE:
        return lambda number: bytes([number & 255])
    return lambda numbers: [bytes([number]) for number in numbers.astype(np.uint8).tolist()]


def _encode(desc: Any) -> Coercer:
    kind, detail = desc
    if kind == Nodetype.BASE:
        return lambda byte: int.from_bytes(byte, 'little', signed=True)
    if kind == Nodetype.NAME:
        return Message.to_wire
    if detail[0][0] == Nodetype.BASE:
        return lambda items: np.frombuffer(b''.join(items), np.int8)
    return lambda items: [item.to_wire() for item in items]


def _default(desc: Any, nested: Callable[[str], type[Message]]) -> Callable[[], Any]:
    kind, detail = desc
    if kind == Nodetype.BASE:
        return lambda: _ZEROS.get(detail[0], 0)
    if kind == Nodetype.NAME:
        return nested(detail)
    inner, size = detail
    length = size if kind == Nodetype.ARRAY else 0
    if inner[0] == Nodetype.BASE and inner[1][0] in ARRAY_DTYPES:
        dtype = ARRAY_DTYPES[inner[1][0]]
        return lambda: np.zeros(length, dtype)
    item = _default(inner, nested)
    return lambda: [item() for _ in range(length)]
