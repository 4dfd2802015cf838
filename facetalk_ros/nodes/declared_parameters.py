# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parameters of a node from a table: described, checked before they are set, then applied.

SPECS = {s.name: s for s in (Spec('fps', 60.0, 'poses per second [Hz]', (1.0, 240.0)), ...)}

class MyNode(Node):
    def __init__(self):
        super().__init__('mine')
        self._declared = DeclaredParameters(self, SPECS, on_change=self._apply)
        fps = self._declared.values['fps']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.parameter import Parameter
from .parameter_spec import Spec


class DeclaredParameters:
    """The parameters of one node.

    Attributes:
        values: what is set, by name.

    """

    def __init__(
        self, node: Node, specs: Mapping[str, Spec], *,
        on_change: Callable[[set[str]], None] | None = None,
        check: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> None:  # fmt: skip
        """Declare all of a table.

        Args:
            node: whose parameters they are.
            specs: by name.
            on_change: called with the names that have been set, after ``values`` has them.
            check: what is wrong with all values together, or ''; nothing is set then.

        Raises:
            ValueError: an override that is wrong. rclpy raises its own types for some.

        """
        self._specs = specs
        self._check, self._on_change = check, on_change
        self.values: dict[str, Any] = {}
        for spec in specs.values():
            value = node.declare_parameter(spec.name, spec.default, _descriptor(spec)).value
            problem = spec.problem(value)
            if problem:
                raise ValueError(f'parameter {problem}')
            self.values[spec.name] = value
        if check is not None and (problem := check(self.values)):
            raise ValueError(problem)
        node.add_on_set_parameters_callback(self._on_set)
        node.add_post_set_parameters_callback(self._post_set)

    def _on_set(self, parameters: list[Parameter]) -> Any:
        own = {p.name: p.value for p in parameters if p.name in self._specs}
        problems = [self._specs[name].problem(value) for name, value in own.items()]
        reason = '; '.join(filter(None, problems))
        if own and not reason and self._check is not None:
            reason = self._check(self.values | own)
        return get_message('rcl_interfaces/msg/SetParametersResult')(
            successful=not reason, reason=reason
        )

    def _post_set(self, parameters: list[Parameter]) -> None:
        own = {p.name: p.value for p in parameters if p.name in self._specs}
        self.values |= own
        if own and self._on_change is not None:
            self._on_change(set(own))


def _descriptor(spec: Spec) -> Any:
    """Return rcl_interfaces/msg/ParameterDescriptor."""
    descriptor = get_message('rcl_interfaces/msg/ParameterDescriptor')(
        name=spec.name, description=spec.description, read_only=spec.read_only
    )
    if spec.choices:
        descriptor.additional_constraints = 'one of ' + ', '.join(spec.choices)
    if spec.bounds is not None and isinstance(spec.default, float):
        low, high = map(float, spec.bounds)
        descriptor.floating_point_range = [
            get_message('rcl_interfaces/msg/FloatingPointRange')(from_value=low, to_value=high)
        ]
    elif spec.bounds is not None:
        descriptor.integer_range = [
            get_message('rcl_interfaces/msg/IntegerRange')(
                from_value=int(spec.bounds[0]), to_value=int(spec.bounds[1]), step=1
            )
        ]
    return descriptor
