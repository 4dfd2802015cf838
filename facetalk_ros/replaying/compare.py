# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Compares a face with a golden recording of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..face.names import ARKIT_INDEX
from ..recording import Recording, Times
from .curves import Curves, Match, compare_curves, match_times
from .joints import compare_joints
from .keys import compare_keys
from .report import Check, Comparison, Difference
from .speaking import Flip, compare_speaking
from .tolerances import SHAPE_GROUPS, Tolerances

_NS = 1_000_000_000
# Rates that differ by more belong to different settings.
_SAME_RATE = 0.05
# One missing frame is seen as much as a weight that is off by so many tolerances.
_FRAME_SEVERITY = 10.0


class GoldenError(ValueError):
    """Recordings that cannot be compared; the text says which and why, in one line."""


def compare(
    expected: Recording,
    actual: Recording,
    tolerances: Tolerances,
    flips: tuple[list[Flip] | None, list[Flip] | None] = (None, None),
    *,
    wakes_s: float = 0.0,
) -> Comparison:
    """Compare what came out with what was expected, at equal presentation times.

    Only the time that the golden recording covers counts: an idle face before or after it is left
    out of the comparison.

    Args:
        expected: the golden recording.
        actual: what came out.
        tolerances: what is still the same.
        flips: changes of is_speaking in each, on its axis of time; None where there is no topic.
        wakes_s: so much may be missing at the beginning.

    Raises:
        GoldenError: one has no frames, or their frame rates differ.

    """
    for recording in (expected, actual):
        if len(recording.frame_times_s) < 2:
            raise GoldenError(f'{recording.path}: no face is in it')
    rates = [1 / float(np.median(np.diff(r.frame_times_s))) for r in (expected, actual)]
    if abs(rates[0] / rates[1] - 1) > _SAME_RATE:
        raise GoldenError(
            f'{expected.path} has {rates[0]:.3g} frames a second and {actual.path} '
            f'{rates[1]:.3g}: cannot be compared'
        )
    # the axis of the one that has sound: its 0 is the first sample
    origin = actual if actual.audio or not expected.audio else expected
    old_flips, new_flips = (
        None
        if found is None
        else [Flip(f.time_s + _shift_s(r, origin), f.speaking) for f in found]
        for r, found in zip((expected, actual), flips, strict=True)
    )
    expected, actual = (_moved(r, _shift_s(r, origin)) for r in (expected, actual))
    match = match_times(expected.frame_times_s, actual.frame_times_s, tolerances.time_s)
    missed = expected.frame_times_s[match.missing] - expected.frame_times_s[0]
    asleep = (match.missing == np.arange(len(match.missing))) & (missed < wakes_s)
    match = match._replace(missing=match.missing[~asleep])
    checks = [
        _compare_frames(expected, actual, match),
        compare_keys(expected, actual, tolerances.time_s),
        compare_speaking(expected, actual, old_flips, new_flips, tolerances.speaking_s),
    ]
    for group, shapes in SHAPE_GROUPS.items():
        columns = [ARKIT_INDEX[shape] for shape in shapes]
        old, new = (
            Curves(r.frame_times_s, r.weights[:, columns].astype(np.float64))
            for r in (expected, actual)
        )
        differences = compare_curves(
            old, new, match.expected, shapes, tolerances.weights[columns], tolerances.time_s
        )
        checks.append(Check(f'shapes: {group}', f'{len(match.expected)} frames', differences))
    checks += compare_joints(expected, actual, tolerances)
    return Comparison(expected.path, actual.path, checks)


def _shift_s(recording: Recording, origin: Recording) -> float:
    """Return what to add to a recording's times to have them on another's axis."""
    if not (recording.start_ns and origin.start_ns):
        return 0.0  # a table, whose 0 is the first sample as well
    return (recording.start_ns - origin.start_ns) / _NS


def _moved(recording: Recording, shift_s: float) -> Recording:
    if not shift_s:
        return recording
    return replace(
        recording,
        frame_times_s=recording.frame_times_s + shift_s,
        frame_received_s=recording.frame_received_s + shift_s,
        keys=[replace(key, time_s=key.time_s + shift_s) for key in recording.keys],
        joint_trajectories={
            topic: [t._replace(start_s=t.start_s + shift_s, times_s=t.times_s + shift_s)
                    for t in found]
            for topic, found in recording.joint_trajectories.items()
        },
    )  # fmt: skip


def _compare_frames(expected: Recording, actual: Recording, match: Match) -> Check:
    compared = f'{len(match.expected)} frames'
    if not len(match.expected):
        first, last = expected.frame_times_s[[0, -1]]
        mine = actual.frame_times_s[[0, -1]]
        text = (
            f'none at the expected times, {first:.3f} to {last:.3f} s; they are at {mine[0]:.3f} '
            f'to {mine[1]:.3f} s (another bag, or played without use_sim_time?)'
        )
        return Check('frames', compared, [Difference('frames', text, np.inf)])
    differences = [
        Difference('frames', f'{len(run)} {word} {_span(times[run])}', _FRAME_SEVERITY * len(run))
        for word, times, indices in (
            ('missing', expected.frame_times_s, match.missing),
            ('too many', actual.frame_times_s, match.extra),
        )
        for run in np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1)
        if len(run)
    ]
    return Check('frames', compared, differences)


def _span(times_s: Times) -> str:
    if len(times_s) == 1:
        return f'at {times_s[0]:.3f} s'
    return f'from {times_s[0]:.3f} to {times_s[-1]:.3f} s'
