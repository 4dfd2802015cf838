# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The part of a text that is searched: what the search needs of it, computed once a move."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .phones import BILABIALS, PHONE_INDEX, SILENCE

# Lips that text closes do close: p, b and m are not skipped.
_NEVER_SKIPPED = np.array([phone in BILABIALS for phone in PHONE_INDEX])
#: The score of what cannot be.
IMPOSSIBLE = np.float32(-1e30)
# So many words may be entered over others from a word end.
_NEAR_WORDS = 4


class TextWindow(NamedTuple):
    """The n places around what is being said; places count from the first of them.

    Attributes:
        phone: intp [n], indices in PHONES.
        slots: int32 [n], the places counted from the beginning of the text.
        optional_cost: float32 [n - 1], of entering place i + 1 from the one before it.
        skip_cost: float32 [n - 2], of leaving place i + 1 out; 0 for a silence.
        silent_at: intp, which places are silences.
        starts_at: intp, which begin a word.
        start_words: float32, the words that these begin.

    """

    phone: npt.NDArray[np.intp]
    slots: npt.NDArray[np.int32]
    optional_cost: npt.NDArray[np.float32]
    skip_cost: npt.NDArray[np.float32]
    silent_at: npt.NDArray[np.intp]
    starts_at: npt.NDArray[np.intp]
    start_words: npt.NDArray[np.float32]

    def enter(
        self, leave: npt.NDArray[np.float32], advance: float, skip_word: float
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """Return what entering each place scores at best, and from which place.

        A place is entered from the one before, over an optional silence or a phone from two
        before, or at a word start over other words from any word end.

        Args:
            leave: float32 [n], the score of leaving each place.
            advance: what going on costs.
            skip_word: what going on over words costs besides.

        """
        n = len(leave)
        score = np.empty(n, np.float32)
        score[0] = IMPOSSIBLE
        origin = np.arange(-1, n - 1)
        origin[0] = 0
        going = leave - advance
        np.subtract(going[:-1], self.optional_cost, out=score[1:])
        over = going[:-2] - self.skip_cost
        origin[2:] -= over > score[2:]
        np.maximum(score[2:], over, out=score[2:])
        if len(self.silent_at):
            end = self.silent_at[leave[self.silent_at].argmax()]
            after = self.starts_at.searchsorted(end + 1, 'right')
            near = self.starts_at[after : after + _NEAR_WORDS]
            jump = leave[end] - advance - skip_word
            landing = near[jump > score[near]]
            score[landing], origin[landing] = jump, end
        return score, origin


def open_window(
    first: int, phone: npt.NDArray[np.intp], silence_cost: npt.NDArray[np.float32],
    word: npt.NDArray[np.int32], word_start: npt.NDArray[np.bool_], skip_cost: float,
) -> TextWindow:  # fmt: skip
    """Return the window of n places.

    Args:
        first: how many places of the text lie before it.
        phone: intp [n], indices in PHONES.
        silence_cost: float32 [n], of entering each place where it is a silence.
        word: int32 [n], the word each belongs to.
        word_start: bool [n], whether it begins one.
        skip_cost: of leaving a phone out.

    """
    silent = phone == PHONE_INDEX[SILENCE]
    skip = np.where(_NEVER_SKIPPED[phone], -IMPOSSIBLE, np.float32(skip_cost))
    starts_at = np.flatnonzero(word_start)
    return TextWindow(
        phone,
        first + np.arange(len(phone), dtype=np.int32),
        np.where(silent, silence_cost, np.float32(0))[1:],
        np.where(silent, np.float32(0), skip)[1:-1],
        np.flatnonzero(silent),
        starts_at,
        word[starts_at].astype(np.float32),
    )
