# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which graph the process uses; decided once, when this is first imported."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable, Mapping
from typing import Literal

Backend = Literal['embedded', 'rclpy']

_ROS_HELP = (
    'install ROS 2 and source its setup file (Ubuntu: apt install ros-jazzy-rclpy, then '
    '. /opt/ros/jazzy/setup.bash)'
)
_PIP_HELP = 'pip install "cyclonedds>=11.0.1,<12" "rosbags>=0.11.9,<0.12"'


def choose_backend(
    environ: Mapping[str, str] = os.environ,
    load: Callable[[str], object] = importlib.import_module,
) -> Backend:
    """Return 'rclpy' when it can be imported, else 'embedded'; FACETALK_GRAPH forces one.

    Raises ValueError for another FACETALK_GRAPH, and ImportError that says what to install when
    the graph cannot be imported.
    """
    forced = environ.get('FACETALK_GRAPH', '')
    if forced not in ('', 'embedded', 'rclpy'):
        raise ValueError(f'FACETALK_GRAPH={forced!r} is neither embedded nor rclpy')
    if forced != 'embedded':
        try:
            load('rclpy')
        except ImportError as error:
            if forced == 'rclpy':
                raise ImportError(
                    f'FACETALK_GRAPH=rclpy, but rclpy cannot be imported ({error}): {_ROS_HELP}'
                ) from error
        else:
            return 'rclpy'
    try:
        load('cyclonedds.domain')
        load('rosbags.typesys')
    except ImportError as error:
        if platform.system() == 'Linux' and platform.machine() != 'x86_64':
            # cyclonedds publishes no wheels there
            remedy = _ROS_HELP
        else:
            remedy = f'{_PIP_HELP}, or {_ROS_HELP}'
        raise ImportError(f'no ROS graph: neither rclpy nor {error.name}: {remedy}') from error
    return 'embedded'


BACKEND: Backend = choose_backend()
