# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Phones from the sound alone: a Viterbi search over a loop of all phones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .phones import PHONE_INDEX, PHONES, SILENCE

_IMPOSSIBLE = np.float32(-1e30)
_PHONES = np.arange(len(PHONES))


class PhoneLoop:
    """Viterbi search in which any phone may follow any other; decides with a fixed lag.

    A phone lasts at least ``min_frames``: it passes through as many states, the last with a self
    loop. Every state carries the phones of its last frames, so deciding needs no traceback.
    """

    def __init__(self, lag_frames: int, *, change_cost: float = 3.0, min_frames: int = 3) -> None:
        """Decide each frame ``lag_frames`` frames after it was scored.

        Args:
            lag_frames: how many later frames a decision waits for.
            change_cost: log probability that a change of phone costs.
            min_frames: the shortest phone.

        """
        self._change_cost = np.float32(change_cost)
        self._shape = (min_frames, len(PHONES))
        self._lag = lag_frames
        self.reset()

    def reset(self) -> None:
        """Start again in silence."""
        self._scores = np.full(self._shape, _IMPOSSIBLE, np.float32)
        self._scores[-1, PHONE_INDEX[SILENCE]] = 0.0
        #: What the last frame added to the score of the best path.
        self.gain = 0.0
        # [age, state, phone]: what each state was lag_frames ago, ..., and now
        self._recent = np.zeros((self._lag + 1, *self._shape), np.int16)

    def push(self, scores: npt.NDArray[np.float32]) -> int:
        """Take the phone scores of a frame, float32 [40]; return the phone ``lag_frames`` ago."""
        old, recent = self._scores, self._recent
        leaving = old[-1].argmax()
        new, history = np.empty_like(old), np.empty_like(recent)
        new[0] = old[-1, leaving] - self._change_cost
        new[1:] = old[:-1]
        history[:-1, 0] = recent[1:, -1, leaving, None]
        history[:-1, 1:] = recent[1:, :-1]
        stays = old[-1] > new[-1]
        np.copyto(new[-1], old[-1], where=stays)
        np.copyto(history[:-1, -1], recent[1:, -1], where=stays)
        history[-1] = _PHONES
        new += scores
        best = new.argmax()
        self.gain = float(new.flat[best])
        new -= self.gain
        self._scores, self._recent = new, history
        return int(history[0].flat[best])
