# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the text asks of the face, word by word, in the order in which it will be said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..expression.plan import Planner, SentencePlan

# Text is planned when its words come near, so that a long text costs no time when it arrives.
_PLANNED_AHEAD = 40
_PIECE = 200
# A word that is heard is looked for among so many that come next; others were left out.
_SEARCHED = 25


class Cue(NamedTuple):
    """What a word that begins asks for.

    Attributes:
        accent: how strongly it is accented, 0 to 1.
        sentence: the plan of its sentence, when that begins with it; else None.
        ends_sentence: whether it is the last word of its sentence.

    """

    accent: float
    sentence: SentencePlan | None
    ends_sentence: bool


class _Word(NamedTuple):
    written: str
    accent: float
    sentence: SentencePlan | None


class Delivery:
    """The words that wait to be said, and what they ask for."""

    def __init__(self) -> None:
        self._words: deque[_Word] = deque()
        self._planned: deque[Iterator[_Word]] = deque()
        self._sentence: SentencePlan | None = None

    def add(self, text: str, language: str, words: Sequence[tuple[int, int]]) -> None:
        """Add a text and the places of its words, as they are going to be said."""
        if words:
            self._planned.append(_plan(text, language, words))

    def clear(self) -> None:
        """Forget what was not said."""
        self._words.clear()
        self._planned.clear()
        self._sentence = None

    def say(self, written: str) -> Cue | None:
        """Return what a word asks for that begins now; None when it does not come soon."""
        while self._planned and len(self._words) < _PLANNED_AHEAD:
            word = next(self._planned[0], None)
            if word is None:
                self._planned.popleft()
            else:
                self._words.append(word)
        near = (
            i for i, w in zip(range(_SEARCHED), self._words, strict=False) if w.written == written
        )
        place = next(near, None)
        if place is None:
            return None
        for _ in range(place):
            self._words.popleft()
        word = self._words.popleft()
        begins = word.sentence is not self._sentence
        self._sentence = word.sentence
        follows = self._words[0].sentence if self._words else None
        return Cue(word.accent, word.sentence if begins else None, follows is not word.sentence)


def _plan(text: str, language: str, words: Sequence[tuple[int, int]]) -> Iterator[_Word]:
    """Yield the words of a text with their plans, planning no more of it than is asked for."""
    plans = _sentences(text, language)
    plan = next(plans, None)
    for start, end in words:
        while plan is not None and plan.end <= start:
            plan = next(plans, None)
        inside = plan is not None and plan.start <= start
        accents = (w.accent for w in plan.words if w.start < end and start < w.end) if plan else ()
        yield _Word(text[start:end], max(accents, default=0.0), plan if inside else None)


def _sentences(text: str, language: str) -> Iterator[SentencePlan]:
    planner = Planner(language)
    for at in range(0, len(text), _PIECE):
        yield from planner.push(text[at : at + _PIECE])
    yield from planner.finish()
