# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_check import beyond, check_motion, check_rules, executed, longest_stay_s, random_events

from facetalk_ros.actuators import ActuatorDriver, load_map, shipped_maps
from facetalk_ros.face import ARKIT_INDEX

STEP_S = 1 / 60


def face(**weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[ARKIT_INDEX[name]] = value
    return w


def play(driver, faces, start_s=0.0):
    """Give faces at 60 Hz and return the positions [k, n] at their times."""
    positions = []
    for i, weights in enumerate(faces):
        driver.command(start_s + i * STEP_S, weights)
        positions.append(driver.state(start_s + i * STEP_S).position)
    return np.array(positions)


@pytest.fixture(params=shipped_maps())
def shipped(request):
    return load_map(request.param)


@pytest.fixture
def jaw():
    return dataclasses.replace(load_map('jaw'), ramp_in_s=0.0)


@pytest.fixture
def head():
    return dataclasses.replace(load_map('hobby_head'), ramp_in_s=0.0)


@pytest.mark.parametrize('seed', range(2))
def test_no_limit_is_exceeded_whatever_comes(shipped, seed):
    events = random_events(np.random.default_rng(seed), minutes=0.15)
    check_motion(shipped, *executed(ActuatorDriver(shipped), events))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-2.0, -0.02, 0.0, 1e-6, 0.001, 0.01, STEP_S, 0.05, 0.3, 3.0]),
            st.sampled_from(['command', 'command', 'command', 'rest', 'effort', 'late']),
            st.floats(0, 1, width=32) | st.just(float('nan')) | st.just(float('inf')),
        ),
        max_size=30,
    )
)
def test_no_limit_is_exceeded_whatever_the_clock_does(events):
    m = load_map('hobby_head')
    driver, now_s = ActuatorDriver(m), 100.0
    before = None
    for step_s, kind, value in events:
        now_s += step_s
        if kind == 'rest':
            driver.rest(now_s)
        elif kind == 'effort':
            driver.effort(now_s, {'jaw': value, 'nose': 1.0})
        else:
            from_s = now_s + 0.1 if kind == 'late' else None
            driver.command(now_s, np.full(52, value, np.float32), (value, 0, 0), from_s)
        chunk = driver.chunk()
        check_motion(m, *chunk)
        if not len(chunk.times_s):  # nothing was commanded yet
            continue
        # what begins now goes on from what was sent before
        if before is not None and chunk.times_s[0] >= before.times_s[0]:
            state = driver.state(chunk.times_s[0])
            np.testing.assert_allclose(chunk.positions_rad[0], state.position, atol=1e-9)
        before = chunk


def test_a_chunk_goes_on_from_the_one_before(shipped):
    driver, rng = ActuatorDriver(shipped), np.random.default_rng(1)
    before = None
    for i in range(120):
        driver.command(i * STEP_S, rng.random(52))
        chunk = driver.chunk()
        if before is not None:
            there = np.argmin(np.abs(before.times_s - chunk.times_s[0]))
            assert before.times_s[there] == pytest.approx(chunk.times_s[0])
            for ours, theirs in zip(chunk[1:], before[1:], strict=True):
                np.testing.assert_allclose(ours[0], theirs[there], atol=1e-9)
        before = chunk


def test_a_chunk_ends_at_rest_whatever_was_going_on(shipped):
    driver, rng = ActuatorDriver(shipped), np.random.default_rng(2)
    for i in range(100):
        driver.command(i * STEP_S, rng.random(52), rng.normal(0, 0.3, 3))
        chunk = driver.chunk()
        np.testing.assert_allclose(chunk.positions_rad[-1], shipped.rest_rad, atol=1e-6)
        assert not chunk.velocities_rad_s[-1].any()
        # not before the watchdog's time, unless a joint may not stay where it is
        assert chunk.times_s[-1] - driver.until_s < shipped.watchdog_s + 3.0


def test_a_group_gets_its_own_joints_in_its_order(head):
    driver = ActuatorDriver(head)
    driver.command(0.0, np.full(52, 0.4))
    whole = driver.chunk()
    for g, group in enumerate(head.groups):
        part = driver.chunk(g)
        np.testing.assert_array_equal(part.times_s, whole.times_s)
        np.testing.assert_array_equal(part.positions_rad, whole.positions_rad[:, group.joints])


def test_a_slow_face_is_followed_exactly(head):
    t = np.arange(180) * STEP_S
    faces = [face(jawOpen=v, browInnerUp=v) for v in 0.25 - 0.25 * np.cos(2 * np.pi * 0.8 * t)]
    positions = play(ActuatorDriver(head), faces)
    asked = np.array([head.positions_rad(w) for w in faces])
    assert np.abs(positions - asked)[2:].max() < 1e-6


def test_a_step_is_made_as_fast_as_the_limits_let_it(jaw):
    driver = ActuatorDriver(jaw)
    positions = play(driver, [face()] * 5 + [face(jawOpen=1)] * 30)[:, 0]
    there = np.argmax(positions > 0.42 - 1e-3) - 5
    limits = jaw.limits
    # half of the way at full acceleration, and the same back, plus what jerk costs
    least_s = 2 * np.sqrt(0.42 / limits.acceleration[0])
    most_s = least_s + 2 * limits.acceleration[0] / limits.jerk[0]
    assert least_s / STEP_S - 1 <= there <= most_s / STEP_S * 1.1 + 1
    assert np.all(np.diff(positions) >= -1e-9)


def test_the_first_motion_begins_small():
    m = load_map('jaw')
    driver = ActuatorDriver(m, {'jaw': 0.1})
    positions = play(driver, [face(jawOpen=1)] * 60)[:, 0]
    assert positions[0] == pytest.approx(0.1, abs=1e-6)
    assert np.abs(np.diff(positions)).max() < m.limits.velocity[0] * STEP_S / 4
    assert positions[-1] == pytest.approx(0.42)


def test_bad_values_leave_the_last_good_ones(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face(jawOpen=0.5)] * 40)
    held = driver.state(driver.until_s).position
    for i, bad in enumerate((np.nan, np.inf, -np.inf)):
        driver.command(1.0 + i * STEP_S, np.full(52, bad), (bad, 0, 0))
    np.testing.assert_allclose(driver.state(driver.until_s).position, held, atol=1e-6)
    assert driver.counts.bad_values == 3 * 53


@pytest.mark.parametrize(
    'wrong', [(np.nan, np.zeros(52)), (0.0, np.zeros(51)), (np.inf, np.zeros(52))]
)
def test_what_is_no_command_is_refused(jaw, wrong):
    driver = ActuatorDriver(jaw)
    with pytest.raises(ValueError, match=r'command at|weights'):
        driver.command(*wrong)
    with pytest.raises(ValueError, match='not 52 and 3'):
        driver.command(0.0, np.zeros(52), (0.0, 0.0))


def test_stale_commands_are_left_out(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face()] * 10)
    driver.command(3 * STEP_S, face(jawOpen=1))
    driver.command(9 * STEP_S, face(jawOpen=1))
    assert driver.counts.stale == 2
    assert driver.state(driver.until_s).position[0] == pytest.approx(0)


def test_a_clock_that_goes_back_makes_nothing_jump(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face(jawOpen=v) for v in np.linspace(0, 0.6, 20)], start_s=500.0)
    before = driver.state(driver.until_s)
    driver.command(3.0, face(jawOpen=0.6))
    assert driver.counts.clock_jumps == 1
    chunk = driver.chunk()
    check_motion(jaw, *chunk)
    reachable = jaw.limits.velocity[0] * 0.02
    assert abs(chunk.positions_rad[0, 0] - before.position[0]) < reachable
    positions = play(driver, [face(jawOpen=0.6)] * 30, start_s=3.1)
    assert positions[-1, 0] == pytest.approx(jaw.positions_rad(face(jawOpen=0.6))[0], abs=1e-4)


def test_a_jump_of_the_clock_keeps_the_state(head):
    driver = ActuatorDriver(head)
    play(driver, np.random.default_rng(5).random((30, 52)))
    at_s = driver.until_s - 0.03
    before = driver.state(at_s)
    driver.jump(at_s, 77.0)
    after = driver.state(77.0)
    np.testing.assert_allclose(after.position, before.position, atol=1e-9)
    np.testing.assert_allclose(after.velocity, before.velocity, atol=1e-9)
    check_motion(head, *driver.chunk())


def test_late_commands_change_nothing_that_is_past(jaw):
    driver = ActuatorDriver(jaw)
    seen = []
    for i in range(60):
        now_s = i * STEP_S
        # the face comes 150 ms after its time
        driver.command(now_s - 0.15, face(jawOpen=0.5 + 0.5 * np.sin(i / 5)), from_s=now_s)
        assert driver.chunk().times_s[0] >= now_s - 1e-9
        seen.append(driver.state(now_s).position[0])
    assert np.ptp(seen) > 0.2
    assert np.abs(np.diff(seen)).max() <= jaw.limits.velocity[0] * STEP_S + 1e-9


def test_rest_goes_to_rest_and_says_so(head):
    driver = ActuatorDriver(head)
    assert driver.is_resting(0.0)
    play(driver, np.random.default_rng(5).random((30, 52)))
    assert not driver.is_resting(driver.until_s)
    driver.rest(0.5)
    end_s = driver.chunk().times_s[-1]
    assert end_s < 1.5
    assert driver.is_resting(end_s + 1e-3)
    np.testing.assert_allclose(driver.state(end_s).position, head.rest_rad, atol=1e-6)


def test_without_news_the_watchdog_brings_it_to_rest(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face(jawOpen=0.6)] * 30)
    last_s = driver.until_s
    held = driver.state(last_s + jaw.watchdog_s * 0.9).position[0]
    assert held == pytest.approx(jaw.positions_rad(face(jawOpen=0.6))[0], abs=1e-3)
    assert driver.state(last_s + jaw.watchdog_s + 1.0).position[0] == pytest.approx(0, abs=1e-9)
    # and goes on without a jump when news come
    driver.command(last_s + 10.0, face(jawOpen=0.6))
    check_motion(jaw, *driver.chunk())
    assert driver.chunk().positions_rad[0, 0] == pytest.approx(0, abs=1e-9)


# rules


def test_no_joint_dwells_at_an_extreme(jaw):
    dwell = jaw.dwells[0]
    driver = ActuatorDriver(jaw)
    positions = play(driver, [face(jawOpen=1)] * 1200)
    times_s = np.arange(1200) * STEP_S
    there = beyond(dwell.beyond, positions)
    assert longest_stay_s(times_s, there) <= dwell.for_s
    assert driver.counts.dwell_holds >= 3
    assert there.mean() > 0.5  # the rule takes no more than it has to
    rests = np.flatnonzero(np.diff(there.astype(int)) == -1)
    assert positions[rests[0] + 30, 0] == pytest.approx(dwell.to_rad, abs=0.01)


def test_a_mouth_that_moves_does_not_dwell(jaw):
    driver = ActuatorDriver(jaw)
    t = np.arange(1200) * STEP_S
    play(driver, [face(jawOpen=v) for v in 0.5 - 0.5 * np.cos(2 * np.pi * t)])
    assert driver.counts.dwell_holds == 0


def test_a_dwelling_joint_whose_face_stops_leaves_in_time(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face(jawOpen=1)] * 190)
    assert driver.counts.dwell_holds == 0
    chunk = driver.chunk()
    check_rules(jaw, chunk.times_s, chunk.positions_rad)
    since_s = 0.1
    there = beyond(jaw.dwells[0].beyond, chunk.positions_rad)
    assert chunk.times_s[np.flatnonzero(there)[-1]] < since_s + jaw.dwells[0].for_s


def test_two_that_exclude_each_other_take_turns(head):
    first, second = head.exclusions[0]
    smile, frown = face(mouthSmileLeft=1, mouthFrownRight=1), face(mouthSmileRight=1)
    driver = ActuatorDriver(head)
    faces = [face()] * 5 + [smile] * 60 + [face(mouthFrownRight=1)] * 60 + [frown] * 60
    positions = play(driver, faces)
    assert not np.any(beyond(first, positions) & beyond(second, positions))
    # the first to come goes all the way, the other waits at its level, and has its turn after
    assert positions[60, first.joint] == pytest.approx(0.5, abs=0.02)
    assert positions[60, second.joint] == pytest.approx(second.level_rad, abs=0.01)
    assert beyond(second, positions[120])
    assert driver.counts.exclusions > 0


def test_load_makes_the_motion_smaller_until_it_is_gone(jaw):
    driver = ActuatorDriver(jaw)
    jaw_open = jaw.positions_rad(face(jawOpen=0.5))[0]
    seen = []
    for i in range(600):
        time_s = i * STEP_S
        effort = 2.0 if 60 <= i < 180 else 0.1
        driver.effort(time_s, {'jaw': effort, 'other': 9.0})
        driver.command(time_s, face(jawOpen=0.5))
        seen.append(driver.state(time_s).position[0])
    assert seen[59] == pytest.approx(jaw_open, abs=1e-4)
    assert seen[179] == pytest.approx(0, abs=1e-4)
    assert seen[-1] == pytest.approx(jaw_open, abs=1e-4)
    assert driver.counts.load_backoffs == 1
    assert np.abs(np.diff(seen)).max() < jaw.limits.velocity[0] * STEP_S


def test_effort_that_is_old_or_no_number_says_nothing(jaw):
    driver = ActuatorDriver(jaw)
    driver.effort(0.0, {'jaw': float('nan')})
    driver.effort(0.0, {'jaw': 5.0})
    positions = play(driver, [face(jawOpen=0.5)] * 600)
    assert positions[-1, 0] == pytest.approx(jaw.positions_rad(face(jawOpen=0.5))[0], abs=1e-4)


# live reload


def test_another_map_takes_over_without_a_jump(head):
    driver, rng = ActuatorDriver(head), np.random.default_rng(7)
    jaw_only = dataclasses.replace(load_map('jaw'), ramp_in_s=0.0)
    play(driver, rng.random((60, 52)))
    before = driver.state(driver.until_s).position[0]
    driver.replace(jaw_only)
    seen = [before]
    for i in range(60, 180):
        driver.command(i * STEP_S, face(jawOpen=0.5))
        seen.append(driver.state(i * STEP_S).position[0])
    assert driver.map is jaw_only
    assert np.abs(np.diff(seen)).max() <= head.limits.velocity[0] * STEP_S + 1e-9
    assert seen[-1] == pytest.approx(jaw_only.positions_rad(face(jawOpen=0.5))[0], abs=1e-3)


def test_a_map_with_tighter_limits_is_entered_at_its_own_speed(jaw):
    driver = ActuatorDriver(jaw)
    play(driver, [face(jawOpen=1)] * 30)
    tight = dataclasses.replace(
        jaw, dwells=(), joints=(dataclasses.replace(jaw.joints[0], upper_rad=0.2),)
    )
    driver.replace(tight)
    positions = play(driver, [face(jawOpen=1)] * 60, start_s=0.5)[:, 0]
    assert positions[-1] == pytest.approx(0.2, abs=1e-4)
    assert np.abs(np.diff(positions)).max() <= tight.limits.velocity[0] * STEP_S + 1e-9
