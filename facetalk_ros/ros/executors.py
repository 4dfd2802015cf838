# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.executors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.executors import (
        Executor,
        ExternalShutdownException,
        ShutdownException,
        SingleThreadedExecutor,
    )
else:
    from rclpy.executors import (
        Executor,
        ExternalShutdownException,
        ShutdownException,
        SingleThreadedExecutor,
    )

__all__ = ['Executor', 'ExternalShutdownException', 'ShutdownException', 'SingleThreadedExecutor']
