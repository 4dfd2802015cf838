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

from .phones import PHONE_INDEX, SILENCE
from .text_window import IMPOSSIBLE, TextWindow, open_window

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
        self._scores = np.full((2, WINDOW_SLOTS), IMPOSSIBLE, np.float32)
        self._scores[1, 0] = 0.0
        # [age, state, slot]: where each state was lag_frames ago, ..., and now
        self._recent = np.zeros((self._lag + 1, 2, WINDOW_SLOTS), np.int32)
        self._window: TextWindow | None = None
        self._filler_score = np.float32(-self._costs.enter_filler)
        self._filler_recent = [FILLER] * (self._lag + 1)
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
        self._phone = np.append(self._phone, indices)
        self._optional_cost = np.append(self._optional_cost, np.array(costs, np.float32))
        self._word_start = np.append(
            self._word_start, np.array([s.starts_word for s in slots], bool)
        )
        self._word = np.append(self._word, np.array([s.word for s in slots], np.int32))
        self._window = None

    def push(self, scores: npt.NDArray[np.float32], free_score: float, speaking: bool) -> int:
        """Take a frame; return the slot that was being spoken ``lag_frames`` ago.

        Args:
            scores: float32 [40], of the phones.
            free_score: what the frame adds to the best path of any phones (PhoneLoop.gain).
            speaking: whether the frame is speech, of whatever words.

        Returns:
            Index of the slot, or FILLER when the sound is not the text.

        """
        window = self._window = self._window or self._open_window()
        n, c = len(window.phone), self._costs
        old, recent = self._scores[:, :n], self._recent[:, :, :n]
        leave = old[1]

        enter, origin = window.enter(leave, c.advance, c.skip_word)
        back, unspoken = self._back_from_filler(window)
        better = back > enter[unspoken]
        from_filler = unspoken[better]
        enter[from_filler] = back[better]

        best_leave = leave.argmax()
        entering = leave[best_leave] - c.enter_filler
        filler_recent = self._filler_recent[1:]
        self._filler_recent = [*filler_recent, FILLER]
        if entering > self._filler_score:
            self._filler_score = entering
            self._filler_recent[:-1] = recent[1:, 1, best_leave].tolist()
        self._filler_score += np.float32(free_score - c.filler_per_frame)

        emission = scores[window.phone]
        new = np.empty((2, n), np.float32)
        np.add(enter, emission, out=new[0])
        stays = leave > old[0]
        np.add(np.maximum(leave, old[0]), emission, out=new[1])
        # in place: each age takes over from the next, which is not overwritten yet
        for age in range(self._lag):
            waited, left = recent[age + 1]
            entered = left[origin]
            entered[from_filler] = filler_recent[age]
            recent[age, 1] = np.where(stays, left, waited)
            recent[age, 0] = entered
        recent[-1] = window.slots

        best = new.argmax()
        top = max(new.flat[best], self._filler_score)
        np.subtract(new, top, out=old)
        self._filler_score -= top
        is_filler = self._filler_score >= 0.0
        decided = self._filler_recent[0] if is_filler else int(recent[0].flat[best])
        self._follow(decided, speaking)
        return decided

    def _back_from_filler(
        self, window: TextWindow
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
        """Return what words would score if the filler ended before them, and where they are."""
        c = self._costs
        first_unspoken = window.starts_at.searchsorted(self._sure - self._first)
        here = self._word[min(int(self._expected) - self._spoken, len(self._word) - 1)]
        away = np.abs(window.start_words[first_unspoken:] - np.float32(here))
        back = self._filler_score - c.leave_filler - c.leave_filler_per_word * away
        return back, window.starts_at[first_unspoken:]

    def _open_window(self) -> TextWindow:
        first = self._first - self._spoken
        part = slice(first, first + WINDOW_SLOTS)
        return open_window(
            self._first, self._phone[part], self._optional_cost[part], self._word[part],
            self._word_start[part], self._costs.skip_phone,
        )  # fmt: skip

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
        self._window = None
        for array, empty in ((self._scores, IMPOSSIBLE), (self._recent, np.int32(0))):
            array[..., :-surplus] = array[..., surplus:]
            array[..., -surplus:] = empty
