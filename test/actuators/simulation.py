# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The actuator node's motion and controllers in one simulated time: exact, and on any machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from controller import NS, ForwardController, Kind, TrajectoryController

from facetalk_ros.actuators import ActuatorMap
from facetalk_ros.nodes.actuator_motion import Motion, Replacement
from facetalk_ros.nodes.actuator_schedule import Face, Schedule
from facetalk_ros.nodes.joint_messages import joint_positions, joint_trajectory

TICK_S = 1 / 60
REPEAT_S = 0.2
# Between the points of a chunk a controller draws a curve of its own: where a jaw at full speed
# stops at its limit, that passes it by a tenth of a degree (measured: 1.6 mrad).
_SPLINE_RAD = 2e-3


class Simulation:
    """What a node does in time, with a controller for each group.

    Args:
        actuators: the map.
        hz: of the controllers.
        transport_s: how long a message is under way at most.
        seed: of the times that messages take.

    """

    def __init__(
        self, actuators: ActuatorMap, *, kind: Kind = 'replace', hz: float = 100.0,
        replacement: Replacement = 'whole', from_desired: bool = False, lag_s: float = 0.04,
        transport_s: float = 0.006, seed: int = 0, positions: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.map, self.hz, self.replacement = actuators, hz, replacement
        self.transport_s = transport_s
        self.schedule = Schedule(late_s=0.25, early_s=5.0, depth=200)
        self.motion: Motion | None = Motion(actuators, positions or {}, 0.0, self.schedule)
        begin = {j.name: (positions or {}).get(j.name, j.rest_rad) for j in actuators.joints}
        self.controllers: dict[str, Any] = {}
        for group in actuators.groups:
            names = [actuators.joints[i].name for i in group.joints]
            self.controllers[group.name] = (
                TrajectoryController(
                    names, [begin[name] for name in names], kind, from_desired, lag_s
                )
                if group.output == 'trajectory'
                else ForwardController(names)
            )
        self.now_s = 0.0
        self._random = np.random.default_rng(seed)
        self._posted: list[tuple[float, str, Any]] = []
        self._told_s = self._ticked_s = self._updated_s = -1.0
        self.epoch_ns = 1_700_000_000 * NS
        self.keeps_plan = False
        self.plan: list[tuple[float, Any]] = []

    def run(
        self, until_s: float, faces: list[tuple[float, float, Any]] = (),  # type: ignore[assignment]
        at: Callable[[float], None] | None = None,
    ) -> None:  # fmt: skip
        """Let time pass; faces are (arrival, stamp, weights)."""
        waiting = sorted(faces, key=lambda face: face[0])
        while self.now_s < until_s:
            self.now_s += 1 / 500
            new = False
            while waiting and waiting[0][0] <= self.now_s:
                _, stamp_s, weights = waiting.pop(0)
                if self.motion is not None:
                    self.motion.push(Face(stamp_s, weights, self.now_s))
                new = True
            if at is not None:
                at(self.now_s)
            if self.motion is not None:
                ticks = self.now_s - self._ticked_s >= TICK_S
                if ticks:
                    self._ticked_s = self.now_s
                if (new or ticks) and self.now_s - self._told_s >= TICK_S / 2:
                    self.motion.advance(self.now_s)
                    if self.motion.changed or self.now_s - self._told_s >= REPEAT_S:
                        self.tell()
            self._deliver()

    def tell(self) -> None:
        """Send what the node sends."""
        assert self.motion is not None
        self.motion.changed, self._told_s = False, self.now_s
        for group in self.motion.map.groups:
            if group.output == 'trajectory':
                chunk = self.motion.trajectory(group, self.now_s, self.replacement)
                if chunk is not None:
                    names = [self.motion.map.joints[i].name for i in group.joints]
                    self._post(group.name, joint_trajectory(names, chunk, self.epoch_ns))

    def _post(self, group: str, message: Any) -> None:
        arrives_s = self.now_s + self._random.uniform(0.0002, self.transport_s)
        self._posted.append((arrives_s, group, message))

    def _deliver(self) -> None:
        clock_s = self.epoch_ns / NS + self.now_s
        for post in [p for p in self._posted if p[0] <= self.now_s]:
            self._posted.remove(post)
            self.controllers[post[1]].receive(post[2], clock_s)
        if self.now_s - self._updated_s < 1 / self.hz - 1e-6:
            return
        self._updated_s = self.now_s
        for group in self.map.groups:
            if group.output == 'forward' and self.motion is not None:
                positions = self.motion.positions_rad(group, self.now_s)
                self._post(group.name, joint_positions(positions))
            self.controllers[group.name].update(clock_s)
        if self.motion is not None and self.keeps_plan:
            self.plan.append((self.now_s, self.motion.driver.state(self.now_s).position))

    def moved(self, group: str) -> tuple[Any, Any]:
        """Return times [k] since the epoch and positions [k, n] commanded to the joints."""
        times, positions = zip(*self.controllers[group].log, strict=True)
        return np.array(times) - self.epoch_ns / NS, np.array(positions)

    def check(self, velocity: float = 1.05, acceleration: float = 1.15) -> None:
        """Hold what controllers made of it to the limits: no step, and none of the velocity."""
        for group in self.map.groups:
            joints = [self.map.joints[i] for i in group.joints]
            times, positions = self.moved(group.name)
            rejected = getattr(self.controllers[group.name], 'rejected', [])
            assert not rejected, rejected
            assert (positions >= [j.lower_rad - _SPLINE_RAD for j in joints]).all()
            assert (positions <= [j.upper_rad + _SPLINE_RAD for j in joints]).all()
            passed = np.diff(times)[:, None]
            velocities = np.diff(positions, axis=0) / passed
            most = np.array([j.max_velocity_rad_s for j in joints])
            assert (np.abs(velocities) <= velocity * most).all(), np.abs(velocities / most).max()
            changes = np.abs(np.diff(velocities, axis=0)) / passed[1:]
            most = np.array([j.max_acceleration_rad_s2 for j in joints])
            assert (changes <= acceleration * most).all(), (changes / most).max()

    def rests(self) -> bool:
        """Whether all joints have been led to rest."""
        return all(
            np.allclose(
                self.moved(group.name)[1][-1], self.map.rest_rad[list(group.joints)], atol=1e-3
            )
            for group in self.map.groups
        )
