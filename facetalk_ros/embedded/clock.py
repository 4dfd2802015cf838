# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Clocks, among them the one that simulated time drives, as rclpy.clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from .clock_type import ClockType
from .duration import Duration
from .time import Time

__all__ = ['Clock', 'ClockChange', 'ClockType', 'JumpHandle', 'JumpThreshold', 'ROSClock']


class ClockChange(IntEnum):
    """What happened to the source of time."""

    ROS_TIME_NO_CHANGE = 1
    ROS_TIME_ACTIVATED = 2
    ROS_TIME_DEACTIVATED = 3
    SYSTEM_TIME_NO_CHANGE = 4


@dataclass(frozen=True)
class TimeJump:
    """One jump: its kind and its size (negative when time went back)."""

    clock_change: ClockChange
    delta: Duration


class JumpThreshold:
    """Which jumps a callback wants to hear of.

    min_backward is a duration below zero, min_forward one above zero; None means never. Raises
    ValueError otherwise, or when no condition is set.
    """

    def __init__(
        self,
        *,
        min_forward: Duration | None,
        min_backward: Duration | None,
        on_clock_change: bool = True,
    ) -> None:
        if min_forward is not None and min_forward.nanoseconds <= 0:
            raise ValueError(f'min_forward must be a positive non-zero duration: {min_forward}')
        if min_backward is not None and min_backward.nanoseconds >= 0:
            raise ValueError(f'min_backward must be a negative non-zero duration: {min_backward}')
        if min_forward is None and min_backward is None and not on_clock_change:
            raise ValueError('at least one condition is needed')
        self.min_forward = min_forward
        self.min_backward = min_backward
        self.on_clock_change = on_clock_change

    def matches(self, jump: TimeJump) -> bool:
        """Whether the jump passes the threshold."""
        if jump.clock_change in (ClockChange.ROS_TIME_ACTIVATED, ClockChange.ROS_TIME_DEACTIVATED):
            return self.on_clock_change
        forward = self.min_forward is not None and jump.delta >= self.min_forward
        return forward or (self.min_backward is not None and jump.delta <= self.min_backward)


class JumpHandle:
    """Keeps a jump callback registered until unregister()."""

    def __init__(
        self,
        clock: Clock,
        threshold: JumpThreshold,
        pre_callback: Callable[[], None] | None,
        post_callback: Callable[[TimeJump], None] | None,
    ) -> None:
        self._clock = clock
        self.threshold = threshold
        self.pre_callback = pre_callback
        self.post_callback = post_callback

    def unregister(self) -> None:
        """Stop hearing of jumps."""
        self._clock._jump_handles.discard(self)

    def __enter__(self) -> JumpHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.unregister()


class Clock:
    """A clock of one type. Clock(clock_type=ClockType.ROS_TIME) is a ROSClock."""

    _type: ClockType

    def __new__(cls, *, clock_type: ClockType = ClockType.SYSTEM_TIME) -> Clock:
        """Choose the class by the type."""
        kind = ClockType(clock_type)
        clock = super().__new__(ROSClock if kind == ClockType.ROS_TIME else cls)
        clock._type = kind
        clock._jump_handles = set()
        return clock

    _jump_handles: set[JumpHandle]

    @property
    def clock_type(self) -> ClockType:
        """The kind of this clock."""
        return self._type

    def now(self) -> Time:
        """Return the current time of this clock."""
        source = time.monotonic_ns if self._type == ClockType.STEADY_TIME else time.time_ns
        return Time(nanoseconds=source(), clock_type=self._type)

    def create_jump_callback(
        self,
        threshold: JumpThreshold,
        *,
        pre_callback: Callable[[], None] | None = None,
        post_callback: Callable[[TimeJump], None] | None = None,
    ) -> JumpHandle:
        """Call back before and after time jumps; only the clock of simulated time ever does."""
        if pre_callback is None and post_callback is None:
            raise ValueError('One of pre_callback or post_callback must be callable')
        handle = JumpHandle(self, threshold, pre_callback, post_callback)
        self._jump_handles.add(handle)
        return handle

    def __repr__(self) -> str:
        return f'Clock(clock_type={self._type.name})'


class ROSClock(Clock):
    """System time, or simulated time while that is active."""

    def __new__(cls) -> ROSClock:
        """Make a clock that follows the system until simulated time is set."""
        clock = super().__new__(cls, clock_type=ClockType.ROS_TIME)
        assert isinstance(clock, ROSClock)
        return clock

    _simulated_ns = 0
    _active = False

    @property
    def ros_time_is_active(self) -> bool:
        """Whether simulated time is in use."""
        return self._active

    def now(self) -> Time:
        """Return simulated time when active (0 before the first message), else system time."""
        if self._active:
            return Time(nanoseconds=self._simulated_ns, clock_type=ClockType.ROS_TIME)
        return super().now()

    def set_active(self, active: bool) -> None:
        """Switch between system time and simulated time."""
        if active != self._active:
            change = ClockChange.ROS_TIME_ACTIVATED if active else ClockChange.ROS_TIME_DEACTIVATED
            before = self.now()
            self._jump(
                change, lambda: setattr(self, '_active', active), lambda: self.now() - before
            )

    def set_simulated(self, nanoseconds: int) -> None:
        """Move simulated time."""
        delta = Duration(nanoseconds=nanoseconds - self._simulated_ns)
        change = ClockChange.ROS_TIME_NO_CHANGE
        if self._active:
            self._jump(change, lambda: setattr(self, '_simulated_ns', nanoseconds), lambda: delta)
        else:
            self._simulated_ns = nanoseconds

    def _jump(
        self, change: ClockChange, apply: Callable[[], None], delta: Callable[[], Duration]
    ) -> None:
        # whether a switch of the source is heard does not depend on its size
        if change == ClockChange.ROS_TIME_NO_CHANGE:
            expected = TimeJump(change, delta())
        else:
            expected = TimeJump(change, Duration())
        heard = [h for h in list(self._jump_handles) if h.threshold.matches(expected)]
        for handle in heard:
            if handle.pre_callback is not None:
                handle.pre_callback()
        apply()
        jump = TimeJump(change, delta())
        for handle in heard:
            if handle.post_callback is not None:
                handle.post_callback(jump)
