# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Words and phones whose times a speech synthesiser has told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .phones import SILENCE, VOWELS

# A vowel takes this many times the share of a consonant within its word.
_VOWEL_SHARE = 1.5


@dataclass(frozen=True)
class TimedWord:
    """A word and its time in seconds."""

    word: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class TimedPhone:
    """A phone (ARPAbet without stress, or SIL), its time in seconds, and its word if known."""

    phone: str
    start_s: float
    end_s: float
    word: str = ''


def check_order(items: Sequence[TimedWord] | Sequence[TimedPhone], after_s: float) -> None:
    """Check that times ascend, do not overlap and begin at ``after_s`` or later.

    Raises:
        ValueError: naming the first that does not.

    """
    last_s = after_s - 1e-6
    for item in items:
        # written so that NaN fails
        if not (last_s <= item.start_s <= item.end_s < math.inf):
            raise ValueError(f'{item} overlaps what is before it, or ends before it starts')
        last_s = item.end_s - 1e-6


def spread_phones(
    words: Sequence[TimedWord], pronounce: Callable[[str], Sequence[str]]
) -> list[TimedPhone]:
    """Spread the phones of each word over its time."""
    phones = []
    for word in words:
        spoken = pronounce(word.word)
        shares = [_VOWEL_SHARE if phone in VOWELS else 1.0 for phone in spoken]
        at_s = word.start_s
        for phone, share in zip(spoken, shares, strict=True):
            end_s = at_s + (word.end_s - word.start_s) * share / sum(shares)
            phones.append(TimedPhone(phone, at_s, min(end_s, word.end_s), word.word))
            at_s = phones[-1].end_s
    return phones


def name_words(phones: Sequence[TimedPhone], words: Sequence[TimedWord]) -> list[TimedPhone]:
    """Give each phone but silence the word in whose time its middle lies."""

    def word_at(time_s: float) -> str:
        return next((w.word for w in words if w.start_s <= time_s < w.end_s), '')

    return [
        p if p.phone == SILENCE else replace(p, word=word_at((p.start_s + p.end_s) / 2.0))
        for p in phones
    ]
