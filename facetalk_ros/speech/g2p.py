# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Words to phones, and the one call an aligner needs: `text_to_phones`.

    for word in text_to_phones('Hello, world.').words:
        word.word, word.phones, word.pause_after

A word is looked up in the CMU dictionary, else taken apart into words of the dictionary and
endings, else sounded by the letter-to-sound model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from facetalk_ros.speech.dictionary import dictionary
from facetalk_ros.speech.letter_to_sound import MAX_LETTERS, letter_to_sound
from facetalk_ros.speech.morphology import plural_ending, take_apart
from facetalk_ros.speech.normalise import TextFeeder
from facetalk_ros.speech.tokens import Pause, PauseMark, Word

_CACHED_WORDS = 4096


class Source(Enum):
    """Where a pronunciation comes from."""

    DICTIONARY = 'dictionary'
    MORPHOLOGY = 'morphology'
    LETTERS = 'letters'
    SPELLED = 'spelled'


class Pronunciation(NamedTuple):
    """The phones of a word (at least one), the likeliest variant first."""

    variants: tuple[tuple[str, ...], ...]
    source: Source

    @property
    def phones(self) -> tuple[str, ...]:
        """The first variant."""
        return self.variants[0]


class WordPhones(NamedTuple):
    """One spoken word for an aligner.

    `word` is lower-case, `start`, `end` its span in the original text (words that one piece of
    text expands to share a span), `phones` ARPAbet without stress, `variants` all pronunciations
    known, `phones` first. `pause_after` is the mark behind the word: silence is likely there for
    Pause.COMMA and above, and possible behind any word.
    """

    word: str
    start: int
    end: int
    phones: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    pause_after: Pause


@dataclass(frozen=True)
class SpokenText:
    """The words of a text, and what could not be spoken (see NormalisedText)."""

    words: tuple[WordPhones, ...]
    warnings: tuple[str, ...]
    unpronounceable: float


class Pronouncer:
    """Words of a-z with apostrophes to the 39 phones of the CMU set, without stress."""

    def __init__(self) -> None:
        self._dictionary = dictionary()
        self._letters = letter_to_sound()
        self.pronounce = lru_cache(maxsize=_CACHED_WORDS)(self._pronounce)

    def phones(self, word: str) -> tuple[str, ...]:
        """Return the usual pronunciation of a word, at least one phone.

        Case and characters other than a-z and the apostrophe are passed over. Raises ValueError
        for a word without letters.
        """
        return self.pronounce(word).phones

    def variants(self, word: str) -> tuple[tuple[str, ...], ...]:
        """Return all pronunciations known, the usual first. Errors as for `phones`."""
        return self.pronounce(word).variants

    def spelled(self, letter: str) -> Pronunciation:
        """Return the name of a letter, with "'s" behind it for its plural or possessive.

        Raises ValueError for anything else.
        """
        if not re.fullmatch("[a-z](?:'s)?", letter):
            raise ValueError(f"a letter a-z, perhaps with 's, is needed, not {letter!r}")
        names = self._dictionary.variants(letter[0] + '.')
        ends = plural_ending(names[0]) if len(letter) > 1 else ()
        return Pronunciation(tuple((*name, *ends) for name in names), Source.SPELLED)

    def _pronounce(self, word: str) -> Pronunciation:
        plain = re.sub("'+", "'", re.sub("[^a-z']", '', word.lower()))[:MAX_LETTERS]
        letters = plain.replace("'", '')
        if not letters:
            raise ValueError(f'a word needs a letter a-z: {word!r}')
        for form in (plain, plain.strip("'"), letters):
            if variants := self._dictionary.variants(form):
                return Pronunciation(variants, Source.DICTIONARY)
        if len(letters) == 1:
            return self.spelled(letters)
        if variants := take_apart(plain.strip("'"), self._dictionary.variants):
            return Pronunciation(variants, Source.MORPHOLOGY)
        base, apostrophe, ending = plain.strip("'").rpartition("'")
        if apostrophe and ending == 's' and base.replace("'", ''):
            # an unknown name in the possessive: the ending follows from the last sound
            return Pronunciation(take_apart(plain, lambda _: (self.phones(base),)), Source.LETTERS)
        if phones := self._letters.phones(letters):
            return Pronunciation((phones,), Source.LETTERS)
        # letters that the rules find mute in every place ("ehw") are spelled
        names = (self.spelled(letter).phones for letter in letters)
        return Pronunciation((tuple(phone for name in names for phone in name),), Source.SPELLED)


@cache
def pronouncer() -> Pronouncer:
    """Return the shared pronouncer; safe to use from several threads."""
    return Pronouncer()


class PhoneFeeder:
    """Words with phones from text that arrives in pieces; see TextFeeder.

    A word is given out once the word or the pause behind it is known.
    """

    def __init__(self, language: str = 'en') -> None:
        self.text = TextFeeder(language)
        self._pronouncer = pronouncer()
        self._waiting: WordPhones | None = None

    def push(self, text: str) -> list[WordPhones]:
        """Take more text; return the words that are now certain."""
        return self._with_phones(self.text.push(text))

    def flush(self) -> list[WordPhones]:
        """End the text; return the remaining words."""
        return self._with_phones(self.text.flush()) + self._let_go(Pause.PARAGRAPH)

    def _with_phones(self, tokens: Iterable[Word | PauseMark]) -> list[WordPhones]:
        out = []
        for token in tokens:
            if isinstance(token, PauseMark):
                out += self._let_go(token.kind)
                continue
            out += self._let_go(Pause.NONE)
            text, start, end, spelled = token
            said = self._pronouncer.spelled(text) if spelled else self._pronouncer.pronounce(text)
            self._waiting = WordPhones(text, start, end, said.phones, said.variants, Pause.NONE)
        return out

    def _let_go(self, pause: Pause) -> list[WordPhones]:
        word, self._waiting = self._waiting, None
        return [word._replace(pause_after=pause)] if word else []


def text_to_phones(text: str, language: str = 'en') -> SpokenText:
    """Return the words of a whole text with their phones and the pauses between them.

    Never raises for any text; a text that cannot be pronounced gives no words, and says why.
    """
    feeder = PhoneFeeder(language)
    words = (*feeder.push(text), *feeder.flush())
    return SpokenText(words, tuple(feeder.text.warnings), feeder.text.unpronounceable)
