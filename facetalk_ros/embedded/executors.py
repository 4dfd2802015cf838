# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The executor that runs callbacks one after another, as rclpy.executors."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from .context import MAX_SLEEP_S, Context, Waitable, get_default_context
from .exceptions import (
    ExternalShutdownException,
    NotInitializedException,
    ShutdownException,
)
from .task import Future

if TYPE_CHECKING:
    from .node import Node

__all__ = ['Executor', 'ExternalShutdownException', 'ShutdownException', 'SingleThreadedExecutor']


class SingleThreadedExecutor:
    """Runs the callbacks of its nodes in the thread that spins; it is made after init().

    An exception of a callback leaves spin(). When the context ends while spinning,
    ExternalShutdownException leaves spin(). Between callbacks the thread sleeps.
    """

    def __init__(self, *, context: Context | None = None) -> None:
        self._context = get_default_context() if context is None else context
        if not self._context.joined:
            raise NotInitializedException('an executor needs rclpy.init() before')
        self._nodes: list[Node] = []
        self._round: deque[tuple[Node, Waitable]] = deque()
        self._is_shutdown = False
        # the thread that spins may take it again: a KeyboardInterrupt can come before `try`
        self._spinning = threading.RLock()
        self._in_spin = False

    @property
    def context(self) -> Context:
        """The context whose nodes may be added."""
        return self._context

    def add_node(self, node: Node) -> bool:
        """Add a node; False when it is here already."""
        if self._is_shutdown:
            raise ShutdownException('the executor was shut down')
        with self._context.condition:
            if node in self._nodes:
                return False
            if node.executor is not None:
                node.executor.remove_node(node)
            self._nodes.append(node)
            node.executor = self
            self._context.condition.notify_all()
        return True

    def remove_node(self, node: Node) -> None:
        """Remove a node; without effect when it is not here."""
        with self._context.condition:
            if node in self._nodes:
                self._nodes.remove(node)
                node.executor = None
                self._context.condition.notify_all()

    def get_nodes(self) -> list[Node]:
        """Return the nodes."""
        return list(self._nodes)

    def wake(self) -> None:
        """Make a sleeping spin look again."""
        self._context.wake()

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Stop spinning and let go of the nodes; False if a callback outlasts the timeout."""
        self._is_shutdown = True
        self.wake()
        acquired = self._spinning.acquire(timeout=-1 if timeout_sec is None else timeout_sec)
        if acquired:
            self._spinning.release()
            for node in self.get_nodes():
                self.remove_node(node)
        return acquired

    def spin(self) -> None:
        """Run callbacks until the executor or the context is shut down.

        Raises ExternalShutdownException when the context ends while this sleeps.
        """
        while self._context.ok() and not self._is_shutdown:
            self.spin_once()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Run one callback, or return at the timeout (None: none, 0: do not wait)."""
        self._spin_once(timeout_sec, None)

    def spin_until_future_complete(self, future: Future, timeout_sec: float | None = None) -> None:
        """Run callbacks until the future is done or the timeout passes."""
        self._check_timeout(timeout_sec)
        future.add_done_callback(self._on_done)
        end = None if timeout_sec is None else time.monotonic() + timeout_sec
        while self._context.ok() and not self._is_shutdown and not future.done():
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                break
            self._spin_once(left, future)
        future.remove_done_callback(self._on_done)

    def spin_once_until_future_complete(
        self, future: Future, timeout_sec: float | None = None
    ) -> None:
        """Run one callback, unless the future is done before."""
        future.add_done_callback(self._on_done)
        self._spin_once(timeout_sec, future)
        future.remove_done_callback(self._on_done)

    def _on_done(self, future: Future) -> None:
        self.wake()

    @staticmethod
    def _check_timeout(timeout_sec: float | None) -> None:
        if timeout_sec is not None and not isinstance(timeout_sec, int | float):
            raise TypeError(f'timeout_sec must be a number, got {timeout_sec!r}')

    def _spin_once(self, timeout_sec: float | None, until: Future | None) -> None:
        self._check_timeout(timeout_sec)
        if self._in_spin or not self._spinning.acquire(blocking=False):
            raise RuntimeError('Executor is already spinning')
        try:
            self._in_spin = True
            callback = self._next_callback(timeout_sec, until)
            if callback is not None:
                callback()
        finally:
            self._in_spin = False
            self._spinning.release()

    def _next_callback(
        self, timeout_sec: float | None, until: Future | None
    ) -> Callable[[], None] | None:
        # a negative timeout means none, as in rclpy
        waits = timeout_sec is not None and timeout_sec >= 0
        end = time.monotonic() + timeout_sec if waits and timeout_sec is not None else None
        while True:
            callback = self._from_round()
            if callback is not None:
                return callback
            if not self._gather(end, until):
                return None

    def _from_round(self) -> Callable[[], None] | None:
        """Return the first work of the entities that were ready when the round began."""
        while self._round:
            node, waitable = self._round.popleft()
            if node not in self._nodes or not self._context.ok():
                continue
            callback = waitable.take()
            if callback is not None:
                if waitable not in node.active_timers:
                    # there may be more; it is asked again after the others had their turn
                    self._context.mark_ready(node, waitable)
                return callback
        return None

    def _gather(self, end: float | None, until: Future | None) -> bool:
        """Sleep until something is ready and begin a round; False: nothing came in time."""
        condition = self._context.condition
        with condition:
            while True:
                if self._is_shutdown or (until is not None and until.done()):
                    return False
                if not self._context.ok():
                    raise ExternalShutdownException
                sleep: float | None = None if end is None else end - time.monotonic()
                for node in self._nodes:
                    for timer in list(node.active_timers):
                        wait = timer.seconds_to_wait()
                        if wait == 0.0:
                            self._round.append((node, timer))
                        elif wait is not None and (sleep is None or wait < sleep):
                            sleep = wait
                    self._round.extend((node, waitable) for waitable in node.ready)
                    node.ready.clear()
                if self._round:
                    return True
                if sleep is not None and sleep <= 0:
                    return False
                condition.wait(MAX_SLEEP_S if sleep is None else min(sleep, MAX_SLEEP_S))

    def __enter__(self) -> SingleThreadedExecutor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown()


Executor = SingleThreadedExecutor
