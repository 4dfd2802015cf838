# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parameters of a node: declaration, checks, callbacks."""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from .exceptions import (
    InvalidParameterException,
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterAlreadyDeclaredException,
    ParameterImmutableException,
    ParameterNotDeclaredException,
    ParameterUninitializedException,
)
from .parameter import Parameter, ParameterType
from .registry import get_message

PreSetCallback = Callable[[list[Parameter]], list[Parameter]]
OnSetCallback = Callable[[list[Parameter]], Any]
PostSetCallback = Callable[[list[Parameter]], None]
# told about (new, changed, deleted) parameters
ChangeListener = Callable[[list[Parameter], list[Parameter], list[Parameter]], None]


def set_result(reason: str = '') -> Any:
    """Return rcl_interfaces/msg/SetParametersResult: a failure when there is a reason."""
    return get_message('rcl_interfaces/msg/SetParametersResult')(
        successful=not reason, reason=reason
    )


class ParameterStore:
    """Holds the parameters of one node, keeping descriptors and calling the node's callbacks."""

    def __init__(
        self, overrides: dict[str, Parameter], allow_undeclared: bool, on_change: ChangeListener
    ) -> None:
        self.overrides = overrides
        self.allow_undeclared = allow_undeclared
        self._on_change = on_change
        self._values: dict[str, Parameter] = {}
        self._descriptors: dict[str, Any] = {}
        self.pre_set: list[PreSetCallback] = []
        self.on_set: list[OnSetCallback] = []
        self.post_set: list[PostSetCallback] = []
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        """Return the names of all parameters."""
        return sorted(self._values)

    def has(self, name: str) -> bool:
        """Whether a parameter is declared."""
        return name in self._values

    def declare(
        self, name: str, value: Any, descriptor: Any | None, ignore_override: bool
    ) -> Parameter:
        """Declare one parameter; value is a default, a Parameter.Type, or None.

        Raises InvalidParameterException, ParameterAlreadyDeclaredException,
        InvalidParameterTypeException and InvalidParameterValueException.
        """
        if not isinstance(name, str) or not name:
            raise InvalidParameterException(f'not a parameter name: {name!r}')
        with self._lock:
            if name in self._values:
                raise ParameterAlreadyDeclaredException(f'{name!r} is declared already')
            expected, parameter = self._initial(name, value, descriptor, ignore_override)
            descriptor = self._completed(descriptor, name, expected)
            if parameter.type_ != ParameterType.NOT_SET:
                reason = check_descriptor(parameter, descriptor) or self._refusal([parameter])
                if reason:
                    raise InvalidParameterValueException(
                        f'{name!r} cannot be {parameter.value!r}: {reason}'
                    )
            self._values[name] = parameter
            self._descriptors[name] = descriptor
        for callback in list(self.post_set):
            callback([parameter])
        if parameter.type_ != ParameterType.NOT_SET:
            self._on_change([parameter], [], [])
        return parameter

    def _initial(
        self, name: str, value: Any, descriptor: Any | None, ignore_override: bool
    ) -> tuple[ParameterType, Parameter]:
        """Return the declared type and the first value, an override if there is one."""
        if isinstance(value, ParameterType):
            expected, default = value, Parameter(name)
            if expected == ParameterType.NOT_SET:
                raise InvalidParameterTypeException(f'{name!r} cannot be of type NOT_SET')
        else:
            if isinstance(value, type):
                raise TypeError(f'declare {name!r} with a value or a Parameter.Type, not {value}')
            default = Parameter(name, value=value)
            expected = default.type_
            if expected == ParameterType.NOT_SET and descriptor is not None:
                expected = ParameterType(descriptor.type)
        parameter = default
        if not ignore_override and name in self.overrides:
            parameter = self.overrides[name]
        dynamic = descriptor is not None and descriptor.dynamic_typing
        free = dynamic or expected == ParameterType.NOT_SET
        if parameter.type_ != ParameterType.NOT_SET and not free:
            if not expected.check(parameter.value):
                raise InvalidParameterTypeException(
                    f'{name!r} is declared {expected.name}, but {parameter.value!r} is '
                    f'{parameter.type_.name}'
                )
            parameter = Parameter(name, expected, parameter.value)  # an empty list fits any type
        return expected, parameter

    def _completed(self, descriptor: Any | None, name: str, expected: ParameterType) -> Any:
        given = descriptor
        descriptor = get_message('rcl_interfaces/msg/ParameterDescriptor')()
        if given is not None:
            for field in descriptor.get_fields_and_field_types():
                setattr(descriptor, field, getattr(given, field))
        descriptor.name = name
        if not descriptor.dynamic_typing:
            descriptor.type = int(expected)
        return descriptor

    def undeclare(self, name: str) -> None:
        """Forget a parameter, unannounced as in rclpy; raises for an unknown or read-only one."""
        with self._lock:
            self.get(name, allow_unset=True)
            if self._descriptors[name].read_only:
                raise ParameterImmutableException(f'{name!r} is read-only')
            del self._values[name], self._descriptors[name]

    def get(self, name: str, allow_unset: bool = False) -> Parameter:
        """Return a parameter; raises ParameterNotDeclaredException and for one without value."""
        with self._lock:
            parameter = self._values.get(name)
            if parameter is None:
                if self.allow_undeclared:
                    return Parameter(name)
                raise ParameterNotDeclaredException(f'{name!r} is not declared')
            unset = parameter.type_ == ParameterType.NOT_SET
            if unset and not allow_unset and not self._descriptors[name].dynamic_typing:
                raise ParameterUninitializedException(f'{name!r} has no value yet')
            return parameter

    def describe(self, name: str) -> Any:
        """Return the descriptor of a parameter; raises ParameterNotDeclaredException."""
        with self._lock:
            if name not in self._descriptors:
                if self.allow_undeclared:
                    return get_message('rcl_interfaces/msg/ParameterDescriptor')(name=name)
                raise ParameterNotDeclaredException(f'{name!r} is not declared')
            return self._descriptors[name]

    def set_atomically(self, parameters: Sequence[Parameter]) -> Any:
        """Set all or none; return rcl_interfaces/msg/SetParametersResult."""
        requested = list(parameters)
        for pre_callback in list(self.pre_set):
            requested = pre_callback(requested)
            if not requested:
                return set_result('a pre-set callback left no parameter to set')
        with self._lock:
            checked: list[Parameter] = []
            for parameter in requested:
                if parameter.name not in self._values and not self.allow_undeclared:
                    return set_result(f'parameter {parameter.name!r} is not declared')
                descriptor = self.describe(parameter.name)
                if descriptor.read_only:
                    return set_result(f'parameter {parameter.name!r} is read-only')
                parameter = with_declared_type(parameter, descriptor)
                reason = check_descriptor(parameter, descriptor)
                if reason:
                    return set_result(f'parameter {parameter.name!r}: {reason}')
                checked.append(parameter)
            reason = self._refusal(checked)
            if reason:
                return set_result(reason)
            new, changed, deleted = self._apply(checked)
        for callback in list(self.post_set):
            callback(checked)
        self._on_change(new, changed, deleted)
        return set_result()

    def _refusal(self, parameters: list[Parameter]) -> str:
        for callback in list(self.on_set):
            result = callback(parameters)
            if not result.successful:
                return result.reason or 'refused by the node'
        return ''

    def _apply(
        self, parameters: list[Parameter]
    ) -> tuple[list[Parameter], list[Parameter], list[Parameter]]:
        new: list[Parameter] = []
        changed: list[Parameter] = []
        deleted: list[Parameter] = []
        for parameter in parameters:
            before = self._values.get(parameter.name)
            if parameter.type_ == ParameterType.NOT_SET:
                # setting nothing deletes, as in rclpy
                if before is not None:
                    deleted.append(before)
                    del self._values[parameter.name], self._descriptors[parameter.name]
                continue
            unset = before is None or before.type_ == ParameterType.NOT_SET
            (new if unset else changed).append(parameter)
            self._values[parameter.name] = parameter
            if before is None:
                self._descriptors[parameter.name] = self._completed(
                    None, parameter.name, parameter.type_
                )
        return new, changed, deleted


def with_declared_type(parameter: Parameter, descriptor: Any) -> Parameter:
    """Give an empty list, which carries no type of its own, the declared type."""
    declared = ParameterType(descriptor.type)
    empty = isinstance(parameter.value, list | tuple | array) and not parameter.value
    if empty and declared >= ParameterType.BYTE_ARRAY and not descriptor.dynamic_typing:
        return Parameter(parameter.name, declared, [])
    return parameter


def check_descriptor(parameter: Parameter, descriptor: Any) -> str:
    """Return why the type or the range of a descriptor forbids a value, '' when they do not."""
    if not descriptor.dynamic_typing and descriptor.type:
        expected = ParameterType(descriptor.type)
        if parameter.type_ == ParameterType.NOT_SET:
            return 'a parameter of fixed type cannot be deleted'
        if parameter.type_ != expected:
            return f'it is {expected.name}, not {parameter.type_.name}'
    if parameter.type_ in (ParameterType.INTEGER, ParameterType.INTEGER_ARRAY):
        ranges = descriptor.integer_range
    elif parameter.type_ in (ParameterType.DOUBLE, ParameterType.DOUBLE_ARRAY):
        ranges = descriptor.floating_point_range
    else:
        return ''
    several = isinstance(parameter.value, list | tuple | array)
    values = parameter.value if several else [parameter.value]
    for limits in ranges:
        for value in values:
            if not _in_range(value, limits):
                step = f' in steps of {limits.step}' if limits.step else ''
                return f'{value} is outside {limits.from_value} to {limits.to_value}{step}'
    return ''


def _in_range(value: float, limits: Any) -> bool:
    low, high, step = limits.from_value, limits.to_value, limits.step
    if isinstance(value, int):
        return low <= value <= high and (not step or value == high or (value - low) % step == 0)
    # the ends count as reached within rounding, as in rclpy
    if math.isclose(value, low, rel_tol=1e-7) or math.isclose(value, high, rel_tol=1e-7):
        return True
    if not low <= value <= high:
        return False
    return not step or math.isclose(round((value - low) / step) * step + low, value, rel_tol=1e-7)
