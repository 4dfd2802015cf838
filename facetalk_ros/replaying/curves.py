# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Compares curves over time: of shapes, and of joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .report import Difference

Values = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Places that lie closer together than this are told as one.
_ONE_PLACE_S = 0.15
# Stamps are whole nanoseconds and times float seconds.
_ROUNDING_S = 1e-6


class Curves(NamedTuple):
    """Values float64 [n, curves] at ascending times float64 [n]."""

    times_s: Values
    values: Values


class Match(NamedTuple):
    """Which sample is which: pairs of indices, and those without a partner."""

    expected: Indices
    actual: Indices
    missing: Indices
    extra: Indices


def match_times(expected_s: Values, actual_s: Values, within_s: float) -> Match:
    """Match ascending times one to one, in order.

    What lies before the first or after the last expected time is not extra.
    """
    within_s += _ROUNDING_S
    pairs, missing, extra = [], [], []
    i, j = 0, int(np.searchsorted(actual_s, expected_s[0] - within_s))
    end = int(np.searchsorted(actual_s, expected_s[-1] + within_s, 'right'))
    while i < len(expected_s) and j < end:
        ahead_s = actual_s[j] - expected_s[i]
        if abs(ahead_s) <= within_s:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif ahead_s > 0:
            missing.append(i)
            i += 1
        else:
            extra.append(j)
            j += 1
    missing += range(i, len(expected_s))
    extra += range(j, end)
    found = np.array(pairs, np.intp).reshape(-1, 2)
    return Match(found[:, 0], found[:, 1], np.array(missing, np.intp), np.array(extra, np.intp))


def compare_curves(
    expected: Curves, actual: Curves, samples: Indices, names: Sequence[str],
    tolerance: npt.ArrayLike, within_s: float, unit: str = '',
) -> list[Difference]:  # fmt: skip
    """Return where curves leave what the others are within ``within_s`` around the same time.

    Args:
        expected: [n, curves].
        actual: [m, curves].
        samples: which of the expected are compared.
        names: of the curves.
        tolerance: float [curves].
        within_s: how far times may be apart.
        unit: of the values.

    """
    times_s, values = expected.times_s[samples], expected.values[samples]
    low, high = _envelope(actual, times_s, within_s)
    off = np.maximum(np.maximum(low - values, values - high), 0.0)
    limits = np.broadcast_to(np.asarray(tolerance, np.float64), (len(names),))
    found = []
    for k, name in enumerate(names):
        # float32 holds 0.02 as a little more, or less
        beyond = np.flatnonzero(off[:, k] > limits[k] + 1e-6)
        if not len(beyond):
            continue
        places = np.split(beyond, np.flatnonzero(np.diff(times_s[beyond]) > _ONE_PLACE_S) + 1)
        worst = int(np.argmax(off[:, k]))
        place = next(p for p in places if worst in p)
        actual_value = low[worst, k] if values[worst, k] < low[worst, k] else high[worst, k]
        from_s, to_s = times_s[place[[0, -1]]]
        others = f' and in {len(places) - 1} other places' if len(places) > 1 else ''
        found.append(
            Difference(
                name,
                f'{actual_value:.3f}{unit} instead of {values[worst, k]:.3f}{unit} at '
                f'{times_s[worst]:.3f} s: off by {off[worst, k]:.3f} (tolerance {limits[k]:g}), '
                f'from {from_s:.3f} to {to_s:.3f} s{others}',
                float(off[worst, k] / max(limits[k], 1e-6)),
            )
        )
    return _paired(found)


def _paired(found: list[Difference]) -> list[Difference]:
    """Return one difference for both sides of a pair that differ by the same."""
    pairs: dict[tuple[str, str], list[Difference]] = {}
    for difference in found:
        name = difference.subject.removesuffix('Left').removesuffix('Right')
        pairs.setdefault((name, difference.text), []).append(difference)
    return [
        replace(same[0], subject=name) if len(same) == 2 else same[0]
        for (name, _), same in pairs.items()
    ]


def _envelope(actual: Curves, times_s: Values, within_s: float) -> tuple[Values, Values]:
    """Return the least and the greatest value around each time, [n, curves] each.

    Both are reached at the ends of the range or at a sample in it.
    """
    n_curves = actual.values.shape[1]
    low = np.full((len(times_s), n_curves), np.inf)
    high = -low
    for at_s in (times_s - within_s, times_s, times_s + within_s):
        for k in range(n_curves):
            edge = np.interp(at_s, actual.times_s, actual.values[:, k])
            low[:, k], high[:, k] = np.minimum(low[:, k], edge), np.maximum(high[:, k], edge)
    first = np.searchsorted(actual.times_s, times_s - within_s)
    after = np.searchsorted(actual.times_s, times_s + within_s, 'right')
    for k in range(int((after - first).max(initial=0))):
        inside = actual.values[np.minimum(first + k, len(actual.times_s) - 1)]
        has = (first + k < after)[:, None]
        low = np.where(has, np.minimum(low, inside), low)
        high = np.where(has, np.maximum(high, inside), high)
    return low, high
