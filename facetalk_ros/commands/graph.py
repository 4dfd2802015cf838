# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How a verb joins the ROS graph."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from .errors import UserError


@contextlib.contextmanager
def joined_graph(ros_args: Sequence[str]) -> Iterator[None]:
    """Join the graph for the block, without its signal handlers: they would leave it too early.

    Raises:
        UserError: there is no graph to join, or the arguments are wrong.

    """
    try:
        from ..ros import rclpy
        from ..ros.signals import SignalHandlerOptions

        rclpy.init(
            args=['facetalk', '--ros-args', *ros_args],
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except (ImportError, ValueError, RuntimeError) as error:
        raise UserError(f'cannot join the ROS graph: {error}') from None
    try:
        yield
    finally:
        rclpy.try_shutdown()
