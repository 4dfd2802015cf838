# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM as an exception while the graph is still joined."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any


class Interrupted(BaseException):
    """SIGINT or SIGTERM came.

    Not KeyboardInterrupt: CPython remembers one that passed through certain C functions, and
    kills the process with SIGINT at its end although the exception was caught.
    """


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted at the first SIGINT or SIGTERM in the block.

    rclpy's own handlers leave the graph at once, so that a node could not say good-bye. The
    second SIGINT of a pair (a terminal and a launch file both send one) is ignored, so that it
    does not break into the good-bye; a second SIGTERM ends the process.
    """

    def interrupt(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise Interrupted

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
