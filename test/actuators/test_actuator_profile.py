# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.actuators.profile import Limits, State, stopping_reach, to_rest, to_stop

N = 2000


@pytest.fixture(scope='module')
def world():
    """Random joints in motion, each able to stop within its limits."""
    rng = np.random.default_rng(3)
    limits = Limits(rng.uniform(1, 10, N), rng.uniform(10, 300, N), rng.uniform(200, 2e4, N))
    lower, upper = np.full(N, -0.5), np.full(N, 0.6)
    state = State(
        rng.uniform(lower, upper),
        rng.uniform(-1, 1, N) * limits.velocity,
        rng.uniform(-1, 1, N) * limits.acceleration,
    )
    fine = stopping_reach(state, limits).within(lower, upper)
    assert 0.5 < fine.mean() < 1
    limits = Limits(limits.velocity[fine], limits.acceleration[fine], limits.jerk[fine])
    return State(*(part[fine] for part in state)), limits, lower[fine], upper[fine], rng


def check_limits(profile, limits, lower, upper):
    times_s = np.linspace(0, profile.end_s, 1500)
    position, velocity, acceleration = profile.sample(times_s)
    assert np.all(position <= upper + 1e-9)
    assert np.all(position >= lower - 1e-9)
    assert np.all(np.abs(velocity) <= limits.velocity + 1e-9)
    assert np.all(np.abs(acceleration) <= limits.acceleration + 1e-9)
    # the derivatives are those of the position
    step_s = times_s[1]
    apart = np.abs(np.diff(position, axis=0) / step_s - velocity[1:])
    assert np.all(apart <= limits.acceleration * step_s + 1e-6)
    jerk = np.abs(np.diff(acceleration, axis=0)) / step_s
    assert np.all(jerk <= limits.jerk * (1 + 1e-6))


def test_it_ends_at_rest_on_the_target_within_all_limits(world):
    state, limits, lower, upper, rng = world
    target = rng.uniform(lower, upper)
    profile = to_rest(0.0, state, target, limits, np.zeros_like(target))
    end = profile.at(profile.end_s)
    np.testing.assert_allclose(end.position, target, atol=1e-9)
    assert not end.velocity.any()
    assert not end.acceleration.any()
    check_limits(profile, limits, lower, upper)


def test_it_begins_where_the_joint_is(world):
    state, limits, lower, upper, rng = world
    profile = to_rest(5.0, state, rng.uniform(lower, upper), limits, np.zeros(len(lower)))
    for before, after in zip(state, profile.at(5.0), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-12)


def test_stopping_stays_within_the_reach_and_always_can_be_gone_on_with(world):
    state, limits, lower, upper, _ = world
    profile = to_stop(0.0, state, limits)
    reach = stopping_reach(state, limits)
    check_limits(profile, limits, reach.low, reach.high)
    for time_s in np.linspace(0, profile.end_s, 20):
        assert stopping_reach(profile.at(time_s), limits).within(lower, upper).all()


def test_every_moment_of_a_way_to_rest_can_be_stopped_from(world):
    state, limits, lower, upper, rng = world
    profile = to_rest(0.0, state, rng.uniform(lower, upper), limits, np.zeros(len(lower)))
    for time_s in np.linspace(0, profile.end_s, 20):
        assert stopping_reach(profile.at(time_s), limits).within(lower, upper).all()


def test_a_moving_target_is_met_and_followed(world):
    state, limits, lower, upper, rng = world
    drift = rng.uniform(-0.9, 0.9, len(lower)) * limits.velocity
    target = rng.uniform(lower, upper)
    profile = to_rest(0.0, state, target, limits, drift)
    time_s = profile.end_s + 0.25
    end = profile.at(time_s)
    np.testing.assert_allclose(end.position, target + drift * time_s, atol=1e-8)
    np.testing.assert_allclose(end.velocity, drift)
    _, velocity, acceleration = profile.sample(np.linspace(0, profile.end_s, 500))
    assert np.all(np.abs(velocity) <= limits.velocity + 1e-9)
    assert np.all(np.abs(acceleration) <= limits.acceleration + 1e-9)


def test_the_range_is_that_of_all_positions_on_the_way(world):
    state, limits, lower, upper, rng = world
    drift = rng.uniform(-0.9, 0.9, len(lower)) * limits.velocity
    profile = to_rest(2.0, state, rng.uniform(lower, upper), limits, drift)
    for time_s in (2.0, 2.02, 2.1, profile.end_s, profile.end_s + 0.1):
        low, high = profile.range_until(time_s)
        position = profile.sample(np.linspace(2.0, time_s, 1500)).position
        # a turn between two samples goes on for so much
        between = limits.acceleration * ((time_s - 2.0) / 1500) ** 2 + 1e-9
        for found, seen in ((-low, -position.min(0)), (high, position.max(0))):
            assert np.all(found >= seen - 1e-9)
            assert np.all(found <= seen + between)


def test_from_rest_it_is_nearly_as_fast_as_can_be():
    # to the middle at full jerk and acceleration, and the same back: 2 * t such that the
    # closed form holds where no speed limit is met
    limits = Limits(np.array([100.0]), np.array([20.0]), np.array([1000.0]))
    still = np.zeros(1)
    way = 0.5
    profile = to_rest(0.0, State(still, still, still), np.array([way]), limits, still)
    most, jerk = 20.0, 1000.0
    # way = v * (v / most + most / jerk), half of it while the speed rises
    speed = (-most / jerk + np.sqrt((most / jerk) ** 2 + 4 * way / most)) / 2 * most
    fastest_s = 2 * (speed / most + most / jerk)
    assert fastest_s <= profile.end_s <= 1.05 * fastest_s


def test_nothing_to_do_takes_no_time():
    still = np.zeros(3)
    limits = Limits(*(np.ones(3),) * 3)
    profile = to_rest(1.0, State(still, still, still), still, limits, still)
    assert profile.end_s == 1.0
    assert not profile.at(7.0).position.any()
