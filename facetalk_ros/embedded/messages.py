# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Message classes that behave like the ones rosidl generates.

A class is built from the field list of a type: keyword constructor, defaults, values checked and
arrays coerced on assignment, constants as class attributes. Two things differ from rosidl: numeric
arrays are numpy arrays, and default values written in a .msg file are not applied (zero, '' and
empty are).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from rosbags.interfaces import Nodetype

Coercer = Callable[[Any], Any]

# rosbags cannot express an empty structure; rosidl writes this one byte as well
EMPTY_FIELD = 'structure_needs_at_least_one_member'

_INT_BITS = {
    'byte': (0, 8),
    'char': (0, 8),
    'uint8': (0, 8),
    'int8': (1, 8),
    'uint16': (0, 16),
    'int16': (1, 16),
    'uint32': (0, 32),
    'int32': (1, 32),
    'uint64': (0, 64),
    'int64': (1, 64),
}
_INT_RANGE = {
    name: (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    for name, (signed, bits) in _INT_BITS.items()
}
_DTYPES = {
    name: np.dtype({'byte': 'uint8', 'char': 'uint8', 'bool': 'bool'}.get(name, name))
    for name in [*_INT_BITS, 'float32', 'float64', 'bool']
}


class Message:
    """Base of all message classes; use the class of a type, never this one."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    ros_type: ClassVar[str] = ''
    _fields: ClassVar[dict[str, str]] = {}
    _coercers: ClassVar[dict[str, Coercer]] = {}
    _defaults: ClassVar[dict[str, Callable[[], Any]]] = {}

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
            if isinstance(value, np.ndarray):
                value = value.copy()
            object.__setattr__(message, name, value)
        return message


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return bool(np.array_equal(a, b))
    return bool(a == b)


def _show(value: Any) -> str:
    return repr(value.tolist()) if isinstance(value, np.ndarray) else repr(value)


def build_message_class(
    ros_type: str,
    constants: Iterable[tuple[str, Any]],
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
        '_coercers': {name: _coercer(desc, nested) for name, desc in kept},
        '_defaults': {name: _default(desc, nested) for name, desc in kept},
    }
    if not kept:
        body[EMPTY_FIELD] = 0  # read by the serialiser
    body.update(constants)
    return type(ros_type.rsplit('/', 1)[-1], (Message,), body)


def describe(desc: Any) -> str:
    """Return the type of a field as rosidl writes it."""
    kind, detail = desc
    if kind == Nodetype.BASE:
        return f'{detail[0]}<{detail[1]}>' if detail[1] else str(detail[0])
    if kind == Nodetype.NAME:
        return str(detail).replace('/msg/', '/')
    inner, size = describe(detail[0]), detail[1]
    if kind == Nodetype.ARRAY:
        return f'{inner}[{size}]'
    return f'sequence<{inner}, {size}>' if size else f'sequence<{inner}>'


def _default(desc: Any, nested: Callable[[str], type[Message]]) -> Callable[[], Any]:
    kind, detail = desc
    if kind == Nodetype.BASE:
        zero: Any = {'string': '', 'bool': False, 'float32': 0.0, 'float64': 0.0}.get(detail[0], 0)
        return lambda: zero
    if kind == Nodetype.NAME:
        return nested(detail)
    inner, size = detail
    length = size if kind == Nodetype.ARRAY else 0
    if inner[0] == Nodetype.BASE and inner[1][0] in _DTYPES:
        dtype = _DTYPES[inner[1][0]]
        return lambda: np.zeros(length, dtype)
    item = _default(inner, nested)
    return lambda: [item() for _ in range(length)]


def _coercer(desc: Any, nested: Callable[[str], type[Message]]) -> Coercer:
    kind, detail = desc
    if kind == Nodetype.BASE:
        return _scalar_coercer(*detail)
    if kind == Nodetype.NAME:
        return _instance_coercer(nested(detail))
    inner, size = detail
    exact = kind == Nodetype.ARRAY
    if inner[0] == Nodetype.BASE and inner[1][0] in _DTYPES:
        return _array_coercer(inner[1][0], size, exact)
    item = _coercer(inner, nested)

    def coerce_list(value: Any) -> list[Any]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise TypeError(f'expected a sequence, got {type(value).__name__}')
        result = [item(v) for v in value]
        _check_size(result, size, exact)
        return result

    return coerce_list


def _check_size(value: Any, size: int, exact: bool) -> None:
    if exact and len(value) != size:
        raise ValueError(f'expected {size} elements, got {len(value)}')
    if not exact and size and len(value) > size:
        raise ValueError(f'at most {size} elements, got {len(value)}')


def _instance_coercer(cls: type[Message]) -> Coercer:
    def coerce_message(value: Any) -> Message:
        if not isinstance(value, cls):
            raise TypeError(f'expected {cls.ros_type}, got {type(value).__name__}')
        return value

    return coerce_message


def _scalar_coercer(base: str, limit: int) -> Coercer:
    # as strict as rosidl, so that what runs here runs there: no int for a float, no numpy int
    def coerce_string(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f'expected str, got {type(value).__name__}')
        if limit and len(value.encode()) > limit:
            raise ValueError(f'at most {limit} bytes, got {len(value.encode())}')
        value.encode()  # a lone surrogate has no UTF-8 form
        return value

    def coerce_bool(value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError(f'expected bool, got {type(value).__name__}')
        return value

    def coerce_float(value: Any) -> float:
        if not isinstance(value, float):
            raise TypeError(f'expected float, got {type(value).__name__}')
        if base == 'float32' and math.isfinite(value) and abs(value) > 3.402823466e38:
            raise ValueError(f'{value!r} is too large for float32')
        return float(value)

    def coerce_int(value: Any) -> int:
        if base == 'byte' and isinstance(value, bytes) and len(value) == 1:
            return value[0]
        if not isinstance(value, int):
            raise TypeError(f'expected int, got {type(value).__name__}')
        low, high = _INT_RANGE[base]
        if not low <= value <= high:
            raise ValueError(f'{value} is outside {low}..{high}')
        return int(value)

    special = {'string': coerce_string, 'bool': coerce_bool}
    return special.get(base) or (coerce_float if base.startswith('float') else coerce_int)


def _array_coercer(base: str, size: int, exact: bool) -> Coercer:
    dtype = _DTYPES[base]

    def coerce_array(value: Any) -> np.ndarray[Any, Any]:
        result: np.ndarray[Any, Any]
        if isinstance(value, bytes | bytearray | memoryview):
            if dtype != np.uint8:
                raise TypeError(f'bytes do not fit an array of {base}')
            result = np.frombuffer(value, np.uint8).copy()
        elif isinstance(value, np.ndarray | array):
            result = _cast(np.asarray(value), dtype)
        elif isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError(f'expected a sequence of {base}, got {type(value).__name__}')
        else:
            result = _from_items(list(value), base, dtype)
        if result.ndim != 1:
            raise ValueError(f'expected one dimension, got shape {result.shape}')
        _check_size(result, size, exact)
        return result

    return coerce_array


def _from_items(items: list[Any], base: str, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    kind = bool if dtype.kind == 'b' else float if dtype.kind == 'f' else int
    if base == 'byte':
        items = [v[0] if isinstance(v, bytes) and len(v) == 1 else v for v in items]
    for value in items:
        if not isinstance(value, kind):
            raise TypeError(f'expected {kind.__name__} elements, got {type(value).__name__}')
    if kind is int and items:
        low, high = _INT_RANGE[base]
        if min(items) < low or max(items) > high:
            raise ValueError(f'{min(items)}..{max(items)} is outside {low}..{high}')
    return np.array(items, dtype)


def _cast(value: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return a contiguous copy of value with the dtype; refuse what would change its meaning."""
    if value.dtype == dtype:
        return np.array(value, dtype, order='C')
    if dtype.kind == 'f' and value.dtype.kind in 'iuf':
        with np.errstate(over='ignore'):
            return value.astype(dtype)
    if dtype.kind in 'iu' and value.dtype.kind in 'iu':
        info = np.iinfo(dtype)
        if value.size and (int(value.min()) < info.min or int(value.max()) > info.max):
            raise ValueError(f'values outside {info.min}..{info.max}')
        return value.astype(dtype)
    raise TypeError(f'an array of {value.dtype} does not fit {dtype}')
