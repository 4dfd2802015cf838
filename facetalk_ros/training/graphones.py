# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Aligns the letters of a word with its phones: one letter, none, one or two phones."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ITERATIONS = 10
_BATCH = 4096
_MAX_LETTERS = 20
_LETTERS, _PHONES = 26, 40  # the last phone stands for "none left"
#: Mean log probability per letter under which an alignment is not believed ("ieee", "pc"):
#: about 1 % of the dictionary, seen by eye to be abbreviations and foreign names.
_WORST_SCORE = -2.3
#: Graphones seen less often are not modelled, nor are the words that have them.
_RAREST = 4


class Entry(NamedTuple):
    """A word of a-z and its phone codes (speech/dictionary.py)."""

    word: str
    codes: str


class _Batch(NamedTuple):
    letters: NDArray[np.int64]  # [words, letters]
    phones: NDArray[np.int64]  # [words, phones + 2]
    letter_counts: NDArray[np.int64]
    phone_counts: NDArray[np.int64]


class _Tables(NamedTuple):
    """Probabilities of a letter standing for no phone, one phone, two phones."""

    none: NDArray[np.float64]  # [26]
    one: NDArray[np.float64]  # [26, 40]
    two: NDArray[np.float64]  # [26, 40, 40]


def align(entries: list[Entry]) -> list[list[str]]:
    """Return a list of graphones (a letter and its phone codes) for each believable entry."""
    entries = [e for e in entries if len(e.codes) <= 2 * len(e.word) <= 2 * _MAX_LETTERS]
    batches = [_batch(entries[i : i + _BATCH]) for i in range(0, len(entries), _BATCH)]
    tables = _Tables(
        np.full(_LETTERS, 0.1),
        np.full((_LETTERS, _PHONES), 0.02),
        np.full((_LETTERS, _PHONES, _PHONES), 1e-4),
    )
    for _ in range(_ITERATIONS):
        counts = _Tables(*(np.zeros_like(t) for t in tables))
        for batch in batches:
            _expect(batch, tables, counts)
        total = counts.none + counts.one.sum(1) + counts.two.sum((1, 2))
        total = np.maximum(total, np.finfo(np.float64).tiny)  # a letter that no word has
        tables = _Tables(
            counts.none / total, counts.one / total[:, None], counts.two / total[:, None, None]
        )
    aligned: list[list[str]] = []
    for i, batch in enumerate(batches):
        aligned += _best(batch, tables, entries[i * _BATCH : (i + 1) * _BATCH])
    seen = Counter(graphone for word in aligned for graphone in word)
    return [word for word in aligned if all(seen[g] >= _RAREST for g in word)]


def _batch(entries: list[Entry]) -> _Batch:
    letter_counts = np.array([len(e.word) for e in entries])
    phone_counts = np.array([len(e.codes) for e in entries])
    letters = np.zeros((len(entries), letter_counts.max()), np.int64)
    phones = np.full((len(entries), phone_counts.max() + 2), _PHONES - 1)
    for i, (word, codes) in enumerate(entries):
        letters[i, : len(word)] = [ord(c) - ord('a') for c in word]
        phones[i, : len(codes)] = [ord(c) - ord('A') for c in codes]
    return _Batch(letters, phones, letter_counts, phone_counts)


def _steps(
    batch: _Batch, tables: _Tables, i: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the probabilities of letter i taking 0, 1 or 2 phones from each phone position."""
    letter, phones = batch.letters[:, i], batch.phones
    last = phones.shape[1] - 2
    return (
        tables.none[letter][:, None],
        tables.one[letter[:, None], phones[:, :last]],
        tables.two[letter[:, None], phones[:, : last - 1], phones[:, 1:last]],
    )


def _forward(batch: _Batch, tables: _Tables, best: bool) -> NDArray[np.float64]:
    """Return [letters + 1, words, phones + 1]: probability of (or best path to) each state."""
    words, letters = batch.letters.shape
    state = np.zeros((letters + 1, words, batch.phones.shape[1] - 1))
    state[0, :, 0] = 1
    for i in range(letters):
        none, one, two = _steps(batch, tables, i)
        before, after = state[i], state[i] * none
        if best:
            after[:, 1:] = np.maximum(after[:, 1:], before[:, :-1] * one)
            after[:, 2:] = np.maximum(after[:, 2:], before[:, :-2] * two)
        else:
            after[:, 1:] += before[:, :-1] * one
            after[:, 2:] += before[:, :-2] * two
        state[i + 1] = np.where((i < batch.letter_counts)[:, None], after, before)
    return state


def _expect(batch: _Batch, tables: _Tables, counts: _Tables) -> None:
    """Add the expected counts of a batch (forward-backward)."""
    words, letters = batch.letters.shape
    state = _forward(batch, tables, best=False)
    total = state[-1][np.arange(words), batch.phone_counts]
    weight = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    back = np.zeros_like(state[0])
    back[np.arange(words), batch.phone_counts] = 1
    for i in range(letters - 1, -1, -1):
        none, one, two = _steps(batch, tables, i)
        active = (i < batch.letter_counts)[:, None]
        scaled = state[i] * np.where(active, weight[:, None], 0)
        letter, phones = batch.letters[:, i], batch.phones
        last = phones.shape[1] - 2
        np.add.at(counts.none, letter, (scaled * none * back).sum(1))
        np.add.at(
            counts.one, (letter[:, None], phones[:, :last]), scaled[:, :-1] * one * back[:, 1:]
        )
        np.add.at(
            counts.two,
            (letter[:, None], phones[:, : last - 1], phones[:, 1:last]),
            scaled[:, :-2] * two * back[:, 2:],
        )
        new = none * back
        new[:, :-1] += one * back[:, 1:]
        new[:, :-2] += two * back[:, 2:]
        back = np.where(active, new, back)


def _best(batch: _Batch, tables: _Tables, entries: list[Entry]) -> list[list[str]]:
    """Return the most likely alignment of each entry, without the unlikely ones."""
    state = _forward(batch, tables, best=True)
    steps = [_steps(batch, tables, i) for i in range(batch.letters.shape[1])]
    out = []
    for k, (word, codes) in enumerate(entries):
        score = state[-1, k, len(codes)]
        if score <= 0 or np.log(score) < _WORST_SCORE * len(word):
            continue
        graphones, j = [], len(codes)
        for i in range(len(word) - 1, -1, -1):
            none, one, two = steps[i]
            choices = [state[i, k, j] * none[k, 0]]
            choices += [state[i, k, j - 1] * one[k, j - 1]] if j >= 1 else []
            choices += [state[i, k, j - 2] * two[k, j - 2]] if j >= 2 else []
            taken = int(np.argmax(choices))
            graphones.append(word[i] + codes[j - taken : j])
            j -= taken
        out.append(graphones[::-1])
    return out
