# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Contextual token vectors with their places in the text, and what they say of the expression.

The model that ships needs numpy and onnxruntime alone. ``pretrained.py`` has larger ones.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..inference.session import open_session
from .families import FAMILIES
from .wordpiece import Token, WordPiece

WEIGHTS = Path(__file__).parents[1] / 'weights'
KIND = 'facetalk text model 1'


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """The tokens of a text.

    Attributes:
        vectors: float32 [n, d].
        spans: int64 [n, 2], the place of each in the text: start, and end exclusive.

    """

    vectors: npt.NDArray[np.float32]
    spans: npt.NDArray[np.int64]


class TextEncoder(Protocol):
    """Anything that turns a text into contextual token vectors."""

    @property
    def width(self) -> int:
        """The number of values of a vector."""

    def encode(self, text: str) -> TokenVectors:
        """Return a text's token vectors; none for a text without any."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the model makes of a sentence.

    Attributes:
        families: float32 [8], the probability of each of FAMILIES.
        intensity: 0 to 1.
        valence: -1 to 1.
        tokens: the tokens it read.
        attention: float32 [n], how much each of them counted; sums to 1.
        unknown: the share of tokens that the vocabulary has nothing for.

    """

    families: npt.NDArray[np.float32]
    intensity: float
    valence: float
    tokens: tuple[Token, ...]
    attention: npt.NDArray[np.float32]
    unknown: float


class StudentEncoder:
    """The small text encoder, with the expression head that was trained on it.

    One object serves any number of texts and threads. A text longer than the model reads at once
    is read in parts.

    Raises:
        FileNotFoundError: there are no such files.
        ValueError: they are not a text model of this version.

    """

    def __init__(self, folder: Path = WEIGHTS) -> None:
        model, vocabulary = folder / 'text.onnx', folder / 'text_vocabulary.txt'
        if not vocabulary.is_file():
            raise FileNotFoundError(f'text model {vocabulary} is missing')
        session = open_session(model, 'cpu', what='text model')
        facts = session.facts
        if facts.get('kind') != KIND or tuple(facts['families']) != FAMILIES:
            raise ValueError(f'{model} is not a {KIND!r}')
        pieces = vocabulary.read_text(encoding='utf-8').splitlines()
        if len(pieces) != facts['vocabulary']:
            raise ValueError(f'{vocabulary} has {len(pieces)} pieces, not {facts["vocabulary"]}')
        self._wordpiece = WordPiece(pieces)
        self._session = session.runtime
        self._longest = int(facts['positions']) - 2
        self._width = int(facts['width'])

    @property
    def width(self) -> int:
        """The number of values of a vector."""
        return self._width

    def encode(self, text: str) -> TokenVectors:
        """Return a text's token vectors; none for a text without any."""
        tokens = self._wordpiece.tokens(text)
        if not tokens:
            return TokenVectors(np.zeros((0, self._width), np.float32), np.zeros((0, 2), np.int64))
        parts = [self._run(part)[0] for part in self._parts(tokens)]
        spans = np.array([(t.start, t.end) for t in tokens], np.int64)
        return TokenVectors(np.concatenate(parts), spans)

    def judge(self, text: str) -> Judgement | None:
        """Return what the model makes of a sentence; None for a text without any token."""
        tokens = self._wordpiece.tokens(text)
        if not tokens:
            return None
        parts = self._parts(tokens)
        runs = [self._run(part) for part in parts]
        share = np.array([len(part) for part in parts], np.float32) / len(tokens)
        attention = np.concatenate([run[3] * s for run, s in zip(runs, share, strict=True)])
        amounts = np.stack([run[2] for run in runs]).T @ share
        unknown = sum(self._wordpiece.is_unknown(t) for t in tokens) / len(tokens)
        return Judgement(
            families=np.stack([run[1] for run in runs]).T @ share,
            intensity=float(amounts[0]),
            valence=float(amounts[1]),
            tokens=tuple(tokens),
            attention=attention / np.float32(max(float(attention.sum()), 1e-9)),
            unknown=unknown,
        )

    def _parts(self, tokens: list[Token]) -> list[list[Token]]:
        return [tokens[i : i + self._longest] for i in range(0, len(tokens), self._longest)]

    def _run(self, tokens: list[Token]) -> tuple[npt.NDArray[np.float32], ...]:
        """Return vectors [n, d], families [8], intensity and valence [2], attention [n]."""
        pieces = self._wordpiece
        ids = np.array([[pieces.start_id, *(t.id for t in tokens), pieces.end_id]], np.int64)
        states, families, amounts, attention = self._session.run(None, {'ids': ids})
        return states[0, 1:-1], families[0], amounts[0], attention[0, 1:-1]


@functools.cache
def default_encoder() -> StudentEncoder:
    """Return the model that ships, loaded once per process."""
    return StudentEncoder()
