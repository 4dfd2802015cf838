# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From faces to the motion of joints that keeps every limit. No ROS, no clock of its own.

The joints are always on a motion that ends at rest. A command plans the way from where they are to
where the face is; behind it lie a stop, a hold, and the return to rest when no command comes any
more. All of it can be sent, so that a robot whose computer dies still ends at rest. A plan is only
taken when stopping from its end keeps all limits; when not, the way to a standstill at the target
is, which exists as long as the state before could be stopped from.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_NAMES
from .actuator_map import ActuatorMap
from .profile import Array, Profile, State, joined, stopping_reach, to_rest, to_stop
from .safety import (
    RETURN_SPEED,
    DwellRule,
    ExclusionRule,
    LoadRule,
    Narrowed,
    earliest_leave_s,
)

# Commands no further apart than this are one motion. A plan begins at most this long before its
# command's time.
_CONSECUTIVE_S = 0.1
# A command this long before the last one is from a clock that went back; a later one is stale.
_STALE_S = 0.5
# Part of the speed limit that a target may have; the rest is for catching up.
_FOLLOWED_SPEED = 0.9
_ROUNDING = 1e-10
# The least time that a plan covers.
_LEAST_S = 0.005
# What has been planned is remembered for so many commands.
_REMEMBERED = 128
_STEP_S = 1 / 60
_SPARSE_STEP_S = 0.05


@dataclass
class DriverCounts:
    """What has happened since the beginning; for diagnostics."""

    commands: int = 0
    bad_values: int = 0
    """Weights or angles that were not finite; the last good one stayed."""
    stale: int = 0
    """Commands left out, since a later one had been taken."""
    clock_jumps: int = 0
    dwell_holds: int = 0
    exclusions: int = 0
    load_backoffs: int = 0


class Chunk(NamedTuple):
    """Joint motion to be sent: presentation times [k], positions and velocities [k, n]."""

    times_s: Array
    positions_rad: Array
    velocities_rad_s: Array


class ActuatorDriver:
    """Moves the joints of a map after the face; one call a frame, in order of time.

    Args:
        actuator_map: the joints and their rules.
        positions_rad: where joints are, by name; the others are taken to rest.

    """

    def __init__(
        self, actuator_map: ActuatorMap, positions_rad: Mapping[str, float] | None = None
    ) -> None:
        self.counts = DriverCounts()
        known = {n: p for n, p in (positions_rad or {}).items() if math.isfinite(p)}
        self._start(actuator_map, known)
        self._weights = np.zeros(len(ARKIT_NAMES), np.float32)
        self._head_rad: Array = np.zeros(3)

    def _start(self, actuator_map: ActuatorMap, positions_rad: Mapping[str, float]) -> None:
        self.map = actuator_map
        self._next_map: ActuatorMap | None = None
        self._begin = np.array(
            [positions_rad.get(j.name, j.rest_rad) for j in actuator_map.joints]
        )
        still = np.zeros(len(actuator_map.joints))
        self._settle = to_stop(0.0, State(self._begin, still, still), actuator_map.limits)
        self._until_state = self._settle.state
        self._plans: deque[Profile] = deque(maxlen=_REMEMBERED)
        self._ramp_from_s: float | None = None
        self._from_s = -math.inf
        self._until_s = -math.inf
        self._asked: tuple[float, Array] | None = None
        self._returning = True
        self._dwells = [DwellRule(dwell, actuator_map) for dwell in actuator_map.dwells]
        self._exclusions = [ExclusionRule(pair) for pair in actuator_map.exclusions]
        self._load = LoadRule(actuator_map)

    # what is to happen

    def command(
        self, time_s: float, weights: npt.ArrayLike, head_rad: Sequence[float] = (0.0, 0.0, 0.0),
        from_s: float | None = None,
    ) -> None:  # fmt: skip
        """Be like this face at a time.

        A command that is not after the one before is left out as stale. When it is so by more than
        half a second, the clock went back, and the motion goes on from where it is.

        Args:
            time_s: presentation time.
            weights: [52] in the order of ARKIT_NAMES, 0 to 1; others are clipped, and in place of
                those that are not finite the last good ones are taken.
            head_rad: roll, pitch and yaw, as in HEAD_INPUTS.
            from_s: the motion before this time cannot be changed any more, since it has been
                executed; None: all of it can.

        Raises:
            ValueError: a time that is not finite, or other than 52 weights.

        """
        if not math.isfinite(time_s):
            raise ValueError(f'a command at {time_s} s')
        self._take(weights, head_rad)
        self.counts.commands += 1
        due_s = time_s if from_s is None else max(time_s, from_s)
        if self._asked is not None and time_s <= self._asked[0]:
            if self._asked[0] - time_s < _STALE_S:
                self.counts.stale += 1
                return
            self._asked = None
            if due_s <= self._until_s:
                self.jump(self._until_s, due_s - _LEAST_S)
        asked = self.map.positions_rad(self._weights, self._head_rad.tolist())
        start_s, state = self._start_of_plan(due_s, from_s)
        if self._next_map is not None and self._change_map(state):
            asked = self.map.positions_rad(self._weights, self._head_rad.tolist())
            state = self._settle.state
        if self._next_map is not None:
            self._go_to(start_s, due_s, state, self._standstill(start_s, state), returning=False)
            return
        target, narrowed = self._allowed(start_s, self._eased(due_s, asked, state), state)
        end_s = max(due_s, start_s + self._late_step_s(time_s, start_s, from_s))
        speed = self._speed_of(time_s, target)
        self._asked = (time_s, target)
        plan, after = self._chase(start_s, end_s, state, target, speed, narrowed)
        self._settle = to_stop(end_s, after, self.map.limits)
        self._done(plan, end_s, after, returning=False)

    def rest(self, time_s: float, from_s: float | None = None) -> None:
        """Go to rest from a time on; for the end, and for when nothing comes any more.

        Raises:
            ValueError: a time that is not finite.

        """
        if not math.isfinite(time_s):
            raise ValueError(f'rest at {time_s} s')
        due_s = time_s if from_s is None else max(time_s, from_s)
        start_s, state = self._start_of_plan(due_s, from_s)
        target, _ = self._allowed(start_s, self.map.rest_rad, state)
        self._go_to(start_s, due_s, state, target, returning=True)
        self._ramp_from_s = self._asked = None

    def jump(self, at_s: float, to_s: float) -> None:
        """Follow a clock that jumped: the motion at one time goes on, to a standstill, at another.

        Raises:
            ValueError: a time that is not finite.

        """
        if not (math.isfinite(at_s) and math.isfinite(to_s)):
            raise ValueError(f'a clock that jumped from {at_s} to {to_s} s')
        self.counts.clock_jumps += 1
        state = self.state(at_s)
        self._plans.clear()
        self._asked = None
        self._from_s = self._until_s = to_s
        self._until_state = state
        self._settle = to_stop(to_s, state, self.map.limits)
        for dwell in self._dwells:
            dwell.shift(to_s - at_s)
        self._load.shift(to_s - at_s)
        if self._ramp_from_s is not None:
            self._ramp_from_s += to_s - at_s

    def effort(self, time_s: float, efforts: Mapping[str, float]) -> None:
        """Take efforts by joint, from joint_states, at a presentation time."""
        self._load.effort(time_s, efforts)

    def replace(self, actuator_map: ActuatorMap) -> None:
        """Go on with another map from the next command on; moving joints stop first."""
        self._next_map = actuator_map

    # what happens

    @property
    def until_s(self) -> float:
        """The time of the last plan's end; -inf before the first."""
        return self._until_s

    def is_resting(self, time_s: float) -> bool:
        """Tell whether the joints are at rest at a time, and stay there until a command comes."""
        leave_s = self._leave_s()
        return leave_s == math.inf or time_s >= self._home(leave_s).end_s

    def state(self, time_s: float) -> State:
        """Return positions, velocities and accelerations [n] at a presentation time."""
        if time_s == self._until_s:
            return self._until_state
        if time_s < self._until_s:
            for plan in reversed(self._plans):
                if plan.start_s <= time_s:
                    return plan.at(time_s)
            return self._plans[0].at(time_s) if self._plans else self._settle.at(time_s)
        leave_s = self._leave_s()
        return (self._settle if time_s < leave_s else self._home(leave_s)).at(time_s)

    def chunk(self, group: int | None = None) -> Chunk:
        """Return the motion from the start of the last plan to the rest that ends it.

        The points are close where the joints follow the face. A cubic through positions and
        velocities is the motion itself wherever the jerk does not change between two points.
        Before the first command there are none.

        Args:
            group: index of a group; None is all joints.

        """
        joints = slice(None) if group is None else list(self.map.groups[group].joints)
        leave_s = self._leave_s()
        if leave_s == math.inf:
            none = np.zeros((0, len(self.map.joints)))[:, joints]
            return Chunk(np.zeros(0), none, none)
        home = self._home(leave_s)
        planned = _grid(self._from_s, self._until_s, _STEP_S)
        stopping = _grid(self._until_s, max(self._settle.end_s, self._until_s), _STEP_S)
        standing = _grid(stopping[-1], leave_s, math.inf)
        returning = _grid(leave_s, home.end_s, _SPARSE_STEP_S)
        parts = [self._plans[-1].sample(planned)] if self._plans else []
        parts.append(self._settle.sample(np.concatenate((stopping, standing[1:]))))
        parts.append(home.sample(returning[1:]))
        keep = [len(planned) - 1, None, None] if parts[2:] else [None, None]
        times_s = np.concatenate((
            planned[:-1] if self._plans else [], stopping, standing[1:], returning[1:]
        ))  # fmt: skip
        position = np.vstack([p.position[:k] for p, k in zip(parts, keep, strict=True)])
        velocity = np.vstack([p.velocity[:k] for p, k in zip(parts, keep, strict=True)])
        return Chunk(times_s, position[:, joints], velocity[:, joints])

    # how it is planned

    def _take(self, weights: npt.ArrayLike, head_rad: Sequence[float]) -> None:
        given = np.asarray(weights, np.float32)
        if given.shape != self._weights.shape or len(head_rad) != 3:
            raise ValueError(f'{given.shape} weights and {len(head_rad)} angles, not 52 and 3')
        good = np.isfinite(given)
        self._weights = np.where(good, np.clip(given, 0.0, 1.0), self._weights)
        angles = np.asarray(head_rad, np.float64)
        good_angles = np.isfinite(angles)
        self._head_rad = np.where(good_angles, np.clip(angles, -np.pi, np.pi), self._head_rad)
        self.counts.bad_values += int(np.count_nonzero(~good) + np.count_nonzero(~good_angles))

    def _start_of_plan(self, due_s: float, from_s: float | None) -> tuple[float, State]:
        start_s = max(
            self._until_s, due_s - _CONSECUTIVE_S, -math.inf if from_s is None else from_s
        )
        if start_s >= self._leave_s():
            self._ramp_from_s = None  # it had come to rest
        return start_s, self.state(start_s)

    def _late_step_s(self, time_s: float, start_s: float, from_s: float | None) -> float:
        """Return how much time a plan covers whose command is late: up to the next command."""
        if self._asked is None or from_s is None:
            return _LEAST_S
        step_s = min(max(time_s - self._asked[0], _LEAST_S), _CONSECUTIVE_S)
        # not further and further ahead when many come at once
        return step_s if start_s - from_s < step_s else _LEAST_S

    def _eased(self, time_s: float, asked: Array, state: State) -> Array:
        """Return what is asked, made smaller by load and while the motion begins."""
        factors, began = self._load.apply(time_s)
        self.counts.load_backoffs += began
        asked = self.map.rest_rad + factors * (asked - self.map.rest_rad)
        if self._ramp_from_s is None:
            self._ramp_from_s, self._begin = time_s, state.position
        passed_s = max(time_s - self._ramp_from_s, 0.0)
        if passed_s >= self.map.ramp_in_s:
            return asked
        part = passed_s / self.map.ramp_in_s
        return np.asarray(self._begin + part**2 * (3 - 2 * part) * (asked - self._begin))

    def _allowed(self, time_s: float, asked: Array, state: State) -> tuple[Array, Narrowed]:
        """Return where the joints may go of what is asked, and the limits of the moment."""
        narrowed = Narrowed(self.map)
        for dwell in self._dwells:
            dwell.watch(time_s, state.position)
            self.counts.dwell_holds += dwell.apply(time_s, narrowed)
        if self._exclusions:
            reach = stopping_reach(state, self.map.limits)
            for exclusion in self._exclusions:
                self.counts.exclusions += exclusion.apply(asked, reach, narrowed)
        return np.clip(asked, narrowed.lower_rad, narrowed.upper_rad), narrowed

    def _speed_of(self, time_s: float, target: Array) -> Array:
        if self._asked is None or time_s - self._asked[0] > _CONSECUTIVE_S:
            return np.zeros_like(target)
        most = _FOLLOWED_SPEED * self.map.limits.velocity
        # where sound begins, two faces may come within a millisecond
        passed_s = max(time_s - self._asked[0], _LEAST_S)
        return np.clip((target - self._asked[1]) / passed_s, -most, most)

    def _chase(
        self, start_s: float, end_s: float, state: State, target: Array, speed: Array,
        narrowed: Narrowed,
    ) -> tuple[Profile, State]:  # fmt: skip
        """Plan to be on a moving target at end_s, where that and stopping then keep the limits.

        Returns:
            The plan, and the state at end_s.

        """
        limits = self.map.limits
        chase = to_rest(start_s, state, target - speed * (end_s - start_s), limits, speed)
        low, high = chase.range_until(end_s)
        after = chase.at(end_s)
        fine = stopping_reach(after, limits).within(narrowed.lower_rad, narrowed.upper_rad)
        fine &= (low >= narrowed.lower_rad - _ROUNDING) & (high <= narrowed.upper_rad + _ROUNDING)
        if fine.all():
            return chase, after
        safe = to_rest(start_s, state, target, limits, np.zeros_like(target))
        plan = joined((safe, chase), fine.astype(np.intp))
        return plan, plan.at(end_s)

    def _go_to(
        self, start_s: float, due_s: float, state: State, target: Array, *, returning: bool
    ) -> None:
        plan = to_rest(start_s, state, target, self.map.limits, np.zeros_like(target))
        self._settle = plan
        end_s = max(due_s, start_s + _LEAST_S)
        self._done(plan, end_s, plan.at(end_s), returning=returning)

    def _done(self, plan: Profile, end_s: float, after: State, *, returning: bool) -> None:
        self._from_s, self._until_s = plan.start_s, end_s
        self._until_state = after
        self._returning = returning
        self._plans.append(plan)
        for rule in self._dwells:
            rule.watch(end_s, after.position)

    def _leave_s(self) -> float:
        """Return when the return to rest begins if no command comes."""
        if self._until_s == -math.inf:
            return math.inf
        stop_s = max(self._settle.end_s, self._until_s)
        if self._returning:
            return stop_s
        return max(
            min(self._until_s + self.map.watchdog_s, earliest_leave_s(self._dwells)), stop_s
        )

    def _home(self, leave_s: float) -> Profile:
        """Return the way from the standstill to rest."""
        end = self._settle.at(self._settle.end_s).position
        still = np.zeros_like(end)
        limits = self.map.limits.scaled(RETURN_SPEED)
        return to_rest(leave_s, State(end, still, still), self.map.rest_rad, limits, still)

    def _standstill(self, time_s: float, state: State) -> Array:
        stop = to_stop(time_s, state, self.map.limits)
        return stop.at(stop.end_s).position

    def _change_map(self, state: State) -> bool:
        """Begin with the next map if all joints stand; tell whether they do."""
        assert self._next_map is not None
        if np.any(state.velocity != 0) or np.any(state.acceleration != 0):
            return False
        where = dict(zip((j.name for j in self.map.joints), state.position, strict=True))
        self._start(self._next_map, where)
        return True


def _grid(start_s: float, end_s: float, step_s: float) -> Array:
    """Return times from start to end, both included, in even steps of about step_s."""
    if not end_s > start_s:
        return np.array([start_s])
    return np.linspace(start_s, end_s, max(math.ceil((end_s - start_s) / step_s - 1e-6), 1) + 1)
