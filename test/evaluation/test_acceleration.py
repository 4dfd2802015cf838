# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from facetalk_ros.evaluation.acceleration import (
    acceleration,
    compare_accelerations,
    deviation,
    jitter,
)

TIME_S = np.arange(200) / 25
WAVE = np.sin(2 * np.pi * TIME_S)
ALL = np.ones(200, bool)


def test_the_acceleration_of_a_parabola_is_known_at_any_rate():
    for rate_hz in (25.0, 30.0, 60.0):
        time_s = np.arange(50) / rate_hz
        found = acceleration(1.5 * time_s**2 - time_s + 4, rate_hz)
        np.testing.assert_allclose(found, 3.0, rtol=1e-6)
        assert len(found) == 48


def test_of_several_channels_it_is_the_norm():
    motion = np.stack([1.5 * TIME_S**2, 2.0 * TIME_S**2, np.full(200, 0.3)], 1)
    np.testing.assert_allclose(acceleration(motion, 25), 5.0, rtol=1e-6)
    assert len(acceleration(motion[:2], 25)) == len(acceleration([], 25)) == 0
    assert deviation(motion[:, :1]) == pytest.approx(motion[:, 0].std())
    assert deviation(motion) == pytest.approx(2.5 * (TIME_S**2).std())
    assert deviation(motion[:, 2:]) == deviation([]) == 0.0


def test_a_copy_has_ratio_1_and_a_scaled_one_only_by_its_own_deviation():
    same = compare_accelerations(WAVE, WAVE, 25, ALL)
    assert jitter([same], scaled=False)['ratio'] == 1.0
    half = compare_accelerations(0.5 * WAVE, WAVE, 25, ALL)
    assert jitter([half], scaled=False)['ratio'] == pytest.approx(0.5)
    assert jitter([half], scaled=True)['ratio'] == pytest.approx(1.0)
    figures = jitter([same], scaled=False)
    assert figures['made'] == figures['seen']
    assert figures['seen'] == pytest.approx(4 * np.pi**2, rel=0.02)


def test_jitter_raises_it():
    noise = np.random.default_rng(0).normal(size=200)
    found = [
        jitter([compare_accelerations(WAVE + a * noise, WAVE, 25, ALL)], scaled=True)['ratio']
        for a in (0.0, 0.02, 0.1)
    ]
    assert found[0] == 1.0
    assert found[0] < found[1] < found[2]


def test_only_frames_in_speech_count():
    shaken = WAVE + np.where(TIME_S < 2, np.random.default_rng(0).normal(size=200), 0)
    quiet = compare_accelerations(shaken, WAVE, 25, TIME_S > 2.1)
    assert len(quiet.made) == np.sum(TIME_S > 2.1) - 1
    assert jitter([quiet], scaled=False)['ratio'] == pytest.approx(1.0)
    assert jitter([compare_accelerations(shaken, WAVE, 25, ALL)], scaled=False)['ratio'] > 5


def test_frames_of_all_clips_count_alike():
    slow = compare_accelerations(0.1 * WAVE, WAVE, 25, ALL)
    fast = compare_accelerations(WAVE, WAVE, 25, ALL)
    assert jitter([slow] * 30 + [fast], scaled=False)['ratio'] < 0.2
    assert jitter([slow] + [fast] * 30, scaled=False)['ratio'] > 0.9


def test_what_does_not_move_or_is_not_spoken_has_none():
    assert compare_accelerations(np.full(200, 0.1), WAVE, 25, ALL) is None
    assert compare_accelerations(WAVE, np.zeros(200), 25, ALL) is None
    silent = compare_accelerations(WAVE, WAVE, 25, ~ALL)
    assert math.isnan(jitter([silent], scaled=True)['ratio'])
    assert math.isnan(jitter([], scaled=True)['made'])
    with pytest.raises(ValueError, match='199'):
        compare_accelerations(WAVE[:-1], WAVE, 25, ALL)
