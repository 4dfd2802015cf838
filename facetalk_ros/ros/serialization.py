# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.serialization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.registry import deserialize_message, serialize_message
else:
    from rclpy.serialization import deserialize_message, serialize_message

__all__ = ['deserialize_message', 'serialize_message']
