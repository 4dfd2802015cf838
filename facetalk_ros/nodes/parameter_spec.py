# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a parameter of a node may be. Without ROS: parameter files are read without a graph too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Value = bool | int | float | str


@dataclass(frozen=True)
class Spec:
    """One parameter. The type is the default's; ``bounds`` are inclusive."""

    name: str
    default: Value
    description: str
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False

    def problem(self, value: Any) -> str:
        """Return what is wrong with a value, or ''."""
        if type(value) is not type(self.default):
            hint = ''
            if isinstance(self.default, float) and type(value) is int:
                hint = f'; write {float(value)}'
            kind = {float: 'a number with a point', int: 'a whole number', bool: 'true or false'}
            wanted = kind.get(type(self.default), 'text')
            return f'{self.name} is {value!r}, it must be {wanted}{hint}'
        if self.bounds is not None:
            low, high = self.bounds
            if not low <= float(value) <= high:
                return f'{self.name} {value!r} is outside {low} to {high}'
        if self.choices and value not in self.choices:
            return f'{self.name} {value!r} is not one of {", ".join(self.choices)}'
        return ''
