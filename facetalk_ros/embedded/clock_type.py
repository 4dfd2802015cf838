# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The kinds of clocks, as rclpy.clock_type."""

from enum import IntEnum


class ClockType(IntEnum):
    """ROS_TIME is the system's clock unless simulated time is in use."""

    UNINITIALIZED = 0
    ROS_TIME = 1
    SYSTEM_TIME = 2
    STEADY_TIME = 3
