# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What controllers are told, as messages, and what joints say of themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..actuators import Chunk
from ..actuators.profile import Array
from ..ros.messages import as_sequence, get_message

TRAJECTORY_TYPE = 'trajectory_msgs/msg/JointTrajectory'
POSITIONS_TYPE = 'std_msgs/msg/Float64MultiArray'
JOINT_STATE_TYPE = 'sensor_msgs/msg/JointState'

_NS = 1_000_000_000


def joint_trajectory(names: Sequence[str], chunk: Chunk, epoch_ns: int) -> Any:
    """Return JointTrajectory; the stamp is the time of the first point.

    Args:
        names: of the joints.
        chunk: times since the epoch [k], ascending; positions and velocities [k, n].
        epoch_ns: on the clock of the controller.

    """
    duration = get_message('builtin_interfaces/msg/Duration')
    point = get_message('trajectory_msgs/msg/JointTrajectoryPoint')
    # rounded to whole nanoseconds before the difference, so that all chunks have the same points
    times_ns = np.rint(chunk.times_s * _NS).astype(np.int64)
    message = get_message(TRAJECTORY_TYPE)(joint_names=list(names))
    stamp = message.header.stamp
    stamp.sec, stamp.nanosec = divmod(epoch_ns + int(times_ns[0]), _NS)
    message.points = [
        point(
            positions=as_sequence(positions), velocities=as_sequence(velocities),
            time_from_start=duration(sec=after_ns // _NS, nanosec=after_ns % _NS),
        )
        for after_ns, positions, velocities in zip(
            (times_ns - times_ns[0]).tolist(), chunk.positions_rad, chunk.velocities_rad_s,
            strict=True,
        )
    ]  # fmt: skip
    return message


def joint_positions(positions_rad: Array) -> Any:
    """Return Float64MultiArray for positions [n]."""
    return get_message(POSITIONS_TYPE)(data=as_sequence(positions_rad))


def known_positions(message: Any) -> dict[str, float]:
    """Return the positions in a JointState, by joint; those that are not finite are left out."""
    return _by_joint(message.name, message.position)


def known_efforts(message: Any) -> dict[str, float]:
    """Return the efforts in a JointState, by joint; empty when it has none."""
    return _by_joint(message.name, message.effort)


def _by_joint(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    # positions and efforts may be empty; shorter ones than there are names say nothing reliable
    if len(names) != len(values):
        return {}
    return {
        name: float(value)
        for name, value in zip(names, values, strict=True)
        if math.isfinite(value)
    }
