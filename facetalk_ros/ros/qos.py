# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.qos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.qos import (
        DurabilityPolicy,
        HistoryPolicy,
        InvalidQoSProfileException,
        QoSDurabilityPolicy,
        QoSHistoryPolicy,
        QoSPolicyKind,
        QoSPresetProfiles,
        QoSProfile,
        QoSReliabilityPolicy,
        ReliabilityPolicy,
        qos_profile_parameter_events,
        qos_profile_parameters,
        qos_profile_sensor_data,
        qos_profile_services_default,
        qos_profile_system_default,
    )
else:
    from rclpy.qos import (
        DurabilityPolicy,
        HistoryPolicy,
        InvalidQoSProfileException,
        QoSDurabilityPolicy,
        QoSHistoryPolicy,
        QoSPolicyKind,
        QoSPresetProfiles,
        QoSProfile,
        QoSReliabilityPolicy,
        ReliabilityPolicy,
        qos_profile_parameter_events,
        qos_profile_parameters,
        qos_profile_sensor_data,
        qos_profile_services_default,
        qos_profile_system_default,
    )

__all__ = [
    'DurabilityPolicy',
    'HistoryPolicy',
    'InvalidQoSProfileException',
    'QoSDurabilityPolicy',
    'QoSHistoryPolicy',
    'QoSPolicyKind',
    'QoSPresetProfiles',
    'QoSProfile',
    'QoSReliabilityPolicy',
    'ReliabilityPolicy',
    'qos_profile_parameter_events',
    'qos_profile_parameters',
    'qos_profile_sensor_data',
    'qos_profile_services_default',
    'qos_profile_system_default',
]
