# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Known text aligned to arriving sound: a Viterbi search along the phones of the text.

Silence between words is optional, phones and words may be skipped, and sound that is not the text
is taken by a filler, from which any word near may be entered again that was not surely spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .phones import BILABIALS, PHONE_INDEX, SILENCE

_IMPOSSIBLE = np.float32(-1e30)
_CLOSES = np.array([phone in BILABIALS for phone in PHONE_INDEX])
#: Slots searched at a time: about 30 s of speech, so that long text costs no more than short.
WINDOW_SLOTS = 384
# Slots kept behind the place where the speaker is thought to be.
_BEHIND_SLOTS = 128
# Sound that followed the text for so long was the text.
_SURE_FRAMES = 40
_STEADY_SLOTS = 4
# A place this near to the one expected is believed at once.
_NEAR_SLOTS = 16
# While the sound is not recognised as the text, the speaker is thought to go on through it.
_SLOTS_PER_SPEECH_FRAME = 0.1
# Text waiting beyond this is refused; an hour of speech is about 50,000 phones.
MAX_SLOTS = 60_000
#: What ``TextAligner.push`` returns while the sound is not the text.
FILLER = -1


class TooMuchText(ValueError):
    """More text waits to be spoken than is kept; what waits can be forgotten."""


@dataclass(frozen=True)
class AlignerCosts:
    """Log probabilities that departures from the text cost."""

    advance: float = 2.0
    skip_phone: float = 7.0
    skip_word: float = 25.0
    silence: float = 3.0
    pause: float = 0.5
    enter_filler: float = 25.0
    leave_filler: float = 30.0
    #: For each word between where the speaker is thought to be and where the text goes on.
    leave_filler_per_word: float = 1.0
    #: The filler scores like the best path of any phones less this.
    filler_per_frame: float = 1.2


@dataclass(frozen=True)
class Slot:
    """One place in the text: a phone of a word, or a silence that may be left out."""

    phone: str
    word: int
    starts_word: bool = False
    written: str = ''


class TextAligner:
    """Streams phone scores along the text; decides each frame with a fixed lag.

    Each slot has two states, so that a phone lasts at least 20 ms.
    """

    def __init__(self, lag_frames: int, costs: AlignerCosts | None = None) -> None:
        """Decide each frame ``lag_frames`` frames after it was scored."""
        self._lag = lag_frames
        self._costs = costs or AlignerCosts()
        self.reset()

    def reset(self) -> None:
        """Forget all text."""
        self._slots: list[Slot] = [Slot(SILENCE, -1)]
        self._spoken = 0  # slots dropped from the front of _slots
        self._phone = np.zeros(1, np.intp)
        self._optional_cost = np.array([self._costs.pause], np.float32)
        self._word_start = np.zeros(1, bool)
        self._word = np.full(1, -1, np.int32)
        self._first = 0
        self._words = 0
        self._scores = np.full((2, WINDOW_SLOTS), _IMPOSSIBLE, np.float32)
        self._scores[1, 0] = 0.0
        self._recent = np.zeros((2, WINDOW_SLOTS, self._lag + 1), np.int32)
        self._filler_score = np.float32(-self._costs.enter_filler)
        self._filler_recent = np.full(self._lag + 1, FILLER, np.int32)
        self._sure = 0  # the last slot that was surely spoken
        self._sure_frames = 0
        self._before = FILLER
        self._expected = 0.0  # the slot where the speaker is thought to be

    @property
    def knows_text(self) -> bool:
        """Whether any text has been given since the last reset."""
        return self._words > 0

    @property
    def phones_waiting(self) -> int:
        """Phones behind the place where the speaker is thought to be."""
        here = int(self._expected) + 1 - self._spoken
        return int(np.count_nonzero(self._phone[here:] != PHONE_INDEX[SILENCE]))

    def slot(self, index: int) -> Slot:
        """Return a place in the text."""
        return self._slots[index - self._spoken]

    def upcoming(self, index: int, count: int) -> tuple[str, ...]:
        """Return the phones after a slot, without optional silences, at most ``count``."""
        found: list[str] = []
        after = index + 1 - self._spoken
        for slot in self._slots[after : after + 2 * count]:
            if slot.phone == SILENCE:
                continue
            found.append(slot.phone)
            if len(found) == count:
                break
        return tuple(found)

    def append(
        self, words: Sequence[tuple[Sequence[str], bool]], written: Sequence[str] = ()
    ) -> None:
        """Add words to what will be said.

        Args:
            words: for each word its phones, and whether a pause is likely after it.
            written: each word as the text has it; none, or as many as ``words``.

        Raises:
            ValueError: an unknown phone.
            TooMuchText: more than MAX_SLOTS phones would wait.

        """
        slots: list[Slot] = []
        costs: list[float] = []
        names = written or [''] * len(words)
        for word, ((phones, pause), name) in enumerate(
            zip(words, names, strict=True), self._words
        ):
            for k, phone in enumerate(phones):
                if phone not in PHONE_INDEX:
                    raise ValueError(f'unknown phone {phone!r}')
                slots.append(Slot(phone, word, k == 0, name))
                costs.append(0.0)
            slots.append(Slot(SILENCE, word))
            costs.append(self._costs.pause if pause else self._costs.silence)
        waiting = self._spoken + len(self._slots) - self._sure + len(slots)
        if waiting > MAX_SLOTS:
            raise TooMuchText(f'{waiting} phones of text would wait; at most {MAX_SLOTS}')
        self._words += len(words)
        self._forget_spoken()
        # The end of what was known becomes an ordinary place between two utterances.
        if costs:
            costs[-1] = self._costs.pause
        self._slots += slots
        indices = np.array([PHONE_INDEX[s.phone] for s in slots], np.intp)
        self._phone = np.concatenate((self._phone, indices))
        self._optional_cost = np.concatenate((self._optional_cost, np.array(costs, np.float32)))
        starts = np.array([s.starts_word for s in slots], bool)
        self._word_start = np.concatenate((self._word_start, starts))
        word_of = np.array([s.word for s in slots], np.int32)
        self._word = np.concatenate((self._word, word_of))

    def push(self, scores: npt.NDArray[np.float32], free_score: float, speaking: bool) -> int:
        """Take a frame; return the slot that was being spoken ``lag_frames`` ago.

        Args:
            scores: float32 [40], of the phones.
            free_score: what the frame adds to the best path of any phones (PhoneLoop.gain).
            speaking: whether the frame is speech, of whatever words.

        Returns:
            Index of the slot, or FILLER when the sound is not the text.

        """
        first = self._first - self._spoken
        n = min(WINDOW_SLOTS, len(self._slots) - first)
        window = slice(first, first + n)
        phone, starts = self._phone[window], self._word_start[window]
        optional = self._optional_cost[window]
        silent = phone == PHONE_INDEX[SILENCE]
        c = self._costs
        old, recent = self._scores[:, :n], self._recent[:, :n]
        leave, came_from = old[1], np.arange(n)

        # Into the first state of slot i: from i-1, over an optional silence or a phone from i-2,
        # over a word from any word end, or from the filler.
        enter = np.full(n, _IMPOSSIBLE, np.float32)
        origin = came_from - 1
        enter[1:] = leave[:-1] - c.advance - np.where(silent[1:], optional[1:], 0.0)
        if n > 2:
            # Lips that text closes do close: p, b and m are not skipped.
            skip = np.where(_CLOSES[phone], -_IMPOSSIBLE, np.float32(c.skip_phone))
            over = leave[:-2] - c.advance - np.where(silent[1:-1], 0.0, skip[1:-1])
            better = over > enter[2:]
            enter[2:][better] = over[better]
            origin[2:][better] = came_from[:-2][better]
        ends = leave[silent]
        if len(ends):
            best_end = int(np.flatnonzero(silent)[np.argmax(ends)])
            later = starts & (came_from > best_end + 1)
            jump = leave[best_end] - c.advance - c.skip_word
            better = later & (jump > enter) & (np.cumsum(later) <= 4)
            enter[better] = jump
            origin[better] = best_end
        here = self._word[min(int(self._expected) - self._spoken, len(self._word) - 1)]
        unspoken = starts & (came_from >= self._sure - self._first)
        away = np.abs(self._word[window] - here).astype(np.float32)
        back = self._filler_score - c.leave_filler - c.leave_filler_per_word * away
        from_filler = unspoken & (back > enter)
        enter[from_filler] = back[from_filler]

        emission = scores[phone]
        new = np.empty((2, n), np.float32)
        history = np.empty((2, n, self._lag + 1), np.int32)
        new[0] = enter + emission
        history[0, :, :-1] = recent[1, np.maximum(origin, 0), 1:]
        history[0, from_filler, :-1] = self._filler_recent[1:]
        stays = old[1] > old[0]
        new[1] = np.where(stays, old[1], old[0]) + emission
        history[1, :, :-1] = np.where(stays[:, None], recent[1, :, 1:], recent[0, :, 1:])
        history[:, :, -1] = came_from + self._first

        best_leave = int(np.argmax(leave))
        entering = leave[best_leave] - c.enter_filler
        filler_history = np.empty_like(self._filler_recent)
        if entering > self._filler_score:
            self._filler_score = entering
            filler_history[:-1] = recent[1, best_leave, 1:]
        else:
            filler_history[:-1] = self._filler_recent[1:]
        filler_history[-1] = FILLER
        self._filler_score += np.float32(free_score - c.filler_per_frame)
        self._filler_recent = filler_history

        top = max(np.float32(new.max()), self._filler_score)
        self._scores[:, :n], self._recent[:, :n] = new - top, history
        self._filler_score -= top
        best = int(np.argmax(new))
        is_filler = self._filler_score >= 0.0
        decided = int((filler_history if is_filler else history.reshape(2 * n, -1)[best])[0])
        self._follow(decided, speaking)
        return decided

    def _follow(self, decided: int, speaking: bool) -> None:
        """Keep track of where the speaker is, and the window around it."""
        steady = 0 <= decided - self._before <= _STEADY_SLOTS and decided != FILLER
        self._before = decided
        if not steady:
            self._sure_frames = 0
        elif speaking:  # silence fits any pause of the text
            self._sure_frames += 1
        if self._sure_frames >= _SURE_FRAMES:
            self._sure = decided
            self._expected = float(decided)
        elif steady and abs(decided - self._expected) <= _NEAR_SLOTS:
            self._expected = max(self._expected, float(decided))
        elif speaking:
            last = self._spoken + len(self._slots) - 1
            self._expected = min(self._expected + _SLOTS_PER_SPEECH_FRAME, last)
        self._slide(int(self._expected))

    def _forget_spoken(self) -> None:
        """Drop the text before the window."""
        surplus = self._first - self._spoken
        self._spoken += surplus
        self._slots = self._slots[surplus:]
        self._phone = self._phone[surplus:]
        self._optional_cost = self._optional_cost[surplus:]
        self._word_start = self._word_start[surplus:]
        self._word = self._word[surplus:]

    def _slide(self, here: int) -> None:
        """Keep the window around what is being said."""
        surplus = here - _BEHIND_SLOTS - self._first
        if surplus < WINDOW_SLOTS // 4:
            return
        self._first += surplus
        for array, empty in ((self._scores, _IMPOSSIBLE), (self._recent, np.int32(0))):
            array[:, :-surplus] = array[:, surplus:]
            array[:, -surplus:] = empty
