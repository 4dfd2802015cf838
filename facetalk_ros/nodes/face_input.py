# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Faces from messages: weights by name, and the pose of the head."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX, ARKIT_NAMES

HeadRad = tuple[float, float, float]


class BadFaceMessage(ValueError):
    """A message that no face can be made of; the text says why, in one line."""


class FaceInput:
    """Puts the weights of Blendshapes into the order of ARKIT_NAMES, by the names latched."""

    def __init__(self) -> None:
        self._count = 0
        self._order: npt.NDArray[np.intp] | None = None

    @property
    def named(self) -> bool:
        """Whether the names have come."""
        return self._order is not None

    def names(self, message: Any) -> None:
        """Take BlendshapeNames.

        Raises:
            BadFaceMessage: none of the names is one of ARKit's.

        """
        names = list(message.names)
        if not any(name in ARKIT_INDEX for name in names):
            self._order = None
            raise BadFaceMessage(f'none of {len(names)} names is one of the 52 ARKit shapes')
        self._count = len(names)
        position = {name: i for i, name in enumerate(names)}
        # a shape that the sender does not have takes the weight behind the last, which is 0
        self._order = np.array([position.get(name, len(names)) for name in ARKIT_NAMES], np.intp)

    def weights(self, message: Any) -> npt.NDArray[np.float32]:
        """Return the weights of Blendshapes, float32 [52] in the order of ARKIT_NAMES.

        Raises:
            BadFaceMessage: the names have not come yet, or are not as many.

        """
        if self._order is None:
            raise BadFaceMessage('a face came before blendshape_names')
        weights = np.asarray(message.weights, np.float32)
        if weights.shape != (self._count,):
            raise BadFaceMessage(f'{weights.size} weights for {self._count} names')
        return np.append(weights, np.float32(0.0))[self._order]


def head_rad(message: Any) -> HeadRad:
    """Return roll, pitch and yaw of a QuaternionStamped: about x, y and z, REP 103, fixed axes.

    Raises:
        BadFaceMessage: it is not a rotation.

    """
    q = message.quaternion
    x, y, z, w = float(q.x), float(q.y), float(q.z), float(q.w)
    length = math.sqrt(x * x + y * y + z * z + w * w)
    if not 0.5 < length < 2.0:  # also NaN
        raise BadFaceMessage(f'no rotation: {x:g}, {y:g}, {z:g}, {w:g}')
    x, y, z, w = x / length, y / length, z / length, w / length
    return (
        math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x)))),
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    )
