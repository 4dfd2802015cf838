# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.parameter import PARAMETER_SEPARATOR_STRING, Parameter
else:
    from rclpy.parameter import PARAMETER_SEPARATOR_STRING, Parameter

__all__ = ['PARAMETER_SEPARATOR_STRING', 'Parameter']
