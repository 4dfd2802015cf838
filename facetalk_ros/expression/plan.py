# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From dialogue text to what the face does: one plan per sentence, ready before its sound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ..speech.normalise import normalise, speaks
from .accents import Piece, WordPlan, is_content, place_accents, written_words
from .asking import denies, is_english, is_question
from .encoder import Judgement, StudentEncoder, default_encoder
from .families import FAMILIES, Pose, shipped_actions
from .markup import Marked, Wish, read_markup
from .sentences import LONGEST_SENTENCE, first_sentence_end

# An emotion is shown when its probability is at least this: chosen on the dev sentences.
_LEAST_PROBABILITY = 0.25
# How much of a signal is seen beside an emotion that itself speaks with the brows.
_SIGNAL_BESIDE_EMOTION = 0.4
# Content words count as said before for so many sentences.
_REMEMBERED_SENTENCES = 2
_MOST_WARNINGS = 50
# More than a sentence and the signs behind it: what is looked at to find its end.
_WINDOW = 2 * LONGEST_SENTENCE


@dataclass(frozen=True)
class SentencePlan:
    """What the face does for one sentence.

    Attributes:
        text: the sentence as it is written, markup and all.
        start, end: its place in the whole text.
        family: the strongest emotion; without one `question` or `negation`; else `neutral`.
        emotion: the strongest emotion, or `neutral`: one of FAMILIES.
        intensity: 0 to 1; 0 for `neutral`.
        valence: -1 to 1.
        arousal: 0 to 1.
        question: it asks.
        negation: it denies.
        cause: where the emotion comes from: `model`, `markup`, `emoji`, `stage direction`, or
            `language` when the text is not read.
        words: its words with their accents.
        warnings: what was not understood.
        provisional: more of the sentence is still to come.

    """

    text: str
    start: int
    end: int
    family: str
    emotion: str
    intensity: float
    valence: float
    arousal: float
    question: bool
    negation: bool
    cause: str
    words: tuple[WordPlan, ...]
    warnings: tuple[str, ...] = ()
    provisional: bool = False

    def pose(self, corners: float = 1.0) -> Pose:
        """Return what is added to the speaking face, float32 [52] in ARKIT_NAMES order, 0 to 1.

        It is for the sentence at its height; `onset_s`, `hold_s` and `decay_s` of
        ``shipped_actions()[plan.family]`` tell how it comes and goes.

        Args:
            corners: scales the corners of the mouth, which speech shares.

        """
        actions = shipped_actions()
        action = actions[self.emotion]
        shown = (action.upper + corners * action.corners) * np.float32(self.intensity)
        beside = (
            1.0 if self.emotion == 'neutral' else _SIGNAL_BESIDE_EMOTION * (1 - self.intensity)
        )
        for name, is_there in (('question', self.question), ('negation', self.negation)):
            if is_there:
                signal = actions[name]
                shown = shown + np.float32(beside) * (signal.upper + corners * signal.corners)
        limited: Pose = np.clip(shown, 0.0, 1.0).astype(np.float32)
        return limited


@dataclass
class Planner:
    """Plans text that arrives in pieces.

    A sentence's plan comes as soon as the sentence is complete; ``provisional`` gives one for what
    has arrived of the next. The plans do not depend on how the text was cut into pieces.

    Attributes:
        language: BCP 47; another than English is planned as neutral.
        encoder: reads the sentences.

    """

    language: str = 'en'
    encoder: StudentEncoder = field(default_factory=default_encoder)

    def __post_init__(self) -> None:
        self._reads = speaks(self.language)
        self.reset()

    def reset(self) -> None:
        """Forget what has been said: another text begins."""
        self._pending = ''
        self._at = 0  # what stands before it in _pending is planned
        self._final = False
        self._offset = 0
        self._open: tuple[tuple[str, float], ...] = ()
        self._given: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_SENTENCES)

    def push(self, text: str) -> list[SentencePlan]:
        """Take more text; return the plans of the sentences that are now complete."""
        self.feed(text)
        return list(iter(self.next_plan, None))

    def finish(self) -> list[SentencePlan]:
        """Return the plans of what is left; afterwards the next text begins."""
        self.feed('', final=True)
        plans = list(iter(self.next_plan, None))
        self.reset()
        return plans

    def feed(self, text: str, final: bool = False) -> None:
        """Take more text without planning it yet; ``final`` says that no more follows."""
        self._pending += text
        self._final = final

    def next_plan(self) -> SentencePlan | None:
        """Return the plan of the next complete sentence, some milliseconds' work, or None."""
        while True:
            window = self._pending[self._at : self._at + _WINDOW]
            whole = self._at + _WINDOW >= len(self._pending)
            end = first_sentence_end(window, self._final and whole)
            if end is None and not whole:
                end = LONGEST_SENTENCE  # signs without end
            if end is None:
                self._pending, self._at = window, 0
                return None
            plan, marked, pieces = self._plan(window[:end], provisional=False)
            self._open = marked.still_open
            self._given.append(frozenset(p.lower for p in pieces if is_content(p.lower)))
            self._at += end
            self._offset += end
            if plan.words or plan.emotion != 'neutral':
                return plan

    def provisional(self) -> SentencePlan | None:
        """Return a plan of the next sentence as far as it is known; None without words."""
        text = self._pending[self._at : self._at + LONGEST_SENTENCE]
        if not text.strip():
            return None
        plan, _, _ = self._plan(text, provisional=True)
        return plan if plan.words else None

    def sentence(self, text: str) -> SentencePlan:
        """Return the plan of a text that is taken as one sentence, whatever stands in it."""
        return self._plan(text, provisional=False)[0]

    def _plan(self, text: str, provisional: bool) -> tuple[SentencePlan, Marked, list[Piece]]:
        marked = read_markup(text, self._open)
        plain = marked.plain
        tokens = normalise(plain).tokens
        pieces = written_words(plain, tokens)
        reads = self._reads and is_english(plain, pieces)
        warnings = list(marked.warnings)
        judged = self.encoder.judge(plain) if reads and pieces else None
        question = reads and is_question(plain, pieces)
        negation = reads and denies(pieces, question)
        cause = 'model'
        emotion, intensity, valence, arousal = _read(judged)
        if not reads and pieces:
            cause = 'language'
            what = self.language if not self._reads else 'a text that is not English'
            warnings.append(f'{what} is not read: neutral')
        if wish := next((w for w in marked.wishes if _has_something(plain, w)), None):
            action = shipped_actions()[wish.family]
            emotion, cause = wish.family, wish.cause
            intensity = min(wish.intensity, action.max_intensity)
            valence = action.valence * intensity
            arousal = _arousal(emotion, intensity)
        family = emotion
        if emotion == 'neutral':
            family = 'question' if question else 'negation' if negation else 'neutral'
        words = place_accents(
            pieces,
            exclaimed='!' in plain[-8:],
            question=question,
            emphases=marked.emphases,
            given=frozenset().union(*self._given),
            looked_at=_looked_at(judged, pieces) if emotion != 'neutral' and judged else {},
            offset=self._offset,
        )
        plan = SentencePlan(
            text=text.strip(),
            start=self._offset + len(text) - len(text.lstrip()),
            end=self._offset + len(text.rstrip()),
            family=family,
            emotion=emotion,
            intensity=round(intensity, 3),
            valence=round(valence, 3),
            arousal=round(arousal, 3),
            question=question,
            negation=negation,
            cause=cause,
            words=words,
            warnings=tuple(warnings[:_MOST_WARNINGS]),
            provisional=provisional,
        )
        return plan, marked, pieces


def plan(text: str, language: str = 'en') -> list[SentencePlan]:
    """Return the plan of every sentence of a text; nothing in a text is an error.

    Args:
        text: what will be said; it may hold tags and emoji (see ``markup.py``).
        language: BCP 47; another than English is planned as neutral, with a warning.

    """
    planner = Planner(language)
    return planner.push(text) + planner.finish()


def _read(judged: Judgement | None) -> tuple[str, float, float, float]:
    """Return emotion, intensity, valence and arousal."""
    if judged is None:
        return 'neutral', 0.0, 0.0, _arousal('neutral', 0.0)
    best = int(judged.families.argmax())
    if FAMILIES[best] == 'neutral' or judged.families[best] < _LEAST_PROBABILITY:
        return 'neutral', 0.0, judged.valence * 0.5, _arousal('neutral', 0.0)
    emotion = FAMILIES[best]
    intensity = min(max(judged.intensity, 0.2), shipped_actions()[emotion].max_intensity)
    return emotion, intensity, judged.valence, _arousal(emotion, intensity)


def _has_something(plain: str, wish: Wish) -> bool:
    return wish.cause != 'markup' or any(c.isalnum() for c in plain[wish.start : wish.end])


def _arousal(emotion: str, intensity: float) -> float:
    """Between the calm face's and the family's, by intensity."""
    calm = shipped_actions()['neutral'].arousal
    return calm + (shipped_actions()[emotion].arousal - calm) * intensity


def _looked_at(judged: Judgement, pieces: list[Piece]) -> dict[int, float]:
    """Return how many times more than at the average word the model looked at each."""
    shares = np.zeros(len(pieces))
    starts = np.array([p.start for p in pieces])
    for token, share in zip(judged.tokens, judged.attention, strict=True):
        i = int(np.searchsorted(starts, token.start, side='right')) - 1
        if i >= 0 and token.end <= pieces[i].end:
            shares[i] += share
    mean = shares.mean()
    return {i: float(s / mean) for i, s in enumerate(shares)} if mean > 0 else {}
