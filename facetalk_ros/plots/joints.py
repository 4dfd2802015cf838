# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Joints over time: what was commanded, what was told back, and the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..recording import Recording
from .model import Line, Panel

#: What stays within this does not move: a step of a good servo [rad].
STILL_RAD = 0.002


class JointLimits(NamedTuple):
    """The range of a joint [rad]."""

    lower_rad: float
    upper_rad: float


def joint_panels(
    recordings: Sequence[Recording], limits: Mapping[str, JointLimits], from_s: float, to_s: float
) -> tuple[list[Panel], list[str]]:
    """Return a panel for each joint that was commanded or that told its position.

    A joint of joint_states that nothing commanded is left out when others are commanded: a robot
    has many. Those that rest while others move have no panel; their names come second.
    """
    commanded = [_commanded(recording) for recording in recordings]
    names = sorted({name for run in commanded for name in run})
    if not names:
        names = sorted({name for recording in recordings for name in recording.joint_states})
    panels: list[Panel] = []
    resting: list[Panel] = []
    for name in names:
        lines = []
        for run, recording in enumerate(recordings):
            told = recording.joint_states.get(name)
            if told is not None:
                lines.append(Line('measured', run, told.times_s, told.positions, 'dashed'))
            if name in commanded[run]:
                lines.append(Line('commanded', run, *commanded[run][name]))
        lines = [_cut(line, from_s, to_s) for line in lines]
        lines = [line for line in lines if np.isfinite(line.values).any()]
        if lines:
            panel = _panel(name, lines, limits.get(name))
            moves = any(np.ptp(v[np.isfinite(v)]) > STILL_RAD for v in (x.values for x in lines))
            (panels if moves else resting).append(panel)
    return (panels, [panel.title for panel in resting]) if panels else (resting, [])


def _panel(name: str, lines: Sequence[Line], limits: JointLimits | None) -> Panel:
    values = np.concatenate([line.values for line in lines])
    marks = [] if limits is None else [('lower', limits.lower_rad), ('upper', limits.upper_rad)]
    edges = [float(np.nanmin(values)), float(np.nanmax(values)), *(value for _, value in marks)]
    margin = max(0.02, 0.1 * (max(edges) - min(edges)))
    return Panel(
        'curve', name, 'rad', min(edges) - margin, max(edges) + margin, lines, limits=marks
    )


def _cut(line: Line, from_s: float, to_s: float) -> Line:
    inside = (line.times_s >= from_s) & (line.times_s <= to_s)
    return line._replace(times_s=line.times_s[inside], values=line.values[inside])


def _commanded(
    recording: Recording,
) -> dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Return each joint's times and positions: a trajectory holds until the next one begins."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for chunks in recording.joint_trajectories.values():
        by_start = sorted((c for c in chunks if len(c.times_s)), key=lambda c: c.received_s)
        for i, chunk in enumerate(by_start):
            until_s = by_start[i + 1].times_s[0] if i + 1 < len(by_start) else np.inf
            for column, name in enumerate(chunk.joint_names):
                times, positions = found.setdefault(name, ([], []))
                used = chunk.times_s < until_s
                times += chunk.times_s[used].tolist()
                positions += chunk.positions[used, column].tolist()
    return {name: _sorted(np.array(t), np.array(p)) for name, (t, p) in found.items()}


def _sorted(
    times: npt.NDArray[np.float64], positions: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    order = np.argsort(times, kind='stable')
    return times[order], positions[order]
