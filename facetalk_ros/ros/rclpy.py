# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The functions of the package rclpy itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded import (
        create_node,
        get_default_context,
        get_global_executor,
        init,
        ok,
        shutdown,
        spin,
        spin_once,
        spin_until_future_complete,
        try_shutdown,
    )
else:
    from rclpy import (
        create_node,
        get_default_context,
        get_global_executor,
        init,
        ok,
        shutdown,
        spin,
        spin_once,
        spin_until_future_complete,
        try_shutdown,
    )

__all__ = [
    'create_node',
    'get_default_context',
    'get_global_executor',
    'init',
    'ok',
    'shutdown',
    'spin',
    'spin_once',
    'spin_until_future_complete',
    'try_shutdown',
]
