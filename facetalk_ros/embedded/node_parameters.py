# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The part of a node's interface that is about parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .exceptions import ParameterNotDeclaredException
from .parameter import PARAMETER_SEPARATOR_STRING, Parameter, ParameterType
from .parameter_services import list_parameters
from .parameters import OnSetCallback, ParameterStore, PostSetCallback, PreSetCallback
from .qos import QoSProfile, qos_profile_parameter_events
from .registry import get_message

if TYPE_CHECKING:
    from .clock import Clock
    from .publisher import Publisher


class NodeParameters(ABC):
    """Declares, gets and sets parameters and announces changes on /parameter_events."""

    def __init__(self, overrides: dict[str, Parameter], allow_undeclared: bool) -> None:
        self._store = ParameterStore(overrides, allow_undeclared, self._publish_changes)
        self._parameter_events: Publisher | None = None

    @abstractmethod
    def get_clock(self) -> Clock:
        """Return the node's clock."""

    @abstractmethod
    def get_fully_qualified_name(self) -> str:
        """Return namespace and name."""

    @abstractmethod
    def create_publisher(
        self, msg_type: Any, topic: str, qos_profile: QoSProfile | int
    ) -> Publisher:
        """Publish on a topic."""

    def _start_parameter_events(self) -> None:
        self._parameter_events = self.create_publisher(
            get_message('rcl_interfaces/msg/ParameterEvent'),
            '/parameter_events',
            qos_profile_parameter_events,
        )

    def _publish_changes(
        self, new: list[Parameter], changed: list[Parameter], deleted: list[Parameter]
    ) -> None:
        if self._parameter_events is None or not (new or changed or deleted):
            return
        self._parameter_events.publish(
            self._parameter_events.msg_type(
                stamp=self.get_clock().now().to_msg(),
                node=self.get_fully_qualified_name(),
                new_parameters=[p.to_parameter_msg() for p in new],
                changed_parameters=[p.to_parameter_msg() for p in changed],
                deleted_parameters=[p.to_parameter_msg() for p in deleted],
            )
        )

    def declare_parameter(
        self,
        name: str,
        value: Any = None,
        descriptor: Any | None = None,
        ignore_override: bool = False,
    ) -> Parameter:
        """Declare a parameter with a default value, or with a Parameter.Type and no value.

        Raises ParameterAlreadyDeclaredException, InvalidParameterException,
        InvalidParameterTypeException and InvalidParameterValueException.
        """
        return self._store.declare(name, value, descriptor, ignore_override)

    def declare_parameters(
        self, namespace: str, parameters: Sequence[Sequence[Any]], ignore_override: bool = False
    ) -> list[Parameter]:
        """Declare (name,), (name, value) or (name, value, descriptor) below a prefix."""
        prefix = f'{namespace}{PARAMETER_SEPARATOR_STRING}' if namespace else ''
        result = []
        for entry in parameters:
            if not 1 <= len(entry) <= 3:
                raise TypeError(f'expected (name, value, descriptor), got {entry!r}')
            name, value, descriptor = [*entry, None, None][:3]
            result.append(
                self._store.declare(f'{prefix}{name}', value, descriptor, ignore_override)
            )
        return result

    def undeclare_parameter(self, name: str) -> None:
        """Forget a parameter; raises when it is not declared or read-only."""
        self._store.undeclare(name)

    def has_parameter(self, name: str) -> bool:
        """Whether a parameter is declared."""
        return self._store.has(name)

    def get_parameter(self, name: str) -> Parameter:
        """Return a parameter.

        Raises ParameterNotDeclaredException, and ParameterUninitializedException when it was
        declared without a value and got none.
        """
        return self._store.get(name)

    def get_parameters(self, names: Sequence[str]) -> list[Parameter]:
        """Return several parameters; raises as get_parameter()."""
        return [self._store.get(name) for name in names]

    def get_parameter_or(self, name: str, alternative_value: Parameter | None = None) -> Parameter:
        """Return a parameter, or the alternative when it is not declared or has no value."""
        alternative = Parameter(name) if alternative_value is None else alternative_value
        if not self._store.has(name):
            return alternative
        parameter = self._store.get(name, allow_unset=True)
        return alternative if parameter.type_ == Parameter.Type.NOT_SET else parameter

    def get_parameters_by_prefix(self, prefix: str) -> dict[str, Parameter]:
        """Return the parameters below a prefix, by the rest of their names."""
        start = f'{prefix}{PARAMETER_SEPARATOR_STRING}' if prefix else ''
        return {
            name[len(start) :]: self._store.get(name, allow_unset=True)
            for name in self._store.names()
            if name.startswith(start)
        }

    def set_parameters(self, parameter_list: Sequence[Parameter]) -> list[Any]:
        """Set parameters one by one; return a SetParametersResult for each.

        Raises ParameterNotDeclaredException.
        """
        self._check_declared(parameter_list)
        return [self._store.set_atomically([parameter]) for parameter in parameter_list]

    def set_parameters_atomically(self, parameter_list: Sequence[Parameter]) -> Any:
        """Set all parameters or none; return a SetParametersResult.

        Raises ParameterNotDeclaredException.
        """
        self._check_declared(parameter_list)
        return self._store.set_atomically(parameter_list)

    def _check_declared(self, parameters: Sequence[Parameter]) -> None:
        for parameter in parameters:
            if not isinstance(parameter, Parameter):
                raise TypeError(f'expected Parameter, got {parameter!r}')
            if not self._store.allow_undeclared and not self._store.has(parameter.name):
                raise ParameterNotDeclaredException(f'{parameter.name!r} is not declared')

    def describe_parameter(self, name: str) -> Any:
        """Return the descriptor; raises ParameterNotDeclaredException."""
        return self._store.describe(name)

    def describe_parameters(self, names: Sequence[str]) -> list[Any]:
        """Return several descriptors; raises ParameterNotDeclaredException."""
        return [self._store.describe(name) for name in names]

    def get_parameter_type(self, name: str) -> ParameterType:
        """Return the type of a parameter; raises ParameterNotDeclaredException."""
        return self._store.get(name, allow_unset=True).type_

    def get_parameter_types(self, names: Sequence[str]) -> list[ParameterType]:
        """Return the types of several parameters; raises ParameterNotDeclaredException."""
        return [self.get_parameter_type(name) for name in names]

    def list_parameters(self, prefixes: Sequence[str], depth: int) -> Any:
        """Return rcl_interfaces/msg/ListParametersResult; depth 0 means all levels."""
        names, found = list_parameters(self._store.names(), list(prefixes), depth)
        return get_message('rcl_interfaces/msg/ListParametersResult')(names=names, prefixes=found)

    def add_pre_set_parameters_callback(self, callback: PreSetCallback) -> None:
        """Let a callback change the list of parameters before it is checked and set."""
        self._store.pre_set.insert(0, callback)

    def add_on_set_parameters_callback(self, callback: OnSetCallback) -> None:
        """Let a callback accept or refuse values; it returns a SetParametersResult."""
        self._store.on_set.insert(0, callback)

    def add_post_set_parameters_callback(self, callback: PostSetCallback) -> None:
        """Call back after parameters were set."""
        self._store.post_set.insert(0, callback)

    def remove_pre_set_parameters_callback(self, callback: PreSetCallback) -> None:
        """Remove a callback; raises ValueError when it is not there."""
        self._store.pre_set.remove(callback)

    def remove_on_set_parameters_callback(self, callback: OnSetCallback) -> None:
        """Remove a callback; raises ValueError when it is not there."""
        self._store.on_set.remove(callback)

    def remove_post_set_parameters_callback(self, callback: PostSetCallback) -> None:
        """Remove a callback; raises ValueError when it is not there."""
        self._store.post_set.remove(callback)
