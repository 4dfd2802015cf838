# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Blinks: when they come is a function of the seed and the time alone."""

from __future__ import annotations

import math

import numpy as np

# Bentivoglio et al. 1997, "Analysis of blink rate patterns in normal subjects": 17 a minute at
# rest, 26 in conversation. Intervals are close to log-normal; 0.5 is the spread we chose.
_SPREAD = 0.5
_SHORTEST_INTERVAL_S = 0.6
# Speakers blink where a phrase ends (Nakano and Kitazawa 2010, "Eyeblink entrainment at
# breakpoints of speech"). How often, and how soon after, is our choice.
_PHRASE_END_SHARE = 0.5
_AFTER_PHRASE_S = 0.08
# It takes the place of the next blink, if that was to come within this time.
_AFTER_EXTRA_S = 1.5
# VanderWerf et al. 2003, "Eyelid movements": the lid falls in about 75 ms and rises in about 150.
_FALL_S, _HOLD_S, _RISE_S = 0.075, 0.03, 0.16
_LENGTH_S = _FALL_S + _HOLD_S + _RISE_S
# Intervals are drawn anew from the beginning of a block that is so many mean intervals long, so
# that a face that began at another time blinks at the same times.
_BLOCK = 20.0


class Blinker:
    """Lid closure as a function of time; asked in order of time."""

    def __init__(self, seed: int) -> None:
        """Draw blink times from ``seed``, not negative."""
        self._seed = seed
        self._start_s = math.nan
        self._per_minute = 0.0
        self._quiet_until_s = -math.inf

    def phrase_end(self, time_s: float) -> None:
        """Perhaps blink at the end of a phrase, in place of the blink that was to come next."""
        # drawn from the time, so that a face that began at another time does the same
        rng = np.random.default_rng((self._seed, max(0, round(time_s * 1000))))
        start_s = time_s + _AFTER_PHRASE_S
        if rng.random() < _PHRASE_END_SHARE and self._quiet_until_s < start_s < self._start_s:
            self._start_s = start_s
            self._quiet_until_s = start_s + _AFTER_EXTRA_S

    def closure(self, time_s: float, per_minute: float) -> float:
        """Return how far the lids are closed, 0 to 1.

        Args:
            time_s: on the audio clock, not before the last call's.
            per_minute: mean blink rate from now on; 0 lets the present blink end and starts none.

        """
        if per_minute != self._per_minute:
            self._per_minute = per_minute
            if not self._blinking(time_s):
                self._start_s = math.nan
        if per_minute <= 0:
            if not self._blinking(time_s):
                self._start_s = math.nan
                return 0.0
        elif math.isnan(self._start_s):
            self._start_s = self._next(time_s, per_minute)
        elif time_s > self._start_s + _LENGTH_S:
            shown_s = max(time_s - _LENGTH_S, self._start_s + _SHORTEST_INTERVAL_S)
            self._start_s = self._next(max(shown_s, self._quiet_until_s), per_minute)
            self._quiet_until_s = max(self._quiet_until_s, shown_s)
        since_s = time_s - self._start_s
        if since_s <= 0:
            return 0.0
        if since_s < _FALL_S:
            return _ease(since_s / _FALL_S)
        since_s -= _FALL_S + _HOLD_S
        return 1.0 if since_s < 0 else 1.0 - _ease(min(1.0, since_s / _RISE_S))

    def _blinking(self, time_s: float) -> bool:
        return 0 <= time_s - self._start_s <= _LENGTH_S

    def _next(self, after_s: float, per_minute: float) -> float:
        """Return when the first blink after a time starts."""
        mean_s = 60.0 / per_minute
        block = int(max(0.0, after_s) / (_BLOCK * mean_s))
        while True:
            rng = np.random.default_rng((self._seed, block))
            start_s, end_s = block * _BLOCK * mean_s, (block + 1) * _BLOCK * mean_s
            while True:
                draw = rng.lognormal(math.log(mean_s) - _SPREAD**2 / 2, _SPREAD)
                start_s += max(_SHORTEST_INTERVAL_S, float(draw))
                if start_s >= end_s:
                    break
                if start_s > after_s:
                    return start_s
            block += 1


def _ease(part: float) -> float:
    return part * part * (3.0 - 2.0 * part)
