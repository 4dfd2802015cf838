# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM as a wish to end, while the graph is still joined."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any

# A terminal, a launch file and whoever started it all send SIGINT for one Ctrl-C. Who presses it
# again after this time means it.
_PATIENCE_S = 2.0


class Interrupt:
    """Whether somebody asked the program to end."""

    def __init__(self) -> None:
        self.requested = False
        self._since_s = 0.0

    def __call__(self, number: int, frame: Any) -> None:
        """Note a signal; it is the handler."""
        if not self.requested:
            self.requested, self._since_s = True, time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - self._since_s > _PATIENCE_S:
            raise KeyboardInterrupt
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
    before: dict[int, Any] = {
        n: signal.signal(n, interrupt) for n in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interrupt
    finally:
        # Ctrl-C of a launch file comes twice, from the terminal and from launch. After the first
        # all that is left is the end of the process, in which the interpreter gives SIGINT back
        # its default: the second would make a failure of it
        if interrupt.requested:
            before[signal.SIGINT] = signal.SIG_IGN
        for number, handler in before.items():
            signal.signal(number, handler)
