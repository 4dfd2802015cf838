# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A named, typed value, as rclpy.parameter."""

from __future__ import annotations

from array import array
from enum import IntEnum
from typing import Any

import numpy as np

from .registry import get_message

PARAMETER_SEPARATOR_STRING = '.'

# the field of rcl_interfaces/msg/ParameterValue that holds a value of each type
_FIELDS = (
    '',
    'bool_value',
    'integer_value',
    'double_value',
    'string_value',
    'byte_array_value',
    'bool_array_value',
    'integer_array_value',
    'double_array_value',
    'string_array_value',
)


class ParameterType(IntEnum):
    """The types, as rcl_interfaces/msg/ParameterType numbers them."""

    NOT_SET = 0
    BOOL = 1
    INTEGER = 2
    DOUBLE = 3
    STRING = 4
    BYTE_ARRAY = 5
    BOOL_ARRAY = 6
    INTEGER_ARRAY = 7
    DOUBLE_ARRAY = 8
    STRING_ARRAY = 9

    @classmethod
    def from_parameter_value(cls, value: Any) -> ParameterType:
        """Return the type of a Python value; raises TypeError when there is none."""
        if value is None:
            return cls.NOT_SET
        scalars = {
            bool: cls.BOOL,
            int: cls.INTEGER,
            float: cls.DOUBLE,
            str: cls.STRING,
        }
        for kind, parameter_type in scalars.items():  # bool before int, which it is a kind of
            if isinstance(value, kind):
                return parameter_type
        if isinstance(value, list | tuple | array):
            if all(isinstance(v, bytes) for v in value):
                return cls.BYTE_ARRAY
            for kind, parameter_type in scalars.items():
                if all(isinstance(v, kind) for v in value):
                    return cls(parameter_type + 5)
        raise TypeError(f'not a parameter value: {value!r}')

    def check(self, value: Any) -> bool:
        """Whether a value is of this type; an empty list is of every array type."""
        if isinstance(value, list | tuple | array) and len(value) == 0:
            return self >= ParameterType.BYTE_ARRAY
        return ParameterType.from_parameter_value(value) == self


_TYPECODES = {ParameterType.INTEGER_ARRAY: 'q', ParameterType.DOUBLE_ARRAY: 'd'}


class Parameter:
    """A parameter. Raises TypeError without type or value, ValueError when they disagree."""

    Type = ParameterType

    def __init__(self, name: str, type_: ParameterType | None = None, value: Any = None) -> None:
        if type_ is None:
            type_ = ParameterType.from_parameter_value(value)
        type_ = ParameterType(type_)
        if value is not None and not type_.check(value):
            raise ValueError(f'parameter {name!r}: {value!r} is not of type {type_.name}')
        if value is None and type_ != ParameterType.NOT_SET:
            raise ValueError(f'parameter {name!r} of type {type_.name} needs a value')
        self._name = name
        self._type = type_
        self._value = value

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def type_(self) -> ParameterType:
        """The type."""
        return self._type

    @property
    def value(self) -> Any:
        """The value: None, bool, int, float, str, or a list of one of them (bytes for bytes).

        What came from the graph is array.array for integers and floats.
        """
        return self._value

    def get_parameter_value(self) -> Any:
        """Return the value as rcl_interfaces/msg/ParameterValue."""
        message: Any = get_message('rcl_interfaces/msg/ParameterValue')(type=int(self._type))
        if self._type != ParameterType.NOT_SET:
            value = list(self._value) if self._type >= ParameterType.BYTE_ARRAY else self._value
            setattr(message, _FIELDS[self._type], value)
        return message

    def to_parameter_msg(self) -> Any:
        """Return rcl_interfaces/msg/Parameter."""
        return get_message('rcl_interfaces/msg/Parameter')(
            name=self._name, value=self.get_parameter_value()
        )

    @classmethod
    def from_parameter_msg(cls, message: Any) -> Parameter:
        """Return the parameter of an rcl_interfaces/msg/Parameter; raises ValueError."""
        return cls(message.name, ParameterType(message.value.type), parameter_value(message.value))

    def __repr__(self) -> str:
        return f'Parameter({self._name!r}, {self._type.name}, {self._value!r})'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parameter):
            return NotImplemented
        return (self._name, self._type, self._value) == (other._name, other._type, other._value)

    __hash__ = None  # type: ignore[assignment]


def parameter_value(message: Any) -> Any:
    """Return the Python value of an rcl_interfaces/msg/ParameterValue; raises ValueError."""
    kind = ParameterType(message.type)
    if kind == ParameterType.NOT_SET:
        return None
    value = getattr(message, _FIELDS[kind])
    if kind in _TYPECODES:
        return array(_TYPECODES[kind], value.tolist())
    return value.tolist() if isinstance(value, np.ndarray) else value
