# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The CMU pronouncing dictionary, shipped in data/cmudict.gz (licence: data/cmudict-licence.txt).

The file holds its licence, then one line per word in byte order: the word, a tab, and its
pronunciations with commas between, the usual one first. A phone is one character, the letter 'A'
plus its place among the 39 phones; stress is left out. Words are found by bisection in that text:
nothing is built at load. `python -m facetalk_ros.training.g2p` writes the file.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from facetalk_ros.speech.phones import PHONES
from facetalk_ros.speech.text_data import DATA

#: The first character of the phone code; index 0 of PHONES is silence, which no word has.
_BASE = ord('A') - 1
#: Ends the licence at the head of the file.
HEAD_END = b'\n\n\n'
_CACHED_WORDS = 4096


class Dictionary:
    """Pronunciations of about 126,000 English words, without stress."""

    def __init__(self, path: Path = DATA / 'cmudict.gz') -> None:
        try:
            text = gzip.decompress(path.read_bytes())
        except (OSError, EOFError) as error:
            raise ValueError(f'{path} is not a pronouncing dictionary: {error}') from None
        _, end, self._lines = text.partition(HEAD_END)
        if not end:
            raise ValueError(f'{path} is not a pronouncing dictionary: no licence at its head')
        # dialogue repeats its words, and each is asked for several times
        self._find = lru_cache(maxsize=_CACHED_WORDS)(self._search)

    def variants(self, word: str) -> tuple[tuple[str, ...], ...]:
        """Return the pronunciations of a lower-case word, the usual first; () when unknown."""
        line = self._find(word)
        return tuple(decode_phones(codes) for codes in line.split(',')) if line else ()

    def __contains__(self, word: str) -> bool:
        return bool(self._find(word))

    def _search(self, word: str) -> str:
        """Return what stands behind a word, '' when it is unknown."""
        lines, key = self._lines, word.encode('utf-8', 'replace')
        low, high = 0, len(lines)
        while low < high:
            start = lines.rfind(b'\n', low, (low + high) // 2) + 1 or low
            stop = lines.index(b'\n', start)
            entry, _, codes = lines[start:stop].partition(b'\t')
            if entry == key:
                return codes.decode('ascii')
            if entry < key:
                low = stop + 1
            else:
                high = start
        return ''


@cache
def dictionary() -> Dictionary:
    """Return the dictionary that ships, loaded once."""
    return Dictionary()


def encode_phones(phones: Iterable[str]) -> str:
    """Return phones as one character each."""
    return ''.join(chr(_BASE + PHONES.index(phone)) for phone in phones)


def decode_phones(codes: str) -> tuple[str, ...]:
    """Return the phones of a string of phone codes."""
    return tuple(PHONES[ord(code) - _BASE] for code in codes)
