# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Whether a sentence asks, whether it denies, and whether it is English at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .accents import Piece
from .words import word_tables

# Without a question mark: "how many", "what time" begin a question.
_MEASURES = frozenset({
    'many', 'much', 'long', 'far', 'old', 'often', 'big', 'tall', 'time', 'day', 'kind', 'sort',
    'colour', 'color', 'size', 'about', 'come',
})  # fmt: skip
_ASKED = re.compile(r'[?？][!?？"\'’”»)\]\s]*$')
_STATED = re.compile(r'[.!…。！]["\'’”»)\]\s]*$')
_PRONOUNS = frozenset({'i', 'you', 'he', 'she', 'it', 'we', 'they', 'this', 'that', 'there'})
# With these an order begins as well: "do the dishes", "have a seat".
_ORDERS = frozenset({'do', 'have', "don't"})
_FOREIGN_SHARE = 0.34
_LEAST_FOREIGN = 2


def is_question(text: str, pieces: Sequence[Piece]) -> bool:
    """Whether a sentence asks; without a mark at its end its first words decide."""
    if _ASKED.search(text):
        return True
    if _STATED.search(text) or len(pieces) < 3:
        return False
    tables = word_tables()
    first, second = pieces[0].lower, pieces[1].lower
    if first in tables.question:
        asks = "'" in first or second in tables.auxiliary or second in _MEASURES
        return asks or first == 'which'
    if first in _ORDERS:
        return first != "don't" and second in _PRONOUNS
    return first in tables.auxiliary and second in tables.subject


def denies(pieces: Sequence[Piece], question: bool) -> bool:
    """Whether a sentence denies; a question put in the negative does not."""
    tables = word_tables()
    words = [p.lower for p in pieces]
    for i, word in enumerate(words):
        if word not in tables.negation:
            continue
        neighbours = (words[max(i - 2, 0) : i + 1], words[max(i - 1, 0) : i + 1], words[i : i + 2])
        if any('_'.join(n) in tables.not_denials for n in (*neighbours, words[i : i + 3])):
            continue
        if question and "n't" in word and (i == 0 or _is_tag(words, i)):
            continue
        return True
    return False


def _is_tag(words: Sequence[str], i: int) -> bool:
    """``..., isn't it?``, and ``why don't we ...``."""
    follows = words[i + 1] if i + 1 < len(words) else ''
    return follows in _PRONOUNS or (i == 1 and words[0] in word_tables().question)


def is_english(text: str, pieces: Sequence[Piece]) -> bool:
    """Whether a sentence looks like English: its letters are Latin and its small words English."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(ord(c) < 0x250 for c in letters) < 0.5 * len(letters):
        return False
    tables = word_tables()
    known = tables.function | tables.negation | tables.question
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace('’', "'"))
    foreign = sum(w in tables.other_languages and w not in known for w in words)
    own = sum(w in known for w in words)
    return foreign < _LEAST_FOREIGN or foreign <= own or foreign < _FOREIGN_SHARE * len(words)
