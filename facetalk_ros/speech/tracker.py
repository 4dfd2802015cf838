# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which phone is being spoken: told by timings, by text aligned to the sound, or by the sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .phone_loop import PhoneLoop
from .phones import BILABIALS, PHONE_INDEX, PHONES, SILENCE
from .text_aligner import FILLER, MAX_SLOTS, AlignerCosts, Slot, TextAligner, TooMuchText
from .timings import TimedPhone, check_order

FRAME_S = 0.01
_UPCOMING = 2
# A closure decided late gets this long before the phone after it.
_CLOSURE_S = 0.03
_PASSED_SLOTS = 5


@dataclass(frozen=True)
class PhoneStart:
    """A phone begins.

    Attributes:
        phone: ARPAbet without stress, or SIL.
        start_s: on the audio clock.
        from_text: whether text or timings told it, not the sound alone.
        upcoming: the next phones, as far as text tells.
        word: which word of the text it belongs to; '' when unknown and in silence.

    """

    phone: str
    start_s: float
    from_text: bool
    upcoming: tuple[str, ...] = ()
    word: str = ''


class PhoneTracker:
    """Turns phone posteriors, text and timings into a stream of phone starts."""

    def __init__(
        self, log_prior: npt.NDArray[np.float32], *, lag_frames: int = 2,
        prior_scale: float = 0.6, bilabial_bonus: float = 0.5,
        costs: AlignerCosts | None = None, loop: PhoneLoop | None = None,
    ) -> None:  # fmt: skip
        """Decide each 10 ms frame ``lag_frames`` frames after its posteriors.

        Args:
            log_prior: float32 [40]; ``prior_scale`` times it is taken off the posteriors.
            lag_frames: how many later frames a decision waits for.
            prior_scale: 1 would make likelihoods of posteriors (Bourlard and Morgan 1994).
            bilabial_bonus: what p, b and m are given per frame: a missed closure is seen, a
                needless one hardly.
            costs: of departures from the text.
            loop: the search used where there is no text.

        """
        self.lag_frames = lag_frames
        bonus = np.array([bilabial_bonus * (p in BILABIALS) for p in PHONES], np.float32)
        self._offset = bonus - log_prior * np.float32(prior_scale)
        self._aligner = TextAligner(lag_frames, costs)
        self._loop = loop or PhoneLoop(lag_frames)
        self._timed: deque[TimedPhone] = deque()
        self._frames = 0
        self._restart()

    def _restart(self) -> None:
        self._now: tuple[str, int] = (SILENCE, FILLER)
        self._timed_until_s = -1.0
        self.follows_text = False

    def reset(self, next_frame: int) -> None:
        """Forget text, timings and what was heard; ``next_frame`` is the next to be pushed."""
        self._frames = next_frame
        self._aligner.reset()
        self._loop.reset()
        self._timed.clear()
        self._restart()

    @property
    def phones_waiting(self) -> int:
        """Phones of text and timings that were not spoken yet."""
        return self._aligner.phones_waiting + len(self._timed)

    def forget_text(self) -> None:
        """Forget text and timings that were not spoken yet; the sound goes on."""
        self._aligner.reset()
        self._timed.clear()
        self._now = (self._now[0], FILLER)
        self.follows_text = False

    def begin_at(self, frame: int) -> None:
        """Count frames from ``frame`` on, before the first is pushed; what is known is kept."""
        self._frames = frame

    def add_words(
        self, words: Sequence[tuple[Sequence[str], bool]], written: Sequence[str] = ()
    ) -> None:
        """Add words to what will be said; see TextAligner.append."""
        self._aligner.append(words, written)

    def add_timed(self, phones: Sequence[TimedPhone]) -> None:
        """Add phones whose times on the audio clock are known; ascending.

        Raises:
            ValueError: a phone that is unknown, or ends before it starts, or overlaps.
            TooMuchText: more than MAX_SLOTS phones would wait.

        """
        unknown = [p.phone for p in phones if p.phone not in PHONE_INDEX]
        if unknown:
            raise ValueError(f'unknown phone {unknown[0]!r}')
        if (waiting := len(self._timed) + len(phones)) > MAX_SLOTS:
            raise TooMuchText(f'{waiting} timed phones would wait; at most {MAX_SLOTS}')
        check_order(phones, self._timed[-1].end_s if self._timed else self._timed_until_s)
        self._timed.extend(phones)

    def end_timed(self, end_s: float) -> list[PhoneStart]:
        """Cut timings off at the end of the sound; return the silence if it starts now."""
        kept = [p for p in self._timed if p.start_s < end_s]
        self._timed = deque(replace(p, end_s=min(p.end_s, end_s)) for p in kept)
        if kept or self._timed_until_s <= end_s:
            return []
        self._timed_until_s = end_s
        return [PhoneStart(SILENCE, end_s, True)]

    def timed_starts(self, until_s: float) -> list[PhoneStart]:
        """Return the timed phones that start before ``until_s`` and were not returned yet."""
        starts = []
        while self._timed and self._timed[0].start_s < until_s:
            item = self._timed.popleft()
            upcoming = tuple(t.phone for t, _ in zip(self._timed, range(_UPCOMING), strict=False))
            starts.append(PhoneStart(item.phone, item.start_s, True, upcoming, item.word))
            self._timed_until_s = item.end_s
            if not self._timed or self._timed[0].start_s > item.end_s + FRAME_S:
                starts.append(PhoneStart(SILENCE, item.end_s, True))
            self._now = (SILENCE, FILLER)
        return starts

    def push(self, log_posteriors: npt.NDArray[np.float32]) -> list[PhoneStart]:
        """Take the posteriors of the next 10 ms frame, float32 [40]; return what starts."""
        scores = log_posteriors + self._offset
        heard = self._loop.push(scores)
        slot = FILLER
        if self._aligner.knows_text:
            speaking = PHONES[heard] != SILENCE
            slot = self._aligner.push(scores, self._loop.gain, speaking)
        frame = self._frames - self.lag_frames
        self._frames += 1
        time_s = frame * FRAME_S
        if time_s < self._timed_until_s or (self._timed and time_s >= self._timed[0].start_s):
            return []
        self.follows_text = slot != FILLER
        phone = self._aligner.slot(slot).phone if self.follows_text else PHONES[heard]
        if (phone, slot) == self._now or frame < 0:
            return []
        before, self._now = self._now, (phone, slot)
        if phone == before[0] and (phone == SILENCE or FILLER in (slot, before[1])):
            return []  # only what told it has changed
        if not self.follows_text:
            return [PhoneStart(phone, time_s, False)]
        starts = [
            PhoneStart(passed.phone, time_s, True, (phone,), passed.written)
            for passed in self._passed_closures(before[1], slot)
        ]
        start_s = time_s + _CLOSURE_S * len(starts)
        upcoming = self._aligner.upcoming(slot, _UPCOMING)
        return [
            *starts,
            PhoneStart(phone, start_s, True, upcoming, self._aligner.slot(slot).written),
        ]

    def _passed_closures(self, before: int, slot: int) -> list[Slot]:
        """Return the last p, b or m that a late decision has passed over, if any.

        The search may learn only afterwards that a short closure has been; the lips then close
        late rather than not at all.
        """
        if before == FILLER or not 1 < slot - before <= _PASSED_SLOTS:
            return []
        passed = [self._aligner.slot(k) for k in range(before + 1, slot)]
        return [p for p in passed if p.phone in BILABIALS][-1:]
