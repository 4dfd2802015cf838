# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One participation in the ROS graph: a DDS participant, its nodes, and their shutdown."""

from __future__ import annotations

import atexit
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from . import config
from .arguments import ROSArguments, parse_arguments
from .exceptions import NotInitializedException
from .graph import Graph
from .logging import enable_console, set_logger_level
from .session import Session

if TYPE_CHECKING:
    from .node import Node


class Waitable(Protocol):
    """Something of a node that can have work for an executor."""

    def take(self) -> Callable[[], None] | None:
        """Return the next piece of work, or None."""


# A signal that comes after Python's last look for one and before its thread sleeps does not wake
# that thread: nobody sleeps longer without a look.
MAX_SLEEP_S = 1.0

_contexts: weakref.WeakSet[Context] = weakref.WeakSet()


class Context:
    """What init() makes and shutdown() ends; rclpy.context.Context."""

    def __init__(self) -> None:
        # guards what is ready; never held while calling into DDS, whose event thread takes it
        self.condition = threading.Condition()
        self.match_count = 0
        self.nodes: list[Node] = []
        self.arguments = ROSArguments()
        self._valid = False
        self._domain_id: int | None = None
        self._shutdown_callbacks: list[Callable[[], None]] = []
        # held while joining and while leaving
        self._joining = threading.RLock()
        self.endpoint_numbers = itertools.count(1)

    def init(
        self,
        args: Sequence[str] | None = None,
        *,
        initialize_logging: bool = True,
        domain_id: int | None = None,
    ) -> None:
        """Join the graph. Raises RuntimeError when joined already, ValueError for bad settings."""
        with self._joining:
            if self._valid:
                raise RuntimeError('Context.init() must only be called once')
            self.shutdown()  # finish what a signal may have begun
            self.arguments = parse_arguments(args)
            if initialize_logging:
                enable_console(self.arguments.enable_stdout)
                for name, level in self.arguments.log_levels.items():
                    set_logger_level(name, level)
            number = config.domain_id() if domain_id is None else domain_id
            self.session = Session(number, config.cyclone_config(), self.note_match)
            try:
                self.graph = Graph(self)
            except BaseException:
                self.session.close()
                raise
            self._domain_id = number
            self._valid = True
            _contexts.add(self)

    def ok(self) -> bool:
        """Whether the context is joined and nobody asked it to end."""
        return self._valid

    @property
    def joined(self) -> bool:
        """Whether init() came and shutdown() did not yet; a signal alone does not leave."""
        return self._domain_id is not None

    def get_domain_id(self) -> int:
        """Return the domain; raises NotInitializedException before init()."""
        self.check()
        assert self._domain_id is not None
        return self._domain_id

    def check(self) -> None:
        """Raise NotInitializedException unless the context is joined."""
        if not self._valid:
            raise NotInitializedException('rclpy.init() has not been called, or shutdown() has')

    def on_shutdown(self, callback: Callable[[], None]) -> None:
        """Call back when the context is shut down."""
        self._shutdown_callbacks.append(callback)

    def request_shutdown(self) -> None:
        """Make ok() false and wake the executors; safe in a signal handler."""
        self._valid = False
        # a handler may run while its own thread is between a check and a wait: only another
        # thread, which must first get the lock, can be sure to be heard
        threading.Thread(target=self.wake, daemon=True).start()

    def wake(self) -> None:
        """Let every executor look again."""
        with self.condition:
            self.condition.notify_all()

    def note_match(self) -> None:
        """Note that an endpoint found or lost a partner."""
        with self.condition:
            self.match_count += 1
            self.condition.notify_all()

    def wait_for_match(self, seen: int, timeout_sec: float | None) -> None:
        """Sleep until match_count is not `seen`, the context ends, or the timeout or a second."""
        longest = MAX_SLEEP_S if timeout_sec is None else min(timeout_sec, MAX_SLEEP_S)
        with self.condition:
            self.condition.wait_for(lambda: self.match_count != seen or not self.ok(), longest)

    def mark_ready(self, node: Node, waitable: Waitable) -> None:
        """Note that a waitable of a node may have work."""
        with self.condition:
            node.ready[waitable] = None
            self.condition.notify_all()

    def try_shutdown(self) -> None:
        """Leave the graph, if joined."""
        self.shutdown()

    def shutdown(self) -> None:
        """Leave the graph: free all nodes, then the participant. Again is harmless."""
        self._valid = False
        self.wake()
        with self._joining:  # a second caller returns when the first has finished
            if self._domain_id is None:
                return
            self._domain_id = None
            callbacks, self._shutdown_callbacks = self._shutdown_callbacks, []
            for callback in callbacks:
                callback()
            for node in list(self.nodes):
                node.destroy_node()
            self.graph.close()
            self.session.close()

    def __enter__(self) -> Context:
        self.init()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.try_shutdown()


def live_contexts() -> list[Context]:
    """Return the contexts of this process that are joined."""
    return [c for c in list(_contexts) if c.ok()]


@atexit.register
def _shutdown_all() -> None:
    # DDS threads must not call into an interpreter that is going away
    for context in list(_contexts):
        context.shutdown()


_default: Context | None = None
_default_lock = threading.Lock()


def get_default_context() -> Context:
    """Return the context that is used where none is given."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Context()
        return _default
