# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.clock import (
        Clock,
        ClockChange,
        ClockType,
        JumpHandle,
        JumpThreshold,
        ROSClock,
        TimeJump,
    )
else:
    from rclpy.clock import (
        Clock,
        ClockChange,
        ClockType,
        JumpHandle,
        JumpThreshold,
        ROSClock,
        TimeJump,
    )

__all__ = [
    'Clock',
    'ClockChange',
    'ClockType',
    'JumpHandle',
    'JumpThreshold',
    'ROSClock',
    'TimeJump',
]
