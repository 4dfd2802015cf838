# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What text is made of once it is normalised: words with their source, and pauses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Pause(IntEnum):
    """Where a speaker may fall silent, from least to most likely and long."""

    NONE = 0
    DASH = 1
    COMMA = 2  # comma, semicolon, colon, bracket
    LINE = 3
    PERIOD = 4  # full stop, exclamation mark
    QUESTION = 5
    ELLIPSIS = 6
    BREAK = 7  # an SSML break element
    PARAGRAPH = 8


class Word(NamedTuple):
    """One spoken word.

    `text` is lower-case a-z with apostrophes. `start`, `end` index the original text; words that
    one piece of the original expands to ("1984" -> nineteen eighty four) share its span, any
    other two spans do not overlap. `spelled` marks the name of a letter ("usb" -> u s b), with
    "'s" behind it for a plural or possessive.
    """

    text: str
    start: int
    end: int
    spelled: bool = False


class PauseMark(NamedTuple):
    """A pause between words, with the original span of the mark that asks for it."""

    kind: Pause
    start: int
    end: int


@dataclass(frozen=True)
class NormalisedText:
    """The result of normalising one text.

    `unpronounceable` is the share of its letters (0 to 1) that no word stands for, 1 for a text
    without any words: a caller falls back to the audio alone when it is large.
    """

    tokens: tuple[Word | PauseMark, ...]
    warnings: tuple[str, ...]
    unpronounceable: float

    @property
    def words(self) -> tuple[Word, ...]:
        """The words alone."""
        return tuple(t for t in self.tokens if isinstance(t, Word))
