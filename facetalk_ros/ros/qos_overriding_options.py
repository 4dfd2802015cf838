# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.qos_overriding_options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.qos_overriding_options import (
        InvalidQosOverridesError,
        QoSOverridingOptions,
    )
else:
    from rclpy.qos_overriding_options import InvalidQosOverridesError, QoSOverridingOptions

__all__ = ['InvalidQosOverridesError', 'QoSOverridingOptions']
