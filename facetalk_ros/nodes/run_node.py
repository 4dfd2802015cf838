# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The program around one node: join the graph, spin, end in order."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ..ros import rclpy
from ..ros.executors import ExternalShutdownException, SingleThreadedExecutor
from ..ros.node import Node
from ..ros.signals import SignalHandlerOptions
from .interrupt import interruptible

# How soon a signal is noticed when nothing else happens.
_LOOK_S = 0.1
# What rclpy says before Kilted when a ChangeState request does not fit the state; it raises that
# out of the executor (ros2/rclpy issue 1209), and any client could end the node.
_NO_TRANSITION = 'Transition is not registered'


class ClosableNode(Protocol):
    """A node that ends in order."""

    def close(self) -> None:
        """Come to rest and leave the graph."""


_Closable = TypeVar('_Closable', bound=ClosableNode)


def run_node(
    name: str, make: Callable[[], _Closable], args: Sequence[str] | None = None,
    on_start: Callable[[_Closable], None] | None = None,
) -> int:  # fmt: skip
    """Run a node until it is interrupted; its ``close`` is called then.

    Args:
        name: of the program, for messages.
        make: makes the node; called when the graph is joined.
        args: the command line; None: this process's.
        on_start: called with the node before it spins.

    Returns:
        The exit code: 2, after one line on stderr, when an argument or a parameter is wrong.

    """
    with interruptible() as interrupt:
        node: _Closable | None = None
        try:
            try:
                rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
                node = make()
            except Exception as error:  # each graph has its own types for wrong arguments
                if os.environ.get('FACETALK_DEBUG'):
                    raise
                print(f'{name}: cannot start: {" ".join(str(error).split())}', file=sys.stderr)
                return 2
            if on_start is not None:
                on_start(node)
            assert isinstance(node, Node)
            executor = SingleThreadedExecutor()
            executor.add_node(node)
            while rclpy.ok() and not interrupt.requested:
                try:
                    executor.spin_once(timeout_sec=_LOOK_S)
                except ExternalShutdownException:
                    break
                except RuntimeError as error:
                    if _NO_TRANSITION not in str(error):
                        raise
                    node.get_logger().warning(f'refused: {" ".join(str(error).split())}')
        finally:
            if node is not None and rclpy.ok():
                node.close()
            rclpy.try_shutdown()
    return 0
