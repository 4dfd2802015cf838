# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.lifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.lifecycle import (
        LifecycleNode,
        LifecyclePublisher,
        LifecycleState,
        ManagedEntity,
        State,
        TransitionCallbackReturn,
    )
else:
    from rclpy.lifecycle import (
        LifecycleNode,
        LifecyclePublisher,
        LifecycleState,
        ManagedEntity,
        State,
        TransitionCallbackReturn,
    )

__all__ = [
    'LifecycleNode',
    'LifecyclePublisher',
    'LifecycleState',
    'ManagedEntity',
    'State',
    'TransitionCallbackReturn',
]
