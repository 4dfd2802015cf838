# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where the eyes look: fixations and saccades, drawn from a seed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .attention import Attention, attention_styles

# Becker 1989, "Metrics" (in Wurtz and Goldberg, The Neurobiology of Saccadic Eye Movements): a
# saccade lasts 20 to 30 ms and 2 to 3 ms a degree.
_SACCADE_S = 0.025
_SACCADE_S_PER_DEG = 0.0025
# On the partner's face the eyes move on this often.
_FACE_FIXATION_S = 0.9
_BLOCK_S = 16.0
_SPREAD = 0.5
_SHORTEST_S = 0.25
# After a change of what the robot attends to, it is seen this soon.
_REACTION_S = 0.2
# A look away to the side goes up or down by up to this part of it.
_SLANT = 0.4


class Gaze(NamedTuple):
    """Direction of the eyes in the head, in degrees: to the robot's left, and down."""

    left_deg: float
    down_deg: float


class GazeMotion:
    """The gaze as a function of time; asked in order of time.

    It begins anew with every block of time, on the partner's face: so a face that began at
    another time looks the same way, if it attended to the same lately.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rng = np.random.default_rng((seed, 1))
        self._attention: Attention = 'idle'
        self._from = self._to = Gaze(0.0, 0.0)
        self._start_s = 0.0
        self._next_s = self._look_ends_s = self._block_ends_s = -math.inf
        self._away = False

    @property
    def is_away(self) -> bool:
        """Whether the eyes look, or are on their way, past the partner."""
        return self._away

    def advance(self, time_s: float, attention: Attention) -> Gaze:
        """Return the gaze at a time, not before the last call's."""
        if self._block_ends_s == -math.inf:
            self._begin_block(time_s // _BLOCK_S)
        if attention != self._attention:
            self._attention = attention
            self._look_ends_s = self._next_s = min(self._next_s, time_s + _REACTION_S)
            self._away = attention != 'thinking'  # so that the next look is the other
        while (next_s := min(self._next_s, self._block_ends_s)) <= time_s:
            if next_s == self._block_ends_s:
                self._begin_block(next_s // _BLOCK_S)
            else:
                self._saccade(next_s)
        return self._at(time_s)

    def _begin_block(self, block: float) -> None:
        self._rng = np.random.default_rng((self._seed, 1, max(0, int(block))))
        begin_s, self._block_ends_s = block * _BLOCK_S, (block + 1) * _BLOCK_S
        self._away, self._look_ends_s = True, begin_s
        self._saccade(begin_s)

    def _at(self, time_s: float) -> Gaze:
        way_deg = math.dist(self._from, self._to)
        part = (time_s - self._start_s) / (_SACCADE_S + _SACCADE_S_PER_DEG * way_deg)
        if part >= 1:
            return self._to
        part = max(part, 0.0)
        part = part * part * (3 - 2 * part)
        (x0, y0), (x1, y1) = self._from, self._to
        return Gaze(x0 + part * (x1 - x0), y0 + part * (y1 - y0))

    def _saccade(self, time_s: float) -> None:
        """Begin to look elsewhere, and draw for how long."""
        style = attention_styles()[self._attention]
        self._from, self._start_s = self._at(time_s), time_s
        if time_s >= self._look_ends_s:
            self._away = not self._away
            look_s = self._lasts(style.away_s if self._away else style.partner_s)
            self._look_ends_s = time_s + look_s
        if self._away:
            self._to = self._drawn_away()
            self._next_s = self._look_ends_s
        else:
            self._to = Gaze(*(style.face_deg * self._rng.standard_normal(2)).clip(-2, 2))
            self._next_s = min(time_s + self._lasts(_FACE_FIXATION_S), self._look_ends_s)

    def _drawn_away(self) -> Gaze:
        style = attention_styles()[self._attention]
        mean, most = style.away_deg
        angle = min(self._rng.gamma(6.0, mean / 6.0), most)
        share = np.array(style.away_to) / sum(style.away_to)
        up, side, down = (self._rng.choice(3, p=share) == i for i in range(3))
        slant = angle * _SLANT * self._rng.uniform(-1, 1)
        sign = self._rng.choice((-1.0, 1.0))
        if side:
            return Gaze(sign * angle, slant)
        return Gaze(slant, angle if down and not up else -angle)

    def _lasts(self, mean_s: float) -> float:
        drawn = self._rng.lognormal(math.log(mean_s) - _SPREAD**2 / 2, _SPREAD)
        return max(float(drawn), _SHORTEST_S)
