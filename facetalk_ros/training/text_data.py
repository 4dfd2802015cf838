# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Texts for the student to learn from, and what the teacher says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..expression.wordpiece import WordPiece
from .sentences import wordnet_sentences

_GLOSS = re.compile(r"[A-Za-z ,;.'()-]{25,110}")


@dataclass(frozen=True)
class Example:
    """A text as the student reads it, and the teacher's vectors.

    Attributes:
        ids: int64 [n], the student's tokens with start and end.
        word_of: int64 [n], the word that each token belongs to; start and end are words too.
        words: float16 [m, d], the mean of the teacher's token states over each word.
        sentence: float32 [d], the mean of all the teacher's token states.

    """

    ids: npt.NDArray[np.int64]
    word_of: npt.NDArray[np.int64]
    words: npt.NDArray[np.float16]
    sentence: npt.NDArray[np.float32]


def free_texts(wordnet: Path, glosses: int, rng: np.random.Generator) -> list[str]:
    """Return WordNet's example sentences and as many of its definitions as asked for."""
    found = set()
    for path in sorted(wordnet.glob('data.*')):
        for line in path.read_text(encoding='latin-1').splitlines():
            gloss = line.partition(' | ')[2].partition('; "')[0].strip()
            if _GLOSS.fullmatch(gloss):
                found.add(gloss)
    definitions = sorted(found)
    picked = rng.permutation(len(definitions))[:glosses]
    return wordnet_sentences(wordnet) + [definitions[i] for i in picked]


class Reader:
    """Ids and words of a text for a vocabulary that is a part of another."""

    def __init__(self, vocabulary: list[str]) -> None:
        self.wordpiece = WordPiece(vocabulary)
        self._goes_on = np.array([piece.startswith('##') for piece in vocabulary])

    def read(self, text: str, most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return ids and words as in ``Example``, of at most ``most`` tokens."""
        inner = [token.id for token in self.wordpiece.tokens(text)]
        ids = np.array(
            [self.wordpiece.start_id, *inner[: most - 2], self.wordpiece.end_id], np.int64
        )
        return ids, np.cumsum(~self._goes_on[ids]) - 1


def count_pieces(texts: list[str], wordpiece: WordPiece) -> Counter[int]:
    """Return how often each piece of a vocabulary occurs."""
    uses: Counter[int] = Counter()
    for text in texts:
        uses.update(token.id for token in wordpiece.tokens(text))
    return uses


def ask_teacher(
    texts: list[str], teacher: Any, whole: Reader, part: Reader, most: int = 48, batch: int = 32
) -> list[Example]:
    """Return the texts with the teacher's vectors; a text that is too long is left out."""
    read = [(part.read(text, 10 * most), whole.read(text, 10 * most)) for text in texts]
    read = [pair for pair in read if len(pair[0][0]) <= most and len(pair[1][0]) <= most]
    read.sort(key=lambda pair: len(pair[1][0]))
    examples: list[Example] = []
    for start in range(0, len(read), batch):
        chunk = read[start : start + batch]
        ids, lengths = pad([own for _, (own, _) in chunk])
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
        with torch.no_grad():
            states = teacher(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
        for ((own, own_words), (theirs, words)), rows in zip(chunk, states, strict=True):
            said = rows[: len(theirs)]
            sums = np.zeros((words[-1] + 1, said.shape[1]), np.float32)
            np.add.at(sums, words, said)
            means = sums / np.bincount(words)[:, None]
            examples.append(Example(own, own_words, means.astype(np.float16), said.mean(0)))
    return examples


def pad(rows: list[npt.NDArray[np.int64]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows as one tensor [b, n], and their lengths [b]."""
    lengths = [len(row) for row in rows]
    ids = np.zeros((len(rows), max(lengths)), np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return torch.from_numpy(ids), torch.tensor(lengths)


def batches(
    examples: list[Example], size: int, rng: np.random.Generator
) -> Iterator[list[Example]]:
    """Yield batches of texts of like length without end, in random order."""
    while True:
        noise = rng.uniform(0, 2, len(examples))
        order = np.argsort([len(e.ids) for e in examples] + noise, kind='stable')
        starts = np.arange(0, len(order), size)
        for start in rng.permutation(starts):
            yield [examples[i] for i in order[start : start + size]]
