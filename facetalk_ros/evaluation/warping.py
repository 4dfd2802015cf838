# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far apart in time single movements are: a warping that aligns one motion with another.

After MTM, the mean temporal misalignment of "Perceptually Accurate 3D Talking Head Generation"
(CVPR 2025), with the derivative of Keogh and Pazzani (Derivative Dynamic Time Warping, SDM 2001,
section 3). Other than a lag it is never negative, and early and late do not cancel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

#: Movements further apart than this are not the same; also keeps the work linear in the length.
WITHIN_S = 0.3


def misalignment_s(made: npt.ArrayLike, seen: npt.ArrayLike, rate_hz: float) -> float:
    """Return the mean time between frames that are aligned [s]; NaN when one does not move.

    Args:
        made: float [frames].
        seen: float [frames].
        rate_hz: of both; a frame is the finest step there is.

    Raises:
        ValueError: the lengths differ.

    """
    one, other = np.asarray(made, np.float64), np.asarray(seen, np.float64)
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f'made {one.shape}, seen {other.shape}: not the same number of frames')
    if len(one) < 3 or not np.ptp(one) or not np.ptp(other):
        return float('nan')
    reach = max(round(WITHIN_S * rate_hz), 1)
    offsets = _path_offsets(_derivative(one), _derivative(other), reach)
    return float(np.abs(offsets).mean() / rate_hz)


def _derivative(motion: Signal) -> Signal:
    # what counts is when it moves, not by how much
    x = (motion - motion.mean()) / motion.std()
    return np.asarray((x[1:-1] - x[:-2] + (x[2:] - x[:-2]) / 2) / 2)


def _path_offsets(one: Signal, other: Signal, reach: int) -> npt.NDArray[np.int64]:
    """Return j - i of the cheapest path through pairs (i, j) at most ``reach`` apart."""
    n, width = len(one), 2 * reach + 1
    # column k of row i stands for j = i + k - reach; the last column is never reached
    total = np.full((n, width + 1), np.inf)
    for i in range(n):
        before, row = total[i - 1].tolist(), [float('inf')] * (width + 1)
        costs = np.square(one[i] - other[np.clip(np.arange(width) + i - reach, 0, n - 1)]).tolist()
        for k in range(max(reach - i, 0), min(width, n + reach - i)):
            if i == 0:
                best = row[k - 1] if k > reach else 0.0
            else:
                best = min(before[k], before[k + 1], row[k - 1] if k else float('inf'))
            row[k] = best + costs[k]
        total[i] = row
    i, k = n - 1, reach
    offsets = [0]
    while i > 0 or k > reach:
        steps = [(total[i, k - 1] if k else np.inf, i, k - 1)]
        if i > 0:
            # ties go along the diagonal
            steps = [(total[i - 1, k], i - 1, k), (total[i - 1, k + 1], i - 1, k + 1), *steps]
        _, i, k = min(steps, key=lambda step: step[0])
        offsets.append(k - reach)
    return np.array(offsets, np.int64)
