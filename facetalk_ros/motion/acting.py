# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the words ask of the face while they are said: feelings, accents, and their end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..expression.families import FAMILIES, shipped_actions
from ..expression.plan import SentencePlan
from .delivery import Delivery
from .expression import ExpressionMotion

# What the voice stresses counts by so much where the text has its own accents.
_HEARD_ACCENT = 0.8
# The brows follow accents of words from here on: most content words have less.
_SHOWN_ACCENT = 0.5


class Acting:
    """Follows the words of the text as they begin, and moves the upper face by them."""

    def __init__(self, nod: Callable[[float, float], None]) -> None:
        """Start without a text.

        Args:
            nod: is called with the time and the strength, 0 to 1, of each accent that is shown.

        """
        self.expressiveness = 1.0
        self._nod = nod
        self._expression = ExpressionMotion()
        self._delivery = Delivery()
        self._word = ''
        self._sentence: SentencePlan | None = None
        self._sentence_over = False
        self._wish = ''  # a family that was asked for, instead of what the text says
        self._relax_at_s = math.inf

    def express(self, family: str, intensity: float, fade_s: float | None) -> None:
        """Show an expression instead of what the text says; see FaceStream.express.

        Raises:
            ValueError: an unknown family, or a number that cannot be.

        """
        actions = shipped_actions()
        if family and family not in FAMILIES:
            raise ValueError(f'expression {family[:40]!r} is none of {", ".join(FAMILIES)}')
        if not 0.0 <= intensity <= 1.0:
            raise ValueError(f'intensity {intensity!r} is outside 0 to 1')
        if fade_s is not None and not 0.0 <= fade_s <= 10.0:
            raise ValueError(f'fade_s {fade_s!r} is outside 0 to 10')
        before, self._wish, self._sentence = self._wish or 'neutral', family, None
        action = actions[family or before]
        own_s = action.onset_s if family else action.decay_s
        pose = (action.upper + action.corners) * np.float32(intensity if family else 0.0)
        self._expression.feel(
            pose * np.float32(self.expressiveness), own_s if fade_s is None else fade_s
        )

    def add(self, text: str, language: str, words: Sequence[tuple[int, int]]) -> None:
        """Take a text and the places of its words, as they are going to be said."""
        self._delivery.add(text, language, words)

    def forget_text(self) -> None:
        """Forget what was not said."""
        self._delivery.clear()

    def stop(self) -> None:
        """Forget what was not said, and let go of what is shown."""
        self._delivery.clear()
        self._sentence = None
        self._relax_at_s = math.inf
        self._expression.stop()

    def say(self, word: str, start_s: float, earliest_s: float) -> None:
        """Show what a word asks for that begins; the same word again asks for nothing."""
        if not word or word == self._word:
            self._word = word
            return
        self._word = word
        cue = self._delivery.say(word)
        if cue is None:
            return
        self._relax_at_s = math.inf
        self._sentence_over = cue.ends_sentence
        if cue.sentence is not None and not self._wish:
            self._sentence = cue.sentence
            onset_s = shipped_actions()[cue.sentence.family].onset_s
            self._expression.feel(cue.sentence.pose() * self.expressiveness, onset_s)
        if cue.accent >= _SHOWN_ACCENT:
            self._emphasise(max(start_s, earliest_s), cue.accent)

    def pause(self, start_s: float) -> None:
        """Let go of the sentence's feeling some time after its last word."""
        if self._sentence is not None and self._sentence_over:
            self._relax_at_s = start_s + shipped_actions()[self._sentence.family].hold_s

    def stress(self, time_s: float, strength: float) -> None:
        """Show what the voice stresses."""
        self._emphasise(time_s, _HEARD_ACCENT * strength)

    def _emphasise(self, time_s: float, strength: float) -> None:
        strength = min(strength * self.expressiveness, 1.0)
        if self._expression.accent(time_s, strength):
            self._nod(time_s, strength)

    def advance(self, time_s: float, step_s: float, speaking: bool) -> npt.NDArray[np.float32]:
        """Return what is added to the speaking face, float32 [52]."""
        if self._sentence is not None and time_s >= self._relax_at_s:
            self._expression.relax(shipped_actions()[self._sentence.family].decay_s)
            self._sentence, self._relax_at_s = None, math.inf
        return self._expression.advance(time_s, step_s, speaking)
