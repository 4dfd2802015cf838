# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Key motions: the poses that phones ask for, where they meet and where they are reached.

The first of KMTalk's two steps (ECCV 2024, arXiv 2409.01113): a sparse set of poses at phone
boundaries, from which the completion makes the motion. What ships has learned them
(motion/learned.py); the planner here takes them from a table and is kept to compare with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX
from ..face.pose_table import PhonePose, default_pose_table
from ..speech.phones import SILENCE

Pose = npt.NDArray[np.float32]

# How far a neighbour's colour carries: the phone before, the next one, the one after that.
_PREVIOUS, _NEXT, _AFTER_NEXT = 0.5, 1.0, 0.25
# Lips that meet stay together for a frame or two, however short the phone.
_SHORTEST_SEAL_S = 0.04
_JAW_OPEN = ARKIT_INDEX['jawOpen']
_MOUTH_CLOSE = ARKIT_INDEX['mouthClose']


class KeyKind(IntEnum):
    """What a key motion stands for; the numbers of ``KeyMotion.msg``."""

    BOUNDARY = 0
    TARGET = 1
    REST = 2


@dataclass(frozen=True)
class KeyMotion:
    """A pose that the motion passes through.

    Attributes:
        time_s: when, on the audio clock.
        kind: boundary between phones, target of a phone, or rest.
        phone: ARPAbet without stress, or SIL.
        from_text: whether the phone came from known text.
        weights: float32 [52] in ARKIT_NAMES order.
        word: being spoken, as written in the text; '' in silence and when unknown.

    """

    time_s: float
    kind: KeyKind
    phone: str
    from_text: bool
    weights: Pose
    word: str = ''


class KeyPlanner:
    """Chooses two key motions for each phone: its boundary and its target."""

    def __init__(self, table: Mapping[str, PhonePose] | None = None) -> None:
        """Use a pose table; without one, the table that ships."""
        self._table = table or default_pose_table()
        self.reset()

    def reset(self) -> None:
        """Forget the phones before: the face is at rest."""
        self._phone = SILENCE
        self._start_s = -1.0
        self._from = self._target = self._table[SILENCE].weights

    def phone(
        self, phone: str, start_s: float, *, upcoming: Sequence[str] = (),
        from_text: bool = False, word: str = '',
    ) -> list[KeyMotion]:  # fmt: skip
        """Return the key motions of a phone that starts.

        Args:
            phone: ARPAbet without stress, or SIL.
            start_s: its boundary with the phone before, on the audio clock.
            upcoming: the phones after it, as far as text tells.
            from_text: whether text told the phone.
            word: which word it belongs to.

        Raises:
            KeyError: the table has no such phone.

        """
        row = self._table[phone]
        if self._table[self._phone].seals:
            start_s = max(start_s, self._start_s + _SHORTEST_SEAL_S)
        # Silence is rest: a face that keeps the colour of its neighbours would wait agape.
        target = row.weights.copy() if phone == SILENCE else self._coloured(row, upcoming)
        if row.seals:
            target[_MOUTH_CLOSE] = max(target[_MOUTH_CLOSE], target[_JAW_OPEN])
        reached = self._reached(start_s)
        before = self._table[self._phone]
        share = row.dominance / (row.dominance + before.dominance)
        if not row.seals:
            share = np.maximum(share, np.float32(before.release))
        boundary = reached + share * (target - reached)
        self._phone, self._start_s, self._from, self._target = phone, start_s, boundary, target
        kind = KeyKind.REST if phone == SILENCE else KeyKind.TARGET
        return [
            KeyMotion(start_s, KeyKind.BOUNDARY, phone, from_text, boundary, word),
            KeyMotion(start_s + row.rise_s, kind, phone, from_text, target, word),
        ]

    def _coloured(self, row: PhonePose, upcoming: Sequence[str]) -> Pose:
        """Return the pose of a phone, coloured by what its neighbours impose on it."""
        neighbours = [(self._phone, _PREVIOUS)]
        neighbours += zip(upcoming, (_NEXT, _AFTER_NEXT), strict=False)
        total = row.dominance.copy()
        pose = row.weights * row.dominance
        for name, carry in neighbours:
            other = self._table[name]
            weight = other.dominance * other.reach * np.float32(carry)
            if name == SILENCE:
                continue
            total += weight
            pose += weight * other.weights
        return np.asarray(pose / total, np.float32)

    def _reached(self, time_s: float) -> Pose:
        """Return how far the phone before has come: a short one falls short of its target."""
        rise_s = self._table[self._phone].rise_s
        part = min(1.0, max(0.0, (time_s - self._start_s) / rise_s))
        eased = np.float32(part * part * (3.0 - 2.0 * part))
        return np.asarray(self._from + eased * (self._target - self._from), np.float32)
