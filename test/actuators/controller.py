# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Controllers that do with messages what those of ros2_controllers do, without ROS.

Written after joint_trajectory_controller's `update`, `validate_trajectory_msg` and
`Trajectory::sample` as they were in August 2026 on the branches humble (2.54), jazzy (4.42),
kilted (5.17) and master (6.9.0, and after #2419), with their default parameters but those given.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

NS = 1_000_000_000

Kind = Literal['replace', 'defer', 'blend']
"""Replace: Humble, Jazzy, Kilted. Defer: 6.8.0 to 6.9.0. Blend: after 6.9.0, as its default."""


class State(NamedTuple):
    position: Any
    velocity: Any


@dataclass
class Trajectory:
    """One message as the controller keeps it: absolute times [k] in seconds."""

    times: Any
    positions: Any
    velocities: Any
    before: tuple[float, State] | None = None

    def sample(self, time: float) -> State | None:
        """Return what Trajectory::sample does; None where that returns false."""
        assert self.before is not None
        at, state = self.before
        if time < at:
            return None
        if time < self.times[0]:
            return hermite(at, state, self.times[0], self.point(0), time)
        i = int(np.searchsorted(self.times, time, side='right')) - 1
        if i < len(self.times) - 1:
            return hermite(
                self.times[i], self.point(i), self.times[i + 1], self.point(i + 1), time
            )
        return self.point(-1)

    def point(self, i: int) -> State:
        return State(self.positions[i], self.velocities[i])


def hermite(t0: float, a: State, t1: float, b: State, time: float) -> State:
    """Return the cubic through two states."""
    width = t1 - t0
    if width <= 0:
        return b
    s = min(max((time - t0) / width, 0.0), 1.0)
    rise = b.position - a.position
    c2 = 3 * rise - (2 * a.velocity + b.velocity) * width
    c3 = -2 * rise + (a.velocity + b.velocity) * width
    return State(
        a.position + a.velocity * width * s + c2 * s**2 + c3 * s**3,
        a.velocity + (2 * c2 * s + 3 * c3 * s**2) / width,
    )


@dataclass
class TrajectoryController:
    """joint_trajectory_controller on joints that lag behind their commands.

    Attributes:
        kind: what is done with a trajectory that arrives while another runs.
        from_desired: parameter interpolate_from_desired_state (open_loop_control on Humble).
        lag_s: time constant of the joints.
        log: (time, commanded positions) of each cycle.
        rejected: what is wrong with messages that were not taken.

    """

    joints: list[str]
    position: Any
    kind: Kind = 'replace'
    from_desired: bool = False
    lag_s: float = 0.0
    log: list[tuple[float, Any]] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.position = np.array(self.position, float)
        self._measured = State(self.position.copy(), np.zeros_like(self.position))
        self._desired = State(self.position.copy(), np.zeros_like(self.position))
        self._now = self._desired_at = -np.inf
        self._running: Trajectory | None = None
        self._deferred: Trajectory | None = None
        self._arrived: list[Trajectory] = []

    def receive(self, message: Any, now: float) -> None:
        """Take a JointTrajectory, as topic_callback does."""
        problem = self._problem(message, now)
        if problem:
            self.rejected.append(problem)
            return
        order = [list(message.joint_names).index(name) for name in self.joints]
        stamp = message.header.stamp
        start = stamp.sec + stamp.nanosec / NS
        self._arrived = [
            Trajectory(
                start + np.array([seconds(p.time_from_start) for p in message.points]),
                np.array([p.positions for p in message.points])[:, order],
                np.array([p.velocities for p in message.points])[:, order],
            )
        ]  # a newer one replaces one that no cycle has seen
        self._stamp = start

    def _problem(self, message: Any, now: float) -> str:
        if sorted(message.joint_names) != sorted(self.joints):
            return 'the joints are others'
        if not len(message.points):
            return 'empty'
        after = [seconds(p.time_from_start) for p in message.points]
        if any(b <= a for a, b in itertools.pairwise(after)):
            return 'times do not ascend'
        if np.abs(message.points[-1].velocities).max() > np.finfo(np.float32).eps:
            return 'the last velocity is not zero'
        stamp = message.header.stamp
        start = stamp.sec + stamp.nanosec / NS
        if start and start + after[-1] < now:
            return 'ends in the past'
        if any(
            len(p.positions) != len(self.joints) or len(p.velocities) != len(self.joints)
            for p in message.points
        ):
            return 'not a value for each joint'
        return ''

    def update(self, now: float) -> None:
        """Run one cycle."""
        passed, self._now = now - self._now, now
        if self._arrived:
            self._take(self._arrived.pop(), now)
        if self._deferred is not None and now >= self._deferred_until:
            self._install(self._deferred, now)
            self._deferred = None
        if self._running is not None:
            if self._running.before is None:
                self._running.before = (
                    (self._desired_at if np.isfinite(self._desired_at) else now, self._desired)
                    if self.from_desired
                    else (now, self._measured)
                )
            sampled = self._running.sample(now)
            if sampled is not None:
                self._desired, self._desired_at = sampled, now
        self._move(passed)
        self.log.append((now, self._desired.position.copy()))

    def _take(self, new: Trajectory, now: float) -> None:
        runs = self._running is not None
        if self.kind == 'defer' and runs and self._stamp > now:
            self._deferred, self._deferred_until = new, self._stamp
            return
        self._deferred = None
        if self.kind == 'blend' and runs:
            new = self._blended(new, now)
        self._install(new, now)

    def _install(self, new: Trajectory, now: float) -> None:
        self._running = new

    def _blended(self, new: Trajectory, now: float) -> Trajectory:
        """Return what blend_with_active_trajectory makes of both; a stamp in the past is now."""
        old = self._running
        assert old is not None
        start = max(self._stamp, now)
        times = new.times - self._stamp + start
        kept = (old.times > now) & (old.times < start)
        parts = [(old.times[kept], old.positions[kept], old.velocities[kept])]
        bridge = old.sample(start)
        if bridge is not None and start < times[0]:
            parts.append((np.array([start]), bridge.position[None], bridge.velocity[None]))
        parts.append((times, new.positions, new.velocities))
        return Trajectory(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _move(self, passed: float) -> None:
        share = (
            1.0 if self.lag_s <= 0 or not np.isfinite(passed) else 1 - np.exp(-passed / self.lag_s)
        )
        before = self._measured.position
        position = before + share * (self._desired.position - before)
        velocity = (position - before) / passed if 0 < passed < np.inf else 0 * position
        self._measured = State(position, velocity)

    @property
    def measured(self) -> Any:
        """Positions that joint_states would tell."""
        return self._measured.position


@dataclass
class ForwardController:
    """forward_command_controller: the last message is the command."""

    joints: list[str]
    log: list[tuple[float, Any]] = field(default_factory=list)
    position: Any = None

    def receive(self, message: Any, now: float) -> None:
        data = np.asarray(message.data, float)
        assert data.shape == (len(self.joints),)
        self.position = data

    def update(self, now: float) -> None:
        """Run one cycle."""
        if self.position is not None:
            self.log.append((now, self.position.copy()))


def seconds(duration: Any) -> float:
    return float(duration.sec + duration.nanosec / NS)
