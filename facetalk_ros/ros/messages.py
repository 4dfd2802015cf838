# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Message and service classes by type name, in both worlds."""

from __future__ import annotations

import array
import functools
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .backend import BACKEND

_OWN_PACKAGE = 'facetalk_ros'
_TYPECODES = {'u1': 'B', 'i1': 'b', 'u2': 'H', 'i2': 'h', 'u4': 'I', 'i4': 'i'}
_TYPECODES |= {'u8': 'Q', 'i8': 'q', 'f4': 'f', 'f8': 'd'}


def get_message(name: str) -> Any:
    """Return the class of a message type such as 'std_msgs/msg/String'.

    Raises ValueError for a malformed name, and ModuleNotFoundError that names the missing package.
    """
    return _lookup(name, 'msg')


def get_service(name: str) -> Any:
    """Return the class of a service type such as 'std_srvs/srv/Trigger'.

    Raises ValueError for a malformed name, and ModuleNotFoundError that names the missing package.
    """
    return _lookup(name, 'srv')


@functools.cache
def _lookup(name: str, kind: str) -> Any:
    if BACKEND == 'embedded':
        from facetalk_ros import embedded

        if name.startswith(f'{_OWN_PACKAGE}/'):
            _register_own()
        return embedded.get_message(name) if kind == 'msg' else embedded.get_service(name)
    return _lookup_rosidl(name, kind)


@functools.cache
def _register_own() -> None:
    from facetalk_ros.embedded import register_interfaces
    from facetalk_ros.resources import resource_dir

    register_interfaces(resource_dir('msg'), _OWN_PACKAGE)


def _lookup_rosidl(name: str, kind: str) -> Any:
    from rosidl_runtime_py import utilities

    find = utilities.get_message if kind == 'msg' else utilities.get_service
    if name.count('/') != 2 or f'/{kind}/' not in name:
        raise ValueError(f'not a type name: {name!r} (expected package/{kind}/Name)')
    try:
        return find(name)
    except (AttributeError, ModuleNotFoundError, ValueError) as error:
        package = name.split('/')[0]
        distro = os.environ.get('ROS_DISTRO', '$ROS_DISTRO')
        raise ModuleNotFoundError(
            f'no interface {name!r}: is the package {package!r} built and sourced? '
            f'(apt install ros-{distro}-{package.replace("_", "-")})'
        ) from error


def as_sequence(values: NDArray[Any]) -> array.array[Any]:
    """Return a one-dimensional array as what a numeric sequence takes quickly in both worlds.

    rclpy refuses numpy arrays in sequences without a fixed length, and walks lists item by item.
    Raises ValueError for another shape and TypeError for a type that ROS has no numbers for.
    """
    if values.ndim != 1:
        raise ValueError(f'expected one dimension, got shape {values.shape}')
    code = _TYPECODES.get(values.dtype.str[1:])
    if code is None:
        raise TypeError(f'no ROS sequence holds {values.dtype}')
    native = values.astype(values.dtype.newbyteorder('='), copy=False)
    return array.array(code, np.ascontiguousarray(native).tobytes())
