# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a phone demands of the mouth whatever else moves it: lips that meet, vowels that open.

Learned motion is an average over people and rounds off what is short. Between p, b and m and open
vowels it must not: these gates hold it to the phones. They also carry the shapes that no camera
told (tongue and jaw forward), as the table of poses has them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX
from ..face.pose_table import default_pose_table
from ..speech.phones import OPEN_VOWELS, SILENCE, VOWELS
from .completion import MotionCompletion
from .keys import KeyKind, KeyMotion

#: Shapes from the table that learned motion leaves alone.
TABLE_SHAPES = ('tongueOut', 'jawForward')
#: Where they stand, int64.
TABLE_PLACES = np.array([ARKIT_INDEX[name] for name in TABLE_SHAPES])
# A vowel parts the lips at least so far, an open one further; closed is below 0.05
# (face.aperture).
_VOWEL_AT_LEAST, OPEN_AT_LEAST = 0.06, 0.09
# From a phone's start to its demands.
_RISE_S = 0.03
# A phone makes itself felt so long before its start, if it is known by then.
_BEFORE_S = 0.035
# Lips that meet stay together for a frame or two, however short the phone, and however late it
# was decided: they need so long to meet.
_SHORTEST_SEAL_S = 0.04
_MEETING_S = 0.032
# Full ranges a second: lips meet within 25 ms, the other gates as the face's shapes move.
_FASTEST = np.array([60.0, 8.0, 8.0, 8.0], np.float32)


class Gates(NamedTuple):
    """What the phones demand at an instant.

    Attributes:
        seal: 0 to 1, how far the lips are brought together by phones that were known ahead.
        least_aperture: how far they are apart at the least, before the seal.
        shapes: float32 [TABLE_SHAPES].

    """

    seal: float
    least_aperture: float
    shapes: npt.NDArray[np.float32]


def _demand(phone: str) -> npt.NDArray[np.float32]:
    row = default_pose_table()[phone]
    least = OPEN_AT_LEAST if phone in OPEN_VOWELS else _VOWEL_AT_LEAST * (phone in VOWELS)
    return np.array([row.seals, least, *row.weights[TABLE_PLACES]], np.float32)


class PhoneGates:
    """Passes through the demands of one phone after another; one call an instant, in order."""

    def __init__(self) -> None:
        self._demands = {phone: _demand(phone) for phone in default_pose_table()}
        self._curve = MotionCompletion(self._demands[SILENCE], _FASTEST)
        self.reset()

    def reset(self) -> None:
        """Demand nothing any more, from here on."""
        self._phone, self._start_s = SILENCE, -1.0
        key_s = self._curve.time_s + _SHORTEST_SEAL_S
        rest = self._aim = self._demands[SILENCE]
        self._curve.replace([KeyMotion(key_s, KeyKind.REST, SILENCE, False, rest)])

    def phone(self, phone: str, start_s: float) -> None:
        """Take a phone that starts.

        Raises:
            KeyError: the pose table has no such phone.

        """
        table = default_pose_table()
        row, before = table[phone], table[self._phone]
        if before.seals:
            start_s = max(start_s, self._start_s + _SHORTEST_SEAL_S)
        target, reached = self._demands[phone].copy(), self._aim
        if start_s < self._curve.time_s + _BEFORE_S:
            target[0] = 0.0  # too late to seal by the clock: what is heard does it
        share = np.full(len(target), 0.5, np.float32)
        # lips that meet have nearly met where the phone begins; a stop has burst where it ends
        share[0] = 0.9 if row.seals else before.release
        boundary = reached + share * (target - reached)
        self._aim = target
        self._phone, self._start_s = phone, max(start_s, self._curve.time_s + _MEETING_S)
        self._curve.add([
            # known early, the phone before still holds until shortly before
            KeyMotion(start_s - _BEFORE_S, KeyKind.BOUNDARY, phone, False, reached),
            KeyMotion(start_s, KeyKind.BOUNDARY, phone, False, boundary),
            KeyMotion(start_s + _RISE_S, KeyKind.TARGET, phone, False, target),
        ])  # fmt: skip

    @property
    def time_s(self) -> float:
        """The time of the last call."""
        return self._curve.time_s

    def demand(self, phone: str) -> Gates:
        """Return what a phone demands at its target."""
        return _gates(self._demands[phone])

    def advance(self, time_s: float) -> Gates:
        """Move on to a time, not before the last, and return what is demanded there."""
        return _gates(self._curve.advance(time_s))


def _gates(values: npt.NDArray[np.float32]) -> Gates:
    return Gates(float(values[0]), float(values[1]), values[2:])
