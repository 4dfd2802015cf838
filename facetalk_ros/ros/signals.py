# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.signals import SignalHandlerOptions
else:
    from rclpy.signals import SignalHandlerOptions

__all__ = ['SignalHandlerOptions']
