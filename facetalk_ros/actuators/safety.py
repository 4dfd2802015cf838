# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What joints may not do for long, not do together, and not do under load.

Each rule narrows where a joint may go, or how far; the motion there is planned by the driver, so
no rule makes a joint jump. The idea of such rules as data is that of Hanson's motors_safety.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .actuator_map import ActuatorMap, Beyond, Dwell
from .profile import Array, Limits, Reach, State, to_rest

# A level is not touched, so that rounding does not pass it.
_MARGIN_RAD = 1e-4
# Commands come this often or oftener; what comes later finds the joints on their way to rest.
_NEXT_COMMAND_S = 0.1
RETURN_SPEED = 0.5
"""The return to rest is slower than speech, by this factor."""
# Load is eased within this time.
_BACK_OFF_S = 0.3
# Effort that is older says nothing.
_STALE_EFFORT_S = 1.0


def is_beyond(what: Beyond, position_rad: float) -> bool:
    """Tell whether a position is on the far side."""
    return position_rad > what.level_rad if what.above else position_rad < what.level_rad


def return_s(dwell: Dwell, actuator_map: ActuatorMap) -> float:
    """Return how long coming back takes at worst, from full speed the wrong way."""
    i = dwell.beyond.joint
    limits = Limits(*(part[i : i + 1] for part in vars(actuator_map.limits).values()))
    limits = limits.scaled(RETURN_SPEED)
    furthest = (actuator_map.upper_rad if dwell.beyond.above else actuator_map.lower_rad)[i]
    still = np.zeros(1)
    way = to_rest(
        0.0, State(np.array([furthest]), still, still), np.array([dwell.to_rad]), limits, still
    )
    velocity, most, jerk = (float(part[0]) for part in vars(limits).values())
    return way.end_s + velocity / most + 2 * most / jerk


class Narrowed:
    """Where the joints may go at the moment, float64 [n] each."""

    def __init__(self, actuator_map: ActuatorMap) -> None:
        self.lower_rad: Array = actuator_map.lower_rad.copy()
        self.upper_rad: Array = actuator_map.upper_rad.copy()

    def keep_from(self, what: Beyond, level_rad: float | None = None) -> None:
        """Forbid the far side, or all that lies beyond another level."""
        level_rad = what.level_rad if level_rad is None else level_rad
        if what.above:
            level_rad = min(self.upper_rad[what.joint], level_rad - _MARGIN_RAD)
            self.upper_rad[what.joint] = max(level_rad, self.lower_rad[what.joint])
        else:
            level_rad = max(self.lower_rad[what.joint], level_rad + _MARGIN_RAD)
            self.lower_rad[what.joint] = min(level_rad, self.upper_rad[what.joint])


class DwellRule:
    """Brings a joint back from an extreme before its time there is over."""

    def __init__(self, dwell: Dwell, actuator_map: ActuatorMap) -> None:
        self.dwell = dwell
        self._return_s = return_s(dwell, actuator_map)
        self._since_s: float | None = None
        self._back_until_s: float | None = None
        self._last_s = float('-inf')

    @property
    def leave_by_s(self) -> float:
        """When the way back has to begin at the latest; infinite while the joint is not there."""
        if self._since_s is None:
            return float('inf')
        return self._since_s + self.dwell.for_s - self._return_s

    def watch(self, time_s: float, positions: Array) -> None:
        """Note where the joint is at a time; times ascend."""
        if not is_beyond(self.dwell.beyond, positions[self.dwell.beyond.joint]):
            if self._since_s is not None and self._back_until_s is not None:
                self._back_until_s = time_s + self.dwell.rest_s
            self._since_s = None
        elif self._since_s is None:
            # it may have passed the level right after it was last seen
            self._since_s = max(self._last_s, time_s - _NEXT_COMMAND_S)
        self._last_s = time_s

    def apply(self, time_s: float, narrowed: Narrowed) -> bool:
        """Forbid the far side when it is time; tell whether this begins now."""
        begins = self._back_until_s is None and time_s > self.leave_by_s - _NEXT_COMMAND_S
        if begins:
            self._back_until_s = float('inf')
        if self._back_until_s is not None:
            if time_s < self._back_until_s:
                narrowed.keep_from(self.dwell.beyond, self.dwell.to_rad)
            else:
                self._back_until_s = None
        return begins

    def shift(self, by_s: float) -> None:
        """Follow a clock that jumped."""
        self._last_s += by_s
        if self._since_s is not None:
            self._since_s += by_s
        if self._back_until_s is not None:
            self._back_until_s += by_s


class ExclusionRule:
    """Lets one of two through at a time; the other waits until the first is back for good."""

    def __init__(self, pair: tuple[Beyond, Beyond]) -> None:
        self._pair = pair
        self._owner: int | None = None

    def apply(self, asked: Array, reach: Reach, narrowed: Narrowed) -> bool:
        """Forbid the far side to the one whose turn it is not; tell whether it asks for it."""
        wants = [is_beyond(side, asked[side.joint]) for side in self._pair]
        back = [_is_back(side, reach) for side in self._pair]
        if self._owner is not None and not wants[self._owner] and back[self._owner]:
            self._owner = None
        if self._owner is None:
            out = [i for i in (0, 1) if not back[i]] or [i for i in (0, 1) if wants[i]]
            self._owner = out[0] if out else None
        for i, side in enumerate(self._pair):
            if i != self._owner:
                narrowed.keep_from(side)
        return any(wants[i] for i in (0, 1) if i != self._owner)


def _is_back(side: Beyond, reach: Reach) -> bool:
    """Tell whether a joint is not beyond, and will not be when it stops."""
    if side.above:
        return bool(reach.high[side.joint] <= side.level_rad - _MARGIN_RAD / 2)
    return bool(reach.low[side.joint] >= side.level_rad + _MARGIN_RAD / 2)


class LoadRule:
    """Makes a joint's motion smaller while its effort is too high."""

    def __init__(self, actuator_map: ActuatorMap) -> None:
        self._loads = {
            j.name: (i, j.load) for i, j in enumerate(actuator_map.joints) if j.load is not None
        }
        self._factors: Array = np.ones(len(actuator_map.joints))
        self._effort: dict[str, float] = {}
        self._over_since_s: dict[str, float] = {}
        self._seen_s = float('-inf')
        self._last_s: float | None = None

    def effort(self, time_s: float, efforts: Mapping[str, float]) -> None:
        """Take efforts by joint; those that are not finite say nothing."""
        known = {n: abs(e) for n, e in efforts.items() if n in self._loads and np.isfinite(e)}
        if known:
            self._effort |= known
            self._seen_s = time_s

    def apply(self, time_s: float) -> tuple[Array, int]:
        """Return the factors [n] of motion, and how many joints begin to back off now."""
        passed_s = 0.0 if self._last_s is None else max(time_s - self._last_s, 0.0)
        self._last_s = time_s
        if time_s - self._seen_s > _STALE_EFFORT_S:
            self._effort.clear()
        began = 0
        for name, (i, load) in self._loads.items():
            if self._effort.get(name, 0.0) > load.effort:
                since_s = self._over_since_s.setdefault(name, time_s)
                if time_s - since_s >= load.for_s:
                    began += self._factors[i] == 1.0
                    self._factors[i] = max(self._factors[i] - passed_s / _BACK_OFF_S, 0.0)
            else:
                self._over_since_s.pop(name, None)
                self._factors[i] = min(self._factors[i] + passed_s / load.release_s, 1.0)
        return self._factors, began

    def shift(self, by_s: float) -> None:
        """Follow a clock that jumped."""
        self._seen_s += by_s
        self._over_since_s = {n: t + by_s for n, t in self._over_since_s.items()}
        if self._last_s is not None:
            self._last_s += by_s


def earliest_leave_s(rules: Sequence[DwellRule]) -> float:
    """Return when the first joint has to leave where it is; infinite when none has to."""
    return min((rule.leave_by_s for rule in rules), default=float('inf'))
