# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A point in time on one kind of clock, as rclpy.time."""

from __future__ import annotations

from typing import Any, overload

from .clock_type import ClockType
from .duration import NANOSECONDS, Duration
from .registry import get_message

_INT64_MAX = (1 << 63) - 1


class Time:
    """Nanoseconds since the epoch of a clock.

    Raises ValueError for a negative time and OverflowError beyond 64 bits. Times of different
    clocks cannot be compared or subtracted (TypeError).
    """

    __slots__ = ('_clock_type', '_nanoseconds')

    def __init__(
        self,
        *,
        seconds: float = 0,
        nanoseconds: int = 0,
        clock_type: ClockType = ClockType.SYSTEM_TIME,
    ) -> None:
        total = int(seconds * NANOSECONDS) + int(nanoseconds)
        if total < 0:
            raise ValueError(f'time must not be negative: {total} ns')
        if total > _INT64_MAX:
            raise OverflowError(f'{total} ns do not fit 64 bits')
        self._nanoseconds = total
        self._clock_type = ClockType(clock_type)

    @property
    def nanoseconds(self) -> int:
        """Nanoseconds since the epoch."""
        return self._nanoseconds

    @property
    def clock_type(self) -> ClockType:
        """The kind of clock that this time is of."""
        return self._clock_type

    def seconds_nanoseconds(self) -> tuple[int, int]:
        """Return whole seconds and the remaining nanoseconds."""
        return divmod(self._nanoseconds, NANOSECONDS)

    def to_msg(self) -> Any:
        """Return a builtin_interfaces/msg/Time."""
        seconds, rest = self.seconds_nanoseconds()
        return get_message('builtin_interfaces/msg/Time')(sec=seconds, nanosec=rest)

    @classmethod
    def from_msg(cls, msg: Any, clock_type: ClockType = ClockType.ROS_TIME) -> Time:
        """Return the time of a builtin_interfaces/msg/Time."""
        return cls(nanoseconds=msg.sec * NANOSECONDS + msg.nanosec, clock_type=clock_type)

    def __repr__(self) -> str:
        return f'Time(nanoseconds={self._nanoseconds}, clock_type={self._clock_type.name})'

    def __add__(self, other: Duration) -> Time:
        if not isinstance(other, Duration):
            return NotImplemented
        return Time(nanoseconds=self._nanoseconds + other.nanoseconds, clock_type=self._clock_type)

    __radd__ = __add__

    @overload
    def __sub__(self, other: Time) -> Duration: ...
    @overload
    def __sub__(self, other: Duration) -> Time: ...
    def __sub__(self, other: Time | Duration) -> Time | Duration:
        if isinstance(other, Time):
            self._check_clock(other)
            return Duration(nanoseconds=self._nanoseconds - other._nanoseconds)
        if isinstance(other, Duration):
            return Time(
                nanoseconds=self._nanoseconds - other.nanoseconds, clock_type=self._clock_type
            )
        return NotImplemented

    def _check_clock(self, other: Time) -> None:
        if self._clock_type != other._clock_type:
            raise TypeError(
                f'times of different clocks: {self._clock_type.name}, {other._clock_type.name}'
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Time):
            return NotImplemented
        self._check_clock(other)
        return self._nanoseconds == other._nanoseconds

    def __lt__(self, other: Time) -> bool:
        self._check_clock(other)
        return self._nanoseconds < other._nanoseconds

    def __le__(self, other: Time) -> bool:
        self._check_clock(other)
        return self._nanoseconds <= other._nanoseconds

    def __gt__(self, other: Time) -> bool:
        self._check_clock(other)
        return self._nanoseconds > other._nanoseconds

    def __ge__(self, other: Time) -> bool:
        self._check_clock(other)
        return self._nanoseconds >= other._nanoseconds

    def __hash__(self) -> int:
        return hash((self._nanoseconds, self._clock_type))
