# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Timers on any clock, as rclpy.timer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .clock import Clock, ClockChange, JumpThreshold, ROSClock, TimeJump
from .duration import NANOSECONDS, Duration

if TYPE_CHECKING:
    from .node import Node


class Timer:
    """Calls back each period; missed periods are skipped, not caught up."""

    def __init__(
        self,
        node: Node,
        callback: Callable[[], None] | None,
        period_ns: int,
        clock: Clock,
        autostart: bool = True,
    ) -> None:
        if period_ns < 0:
            raise ValueError(f'timer period must not be negative: {period_ns} ns')
        self._node = node
        self.callback = callback
        self.clock = clock
        self._period_ns = period_ns
        self._lock = threading.RLock()
        self._canceled = not autostart
        self._destroyed = False
        now = clock.now().nanoseconds
        self._last_ns = now
        self._next_ns = now + period_ns
        # a jump back must not stop the timer for as long as time went back; after a switch
        # between system and simulated time the old due time means nothing
        self._jumps = clock.create_jump_callback(
            JumpThreshold(
                min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
            ),
            post_callback=self._on_jump,
        )

    def _on_jump(self, jump: TimeJump) -> None:
        with self._lock:
            now = self.clock.now().nanoseconds
            if jump.clock_change != ClockChange.ROS_TIME_NO_CHANGE or (
                self._next_ns - now > self._period_ns
            ):
                self._last_ns = now
                self._next_ns = now + self._period_ns

    @property
    def timer_period_ns(self) -> int:
        """The period in nanoseconds."""
        return self._period_ns

    @timer_period_ns.setter
    def timer_period_ns(self, value: int) -> None:
        if int(value) < 0:
            raise ValueError(f'timer period must not be negative: {value} ns')
        with self._lock:
            self._period_ns = int(value)
        self._node.context.wake()

    def cancel(self) -> None:
        """Stop until reset()."""
        self._canceled = True

    def is_canceled(self) -> bool:
        """Whether the timer is stopped."""
        return self._canceled

    def reset(self) -> None:
        """Start a new period now."""
        with self._lock:
            self._canceled = False
            self._last_ns = self.clock.now().nanoseconds
            self._next_ns = self._last_ns + self._period_ns
        self._node.context.wake()

    def is_ready(self) -> bool:
        """Whether a call is due."""
        return not self._canceled and self.clock.now().nanoseconds >= self._next_ns

    def time_since_last_call(self) -> int:
        """Return the nanoseconds since the last call, or since the start."""
        return self.clock.now().nanoseconds - self._last_ns

    def time_until_next_call(self) -> int | None:
        """Return the nanoseconds until the next call (negative: overdue), None when stopped."""
        if self._canceled:
            return None
        return self._next_ns - self.clock.now().nanoseconds

    def seconds_to_wait(self) -> float | None:
        """Return how long an executor may sleep for this timer; None: until it is woken."""
        if self._canceled:
            return None
        if isinstance(self.clock, ROSClock) and self.clock.ros_time_is_active:
            # simulated time moves only when a message arrives, and that wakes the executor
            return 0.0 if self.is_ready() else None
        return max(0.0, (self._next_ns - self.clock.now().nanoseconds) / NANOSECONDS)

    def take(self) -> Callable[[], None] | None:
        """Return the callback when a call is due, and begin the next period."""
        with self._lock:
            now = self.clock.now().nanoseconds
            if self._canceled or self._destroyed or now < self._next_ns:
                return None
            self._last_ns = now
            self._next_ns += self._period_ns
            if self._next_ns < now:
                behind = now - self._next_ns
                periods = 1 + behind // self._period_ns if self._period_ns else 0
                self._next_ns = self._next_ns + periods * self._period_ns if periods else now
        return self.callback

    def destroy(self) -> None:
        """Stop for good."""
        self._destroyed = self._canceled = True
        self._jumps.unregister()
