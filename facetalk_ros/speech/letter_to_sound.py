# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Phones for words that no dictionary has: a joint n-gram over letters and their sounds.

A word is a sequence of graphones, a letter with the none, one or two phones it stands for; the
model is a backing-off n-gram over graphones (Bisani and Ney, "Joint-sequence models for
grapheme-to-phoneme conversion", Speech Communication 50, 2008), and decoding is a beam search
from left to right for the most likely graphones of the letters.

`python -m facetalk_ros.training.g2p` trains it and says how well it does.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facetalk_ros.speech.dictionary import decode_phones
from facetalk_ros.speech.text_data import DATA

#: Letters beyond this are not sounded: no word is so long, and the work stays bounded.
MAX_LETTERS = 48
#: Graphone numbers of the word's two ends; the others follow in the order of the file.
BEGIN, END = 0, 1
#: Log probabilities are stored in one byte each, on these ranges.
PROBABILITY_RANGE = (-14.0, 0.0)
BACKOFF_RANGE = (-10.0, 2.0)


def _unpacked(bounds: tuple[float, float]) -> list[float]:
    low, high = bounds
    return [low + (high - low) * code / 255 for code in range(256)]


_LOG_P = _unpacked(PROBABILITY_RANGE)
_BACKOFF = _unpacked(BACKOFF_RANGE)


class _Level(NamedTuple):
    """The n-grams of one length, sorted; children of node i: first[i] to first[i + 1] below.

    Log probabilities and backing-off weights are the packed bytes of the file.
    """

    graphone: bytes
    log_p: bytes
    first: array[int]
    backoff: bytes


class _Hypothesis(NamedTuple):
    score: float
    #: node of the longest known history and of each shorter one, longest first: (level, node)
    history: tuple[tuple[int, int], ...]
    graphones: tuple[int, ...]


class LetterToSound:
    """The model: `phones(letters)` for any string of a-z."""

    def __init__(self, path: Path = DATA / 'letter_to_sound.npz', beam: int = 8) -> None:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        names = bytes(arrays['graphones']).decode('ascii').split('\n')
        self._phones = ['', '', *(name[1:] for name in names)]
        letters = ['', '', *(name[0] for name in names)]
        # graphones are sorted by letter: those of one letter are a range of numbers
        self._range = {
            letter: (letters.index(letter), len(letters) - letters[::-1].index(letter))
            for letter in set(letters) - {''}
        }
        self._range[''] = (END, END + 1)
        self._beam = beam
        self._levels: list[_Level] = []
        order = int(arrays['order'])
        for n in range(1, order + 1):
            children = arrays[f'children_{n}'] if n < order else np.zeros(0, np.uint16)
            backoff = np.zeros(len(children), np.uint8)
            if n < order:
                backoff[children > 0] = arrays[f'backoff_{n}']
            self._levels.append(
                _Level(
                    arrays[f'graphone_{n}'].tobytes(),
                    arrays[f'log_p_{n}'].tobytes(),
                    array('L', [0, *np.cumsum(children, dtype=np.int64).tolist()]),
                    backoff.tobytes(),
                )
            )

    def phones(self, letters: str) -> tuple[str, ...]:
        """Return the likeliest phones of a string of a-z, of which the first 48 are sounded.

        Raises ValueError for an empty string or other characters.
        """
        if not (letters.isascii() and letters.isalpha() and letters.islower()):
            raise ValueError(f'letters a to z are needed, not {letters!r}')
        beam = [_Hypothesis(0.0, ((1, BEGIN),), ())]
        for letter in (*letters[:MAX_LETTERS], ''):
            beam = self._extend(beam, letter)
        codes = ''.join(self._phones[g] for g in beam[0].graphones)
        return decode_phones(codes)

    def _extend(self, beam: list[_Hypothesis], letter: str) -> list[_Hypothesis]:
        low, high = self._range[letter]
        found: list[tuple[float, tuple[int, ...], int]] = []
        for i, hypothesis in enumerate(beam):
            seen = set()
            score = hypothesis.score
            for level, node in (*hypothesis.history, (0, 0)):
                below = self._levels[level]
                start, stop = self._children(level, node)
                at = bisect_left(below.graphone, low, start, stop)
                while at < stop and below.graphone[at] < high:
                    graphone = below.graphone[at]
                    if graphone not in seen:
                        seen.add(graphone)
                        entry = (
                            score + _LOG_P[below.log_p[at]],
                            (*hypothesis.graphones, graphone),
                            i,
                        )
                        found.append(entry)
                    at += 1
                if start < stop and level:
                    score += _BACKOFF[self._levels[level - 1].backoff[node]]
        found.sort(reverse=True)
        return [
            _Hypothesis(score, self._history(beam[i].history, graphones[-1]), graphones)
            for score, graphones, i in found[: self._beam]
        ]

    def _children(self, level: int, node: int) -> tuple[int, int]:
        """Return the range of nodes that follow a history of `level` graphones."""
        if level == 0:
            return 0, len(self._levels[0].graphone)
        first = self._levels[level - 1].first
        return first[node], first[node + 1]

    def _history(
        self, history: tuple[tuple[int, int], ...], graphone: int
    ) -> tuple[tuple[int, int], ...]:
        """Return the known histories after one more graphone, longest first."""
        out = []
        for level, node in (*history, (0, 0)):
            if level + 1 >= len(self._levels):
                continue
            start, stop = self._children(level, node)
            at = bisect_left(self._levels[level].graphone, graphone, start, stop)
            if at < stop and self._levels[level].graphone[at] == graphone:
                out.append((level + 1, at))
        return tuple(out)


def pack(values: list[float], bounds: tuple[float, float]) -> NDArray[np.uint8]:
    """Return log values as one byte each, clipped to bounds."""
    low, high = bounds
    scaled = (np.asarray(values, np.float64) - low) * (255 / (high - low))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


@cache
def letter_to_sound() -> LetterToSound:
    """Return the model that ships, loaded once."""
    return LetterToSound()
