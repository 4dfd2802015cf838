# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from facetalk_ros.evaluation.lag import LAGS_S, best_lag, correlation_by_lag, pearson


def wave(time_s):
    return np.sin(2 * np.pi * 1.7 * time_s) + 0.5 * np.sin(2 * np.pi * 3.1 * time_s + 1)


OURS, SEEN = np.arange(300) / 60, np.arange(100) / 25


def test_r_does_not_depend_on_scale_and_offset():
    assert pearson(wave(SEEN), 3 * wave(SEEN) + 2) == pytest.approx(1)
    assert pearson(wave(SEEN), -wave(SEEN)) == pytest.approx(-1)
    noise = np.random.default_rng(0).normal(size=(2, 50))
    assert pearson(*noise) == pytest.approx(np.corrcoef(*noise)[0, 1])


@pytest.mark.parametrize('still', [np.full(100, 0.1), np.zeros(100)])
def test_what_does_not_move_has_no_r(still):
    assert math.isnan(pearson(still, wave(SEEN)))
    assert math.isnan(pearson(wave(SEEN), still))
    assert math.isnan(pearson([], []))
    assert math.isnan(pearson([1.0], [1.0]))


@pytest.mark.parametrize('late_ms', [-120, -40, 0, 5, 40, 95])
def test_a_shift_is_found(late_ms):
    made = wave(OURS - late_ms / 1e3)
    curve = correlation_by_lag(OURS, made, SEEN, wave(SEEN))
    lag = best_lag([curve])
    assert lag.lag_s == pytest.approx(late_ms / 1e3)
    assert lag.r > 0.99
    assert lag.r_unshifted == pytest.approx(pearson(np.interp(SEEN, OURS, made), wave(SEEN)))
    assert not lag.at_edge


def test_the_lag_is_that_of_the_mean_over_clips():
    curves = [correlation_by_lag(OURS, wave(OURS - s), SEEN, wave(SEEN)) for s in (0.02, 0.06)]
    assert best_lag(curves).lag_s == pytest.approx(0.04, abs=0.0051)
    still = correlation_by_lag(OURS, np.zeros(300), SEEN, wave(SEEN))
    assert best_lag([curves[0], still]) == best_lag(curves[:1])
    assert best_lag([still]) is None
    assert best_lag([]) is None


def test_a_maximum_outside_the_search_is_told():
    slow = np.sin(2 * np.pi * 0.5 * (OURS - 0.4))
    lag = best_lag([correlation_by_lag(OURS, slow, SEEN, np.sin(2 * np.pi * 0.5 * SEEN))])
    assert lag.at_edge
    assert lag.lag_s == LAGS_S[-1] == pytest.approx(0.15)
