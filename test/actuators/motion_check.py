# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Faces with faults, and the check that joint motion keeps every limit of its map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from facetalk_ros.actuators import ActuatorDriver, ActuatorMap
from facetalk_ros.actuators.actuator_map import Beyond


class Event(NamedTuple):
    time_s: float
    kind: str  # command, rest
    weights: np.ndarray
    head_rad: tuple[float, float, float]


def random_events(rng: np.random.Generator, minutes: float, fps: float = 60.0) -> Iterator[Event]:
    """Yield faces that walk, jump, stick and flicker, with faults in values and in time."""
    time_s, weights, mode = 1000.0, rng.random(52), 0
    for _ in range(round(minutes * 60 * fps)):
        if rng.random() < 0.02:
            mode = rng.integers(5)
        if mode == 0:
            weights = rng.random(52)
        elif mode == 1:
            weights = (rng.random(52) < 0.5).astype(float)
        elif mode < 4:
            weights = np.clip(weights + rng.normal(0, 0.1 if mode == 2 else 0.02, 52), 0, 1)
        given = weights.astype(np.float32)
        if rng.random() < 0.1:
            given[rng.integers(52)] = rng.choice([np.nan, np.inf, -np.inf, 1e30, -5])
        head = tuple(rng.normal(0, 1, 3)) if rng.random() < 0.99 else (np.nan, np.inf, 0.0)
        step_s = 1 / fps
        if rng.random() < 0.01:
            step_s = rng.exponential(1.0)  # a pause
        elif rng.random() < 0.2:
            step_s = rng.uniform(1e-4, 0.05)
        time_s += step_s
        yield Event(time_s, 'rest' if rng.random() < 0.005 else 'command', given, head)


def executed(driver: ActuatorDriver, events: Iterator[Event]) -> tuple[np.ndarray, ...]:
    """Return times [k], positions and velocities [k, n] that a robot gets to see.

    Of every chunk that part which is due before the next one begins, and the whole last one.
    """
    parts, before = [], None
    for event in events:
        if event.kind == 'rest':
            driver.rest(event.time_s)
        else:
            driver.command(event.time_s, event.weights, event.head_rad)
        chunk = driver.chunk()
        if before is not None:
            due = before.times_s < chunk.times_s[0] - 1e-9
            parts.append(tuple(part[due] for part in before))
        before = chunk
    parts.append(tuple(before))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def check_motion(m: ActuatorMap, times_s, positions_rad, velocities_rad_s) -> None:
    """Fail where a point, or the way between two points, exceeds a limit of the map."""
    limits = m.limits
    assert np.all(np.diff(times_s) > 0)
    assert np.all(positions_rad <= m.upper_rad + 1e-9)
    assert np.all(positions_rad >= m.lower_rad - 1e-9)
    assert np.all(np.abs(velocities_rad_s) <= limits.velocity + 1e-9)
    step_s = np.diff(times_s)[:, None]
    mean_velocity = np.diff(positions_rad, axis=0) / step_s
    assert np.all(np.abs(mean_velocity) <= limits.velocity * (1 + 1e-6) + 1e-6)
    mean_acceleration = np.diff(velocities_rad_s, axis=0) / step_s
    assert np.all(np.abs(mean_acceleration) <= limits.acceleration * (1 + 1e-6) + 1e-3)
    # half a second difference of positions is a mean acceleration too, and its change a mean jerk
    middle_s = (step_s[1:] + step_s[:-1]) / 2
    acceleration = np.diff(mean_velocity, axis=0) / middle_s
    long_enough = np.minimum(step_s[1:], step_s[:-1]) > 1e-3
    assert np.all((np.abs(acceleration) <= limits.acceleration * (1 + 1e-4) + 1e-2) | ~long_enough)
    check_rules(m, times_s, positions_rad)


def check_rules(m: ActuatorMap, times_s, positions_rad) -> None:
    """Fail where a joint dwells too long, or two are where only one may be."""
    for dwell in m.dwells:
        longest_s = longest_stay_s(times_s, beyond(dwell.beyond, positions_rad))
        assert longest_s <= dwell.for_s, (m.joints[dwell.beyond.joint].name, longest_s)
    for first, second in m.exclusions:
        assert not np.any(beyond(first, positions_rad) & beyond(second, positions_rad))


def beyond(what: Beyond, positions_rad) -> np.ndarray:
    there = positions_rad[..., what.joint]
    return there > what.level_rad if what.above else there < what.level_rad


def longest_stay_s(times_s, there) -> float:
    """Return the longest time from the first to the last of points that follow on each other."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(int), [0]))))
    return max(
        (times_s[end - 1] - times_s[start] for start, end in edges.reshape(-1, 2)), default=0.0
    )
