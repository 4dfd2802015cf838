# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""rclpy.exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import BACKEND

if TYPE_CHECKING or BACKEND == 'embedded':
    from facetalk_ros.embedded.exceptions import (
        InvalidHandle,
        InvalidNamespaceException,
        InvalidNodeNameException,
        InvalidParameterException,
        InvalidParameterTypeException,
        InvalidParameterValueException,
        InvalidServiceNameException,
        InvalidTopicNameException,
        NameValidationException,
        NotInitializedException,
        ParameterAlreadyDeclaredException,
        ParameterException,
        ParameterImmutableException,
        ParameterNotDeclaredException,
        ParameterUninitializedException,
    )
else:
    from rclpy.exceptions import (
        InvalidHandle,
        InvalidNamespaceException,
        InvalidNodeNameException,
        InvalidParameterException,
        InvalidParameterTypeException,
        InvalidParameterValueException,
        InvalidServiceNameException,
        InvalidTopicNameException,
        NameValidationException,
        NotInitializedException,
        ParameterAlreadyDeclaredException,
        ParameterException,
        ParameterImmutableException,
        ParameterNotDeclaredException,
        ParameterUninitializedException,
    )

__all__ = [
    'InvalidHandle',
    'InvalidNamespaceException',
    'InvalidNodeNameException',
    'InvalidParameterException',
    'InvalidParameterTypeException',
    'InvalidParameterValueException',
    'InvalidServiceNameException',
    'InvalidTopicNameException',
    'NameValidationException',
    'NotInitializedException',
    'ParameterAlreadyDeclaredException',
    'ParameterException',
    'ParameterImmutableException',
    'ParameterNotDeclaredException',
    'ParameterUninitializedException',
]
