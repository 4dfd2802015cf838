# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a message field takes: as strict as rosidl is with its checks on."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from rosbags.interfaces import Nodetype

Coercer = Callable[[Any], Any]

_INT_BITS = {
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
ARRAY_DTYPES = {
    name: np.dtype({'char': 'uint8'}.get(name, name))
    for name in [*_INT_BITS, 'float32', 'float64', 'bool']
}


def coercer(desc: Any, nested: Callable[[str], type[Any]]) -> Coercer:
    """Return what makes a value fit a field, or raises TypeError or ValueError; see rosbags' desc.

    nested(name) returns the class of a message type.
    """
    kind, detail = desc
    if kind == Nodetype.BASE:
        return _scalar_coercer(*detail)
    if kind == Nodetype.NAME:
        return _instance_coercer(nested(detail))
    inner, size = detail
    exact = kind == Nodetype.ARRAY
    if inner[0] == Nodetype.BASE and inner[1][0] in ARRAY_DTYPES:
        return _array_coercer(inner[1][0], size, exact)
    item = coercer(inner, nested)

    def coerce_list(value: Any) -> list[Any]:
        if isinstance(value, str | bytes | bytearray | memoryview) or not isinstance(
            value, Iterable
        ):
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


def _instance_coercer(cls: type[Any]) -> Coercer:
    def coerce_message(value: Any) -> Any:
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

    def coerce_byte(value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError(f'expected bytes, got {type(value).__name__}')
        if len(value) != 1:
            raise ValueError(f'expected bytes of length 1, got {len(value)}')
        return value

    def coerce_int(value: Any) -> int:
        if not isinstance(value, int):
            raise TypeError(f'expected int, got {type(value).__name__}')
        low, high = _INT_RANGE[base]
        if not low <= value <= high:
            raise ValueError(f'{value} is outside {low}..{high}')
        return int(value)

    special = {'string': coerce_string, 'bool': coerce_bool, 'byte': coerce_byte}
    return special.get(base) or (coerce_float if base.startswith('float') else coerce_int)


def _array_coercer(base: str, size: int, exact: bool) -> Coercer:
    dtype = ARRAY_DTYPES[base]

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
