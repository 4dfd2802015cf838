# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Random minutes of faces, with faults, through the maps that ship; counts violated limits.

    python test/actuators/random_minutes.py --minutes 1000

Many heads of one map move side by side, each with a face of its own, as one map of many joints:
the arithmetic is the same, and a thousand minutes take a quarter of an hour. Faults in time
(pauses, jitter, rests) are the same for the heads that move together.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import numpy as np
from motion_check import check_motion, check_rules, random_events

from facetalk_ros.actuators import ActuatorDriver, ActuatorMap, load_map, shipped_maps
from facetalk_ros.actuators.actuator_map import Beyond, Group

HEADS = 40
ROUND_MINUTES = 1.0


@dataclasses.dataclass(frozen=True)
class Crowd(ActuatorMap):
    """So many heads of one map; their faces are set from outside."""

    one: ActuatorMap | None = None
    faces: list = dataclasses.field(default_factory=list)

    def positions_rad(self, weights, head_rad=(0.0, 0.0, 0.0)):
        return np.concatenate([self.one.positions_rad(*face) for face in self.faces])


def crowd(one: ActuatorMap) -> Crowd:
    n = len(one.joints)

    def moved(what: Beyond, head: int) -> Beyond:
        return dataclasses.replace(what, joint=what.joint + head * n)

    return Crowd(
        one.name, one.watchdog_s, one.ramp_in_s,
        tuple(
            dataclasses.replace(j, name=f'{j.name}_{head}')
            for head in range(HEADS)
            for j in one.joints
        ),
        (Group('all', tuple(range(n * HEADS)), 'trajectory', 'all', 0.0),),
        tuple(
            dataclasses.replace(d, beyond=moved(d.beyond, head))
            for head in range(HEADS)
            for d in one.dwells
        ),
        tuple(
            (moved(a, head), moved(b, head))
            for head in range(HEADS)
            for a, b in one.exclusions
        ),
        one,
    )  # fmt: skip


def one_round(one: ActuatorMap, seed: int, minutes: float) -> int:
    """Move a crowd for so many minutes each; return how many points were checked."""
    many = crowd(one)
    driver = ActuatorDriver(many)
    rng = np.random.default_rng(seed)
    events = [random_events(np.random.default_rng([seed, i]), minutes) for i in range(HEADS)]
    good = [(np.zeros(52, np.float32), (0.0, 0.0, 0.0)) for _ in range(HEADS)]
    parts, before, n_points = [], None, 0
    for together in zip(*events, strict=True):
        lead = together[0]
        for i, event in enumerate(together):
            # the driver cleans what it is given itself; here it is not given these
            w = np.where(np.isfinite(event.weights), np.clip(event.weights, 0, 1), good[i][0])
            head = tuple(np.where(np.isfinite(event.head_rad), event.head_rad, good[i][1]))
            good[i] = (w, head)
        many.faces[:] = good
        if lead.kind == 'rest':
            driver.rest(lead.time_s)
        else:
            driver.command(lead.time_s, lead.weights, lead.head_rad)
        chunk = driver.chunk()
        if before is not None:
            due = before.times_s < chunk.times_s[0] - 1e-9
            parts.append(tuple(part[due] for part in before))
        if rng.random() < 0.01:
            check_motion(many, *chunk)  # what would follow, were this the last
            n_points += chunk.positions_rad.size
        before = chunk
    parts.append(tuple(before))
    motion = tuple(np.concatenate(part) for part in zip(*parts, strict=True))
    check_motion(many, *motion)
    check_rules(many, motion[0], motion[1])
    return n_points + motion[1].size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float, default=1000.0, help='of each map')
    parser.add_argument('--maps', nargs='*', default=shipped_maps())
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    for name in args.maps:
        one, done, points, started_s = load_map(name), 0.0, 0, time.monotonic()
        while done < args.minutes:
            points += one_round(one, args.seed + round(done), ROUND_MINUTES)
            done += HEADS * ROUND_MINUTES
        print(
            f'{name}: {done:g} minutes, {points} joint positions checked, no violation, '
            f'in {time.monotonic() - started_s:.0f} s', flush=True,
        )  # fmt: skip


if __name__ == '__main__':
    main()
