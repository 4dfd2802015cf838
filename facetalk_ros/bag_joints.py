# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The joint trajectories that belong to replayed frames: as planned, not delayed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rosbags.typesys.store import Typestore

from .actuators import ActuatorDriver, ActuatorMap, Chunk, Group
from .presentation import Presented

JOINT_TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory'
_NS = 1_000_000_000
_EMPTY = np.zeros(0)


class BagJoints:
    """Drives the joints of a map by frames; a trajectory a group and frame.

    Each trajectory tells the motion from the one before to its frame, and the last one the way to
    rest. Groups of forward controllers get trajectories as well: their own messages have no stamp.

    Args:
        actuator_map: joints, limits and groups.
        store: has the message types.

    """

    def __init__(self, actuator_map: ActuatorMap, store: Typestore) -> None:
        self._driver = ActuatorDriver(actuator_map)
        self._types = store.types
        self._epoch_ns: int | None = None
        self.topics = {_topic(group): (k, group) for k, group in enumerate(actuator_map.groups)}

    def messages(self, shown: Presented) -> Iterator[tuple[str, Any]]:
        """Yield (topic, message) of a frame."""
        if self._epoch_ns is None:
            self._epoch_ns = shown.stamp_ns
        stale = self._driver.counts.stale
        self._driver.command((shown.stamp_ns - self._epoch_ns) / _NS, shown.frame.weights)
        if self._driver.counts.stale == stale:
            yield from self._chunks(self._driver.until_s)

    def end(self) -> Iterator[tuple[str, Any]]:
        """Yield what leads to rest."""
        if self._epoch_ns is not None:
            yield from self._chunks(np.inf)

    def _chunks(self, until_s: float) -> Iterator[tuple[str, Any]]:
        for topic, (k, group) in self.topics.items():
            chunk = self._driver.chunk(k)
            n = max(1, int(np.searchsorted(chunk.times_s, until_s + 1e-9, 'right')))
            yield topic, self._message(Chunk(*(part[:n] for part in chunk)), group)

    def _message(self, chunk: Chunk, group: Group) -> Any:
        types = self._types
        assert self._epoch_ns is not None
        times_ns = np.rint(chunk.times_s * _NS).astype(np.int64)
        lead_ns = self._epoch_ns - round(group.latency_s * _NS)
        sec, nanosec = divmod(int(times_ns[0]) + lead_ns, _NS)
        points = []
        for time_ns, positions, velocities in zip(
            times_ns - times_ns[0], chunk.positions_rad, chunk.velocities_rad_s, strict=True
        ):
            after_s, after_ns = divmod(int(time_ns), _NS)
            points.append(
                types['trajectory_msgs/msg/JointTrajectoryPoint'](
                    positions=np.ascontiguousarray(positions, np.float64),
                    velocities=np.ascontiguousarray(velocities, np.float64),
                    accelerations=_EMPTY, effort=_EMPTY,
                    time_from_start=types['builtin_interfaces/msg/Duration'](
                        sec=after_s, nanosec=after_ns
                    ),
                )
            )  # fmt: skip
        stamp = types['builtin_interfaces/msg/Time'](sec=sec, nanosec=nanosec)
        joints = self._driver.map.joints
        return types[JOINT_TRAJECTORY](
            header=types['std_msgs/msg/Header'](stamp=stamp, frame_id=''),
            joint_names=[joints[k].name for k in group.joints], points=points,
        )  # fmt: skip


def _topic(group: Group) -> str:
    if group.output == 'trajectory':
        return f'/{group.topic.lstrip("/")}'
    return f'/{group.name}/joint_trajectory'
