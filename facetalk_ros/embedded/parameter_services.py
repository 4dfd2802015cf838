# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The six services by which ROS tools reach the parameters of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .exceptions import ParameterException
from .parameter import PARAMETER_SEPARATOR_STRING, Parameter
from .parameters import ParameterStore, set_result
from .qos import qos_profile_parameters
from .registry import get_service

if TYPE_CHECKING:
    from .node import Node


class ParameterService:
    """Serves a node's parameters under ~/get_parameters and so on."""

    def __init__(self, node: Node, store: ParameterStore) -> None:
        self._store = store
        handlers: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
            'describe_parameters': ('DescribeParameters', self._describe),
            'get_parameters': ('GetParameters', self._get),
            'get_parameter_types': ('GetParameterTypes', self._types),
            'list_parameters': ('ListParameters', self._list),
            'set_parameters': ('SetParameters', self._set),
            'set_parameters_atomically': ('SetParametersAtomically', self._set_atomically),
        }
        for name, (kind, handler) in handlers.items():
            node.create_service(
                get_service(f'rcl_interfaces/srv/{kind}'),
                f'~/{name}',
                handler,
                qos_profile=qos_profile_parameters,
            )

    def _current(self, name: str) -> Parameter:
        try:
            return self._store.get(name, allow_unset=True)
        except ParameterException:
            return Parameter(name)

    def _describe(self, request: Any, response: Any) -> Any:
        # all or nothing, as rclpy: a caller pairs the answers with the names by position
        if all(self._store.has(name) for name in request.names):
            response.descriptors = [self._store.describe(name) for name in request.names]
        return response

    def _get(self, request: Any, response: Any) -> Any:
        response.values = [self._current(n).get_parameter_value() for n in request.names]
        return response

    def _types(self, request: Any, response: Any) -> Any:
        response.types = [int(self._current(n).type_) for n in request.names]
        return response

    def _list(self, request: Any, response: Any) -> Any:
        names, prefixes = list_parameters(
            self._store.names(), list(request.prefixes), int(request.depth)
        )
        response.result.names = names
        response.result.prefixes = prefixes
        return response

    def _set(self, request: Any, response: Any) -> Any:
        results = []
        for message in request.parameters:
            try:
                results.append(self._store.set_atomically([Parameter.from_parameter_msg(message)]))
            except ValueError as error:
                results.append(set_result(str(error)))
        response.results = results
        return response

    def _set_atomically(self, request: Any, response: Any) -> Any:
        try:
            parameters = [Parameter.from_parameter_msg(m) for m in request.parameters]
            response.result = self._store.set_atomically(parameters)
        except ValueError as error:
            response.result = set_result(str(error))
        return response


def list_parameters(
    names: list[str], prefixes: list[str], depth: int
) -> tuple[list[str], list[str]]:
    """Return the names below the prefixes, and the prefixes of those names.

    depth counts the levels below a prefix; 0 means all.
    """
    separator = PARAMETER_SEPARATOR_STRING

    def wanted(name: str) -> bool:
        for prefix in prefixes or ['']:
            if name == prefix:
                return True
            start = f'{prefix}{separator}' if prefix else ''
            if name.startswith(start):
                levels = name[len(start) :].count(separator) + 1
                if not depth or levels <= depth:
                    return True
        return False

    found = [name for name in names if wanted(name)]
    return found, sorted({n.rpartition(separator)[0] for n in found if separator in n})
