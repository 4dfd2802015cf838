# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Curves through points, to shape what a joint makes of a face."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

CurveKind = Literal['linear', 'cubic']


@dataclass(frozen=True)
class Curve:
    """A curve through points with ascending x; constant beyond the first and the last.

    Args:
        kind: straight lines, or a cubic that is smooth and as monotone as the points are
            (Fritsch and Butland 1984, "A method for constructing local monotone piecewise cubic
            interpolants").
        points: (x, y), two or more.

    Raises:
        ValueError: fewer than two points, or x that does not ascend.

    """

    kind: CurveKind
    points: Sequence[tuple[float, float]]
    _x: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _slopes: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        x = tuple(point[0] for point in self.points)
        if len(x) < 2:
            raise ValueError(f'a curve has two points or more, not {len(x)}')
        for before, after in itertools.pairwise(x):
            if after <= before:
                raise ValueError(f'x of a curve ascends: {after:g} comes after {before:g}')
        object.__setattr__(self, '_x', x)
        object.__setattr__(self, '_slopes', _monotone_slopes(self.points))

    def __call__(self, x: float) -> float:
        """Return y."""
        if x <= self._x[0]:
            return self.points[0][1]
        if x >= self._x[-1]:
            return self.points[-1][1]
        i = bisect_right(self._x, x) - 1
        (x0, y0), (x1, y1) = self.points[i], self.points[i + 1]
        width = x1 - x0
        t = (x - x0) / width
        if self.kind == 'linear':
            return y0 + t * (y1 - y0)
        s0, s1 = self._slopes[i] * width, self._slopes[i + 1] * width
        rise = y1 - y0
        return y0 + t * (s0 + t * (3 * rise - 2 * s0 - s1 + t * (s0 + s1 - 2 * rise)))


def _monotone_slopes(points: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    pairs = list(itertools.pairwise(points))
    widths = [b[0] - a[0] for a, b in pairs]
    secants = [(b[1] - a[1]) / w for (a, b), w in zip(pairs, widths, strict=True)]
    slopes = [secants[0]]
    for i in range(1, len(secants)):
        before, after = secants[i - 1], secants[i]
        if before * after <= 0:
            slopes.append(0.0)
            continue
        w0, w1 = 2 * widths[i] + widths[i - 1], widths[i] + 2 * widths[i - 1]
        slopes.append((w0 + w1) / (w0 / before + w1 / after))
    return (*slopes, secants[-1])
