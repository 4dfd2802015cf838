# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which words are accented, and why: rules on the words' classes, the punctuation and the markup.

The sources of the rules and of the word classes stand in config/expression/words.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..speech.tokens import Pause, PauseMark, Word
from .markup import Emphasis
from .words import WordTables, word_tables

# How strongly each cause accents. The order among them follows the sources; the numbers are ours.
_FUNCTION, _GIVEN, _CONTENT = 0.05, 0.2, 0.4
_QUESTION_WORD, _INTENSIFIER, _NEGATION, _PHRASE_END = 0.5, 0.55, 0.6, 0.6
_EXPRESSION, _CONTRAST, _EXCLAMATION, _CAPITALS = 0.65, 0.7, 0.75, 0.9
# A word that the model looked at so many times more than at the average one caused the expression.
_LOOKED_AT = 2.0
# An emphasised word is accented above this; below, the markup takes the accent away.
_AUDIBLE = 0.4


class WordPlan(NamedTuple):
    """A word of the text with its accent.

    ``text`` is as it is written; ``start``, ``end`` are its place in the whole text; ``accent`` is
    0 to 1 and ``cause`` tells in a word or two where it comes from.
    """

    text: str
    start: int
    end: int
    accent: float
    cause: str


class Piece(NamedTuple):
    """A written word, its lower-case form, and the pause behind it."""

    text: str
    lower: str
    start: int
    end: int
    pause: Pause


def written_words(text: str, tokens: Sequence[Word | PauseMark]) -> list[Piece]:
    """Return the words as written; numbers and signs that several words are spoken for count once.

    Args:
        text: the text that the tokens' places belong to.
        tokens: from the normaliser.

    """
    pieces: list[Piece] = []
    for token in tokens:
        if isinstance(token, PauseMark):
            if pieces:
                last = pieces[-1]
                pieces[-1] = last._replace(pause=max(last.pause, token.kind))
        elif not pieces or (token.start, token.end) != (pieces[-1].start, pieces[-1].end):
            written = text[token.start : token.end]
            lower = written.lower().replace('’', "'")
            pieces.append(Piece(written, lower, token.start, token.end, Pause.NONE))
    return pieces


def place_accents(
    pieces: Sequence[Piece],
    *,
    exclaimed: bool,
    question: bool,
    emphases: Sequence[Emphasis],
    given: Collection[str],
    looked_at: Mapping[int, float],
    offset: int,
) -> tuple[WordPlan, ...]:
    """Return the words of one sentence with their accents.

    Args:
        pieces: its words.
        exclaimed: it ends with an exclamation mark.
        question: it asks.
        emphases: accents that markup asks for, in the pieces' places.
        given: content words of the sentences just before, in lower case.
        looked_at: for an expressive sentence, the index of a word to how many times more than the
            average word the model looked at it.
        offset: of the pieces' places in the whole text.

    """
    tables = word_tables()
    shouted = _shouted(pieces, tables)
    nuclei = _nuclei(pieces, tables)
    plans = []
    for i, piece in enumerate(pieces):
        accent, cause = _rule(pieces, i, tables, nuclei, given)
        stronger = []
        if i in nuclei and exclaimed and i == max(nuclei):
            stronger.append((_EXCLAMATION, 'exclamation'))
        if question and piece.lower in tables.question and _begins_clause(pieces, i):
            stronger.append((_QUESTION_WORD, 'question word'))
        if looked_at.get(i, 0.0) >= _LOOKED_AT and piece.lower not in tables.function:
            stronger.append((_EXPRESSION, 'expression'))
        if i in shouted:
            stronger.append((_CAPITALS, 'capitals'))
        for amount, reason in stronger:
            if amount > accent:
                accent, cause = amount, reason
        for emphasis in emphases:
            if emphasis.start <= piece.start and piece.end <= emphasis.end:
                marked_up = max(accent, emphasis.accent)
                accent = marked_up if emphasis.accent >= _AUDIBLE else emphasis.accent
                cause = 'markup'
        plans.append(
            WordPlan(piece.text, piece.start + offset, piece.end + offset, round(accent, 3), cause)
        )
    return tuple(plans)


def is_content(word: str) -> bool:
    """Whether a word in lower case carries meaning of its own."""
    tables = word_tables()
    return word not in tables.function and word not in tables.negation


def _rule(
    pieces: Sequence[Piece],
    i: int,
    tables: WordTables,
    nuclei: Collection[int],
    given: Collection[str],
) -> tuple[float, str]:
    word = pieces[i].lower
    before = pieces[i - 1].lower if i else ''
    if before in tables.focus and word not in tables.function:
        return _CONTRAST, 'contrast'
    if word in tables.contrast and _begins_clause(pieces, i):
        return _CONTENT, 'contrast'
    if word in tables.negation:
        return _NEGATION, 'negation'
    if word in tables.intensifier and i + 1 < len(pieces) and pieces[i].pause is Pause.NONE:
        return _INTENSIFIER, 'intensifier'
    if word in tables.function:
        return _FUNCTION, 'function word'
    if word in given:
        return _GIVEN, 'said before'
    if i in nuclei:
        return _PHRASE_END, 'phrase end'
    return _CONTENT, 'content word'


def _begins_clause(pieces: Sequence[Piece], i: int) -> bool:
    return i == 0 or pieces[i - 1].pause is not Pause.NONE


def _nuclei(pieces: Sequence[Piece], tables: WordTables) -> set[int]:
    """Return the last content word of each phrase."""
    found: set[int] = set()
    last: int | None = None
    for i, piece in enumerate(pieces):
        if piece.lower not in tables.function:
            last = i
        if (piece.pause is not Pause.NONE or i == len(pieces) - 1) and last is not None:
            found.add(last)
            last = None
    return found


def _shouted(pieces: Sequence[Piece], tables: WordTables) -> set[int]:
    """Return the words in capitals, unless they are names in capitals or everything is."""
    capitals = {
        i
        for i, p in enumerate(pieces)
        if p.text.isupper() and sum(c.isalpha() for c in p.text) > 1
    }
    small = any(any(c.islower() for c in p.text) for p in pieces)
    return {i for i in capitals if small and pieces[i].lower not in tables.acronyms}
