# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.motion.blink import Blinker

STEP_S = 1 / 60


def lids(seed, per_minute, seconds, start_s=0.0, blinker=None):
    blinker = blinker or Blinker(seed)
    n = round(seconds / STEP_S)
    return np.array([blinker.closure(start_s + i * STEP_S, per_minute) for i in range(n)])


def blinks(closure):
    """Return the first and last frame of every blink."""
    moving = np.concatenate(([0], (closure > 0).astype(int), [0]))
    return np.flatnonzero(np.diff(moving) == 1), np.flatnonzero(np.diff(moving) == -1)


@pytest.mark.parametrize('per_minute', [6.0, 18.0, 30.0])
def test_the_mean_rate_is_the_one_asked_for(per_minute):
    starts, _ = blinks(lids(3, per_minute, 40 * 60))
    assert len(starts) / 40 == pytest.approx(per_minute, rel=0.12)
    # and they do not come like clockwork
    gaps = np.diff(starts) * STEP_S
    assert np.std(gaps) > 0.3 * np.mean(gaps)
    assert gaps.min() > 0.5


def test_a_blink_closes_fully_and_faster_than_it_opens():
    closure = lids(0, 18.0, 120)
    assert closure.min() == 0.0
    for start, end in zip(*blinks(closure), strict=True):
        one = closure[start:end]
        if end == len(closure):
            continue
        assert one.max() == 1.0
        assert 0.15 <= len(one) * STEP_S <= 0.4
        down, up = np.argmax(one), len(one) - np.flatnonzero(one == 1.0)[-1]
        assert down < up
        assert (np.diff(one[: down + 1]) > 0).all()
        assert (np.diff(one[-up:]) <= 0).all()
        assert np.abs(np.diff(one)).max() < 0.4


def test_none_at_rate_zero_and_the_present_one_ends():
    assert not lids(1, 0.0, 60).any()
    blinker = Blinker(1)
    time_s = 0.0
    while blinker.closure(time_s, 30.0) < 0.5:
        time_s += STEP_S
    rest = lids(1, 0.0, 60, time_s + STEP_S, blinker)
    assert rest[0] > 0.5
    assert np.abs(np.diff(rest)).max() < 0.4
    assert not rest[30:].any()


def test_a_seed_draws_the_same_blinks_and_another_draws_others():
    np.testing.assert_array_equal(lids(7, 18.0, 60), lids(7, 18.0, 60))
    assert (lids(7, 18.0, 60) != lids(8, 18.0, 60)).any()


def test_who_begins_later_blinks_at_the_same_times():
    early, late = lids(7, 18.0, 300), lids(7, 18.0, 100, start_s=200.0)
    np.testing.assert_allclose(late, early[12000:], atol=1e-6)


def test_a_new_rate_is_obeyed_from_then_on():
    blinker = Blinker(2)
    assert not lids(2, 0.01, 5, 0.0, blinker).any()  # one in a hundred minutes
    starts, _ = blinks(lids(2, 60.0, 30, 5.0, blinker))
    assert len(starts) > 10


def test_a_gap_in_time_does_not_break_the_shape():
    blinker = Blinker(4)
    lids(4, 18.0, 10, 0.0, blinker)
    later = lids(4, 18.0, 60, 1000.0, blinker)
    assert ((later >= 0) & (later <= 1)).all()
    assert np.abs(np.diff(later)).max() < 0.4


def test_phrase_ends_bring_blinks_and_no_flutter():
    plain, talking = Blinker(3), Blinker(3)
    closed, starts = [], []
    for k in range(60 * 60 * 5):
        if k % 150 == 75:  # a phrase ends every 2.5 s
            talking.phrase_end(k / 60)
        plain.closure(k / 60, 18.0)
        closed.append(talking.closure(k / 60, 18.0))
    lids = np.array(closed)
    starts = np.flatnonzero((lids[1:] > 0) & (lids[:-1] == 0)) / 60
    assert 10 <= len(starts) / 5 <= 25
    assert np.diff(starts).min() > 0.4
    ends = np.flatnonzero((lids[1:] == 0) & (lids[:-1] > 0)) / 60
    assert (ends - starts[: len(ends)]).max() < 0.4
    after_phrase = np.abs((starts - 1.25) % 2.5 - 0.08) < 0.1
    assert after_phrase.mean() > 0.25
