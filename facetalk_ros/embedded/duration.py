# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A span of time with nanosecond resolution, as rclpy.duration."""

from __future__ import annotations

from functools import total_ordering
from typing import Any

from .registry import get_message

NANOSECONDS = 1_000_000_000
_INT64_MAX = (1 << 63) - 1


@total_ordering
class Duration:
    """A signed duration; raises OverflowError beyond 64 bits of nanoseconds."""

    __slots__ = ('_nanoseconds',)

    def __init__(self, *, seconds: float = 0, nanoseconds: int = 0) -> None:
        total = int(seconds * NANOSECONDS) + int(nanoseconds)
        if not -_INT64_MAX - 1 <= total <= _INT64_MAX:
            raise OverflowError(f'{total} ns do not fit 64 bits')
        self._nanoseconds = total

    @property
    def nanoseconds(self) -> int:
        """The duration in nanoseconds."""
        return self._nanoseconds

    def to_msg(self) -> Any:
        """Return a builtin_interfaces/msg/Duration."""
        seconds, rest = divmod(self._nanoseconds, NANOSECONDS)
        return get_message('builtin_interfaces/msg/Duration')(sec=seconds, nanosec=rest)

    @classmethod
    def from_msg(cls, msg: Any) -> Duration:
        """Return the duration of a builtin_interfaces/msg/Duration."""
        return cls(nanoseconds=msg.sec * NANOSECONDS + msg.nanosec)

    def __repr__(self) -> str:
        return f'Duration(nanoseconds={self._nanoseconds})'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Duration):
            return NotImplemented
        return self._nanoseconds == other._nanoseconds

    def __lt__(self, other: Duration) -> bool:
        if not isinstance(other, Duration):
            return NotImplemented
        return self._nanoseconds < other._nanoseconds

    def __hash__(self) -> int:
        return hash(self._nanoseconds)
