# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From faces with stamps to what controllers are told, and when. No ROS.

All times are seconds on one axis that never goes back: the node's clock since an epoch. The
driver's times are presentation times; a group is told earlier by its latency.

A `joint_trajectory_controller` takes a new trajectory whole, in the cycle in which it gets it:
from its measured state to the first point where that is to come, else right onto the trajectory.
So each trajectory begins in the past with what was sent before, and the splice lies inside of it.
That is so from Humble to Kilted, and in Lyrical up to 6.9.0 with a stamp in the past. Later ones
splice by themselves (`allow_trajectory_replacement`), up to the stamp, and play what has a stamp
in the past from now on: for them a trajectory begins in the future.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ..actuators import ActuatorDriver, ActuatorMap, Chunk, Group
from ..actuators.profile import Array
from ..face.names import ARKIT_NAMES
from .actuator_schedule import Due, Face, Schedule

Replacement = Literal['whole', 'splice']
REPLACEMENTS: tuple[Replacement, ...] = get_args(Replacement)

HeadRad = tuple[float, float, float]

# What leaves now is in the hands of a controller within this time.
_TRANSPORT_S = 0.02
# Faces are commanded so long before the last moment.
_WINDOW_S = 0.03
# A trajectory begins so long ago: clocks of two machines differ, a controller has its own cycle.
_OVERLAP_S = 0.05
# A trajectory goes on for so long, at rest: controllers refuse one that has ended when it comes.
_LEAST_S = 0.2
# A forward controller that was told nothing for longer is not to make up for it in one step.
_UNTOLD_S = 0.03
# Closer together than this two points are one.
_SAME_S = 1e-4
# A head that moves without a face is followed when no face came for so long.
_HEAD_ALONE_S = 0.1
_HEAD_POSES = 200
_NO_FACE = np.zeros(len(ARKIT_NAMES), np.float32)


class Motion:
    """The joints of a map, in time.

    Args:
        actuator_map: which joints.
        positions_rad: where they are, by name, as far as that is known.
        now_s: the time.
        schedule: the faces.

    Attributes:
        changed: whether there is something new to tell the controllers; for the caller to clear.

    """

    def __init__(
        self, actuator_map: ActuatorMap, positions_rad: Mapping[str, float], now_s: float,
        schedule: Schedule,
    ) -> None:  # fmt: skip
        self.schedule = schedule
        self.changed = True
        self._next_map: ActuatorMap | None = None
        self._heads: deque[tuple[float, HeadRad]] = deque(maxlen=_HEAD_POSES)
        self._head_rad: HeadRad = (0.0, 0.0, 0.0)
        self._weights: npt.NDArray[np.float32] = _NO_FACE
        self._face_s = self._head_s = -np.inf
        self._sent: dict[str, tuple[float, Array]] = {}
        self.driver = ActuatorDriver(actuator_map, positions_rad)
        self._rest(now_s)

    @property
    def map(self) -> ActuatorMap:
        """The map in use."""
        return self.driver.map

    def _earliest_s(self, now_s: float) -> float:
        """Return the first presentation time that all groups can still be told about."""
        return now_s + _TRANSPORT_S + max(group.latency_s for group in self.map.groups)

    # what is to happen

    def push(self, face: Face) -> None:
        """Add a face; it is taken when its time is near."""
        self.schedule.push(face)

    def push_head(self, stamp_s: float, head_rad: HeadRad) -> None:
        """Add a pose of the head: roll, pitch and yaw."""
        while self._heads and self._heads[-1][0] >= stamp_s:
            self._heads.pop()
        self._heads.append((stamp_s, head_rad))

    def advance(self, now_s: float) -> list[Due]:
        """Command the faces whose time is near; return them. Called often."""
        earliest_s = self._earliest_s(now_s)
        if self._next_map is not None and self.driver.is_resting(earliest_s):
            where = dict(
                zip(
                    (j.name for j in self.map.joints),
                    self.driver.state(earliest_s).position.tolist(),
                    strict=True,
                )
            )
            self._begin_again(self._next_map, where, now_s)
        taken = list(self.schedule.take(earliest_s, _WINDOW_S, now_s))
        for due in taken:
            self._turn_head(due.face.stamp_s)
            self._weights, self._face_s = due.face.weights, now_s
            self._command(due.time_s, earliest_s, now_s)
        if now_s - self._face_s > _HEAD_ALONE_S and self._turn_head(earliest_s + _WINDOW_S):
            if now_s - self._face_s > self.map.watchdog_s:
                self._weights = _NO_FACE
            self._command(max(self._head_s, earliest_s), earliest_s, now_s)
        return taken

    def _turn_head(self, until_s: float) -> bool:
        turned = False
        while self._heads and self._heads[0][0] <= until_s:
            self._head_s, self._head_rad = self._heads.popleft()
            turned = True
        return turned

    def _command(self, time_s: float, from_s: float, now_s: float) -> None:
        before = self.driver.map
        self.driver.command(time_s, self._weights, self._head_rad, from_s=from_s)
        if self.driver.map is not before:
            self._next_map = None
            self._begin_plan()
        else:
            self._splice(now_s)

    def rest(self, now_s: float) -> None:
        """Forget what waits and go to rest."""
        self.schedule.clear()
        self._heads.clear()
        self._head_rad = (0.0, 0.0, 0.0)
        earliest_s = self._earliest_s(now_s)
        self.driver.rest(earliest_s, from_s=earliest_s)
        self._splice(now_s)

    def _rest(self, now_s: float) -> None:
        """Go to rest from where the joints are, in a trajectory with no past."""
        earliest_s = self._earliest_s(now_s)
        self.driver.rest(earliest_s, from_s=earliest_s)
        self._begin_plan()

    def clock_jumped(self, now_s: float) -> None:
        """Stop, and wait for what comes: nothing that waits has a meaning any more.

        Controllers on the same clock stood still meanwhile, and find their way from there.
        """
        self.schedule.clear()
        self._heads.clear()
        earliest_s = self._earliest_s(now_s)
        self.driver.jump(earliest_s, earliest_s)
        self._rest(now_s)

    def restart(self, positions_rad: Mapping[str, float], now_s: float) -> None:
        """Begin again from where the joints are."""
        self._begin_again(self.map, positions_rad, now_s)

    def replace(self, actuator_map: ActuatorMap) -> None:
        """Go on with another map as soon as the joints stand."""
        self._next_map = actuator_map
        self.driver.replace(actuator_map)

    def _begin_again(
        self, actuator_map: ActuatorMap, positions_rad: Mapping[str, float], now_s: float
    ) -> None:
        counts = self.driver.counts
        self._next_map = None
        self.driver = ActuatorDriver(actuator_map, positions_rad)
        self.driver.counts = counts
        self._sent.clear()
        self._rest(now_s)

    # what controllers are told

    def _begin_plan(self) -> None:
        self._plan = _distinct(self.driver.chunk())
        self.changed = True

    def _splice(self, now_s: float) -> None:
        """Put what is planned now behind what has been planned before."""
        new, old = _distinct(self.driver.chunk()), self._plan
        self.changed = True
        end = int(np.searchsorted(old.times_s, new.times_s[0] - _SAME_S))
        past_s = now_s - _OVERLAP_S + min(group.latency_s for group in self.map.groups)
        begin = max(int(np.searchsorted(old.times_s[:end], past_s)) - 1, 0)
        self._plan = Chunk(
            np.concatenate((old.times_s[begin:end], new.times_s)),
            np.concatenate((old.positions_rad[begin:end], new.positions_rad)),
            np.concatenate((old.velocities_rad_s[begin:end], new.velocities_rad_s)),
        )

    def trajectory(self, group: Group, now_s: float, replacement: Replacement) -> Chunk | None:
        """Return the motion of a group in the time of its controller; None when it has ended."""
        times_s = self._plan.times_s - group.latency_s
        if times_s[-1] <= now_s + _TRANSPORT_S:
            return None
        if replacement == 'whole':
            begin = max(int(np.searchsorted(times_s, now_s - _OVERLAP_S)) - 1, 0)
        else:
            begin = int(np.searchsorted(times_s, now_s + _TRANSPORT_S))
        joints = list(group.joints)
        chunk = Chunk(
            times_s[begin:],
            self._plan.positions_rad[begin:, joints],
            self._plan.velocities_rad_s[begin:, joints],
        )
        if times_s[-1] > now_s + _LEAST_S:
            return chunk
        return Chunk(
            np.append(chunk.times_s, now_s + _LEAST_S),
            np.vstack((chunk.positions_rad, chunk.positions_rad[-1])),
            np.vstack((chunk.velocities_rad_s, chunk.velocities_rad_s[-1])),
        )

    def positions_rad(self, group: Group, now_s: float) -> Array:
        """Return where a group's joints [n] are to be sent now.

        No faster than they may go, whatever the clock did and however long nothing was sent.
        """
        joints = list(group.joints)
        wanted = self.driver.state(now_s + group.latency_s).position[joints]
        if group.name in self._sent:
            at_s, before = self._sent[group.name]
            step = self.map.limits.velocity[joints] * min(now_s - at_s, _UNTOLD_S)
            wanted = np.clip(wanted, before - step, before + step)
        self._sent[group.name] = now_s, wanted
        return wanted

    def is_resting(self, now_s: float) -> bool:
        """Tell whether all joints have been told to rest, and do."""
        if not self.driver.is_resting(now_s):
            return False
        return all(
            np.allclose(positions, self.map.rest_rad[list(group.joints)], atol=1e-6)
            for group in self.map.groups
            if group.name in self._sent
            for positions in (self._sent[group.name][1],)
        )


def _distinct(chunk: Chunk) -> Chunk:
    """Return a chunk without points that another follows at once."""
    keep = np.append(np.diff(chunk.times_s) > _SAME_S, True)
    return chunk if keep.all() else Chunk(*(part[keep] for part in chunk))
