# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Chunks to pieces: punctuation becomes pauses, what is left is read as words or numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from facetalk_ros.speech.text_data import text_data
from facetalk_ros.speech.text_scan import Chunk
from facetalk_ros.speech.tokens import Pause, PauseMark

INITIALISM = re.compile(r"(?:[A-Za-z]\.){2,}(?:'?s)?")
URL = re.compile(r'(?:[A-Za-z]{2,6}://|www\.)[^\s"<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+')

#: Punctuation that always separates pieces, and the same inside a chunk when letters follow.
_SEPARATOR = re.compile(
    r'—+|-{2,}|\.{2,}|[()\[\]{}"|]+|[!?]+|[,;](?!\d)|:(?![\d/])|,(?!\d{3})'
    r'|(?<=[a-z]{2})\.(?=[A-Z][a-z])'
)
_AREA_CODE = re.compile(r'\(\d{3}\)')
_BULLETS = frozenset({'-', '*', '+', '>', '•', '–', '#', '##', '###', '####', '#####', '######'})
_EDGE = "'.,;:–-*_`/\\~^<>="
#: Signs that begin or end a piece and are read.
_LEADING = re.compile(r"[-+±~#$£€¥₹.'(]*(?=\.?\d)|[-+±~#]?[$£€¥₹]")


@dataclass(frozen=True)
class Piece:
    """A part of a chunk that is read in one go; `text[i]` is `chunk.text[offset + i]`."""

    text: str
    chunk: Chunk
    offset: int

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Return the original span of `text[start:end]`."""
        stop = len(self.text) if end is None else end
        return self.chunk.span(self.offset + start, self.offset + stop)

    @property
    def looks_ahead(self) -> bool:
        """Whether its reading may depend on what follows."""
        text = self.text
        return (
            len(text) == 1
            or text[-1] == '.'
            or any(c.isdecimal() for c in text)
            or text.isupper()
            or text.lower() in text_data().before_number
        )


def split_chunk(chunk: Chunk) -> list[Piece | PauseMark]:
    """Return the pieces and pauses of a chunk, in order."""
    text = chunk.text
    if text in text_data().emoticons or (chunk.first_on_line and text in _BULLETS):
        return []
    if _AREA_CODE.fullmatch(text) or text in text_data().symbols or text in text_data().exceptions:
        return [Piece(text, chunk, 0)]
    out: list[Piece | PauseMark] = []
    position = 0
    url = URL.match(text.rstrip('.,;:!?)"\''), len(text) - len(text.lstrip('("\'')))
    if url:
        out += _piece(chunk, 0, url.start())
        out.append(Piece(url.group(), chunk, url.start()))
        position = url.end()
    for match in _SEPARATOR.finditer(text, position):
        out += _piece(chunk, position, match.start())
        kind = _pause(match.group())
        if kind is not Pause.NONE:
            out.append(PauseMark(kind, *chunk.span(match.start(), match.end())))
        position = match.end()
    return out + _piece(chunk, position, len(text))


def _piece(chunk: Chunk, start: int, end: int) -> list[Piece | PauseMark]:
    """Return chunk.text[start:end] without edge punctuation, and the pause that ends it."""
    text, first = chunk.text, start
    lead = _LEADING.match(text, start, end)
    if not lead or not lead.group():
        while start < end and text[start] in _EDGE and not _elided(text[start:end]):
            start += 1
    stop = end
    while stop > start and text[stop - 1] in _EDGE and not _keeps_end(text[start:stop]):
        stop -= 1
    out: list[Piece | PauseMark] = []
    if stop > start and any(c.isalnum() or c in text_data().symbols for c in text[start:stop]):
        out.append(Piece(text[start:stop], chunk, start))
    if not out:
        stop = first
    kind = max((_pause(c) for c in text[stop:end]), default=Pause.NONE)
    if kind is not Pause.NONE:
        out.append(PauseMark(kind, *chunk.span(stop, end)))
    return out


def _elided(text: str) -> bool:
    """'90s, and words such as 'em or 'cause, begin with an apostrophe."""
    return text[0] == "'" and text.rstrip(".,;:'").lower() in (
        "'em", "'cause", "'til", "'bout", "'course", "'n", "'round", "'kay", "'tis", "'twas",
    )  # fmt: skip


def _keeps_end(text: str) -> bool:
    """Return whether the last character belongs to the piece: Dr. U.S. 5' rockin' C++."""
    data = text_data()
    lower = text.lower()
    if text[-1] == '.':
        return (
            lower in data.abbreviations
            or lower in data.before_number
            or lower == 'st.'
            or text in data.exceptions
            or INITIALISM.fullmatch(text) is not None
            or re.fullmatch(r'[\d:]+[ap]\.m\.', lower) is not None
        )
    return text[-1] == "'" and lower.endswith("in'")


def _pause(mark: str) -> Pause:
    if '?' in mark:
        return Pause.QUESTION
    if mark.startswith('..'):
        return Pause.ELLIPSIS
    if '!' in mark or '.' in mark:
        return Pause.PERIOD
    if mark[0] in '—–' or mark.startswith('--'):
        return Pause.DASH
    if mark[0] in ',;:()[]|':
        return Pause.COMMA
    return Pause.NONE
