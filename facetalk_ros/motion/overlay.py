# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What somebody else adds to the speaking face: an expression, a slider."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_NAMES

Pose = npt.NDArray[np.float32]

# So fast a weight follows; in full ranges a second, so that no servo jumps.
_RATE_HZ = 4.0


class Overlay:
    """A summand on the weights that follows what it is set to at a bounded rate."""

    def __init__(self) -> None:
        self._target = np.zeros(len(ARKIT_NAMES), np.float32)
        self._now = self._target
        self._rests = True

    def set(self, weights: npt.ArrayLike) -> None:
        """Ask for a summand.

        Args:
            weights: [52] in ARKIT_NAMES order, each -1 to 1.

        Raises:
            ValueError: another shape, or a number outside -1 to 1.

        """
        target = np.array(weights, np.float32)
        if target.shape != self._now.shape:
            raise ValueError(f'{target.size} weights, not {len(ARKIT_NAMES)}')
        bad = np.flatnonzero(~(np.abs(target) <= 1.0))  # NaN is found too
        if bad.size:
            i = int(bad[0])
            raise ValueError(f'{ARKIT_NAMES[i]} is {float(target[i])!r}, outside -1 to 1')
        self._target, self._rests = target, False

    def clear(self) -> None:
        """Ask for nothing: it fades out."""
        self._target = np.zeros_like(self._target)

    def advance(self, step_s: float) -> Pose | None:
        """Return the summand ``step_s`` after the last, float32 [52]; None when there is none."""
        if self._rests:
            return None
        limit = np.float32(_RATE_HZ * step_s)
        self._now = self._now + np.clip(self._target - self._now, -limit, limit)
        self._rests = not (self._now.any() or self._target.any())
        return self._now
