# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Running one node as a program."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..ros import rclpy
from ..ros.executors import ExternalShutdownException, SingleThreadedExecutor
from ..ros.signals import SignalHandlerOptions
from .interrupt import interruptible

# How soon a signal is noticed when nothing else happens.
_LOOK_S = 0.1


def run_node(make: Callable[[], Any], name: str, args: Sequence[str] | None) -> int:
    """Run a node until SIGINT or SIGTERM, then ``close()`` it while the graph is still joined.

    Returns the exit code: 2, after one line on stderr, when an argument or a parameter is wrong.
    """
    with interruptible() as interrupt:
        node = None
        try:
            try:
                rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
                node = make()
            except Exception as error:  # each graph has its own types for wrong arguments
                if os.environ.get('FACETALK_DEBUG'):
                    raise
                print(f'{name}: cannot start: {" ".join(str(error).split())}', file=sys.stderr)
                return 2
            executor = SingleThreadedExecutor()
            executor.add_node(node)
            with contextlib.suppress(ExternalShutdownException):
                while rclpy.ok() and not interrupt.requested:
                    executor.spin_once(timeout_sec=_LOOK_S)
        finally:
            if node is not None and rclpy.ok():
                node.close()
            rclpy.try_shutdown()
    return 0
