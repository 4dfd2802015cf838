# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.motion.completion import MotionCompletion
from facetalk_ros.motion.keys import KeyKind, KeyMotion

REST = np.zeros(52, np.float32)
# The first shape of a pose moves by the value, the second against it, the others stay.
values = st.integers(0, 20).map(lambda n: n / 20)
times = st.lists(st.floats(0.03, 0.3), min_size=1, max_size=8).map(np.cumsum)
# Far enough apart for any movement: a full range takes 1.5 / 8 s.
easy_times = st.lists(st.floats(0.2, 0.6), min_size=1, max_size=8).map(np.cumsum)


def pose(value):
    out = REST.copy()
    out[0], out[1] = value, 1 - value
    return out


def key(time_s, value):
    return KeyMotion(float(time_s), KeyKind.TARGET, 'AA', False, pose(value))


@st.composite
def plans(draw, times=times):
    at = draw(times)
    return [key(t, draw(values)) for t in at]


def sampled(completion, until_s, step_s):
    start_s = completion.time_s
    n = round((until_s - start_s) / step_s)
    return np.array([completion.advance(start_s + step_s * (i + 1))[:2].copy() for i in range(n)])


def test_without_keys_the_face_rests():
    completion = MotionCompletion(pose(0.3))
    for time_s in (0.0, 0.1, 5.0):
        np.testing.assert_array_equal(completion.advance(time_s), pose(0.3))
    assert completion.time_s == 5.0


@given(plans(easy_times))
@settings(max_examples=100, deadline=None)
def test_every_key_is_met_exactly_and_on_time(plan):
    completion = MotionCompletion(REST)
    completion.add(plan)
    for k in plan:
        np.testing.assert_array_equal(completion.advance(k.time_s), k.weights)
    np.testing.assert_array_equal(completion.advance(plan[-1].time_s + 1), plan[-1].weights)


@given(plans())
@settings(max_examples=100, deadline=None)
def test_no_shape_moves_faster_than_it_may(plan):
    completion = MotionCompletion(REST)
    completion.add(plan)
    moved = sampled(completion, plan[-1].time_s + 0.4, 1e-3)
    # a monotone cubic is at most three times as fast as its line, which is 8 / 1.5 a second
    assert np.abs(np.diff(moved, axis=0)).max() <= 3 * 8 / 1.5 * 1e-3 + 1e-6
    np.testing.assert_allclose(moved[-1], plan[-1].weights[:2], atol=1e-6)


@given(plans(easy_times))
@settings(max_examples=50, deadline=None)
def test_from_rest_nothing_is_overshot(plan):
    completion = MotionCompletion(REST)
    completion.add(plan)
    before = REST
    for k in plan:
        low, high = np.minimum(before, k.weights), np.maximum(before, k.weights)
        for part in np.linspace(0.0, 1.0, 12)[1:]:
            time_s = completion.time_s + part * (k.time_s - completion.time_s)
            now = completion.advance(min(time_s, k.time_s))
            assert ((now >= low - 1e-5) & (now <= high + 1e-5)).all()
        before = k.weights


@given(plans(), plans(), st.floats(0.0, 1.0))
@settings(max_examples=15, deadline=None)
def test_position_and_velocity_carry_on_through_keys_and_new_plans(plan, second, part):
    step_s = 2e-4
    completion = MotionCompletion(REST)
    completion.add(plan)
    replanned_s = round(part * plan[-1].time_s, 3)
    poses = list(sampled(completion, replanned_s, step_s))
    now_s = completion.time_s
    moved = [key(now_s + k.time_s, k.weights[0]) for k in second]
    completion.replace(moved)  # old and new keys a few ms apart would bend more
    poses += list(sampled(completion, moved[-1].time_s + 0.05, step_s))
    speed = np.diff(np.array([REST[:2] if not poses else poses[0], *poses]), axis=0) / step_s
    # What a cubic over 30 ms between 0 and 1 bends by at most, and the brake of 24 ms.
    assert np.abs(np.diff(speed, axis=0)).max(initial=0) < 30_000 * step_s
    assert np.abs(speed).max(initial=0) < 125
    settled = completion.advance(completion.time_s + 0.2)
    np.testing.assert_allclose(settled, moved[-1].weights, atol=1e-6)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.2),
            st.lists(st.tuples(st.floats(-0.3, 0.5), values), max_size=4),
            st.booleans(),
        ),
        max_size=25,
    )
)
@settings(max_examples=150, deadline=None)
def test_keys_too_late_at_once_or_in_the_past_stay_finite_and_bounded(events):
    completion = MotionCompletion(REST)
    before, last = REST, None
    for wait_s, keys, anew in events:
        time_s = completion.time_s + wait_s
        now = completion.advance(time_s).copy()
        assert np.isfinite(now).all()
        assert ((now > -0.4) & (now < 1.4)).all()
        # two keys are 4 ms apart or more, and a cubic is at most 1.5 times faster than a line
        assert np.abs(now - before).max() <= 1.5 * 1.8 / 0.004 * wait_s + 1e-5
        before = now
        if keys:
            plan = sorted((key(time_s + o, v) for o, v in keys), key=lambda k: k.time_s)
            (completion.replace if anew else completion.add)(plan)
            last = plan[-1]
            np.testing.assert_array_equal(completion.pose, now)
    if last is not None:
        np.testing.assert_array_equal(completion.advance(completion.time_s + 1), last.weights)


def test_a_late_key_is_met_a_little_late_rather_than_with_a_jump():
    completion = MotionCompletion(REST)
    completion.advance(1.0)
    completion.add([key(0.9, 1.0)])
    assert completion.advance(1.005)[0] < 0.3
    assert completion.advance(1.06)[0] < 0.6  # a full range takes 1.5 / 8 s
    assert completion.advance(1.3)[0] == 1.0


def test_a_key_replaces_what_was_planned_after_it():
    completion = MotionCompletion(REST)
    completion.add([key(0.4, 0.2), key(1.2, 1.0)])
    completion.add([key(0.8, 0.4), key(1.6, 0.1)])
    assert completion.advance(0.4)[0] == pytest.approx(0.2)
    assert completion.advance(0.8)[0] == pytest.approx(0.4)
    assert completion.advance(1.2)[0] < 0.4
    assert completion.advance(1.6)[0] == pytest.approx(0.1)


def test_replace_forgets_earlier_keys_too():
    completion = MotionCompletion(REST)
    completion.add([key(0.1, 1.0)])
    completion.replace([key(0.2, 0.0)])
    assert completion.advance(0.1)[0] == 0.0
    completion.add([])
    assert completion.advance(0.4)[1] == 1.0


def test_time_cannot_go_back():
    completion = MotionCompletion(REST)
    completion.advance(2.0)
    completion.advance(2.0)
    with pytest.raises(ValueError, match=r'1\.5 lies before 2\.0'):
        completion.advance(1.5)
    assert completion.time_s == 2.0
