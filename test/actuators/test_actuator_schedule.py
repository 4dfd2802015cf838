# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.nodes.actuator_schedule import Due, Face, Schedule

LEAD_S, WINDOW_S = 0.05, 0.03


def schedule(**options: float) -> Schedule:
    return Schedule(**{'late_s': 0.25, 'early_s': 5.0, 'depth': 200} | options)  # type: ignore[arg-type]


def face(stamp_s: float, arrived_s: float) -> Face:
    return Face(stamp_s, np.zeros(52, np.float32), arrived_s)


def play(queue: Schedule, faces: list[tuple[float, float]]) -> list[Due]:
    """Push (arrival, stamp) and take every 5 ms."""
    taken: list[Due] = []
    waiting = sorted(faces)
    for now_s in np.arange(waiting[0][0], waiting[-1][0] + 3.0, 0.005).tolist():
        while waiting and waiting[0][0] <= now_s:
            arrived_s, stamp_s = waiting.pop(0)
            queue.push(face(stamp_s, arrived_s))
        taken += queue.take(now_s + LEAD_S, WINDOW_S, now_s)
    return taken


def test_early_faces_wait_and_keep_their_times() -> None:
    queue = schedule()
    taken = play(queue, [(0.0, 0.2 + i / 60) for i in range(60)])
    assert [due.time_s for due in taken] == pytest.approx([0.2 + i / 60 for i in range(60)])
    assert queue.counts.late == queue.counts.dropped == 0
    assert all(due.since_s > due.face.arrived_s for due in taken[1:])


def test_late_faces_keep_their_rhythm() -> None:
    queue = schedule()
    taken = play(queue, [(i / 60 + 0.12, i / 60) for i in range(120)])
    times = [due.time_s for due in taken]
    assert len(taken) == 120
    assert np.diff(times[5:]) == pytest.approx(1 / 60, abs=2e-3)
    assert 0.16 < queue.delay_s < 0.19


def test_the_delay_shrinks_slowly() -> None:
    queue = schedule()
    faces = [(i / 60 + (0.2 if i == 30 else 0.02), i / 60) for i in range(600)]
    taken = play(queue, faces)
    times = [due.time_s for due in taken]
    assert queue.delay_s < 0.08
    assert np.diff(times).min() > 0.8 / 60


def test_a_source_that_recovers_is_followed_at_once() -> None:
    """It fell behind by seconds; then it is on time again, and so are the joints."""
    queue = schedule(late_s=10.0, depth=100)
    faces = [(i / 60 + (6.0 if i < 60 else 0.1), i / 60) for i in range(600)]
    taken = play(queue, faces)
    assert queue.delay_s < 0.3
    assert taken[-1].face.stamp_s == pytest.approx(599 / 60)
    assert queue.counts.dropped_full == 0


def test_what_is_long_past_is_dropped() -> None:
    queue = schedule()
    assert not play(queue, [(1.0 + i / 60, i / 60) for i in range(20)])
    assert queue.counts.dropped_late == 20


def test_another_clock_is_dropped() -> None:
    queue = schedule()
    assert not play(queue, [(i / 60, 100.0 + i / 60) for i in range(20)])
    assert queue.counts.dropped_early == 20


def test_the_oldest_makes_room() -> None:
    queue = schedule(depth=10)
    for i in range(25):
        queue.push(face(1.0 + i / 60, 0.0))
    assert len(queue) == 10
    assert queue.counts.dropped_full == 15


def test_a_newer_sentence_replaces_what_waits() -> None:
    queue = schedule()
    for i in range(30):
        queue.push(face(1.0 + i / 60, 0.0))
    queue.push(face(1.1, 0.0))
    assert len(queue) == 7
    assert queue.counts.superseded == 24


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 4.0), st.floats(-1.0, 7.0)), min_size=1, max_size=80))
def test_whatever_comes_times_ascend_and_are_reachable(faces: list[tuple[float, float]]) -> None:
    queue = schedule()
    waiting = sorted(faces)
    last_s = -np.inf
    for now_s in np.arange(0.0, 6.0, 0.02).tolist():
        while waiting and waiting[0][0] <= now_s:
            arrived_s, stamp_s = waiting.pop(0)
            queue.push(face(stamp_s, arrived_s))
        taken = list(queue.take(now_s + LEAD_S, WINDOW_S, now_s))
        for due in taken:
            assert due.time_s >= now_s + LEAD_S - 1e-9
            assert due.time_s <= now_s + LEAD_S + WINDOW_S + 1e-9
        for one, other in pairwise(taken):
            assert other.face.stamp_s > one.face.stamp_s
        if taken:
            assert taken[0].face.stamp_s > last_s
            last_s = taken[-1].face.stamp_s
    counts = queue.counts
    assert counts.frames == len(faces) - len(waiting)
    assert 0.0 <= queue.delay_s <= 0.25 + LEAD_S + 1e-9
