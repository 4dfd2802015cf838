# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM as a wish to end, while the graph is still joined."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

# A terminal and a launch file both send SIGINT for one Ctrl-C; who presses it again means it.
_PATIENCE = 3


class Interrupt:
    """Whether somebody asked the program to end."""

    def __init__(self) -> None:
        self.requested = False
        self._count = 0

    def __call__(self, number: int, frame: Any) -> None:
        """Note a signal; it is the handler."""
        self.requested = True
        self._count += 1
        if self._count == _PATIENCE:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # a second SIGTERM ends the process, however stuck it is
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Take SIGINT and SIGTERM for the block; it has to look at ``requested``.

    rclpy's own handlers leave the graph at once, so that a node could not say good-bye. An
    exception out of a handler would be no better: it may land in a callback of the DDS library,
    which turns it into another one, or in C code that makes CPython end with SIGINT later.
    """
    interrupt = Interrupt()
    before = {n: signal.signal(n, interrupt) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
