# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Compares joint trajectories: the motion that a controller makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..recording import RecordedTrajectory, Recording, Times
from .curves import Curves, compare_curves
from .report import Check, Difference
from .tolerances import Tolerances

_SEVERITY = 1e3
# Joints do not jump: between trajectories this far apart the motion is known well enough.
_NEAR_S = 0.1


def compare_joints(expected: Recording, actual: Recording, tolerances: Tolerances) -> list[Check]:
    """Compare trajectories topic by topic, when both recordings have some."""
    old, new = expected.joint_trajectories, actual.joint_trajectories
    if not old and not new:
        return []
    if not old or not new:
        which = actual.path if old else expected.path
        return [Check('joints', f'no joint trajectories in {which}', skipped=True)]
    checks = []
    for topic in sorted({*old, *new}):
        name = f'joints: {topic}'
        if topic not in old or topic not in new:
            text = 'not expected' if topic in new else 'missing'
            checks.append(Check(name, '', [Difference(topic, text, _SEVERITY)]))
            continue
        joints = old[topic][0].joint_names
        others = new[topic][0].joint_names
        if joints != others:
            text = f'joints {", ".join(others)} instead of {", ".join(joints)}'
            checks.append(Check(name, '', [Difference(topic, text, _SEVERITY)]))
            continue
        curves = [_motion(r[topic]) for r in (old, new)]
        there = _near(curves[0].times_s, curves[1].times_s)
        differences = compare_curves(
            curves[0], curves[1], np.flatnonzero(there), joints, tolerances.joints_rad,
            tolerances.time_s, ' rad',
        )  # fmt: skip
        if not there.all():
            text = f'{np.count_nonzero(~there)} of {len(there)} trajectories are missing'
            differences.append(Difference(topic, text, _SEVERITY))
        checks.append(Check(name, f'{np.count_nonzero(there)} trajectories', differences))
    return checks


def _motion(chunks: Sequence[RecordedTrajectory]) -> Curves:
    """Return what is executed of a rolling trajectory: of each chunk the state it begins with.

    Every chunk replaces the one before from its own first point on.
    """
    starts = {c.times_s[0]: c.positions[0] for c in chunks if len(c.times_s)}
    times_s = np.array(sorted(starts))
    return Curves(times_s, np.array([starts[t] for t in times_s]).reshape(len(times_s), -1))


def _near(times_s: Times, others_s: Times) -> npt.NDArray[np.bool_]:
    """Tell for each time whether there are others close before and close after it."""
    before = np.searchsorted(others_s, times_s + 1e-6, 'right') - 1
    after = np.searchsorted(others_s, times_s - 1e-6)
    has = (before >= 0) & (after < len(others_s))
    if not len(others_s):
        return has
    before, after = np.maximum(before, 0), np.minimum(after, len(others_s) - 1)
    return np.asarray(has & (others_s[after] - others_s[before] <= _NEAR_S))
