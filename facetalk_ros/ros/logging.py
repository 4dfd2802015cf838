# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.logging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.logging import LoggingSeverity, get_logger, set_logger_level
else:
    from rclpy.logging import LoggingSeverity, get_logger, set_logger_level

__all__ = ['LoggingSeverity', 'get_logger', 'set_logger_level']
