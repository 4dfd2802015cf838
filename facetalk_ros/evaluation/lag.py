# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Pearson's r of two motions, and by how much one is later than the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

#: Where a lag is searched: 5 ms steps within 150 ms.
LAGS_S: Signal = np.arange(-30, 31, dtype=np.float64) * 0.005


class Lag(NamedTuple):
    """By how much motions are later than what was seen, and how alike they are then.

    Attributes:
        lag_s: positive when the made motion comes after the seen one.
        r: mean over clips at that lag.
        r_unshifted: mean over clips as they are.
        at_edge: no maximum lies within the range that was searched.

    """

    lag_s: float
    r: float
    r_unshifted: float
    at_edge: bool


def pearson(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return Pearson's r; NaN when either does not move at all."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    # the deviation of a constant need not come out as exactly nothing
    if len(a) < 2 or not np.ptp(a) or not np.ptp(b):
        return float('nan')
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / norm) if norm > 0 else float('nan')


def correlation_by_lag(time_s: Signal, made: Signal, seen_s: Signal, seen: Signal) -> Signal:
    """Return r at each of LAGS_S, float64 [lags]; NaN where one does not move.

    All frames seen count at every lag; before and after its frames the made motion is taken to
    stay where it was.

    Args:
        time_s: float64 [frames], ascending.
        made: float64 [frames].
        seen_s: float64 [frames seen].
        seen: float64 [frames seen].

    """
    return np.array([pearson(np.interp(seen_s + lag_s, time_s, made), seen) for lag_s in LAGS_S])


def best_lag(curves: Sequence[Signal]) -> Lag | None:
    """Return the lag at which the mean over clips is largest; None when nothing moves.

    Args:
        curves: of ``correlation_by_lag``, one a clip.

    """
    moving = [curve for curve in curves if np.isfinite(curve).all()]
    if not moving:
        return None
    mean = np.mean(moving, axis=0)
    best, middle = int(np.argmax(mean)), len(LAGS_S) // 2
    return Lag(
        float(LAGS_S[best]), float(mean[best]), float(mean[middle]), best in (0, len(LAGS_S) - 1)
    )
