# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.actuators.curves import Curve

POINTS = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=8,
    unique_by=lambda p: p[0],
).map(lambda points: sorted((float(x), float(y)) for x, y in points))  # fmt: skip


@given(POINTS, st.sampled_from(['linear', 'cubic']))
def test_it_passes_through_its_points_and_never_beyond_them(points, kind):
    curve = Curve(kind, points)
    for x, y in points:
        assert curve(x) == pytest.approx(y)
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        between = [curve(x) for x in np.linspace(x0, x1, 20)]
        steps = np.diff(between) * np.sign(y1 - y0)
        assert np.all(steps >= -1e-9 * max(abs(y0), abs(y1), 1))
    assert curve(-1e9) == points[0][1]
    assert curve(1e9) == points[-1][1]


def test_the_cubic_is_smooth():
    curve = Curve('cubic', [(0, 0), (0.3, 0.6), (0.7, 1), (2, 1.2)])
    y = np.array([curve(x) for x in np.linspace(0, 2, 2001)])
    assert np.abs(np.diff(y, 2)).max() < 2e-5  # no corner: it would be 1e-3
    corner = np.array([Curve('linear', curve.points)(x) for x in np.linspace(0, 2, 2001)])
    assert np.abs(np.diff(corner, 2)).max() > 5e-4


@pytest.mark.parametrize('points', [[], [(0, 0)], [(0, 0), (0, 1)], [(1, 0), (0, 1)]])
def test_points_that_are_no_curve_are_refused(points):
    with pytest.raises(ValueError, match='curve'):
        Curve('linear', points)
