# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Motion with bounded velocity, acceleration and jerk, for many joints at once.

The jerk is piecewise constant. Everything is built from one piece, the change of velocity that
ends without acceleration: acceleration is raised, held and taken away again. All arrays are
float64 [n], one entry a joint; times are seconds, positions any unit, the same throughout.

The formulas are those of jerk-limited motion to rest, as in Biagiotti and Melchiorri, "Trajectory
Planning for Automatic Machines and Robots" (2008), with a start in motion.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_ITERATIONS = 8
# The cruising speed is found to this part of itself, or of the way; the end is exact all the same.
_TOLERANCE = 0.05
_TINY = 1e-12
# What rounding may add to a limit.
_SLACK = 1e-9


class State(NamedTuple):
    """Position, velocity and acceleration, float64 [n] each."""

    position: Array
    velocity: Array
    acceleration: Array


@dataclass(frozen=True)
class Limits:
    """The most that velocity, acceleration and jerk may be, float64 [n], all above zero."""

    velocity: Array
    acceleration: Array
    jerk: Array

    def scaled(self, factor: float) -> Limits:
        """Return limits for the same way in 1 / factor of the time."""
        return Limits(self.velocity * factor, self.acceleration * factor**2, self.jerk * factor**3)


@dataclass(frozen=True)
class Profile:
    """A motion of piecewise constant jerk, on a frame of reference that moves evenly.

    Attributes:
        start_s: when it begins.
        state: where it begins, relative to the moving frame in velocity.
        durations_s: [k, n] of the pieces. After the last one the joint rests in its frame.
        jerks: [k, n].
        drift: velocity of the frame [n].

    """

    start_s: float
    state: State
    durations_s: Array
    jerks: Array
    drift: Array

    @property
    def end_s(self) -> float:
        """When the last joint has come to rest in its frame."""
        return self.start_s + float(self.durations_s.sum(0).max())

    def at(self, time_s: float) -> State:
        """Return the state [n] at a time; before the start it is that of the start."""
        return self._after(np.full_like(self.drift, max(time_s - self.start_s, 0.0)))

    def sample(self, times_s: Array) -> State:
        """Return the states at times [k], as arrays [k, n]."""
        return self._after(np.maximum(times_s[:, None] - self.start_s, 0.0) + 0.0 * self.drift)

    def range_until(self, time_s: float) -> tuple[Array, Array]:
        """Return the least and the greatest positions [n] from the start to a time."""
        begins = np.zeros_like(self.durations_s)
        np.cumsum(self.durations_s[:-1], axis=0, out=begins[1:])
        t = np.clip(time_s - self.start_s - begins, 0.0, self.durations_s)
        jerk = self.jerks
        acceleration = _before(self.state.acceleration, jerk * t)
        velocity = _before(self.state.velocity + self.drift, t * (acceleration + t * (jerk / 2)))
        steps = t * (velocity + t * (acceleration / 2 + t * (jerk / 6)))
        position = _before(self.state.position, steps)
        # it turns where the velocity is zero; where that is not on its way, the ends are taken
        root = np.sqrt(np.maximum(acceleration**2 - 2 * jerk * velocity, 0.0))
        q = -(acceleration + np.copysign(root, acceleration))
        with np.errstate(divide='ignore', invalid='ignore'):
            turns = np.stack((q / jerk, 2 * velocity / q, np.broadcast_to(np.inf, t.shape)))
        turns = np.clip(np.nan_to_num(turns, nan=0.0), 0.0, t)
        there = position + turns * (velocity + turns * (acceleration / 2 + turns * (jerk / 6)))
        # behind the last piece it goes on evenly
        rest_s = time_s - self.start_s - begins[-1] - self.durations_s[-1]
        end = position[-1] + steps[-1] + self.drift * np.maximum(rest_s, 0.0)
        least = np.minimum(np.minimum(there.min((0, 1)), self.state.position), end)
        most = np.maximum(np.maximum(there.max((0, 1)), self.state.position), end)
        return least, most

    def _after(self, left: Array) -> State:
        position = self.state.position + self.drift * left
        velocity, acceleration = self.state.velocity, self.state.acceleration
        for duration, jerk in zip(self.durations_s, self.jerks, strict=True):
            t = np.maximum(np.minimum(left, duration), 0.0)
            position = position + t * (velocity + t * (acceleration / 2 + t * (jerk / 6)))
            velocity = velocity + t * (acceleration + t * (jerk / 2))
            acceleration = acceleration + t * jerk
            left = left - duration
        # rounding leaves a little motion at the end, which would go on for ever
        moving = left < -_SLACK
        return State(position, moving * velocity + self.drift, moving * acceleration)


def to_rest(start_s: float, state: State, target: Array, limits: Limits, drift: Array) -> Profile:
    """Return the way to a target that moves at an even speed, ending on it.

    Close to the fastest. The limits are those of the true velocity, so that a target that moves
    is approached at up to their difference. Where the target cannot be met without passing it
    first, it is passed by no more than stopping takes.

    Args:
        start_s: when to begin.
        state: then.
        target: its position then.
        limits: of velocity, acceleration and jerk; the state has to be within them.
        drift: velocity of the target, within the limit.

    """
    velocity, acceleration = state.velocity - drift, state.acceleration
    most, jerk = limits.acceleration, limits.jerk
    way = target - state.position
    stopping = _distance(velocity, acceleration, np.zeros_like(way), most, jerk)
    # mirrored, so that the target lies ahead of where stopping would end
    side = np.where(way >= stopping, 1.0, -1.0)
    way, velocity, acceleration = side * way, side * velocity, side * acceleration
    top = limits.velocity - side * drift
    speed = _cruising_speed(velocity, acceleration, way, side * stopping, top, most, jerk)
    missing = way - _total(velocity, acceleration, speed, most, jerk)
    cruise = np.where(speed > _TINY, np.maximum(missing, 0.0) / np.maximum(speed, _TINY), 0.0)
    first, first_jerks = _ramp(velocity, acceleration, speed, most, jerk)
    still = np.zeros_like(way)
    last, last_jerks = _ramp(speed, still, still, most, jerk)
    return Profile(
        start_s,
        State(state.position, state.velocity - drift, state.acceleration),
        np.vstack((first, cruise, last)),
        np.vstack((first_jerks, still, last_jerks)) * side,
        drift,
    )


def to_stop(start_s: float, state: State, limits: Limits) -> Profile:
    """Return the fastest way to rest, wherever that is."""
    still = np.zeros_like(state.position)
    durations_s, jerks = _ramp(
        state.velocity, state.acceleration, still, limits.acceleration, limits.jerk
    )
    return Profile(start_s, state, durations_s, jerks, still)


class Reach(NamedTuple):
    """How far joints go when they stop as fast as they can, and whether the limits allow it."""

    low: Array
    high: Array
    allowed: npt.NDArray[np.bool_]

    def within(self, lower: Array, upper: Array) -> npt.NDArray[np.bool_]:
        """Tell for each joint whether stopping keeps to these positions and to all limits.

        A state of which this is true has a next one of which it is true: that of stopping.
        """
        return np.asarray(
            (self.high <= upper + _SLACK) & (self.low >= lower - _SLACK) & self.allowed
        )


def stopping_reach(state: State, limits: Limits) -> Reach:
    """Return the extremes of the way to rest."""
    position, velocity, acceleration = state
    most, jerk = limits.acceleration, limits.jerk
    free = _freed(velocity, acceleration, jerk)
    end = position + _distance(velocity, acceleration, np.zeros_like(position), most, jerk)
    # where the acceleration turns the joint round before it is taken away, it goes furthest
    side = np.sign(velocity)
    against = side * acceleration
    root = np.sqrt(np.maximum(against**2 - 2 * jerk * np.abs(velocity), 0.0))
    t = np.where(free * velocity < 0, (-against - root) / jerk, 0.0)
    turn = position + side * t * (np.abs(velocity) + t * (against / 2 + t * (jerk / 6)))
    fastest = np.maximum(np.abs(velocity), np.abs(free))
    return Reach(
        np.minimum(np.minimum(position, end), turn),
        np.maximum(np.maximum(position, end), turn),
        (fastest <= limits.velocity + _SLACK) & (np.abs(acceleration) <= most + _SLACK),
    )


def joined(profiles: Sequence[Profile], choice: npt.NDArray[np.intp]) -> Profile:
    """Return the profile that has for each joint that of the profiles which choice [n] names."""

    def pick(parts: Sequence[Array]) -> Array:
        stacked = np.stack(parts)
        return np.asarray(np.take_along_axis(
            stacked, choice.reshape(1, *[1] * (stacked.ndim - 2), -1), 0
        )[0])  # fmt: skip

    return Profile(
        profiles[0].start_s,
        State(*(pick(parts) for parts in zip(*(p.state for p in profiles), strict=True))),
        pick([p.durations_s for p in profiles]),
        pick([p.jerks for p in profiles]),
        pick([p.drift for p in profiles]),
    )


def _before(first: Array, changes: Array) -> Array:
    """Return the value [k, n] before each of k changes [k, n]."""
    values = np.empty_like(changes)
    values[0] = first
    np.cumsum(changes[:-1], axis=0, out=values[1:])
    values[1:] += first
    return values


def _freed(velocity: Array, acceleration: Array, jerk: Array) -> Array:
    """Return the velocity when the acceleration has been taken away."""
    return velocity + acceleration * np.abs(acceleration) / (2 * jerk)


def _slopes(
    velocity: Array, acceleration: Array, goal: Array, most: Array, jerk: Array
) -> tuple[Array, Array, Array, Array]:
    """Return how long the acceleration rises, is held and falls, and the jerk that raises it."""
    sign = np.where(goal >= _freed(velocity, acceleration, jerk), 1.0, -1.0)
    begin = sign * acceleration
    gain = sign * (goal - velocity)
    peak = np.sqrt(np.maximum(jerk * gain + begin**2 / 2, 0.0))
    capped = np.minimum(peak, most)
    sloped = (2 * capped**2 - begin**2) / (2 * jerk)
    hold = (peak > most) * np.maximum(gain - sloped, 0.0) / most
    return np.maximum(capped - begin, 0.0) / jerk, hold, capped / jerk, sign * jerk


def _ramp(
    velocity: Array, acceleration: Array, goal: Array, most: Array, jerk: Array
) -> tuple[Array, Array]:
    """Return durations and jerks [3, n] from a velocity to another, without acceleration then."""
    rise, hold, fall, rising = _slopes(velocity, acceleration, goal, most, jerk)
    return np.stack((rise, hold, fall)), np.stack((rising, np.zeros_like(rising), -rising))


def _distance(
    velocity: Array, acceleration: Array, goal: Array, most: Array, jerk: Array
) -> Array:
    """Return the way of a change of velocity, float64 [n]."""
    rise, hold, fall, rising = _slopes(velocity, acceleration, goal, most, jerk)
    way = rise * (velocity + rise * (acceleration / 2 + rise * rising / 6))
    velocity = velocity + rise * (acceleration + rise * rising / 2)
    peak = acceleration + rise * rising
    way += hold * (velocity + hold * peak / 2)
    velocity = velocity + hold * peak
    way += fall * (velocity + fall * (peak / 2 - fall * rising / 6))
    return np.asarray(way)


def _braking_distance(velocity: Array, most: Array, jerk: Array) -> Array:
    """Return the way from a velocity of zero or more, without acceleration, to rest."""
    time_s = np.where(
        velocity * jerk >= most**2, velocity / most + most / jerk, 2 * np.sqrt(velocity / jerk)
    )
    return velocity * time_s / 2


def _total(velocity: Array, acceleration: Array, speed: Array, most: Array, jerk: Array) -> Array:
    """Return the way to a speed and from there to rest."""
    return _distance(velocity, acceleration, speed, most, jerk) + _braking_distance(
        speed, most, jerk
    )


def _cruising_speed(
    velocity: Array, acceleration: Array, way: Array, stopping: Array, top: Array,
    most: Array, jerk: Array,
) -> Array:  # fmt: skip
    """Return the highest speed, to _TOLERANCE, from which it is possible to stop on the target.

    The search is done joint by joint in plain numbers: for a head of 25 joints that is as fast as
    with arrays, for a few joints ten times as fast, and joints that rest cost nothing.
    """
    rows = np.stack((velocity, acceleration, way, stopping, top, most, jerk), 1)
    return np.array([_joint_speed(*row) for row in rows.tolist()])


def _joint_speed(
    velocity: float, acceleration: float, way: float, stopping: float, top: float,
    most: float, jerk: float,
) -> float:  # fmt: skip
    if velocity == acceleration == 0.0:
        # there and back again: half of the way each
        return min(top, _joint_braking_speed(max(way, 0.0) / 2, most, jerk))
    high = max(min(top, _joint_braking_speed(max(way - min(stopping, 0.0), 0.0), most, jerk)), 0.0)
    freed = velocity + acceleration * abs(acceleration) / (2 * jerk)

    def over(speed: float) -> float:
        there = _joint_distance(velocity, acceleration, freed, speed, most, jerk)
        return there + _joint_braking_distance(speed, most, jerk) - way

    # at zero the way is that of stopping, which suffices
    low, low_over = 0.0, stopping - way
    free = min(max(freed, 0.0), high)
    free_over = over(free)
    if free_over > 0:
        high, high_over = free, free_over
    else:
        low, low_over = free, free_over
        high_over = over(high)
        if high_over <= 0:
            return high
    for i in range(_ITERATIONS):
        if low > 0 and (high - low <= _TOLERANCE * high or -low_over <= _TOLERANCE * way):
            break
        # regula falsi on speed**1.5, to which the way is about proportional; then halving
        share = 0.5
        if i % 2 == 0 and high_over > low_over:
            share = min(max(-low_over / (high_over - low_over), 0.05), 0.95)
        middle = (low**1.5 + share * (high**1.5 - low**1.5)) ** (2 / 3)
        middle_over = over(middle)
        if middle_over <= 0:
            low, low_over = middle, middle_over
        else:
            high, high_over = middle, middle_over
    return low


def _joint_distance(
    velocity: float, acceleration: float, freed: float, goal: float, most: float, jerk: float
) -> float:
    """Return _distance for one joint."""
    sign = 1.0 if goal >= freed else -1.0
    begin = sign * acceleration
    gain = sign * (goal - velocity)
    peak = math.sqrt(max(jerk * gain + begin * begin / 2, 0.0))
    hold = 0.0
    if peak > most:
        peak = most
        hold = max(gain - (2 * peak * peak - begin * begin) / (2 * jerk), 0.0) / most
    rise, fall, rising = max(peak - begin, 0.0) / jerk, peak / jerk, sign * jerk
    way = rise * (velocity + rise * (acceleration / 2 + rise * rising / 6))
    velocity += rise * (acceleration + rise * rising / 2)
    reached = acceleration + rise * rising
    way += hold * (velocity + hold * reached / 2)
    velocity += hold * reached
    return way + fall * (velocity + fall * (reached / 2 - fall * rising / 6))


def _joint_braking_distance(speed: float, most: float, jerk: float) -> float:
    """Return the way from a speed, without acceleration, to rest."""
    if speed * jerk >= most * most:
        return speed * (speed / most + most / jerk) / 2
    return speed * math.sqrt(speed / jerk)


def _joint_braking_speed(way: float, most: float, jerk: float) -> float:
    """Return the speed from which braking takes this way."""
    if way * jerk * jerk >= most**3:
        ratio = most * most / jerk
        return (math.sqrt(ratio * ratio + 8 * most * way) - ratio) / 2
    return float((way * way * jerk) ** (1 / 3))
