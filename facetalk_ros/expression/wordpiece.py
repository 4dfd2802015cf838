# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""WordPiece tokens with their character spans, as uncased BERT reads text.

Devlin et al. 2019, "BERT", and Wu et al. 2016, "Google's Neural Machine Translation System",
section 4.1: greedy longest match of a word's pieces in a fixed vocabulary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

UNKNOWN, START, END = '[UNK]', '[CLS]', '[SEP]'
_LONGEST_WORD = 100
# Blocks of ideographs: each sign is a word of its own.
_IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class Token(NamedTuple):
    """A piece of a word; ``text[start:end]`` is what it was read from."""

    id: int
    start: int
    end: int


class WordPiece:
    """Reads text with a vocabulary whose line number is a token's id.

    Raises:
        ValueError: the vocabulary has not the signs that every text needs, or has one twice.

    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {piece: i for i, piece in enumerate(vocabulary)}
        if len(self._ids) != len(vocabulary):
            raise ValueError('a piece is in the vocabulary twice')
        for needed in (UNKNOWN, START, END):
            if needed not in self._ids:
                raise ValueError(f'the vocabulary has no {needed}')
        self._unknown = self._ids[UNKNOWN]
        self.start_id, self.end_id = self._ids[START], self._ids[END]

    def tokens(self, text: str) -> list[Token]:
        """Return the tokens of a text, without the signs for its start and end."""
        found: list[Token] = []
        for word, places in _words(text):
            found += self._pieces(word, places)
        return found

    def is_unknown(self, token: Token) -> bool:
        """Whether the vocabulary has nothing for it."""
        return token.id == self._unknown

    def _pieces(self, word: str, places: Sequence[int]) -> list[Token]:
        whole = [Token(self._unknown, places[0], places[-1] + 1)]
        if len(word) > _LONGEST_WORD:
            return whole
        found: list[Token] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._ids.get(('##' if start else '') + word[start:end])
                if piece is not None:
                    break
            else:
                return whole
            found.append(Token(piece, places[start], places[end - 1] + 1))
            start = end
        return found


def _words(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield words and single punctuation signs, folded, with the place of each character."""
    word: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for folded in unicodedata.normalize('NFD', sign.lower()):
            kind = unicodedata.category(folded)
            if kind == 'Mn' or (kind.startswith('C') and not folded.isspace()):
                continue
            alone = _stands_alone(folded, kind)
            if (alone or folded.isspace()) and word:
                yield ''.join(word), places
                word, places = [], []
            if alone:
                yield folded, [place]
            elif not folded.isspace():
                word.append(folded)
                places.append(place)
    if word:
        yield ''.join(word), places


def _stands_alone(sign: str, kind: str) -> bool:
    code = ord(sign)
    # ASCII signs that Unicode does not call punctuation ($ + < = > ^ ` | ~) are treated as such
    return (
        kind.startswith('P')
        or (code < 128 and sign.isprintable() and not sign.isalnum() and sign != ' ')
        or (code >= 0x3400 and any(low <= code <= high for low, high in _IDEOGRAPHS))
    )
