# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The hand-made mouth: key poses from a table, a curve through them. Kept to compare with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..face.pose_table import default_pose_table
from ..inference.batch import Task
from ..speech.phones import SILENCE
from .completion import MotionCompletion
from .keys import KeyKind, KeyMotion, KeyPlanner
from .learned import Spoken

Floats = npt.NDArray[np.float32]


class TableMotion:
    """The speaking mouth of one stream, moved by phones alone; the interface of LearnedMotion."""

    def __init__(self) -> None:
        self._planner = KeyPlanner()
        self._completion = MotionCompletion(default_pose_table()[SILENCE].weights)

    def reset(self, rest_s: float) -> None:
        """Forget what was said; lead from the present pose to rest within ``rest_s``."""
        self._planner.reset()
        rest = default_pose_table()[SILENCE].weights
        time_s = self._completion.time_s + rest_s
        self._completion.replace([KeyMotion(time_s, KeyKind.REST, SILENCE, False, rest)])

    def foresee(self, spoken: Spoken) -> list[KeyMotion]:
        """Take a phone as soon as it is known; return its key motions."""
        keys = self._planner.phone(
            spoken.phone, spoken.start_s, upcoming=spoken.upcoming, from_text=spoken.told,
            word=spoken.word,
        )  # fmt: skip
        self._completion.add(keys)
        return keys

    def phone(self, spoken: Spoken, features: Floats) -> Task[list[KeyMotion]]:
        """Take a phone that begins: nothing that was not foreseen."""
        return []
        yield

    def step(self, features: Floats, heard_s: float, silence: float) -> Task[None]:
        """Take a step of the sound: nothing to hear."""
        return
        yield

    def pose(self, time_s: float) -> Floats:
        """Return the pose at a time, not before the last, float32 [52]."""
        return np.array(self._completion.advance(time_s))
