# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From the face to the servos of a robot head: maps, limits and safety. No ROS."""

from .actuator_map import HEAD_INPUTS, INPUTS, ActuatorMap, Group, Joint
from .driver import ActuatorDriver, Chunk, DriverCounts
from .map_file import MapError, load_map, map_path, shipped_maps

__all__ = [
    'HEAD_INPUTS',
    'INPUTS',
    'ActuatorDriver',
    'ActuatorMap',
    'Chunk',
    'DriverCounts',
    'Group',
    'Joint',
    'MapError',
    'load_map',
    'map_path',
    'shipped_maps',
]
