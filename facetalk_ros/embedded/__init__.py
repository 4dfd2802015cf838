# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A subset of rclpy on Cyclone DDS and rosbags, for machines without ROS 2.

The modules and names are rclpy's, so that node code is ordinary rclpy code; import it through
facetalk_ros.ros. On the wire it is a ROS 2 node with rmw_cyclonedds. Left out: actions,
multi-threaded executors, coroutine callbacks, wstring, security, type descriptions.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Any

from .arguments import parse_arguments
from .context import Context, get_default_context
from .executors import SingleThreadedExecutor
from .node import Node
from .registry import (
    deserialize_message,
    get_message,
    get_service,
    register_interfaces,
    serialize_message,
)
from .signals import (
    SignalHandlerOptions,
    install_signal_handlers,
    uninstall_signal_handlers,
)
from .task import Future

__all__ = [
    'Context',
    'create_node',
    'deserialize_message',
    'get_default_context',
    'get_global_executor',
    'get_message',
    'get_service',
    'init',
    'ok',
    'register_interfaces',
    'remove_ros_args',
    'serialize_message',
    'shutdown',
    'spin',
    'spin_once',
    'spin_until_future_complete',
    'try_shutdown',
]

_global_executor: SingleThreadedExecutor | None = None
_lock = threading.Lock()


def init(
    *,
    args: Sequence[str] | None = None,
    context: Context | None = None,
    domain_id: int | None = None,
    signal_handler_options: SignalHandlerOptions | None = None,
) -> None:
    """Join the graph; args is the command line, by default the process's.

    For the default context the signals SIGINT and SIGTERM are taken unless the options say
    otherwise.
    """
    if signal_handler_options is None:
        signal_handler_options = (
            SignalHandlerOptions.ALL if context is None else SignalHandlerOptions.NO
        )
    context = get_default_context() if context is None else context
    context.init(sys.argv if args is None else args, domain_id=domain_id)
    install_signal_handlers(signal_handler_options)


def ok(*, context: Context | None = None) -> bool:
    """Whether the context is joined and nobody asked it to end."""
    return (get_default_context() if context is None else context).ok()


def shutdown(*, context: Context | None = None, uninstall_handlers: bool | None = None) -> None:
    """Leave the graph; raises RuntimeError when it was left before."""
    target = get_default_context() if context is None else context
    if not target.ok():
        raise RuntimeError('Context must be initialized before it can be shutdown')
    try_shutdown(context=context, uninstall_handlers=uninstall_handlers)


def try_shutdown(
    *, context: Context | None = None, uninstall_handlers: bool | None = None
) -> None:
    """Leave the graph, if joined."""
    global _global_executor
    (get_default_context() if context is None else context).shutdown()
    if context is None:
        with _lock:
            executor, _global_executor = _global_executor, None
        if executor is not None:
            # not to wait for a callback of another thread that runs just now
            executor.shutdown(timeout_sec=0)
    if uninstall_handlers or (uninstall_handlers is None and context is None):
        uninstall_signal_handlers()


def create_node(node_name: str, **kwargs: Any) -> Node:
    """Return a new node."""
    return Node(node_name, **kwargs)


def get_global_executor() -> SingleThreadedExecutor:
    """Return the executor that is used where none is given."""
    global _global_executor
    with _lock:
        if _global_executor is None:
            _global_executor = SingleThreadedExecutor()
        return _global_executor


def _executor_for(node: Node, executor: SingleThreadedExecutor | None) -> SingleThreadedExecutor:
    if executor is not None:
        return executor
    if node.context is get_default_context():
        return get_global_executor()
    return SingleThreadedExecutor(context=node.context)


def spin(node: Node, executor: SingleThreadedExecutor | None = None) -> None:
    """Run the callbacks of a node until its context is shut down."""
    chosen = _executor_for(node, executor)
    try:
        chosen.add_node(node)
        chosen.spin()
    finally:
        chosen.remove_node(node)


def spin_once(
    node: Node, *, executor: SingleThreadedExecutor | None = None, timeout_sec: float | None = None
) -> None:
    """Run one callback of a node, or return at the timeout."""
    chosen = _executor_for(node, executor)
    try:
        chosen.add_node(node)
        chosen.spin_once(timeout_sec=timeout_sec)
    finally:
        chosen.remove_node(node)


def spin_until_future_complete(
    node: Node,
    future: Future,
    executor: SingleThreadedExecutor | None = None,
    timeout_sec: float | None = None,
) -> None:
    """Run the callbacks of a node until the future is done or the timeout passes."""
    chosen = _executor_for(node, executor)
    try:
        chosen.add_node(node)
        chosen.spin_until_future_complete(future, timeout_sec)
    finally:
        chosen.remove_node(node)


def remove_ros_args(args: Sequence[str] | None = None) -> list[str]:
    """Return a command line without what follows --ros-args; rclpy.utilities."""
    return parse_arguments(sys.argv if args is None else args).other
