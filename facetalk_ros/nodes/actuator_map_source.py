# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where the actuator node has its map from, and whether that has changed."""

from __future__ import annotations

from ..actuators import ActuatorMap, MapError, load_map, map_path


class MapSource:
    """Reads a map, and knows when its file is another one."""

    def __init__(self) -> None:
        self.name = ''
        self._time_ns = 0

    def read(self, name: str) -> ActuatorMap:
        """Return the map of a .yaml file, or the one that ships under a name.

        Raises:
            MapError: it cannot be used; the message says in which line and why.

        """
        if not name:
            raise MapError('no map: set the parameter map to a .yaml file or a name')
        actuator_map = load_map(name)
        self.name, self._time_ns = name, _time_ns(name)
        return actuator_map

    def has_changed(self) -> bool:
        """Tell whether the file is newer or older than what was read; said once for a change."""
        time_ns = _time_ns(self.name)
        # an editor may be replacing it at the moment
        changed = time_ns not in (0, self._time_ns)
        if changed:
            self._time_ns = time_ns
        return changed


def _time_ns(name: str) -> int:
    try:
        return map_path(name).stat().st_mtime_ns
    except (OSError, MapError):
        return 0
