# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Text with timings on its way to the face: it waits for the sound that its times count from."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from .audio.resample import SPEECH_RATE_HZ
from .speech.timings import TimedPhone, TimedWord
from .stream import FaceStream
from .waiting_sound import WaitingSound

_NS = 1_000_000_000
_MAX_WAITING = 100
_MAX_AHEAD_NS = 60 * _NS
_KEPT_PROBLEMS = 16


class TimedText(NamedTuple):
    """Words or phones whose times count from ``stamp_ns``; 0: from where it is placed."""

    words: Sequence[TimedWord]
    phones: Sequence[TimedPhone]
    stamp_ns: int


class TimedTexts:
    """Places timed texts on the face's clock."""

    def __init__(self, face: FaceStream, sound: WaitingSound) -> None:
        self._face, self._sound = face, sound
        self._waiting: deque[TimedText] = deque()
        self._problems: deque[str] = deque(maxlen=_KEPT_PROBLEMS)

    def wait(self, text: TimedText) -> int:
        """Keep a text until sound comes; return how many are dropped for it, the oldest first."""
        surplus = len(self._waiting) - _MAX_WAITING + 1
        for _ in range(surplus):
            self._waiting.popleft()
        self._waiting.append(text)
        return max(0, surplus)

    def place(self, text: TimedText, back: int = 0) -> None:
        """Tell the face a text that begins ``back`` samples before the end of what waits.

        Raises:
            ValueError: its times overlap those before, or it names unknown phones.

        """
        start, end_ns = self._sound.queued - back, self._sound.end_ns
        if text.stamp_ns and end_ns is not None:
            ahead_ns = text.stamp_ns - end_ns
            if abs(ahead_ns) < _MAX_AHEAD_NS:  # else the stamp comes from another clock
                start = self._sound.queued + ahead_ns * SPEECH_RATE_HZ // _NS
        shift_s = start / SPEECH_RATE_HZ - self._face.input_time_s
        self._face.push_text('',
            words=[replace(w, start_s=w.start_s + shift_s, end_s=w.end_s + shift_s)
                   for w in text.words],
            phones=[replace(p, start_s=p.start_s + shift_s, end_s=p.end_s + shift_s)
                    for p in text.phones])  # fmt: skip

    def place_waiting(self, back: int) -> None:
        """Place all that waits; what is wrong with it is told by take_problems."""
        while self._waiting:
            try:
                self.place(self._waiting.popleft(), back)
            except ValueError as error:
                self._problems.append(str(error))

    def take_problems(self) -> list[str]:
        """Return what was wrong with texts that waited, since the last call."""
        taken = list(self._problems)
        self._problems.clear()
        return taken

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
