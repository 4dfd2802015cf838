# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where the folders lie that belong to the ROS package and not to the Python package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

#: The folder of the networks that ship.
WEIGHTS = Path(__file__).parent / 'weights'
_PACKAGE = Path(__file__).parent  # not resolved: colcon --symlink-install links single files


def resource_dir(kind: Literal['msg', 'config', 'launch']) -> Path:
    """Return the folder of the messages, the configuration files or the launch files.

    It is looked for in the checkout that the package runs from (also after an editable install),
    in the wheel, and in the share folder of the ROS 2 workspace, in this order.

    Raises:
        FileNotFoundError: it is in none of these places; they are named.

    """
    places = []
    if (_PACKAGE.parent / 'package.xml').is_file():
        places.append(_PACKAGE.parent / kind)
    places.append(_PACKAGE / 'share' / kind)
    places.extend(share / kind for share in _ament_share())
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f'the {kind} folder of facetalk_ros is in none of: {", ".join(map(str, places))}'
    )


def _ament_share() -> list[Path]:
    try:
        from ament_index_python.packages import (
            PackageNotFoundError,
            get_package_share_directory,
        )
    except ImportError:  # no ROS 2 here
        return []
    try:
        return [Path(get_package_share_directory('facetalk_ros'))]
    except PackageNotFoundError:
        return []
