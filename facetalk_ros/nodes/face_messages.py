# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Frames and key motions as messages, for the graph and for bags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_NAMES
from ..presentation import Presented, PresentedKey

_NS = 1_000_000_000


class FaceMessages:
    """Makes messages.

    Args:
        get_type: returns the class of a message type by name; it is called with every field.
        sequence: turns float32 [n] or float64 [n] into what a sequence field takes.

    """

    def __init__(
        self, get_type: Callable[[str], Any], sequence: Callable[[npt.NDArray[Any]], Any]
    ) -> None:
        self._time = get_type('builtin_interfaces/msg/Time')
        self._header = get_type('std_msgs/msg/Header')
        self._blendshapes = get_type('facetalk_ros/msg/Blendshapes')
        self._names = get_type('facetalk_ros/msg/BlendshapeNames')
        self._keys = get_type('facetalk_ros/msg/KeyMotions')
        self._key = get_type('facetalk_ros/msg/KeyMotion')
        self._bool = get_type('std_msgs/msg/Bool')
        self._rotated = get_type('geometry_msgs/msg/QuaternionStamped')
        self._quaternion = get_type('geometry_msgs/msg/Quaternion')
        self._get_type = get_type
        self._sequence = sequence

    def time(self, stamp_ns: int) -> Any:
        """Return builtin_interfaces/Time."""
        seconds, nanoseconds = divmod(stamp_ns, _NS)
        return self._time(sec=seconds, nanosec=nanoseconds)

    def header(self, stamp_ns: int) -> Any:
        """Return std_msgs/Header without a frame."""
        return self._header(stamp=self.time(stamp_ns), frame_id='')

    def names(self, stamp_ns: int) -> Any:
        """Return BlendshapeNames."""
        return self._names(header=self.header(stamp_ns), names=list(ARKIT_NAMES))

    def blendshapes(self, presented: Presented) -> Any:
        """Return Blendshapes."""
        return self._blendshapes(
            header=self.header(presented.stamp_ns),
            weights=self._sequence(presented.frame.weights),
        )

    def head_pose(self, presented: Presented) -> Any:
        """Return geometry_msgs/QuaternionStamped: turned by roll, pitch and yaw, fixed axes."""
        x, y, z, w = presented.frame.head.quaternion
        return self._rotated(
            header=self.header(presented.stamp_ns),
            quaternion=self._quaternion(x=x, y=y, z=z, w=w),
        )

    def joint_state(self, presented: Presented) -> Any:
        """Return sensor_msgs/JointState: the names in `name`, the weights in `position`."""
        empty = self._sequence(np.zeros(0))
        return self._get_type('sensor_msgs/msg/JointState')(
            header=self.header(presented.stamp_ns),
            name=list(ARKIT_NAMES),
            position=self._sequence(presented.frame.weights.astype(np.float64)),
            velocity=empty,
            effort=empty,
        )

    def key_motions(self, stamp_ns: int, keys: Sequence[PresentedKey], utterance_id: str) -> Any:
        """Return KeyMotions."""
        motions = [
            self._key(
                time=self.time(key.stamp_ns),
                kind=int(key.key.kind),
                phone=key.key.phone,
                from_text=bool(key.key.from_text),
                word=key.key.word,
                weights=self._sequence(np.asarray(key.key.weights, np.float32)),
            )
            for key in keys
        ]
        return self._keys(header=self.header(stamp_ns), utterance_id=utterance_id, keys=motions)

    def is_speaking(self, speaking: bool) -> Any:
        """Return std_msgs/Bool."""
        return self._bool(data=speaking)
