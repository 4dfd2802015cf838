# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which words matter to the face: config/expression/words.yaml and signs.yaml."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path

from ..located_yaml import read_located
from ..resources import resource_dir
from .families import FAMILIES


@dataclass(frozen=True)
class WordTables:
    """Words of English by what they do, in lower case; ``not_denials`` are joined by _."""

    function: frozenset[str]
    question: frozenset[str]
    auxiliary: frozenset[str]
    subject: frozenset[str]
    negation: frozenset[str]
    not_denials: frozenset[str]
    contrast: frozenset[str]
    focus: frozenset[str]
    intensifier: frozenset[str]
    acronyms: frozenset[str]
    other_languages: frozenset[str]


@dataclass(frozen=True)
class Sign:
    """What an emoji, a face of punctuation or a stage direction says."""

    family: str
    intensity: float


def load_words(path: Path) -> WordTables:
    """Read the word tables.

    Raises:
        LocatedError: ``FILE:LINE: what is wrong``.

    """
    tables = read_located(path).fields([field.name for field in fields(WordTables)])
    return WordTables(**{n: frozenset(e.text().lower().split()) for n, e in tables.items()})


def load_signs(path: Path) -> dict[str, Sign]:
    """Read what signs mean.

    Raises:
        LocatedError: ``FILE:LINE: what is wrong``.

    """
    signs: dict[str, Sign] = {}
    for group in read_located(path).fields(('emoji', 'faces', 'stage_directions')).values():
        for head, entry in group.items().items():
            family, _, amount = head.partition(' ')
            if family not in FAMILIES:
                entry.unknown(family, FAMILIES)
            try:
                intensity = float(amount)
            except ValueError:
                intensity = -1.0
            if not 0.0 <= intensity <= 1.0:
                entry.fail(f'{amount!r} is not an intensity from 0 to 1')
            for sign in entry.text().split():
                if sign in signs:
                    entry.fail(f'{sign!r} is there twice')
                signs[sign] = Sign(family, intensity)
    return signs


@functools.cache
def word_tables() -> WordTables:
    """Return the word tables that ship, read once."""
    return load_words(resource_dir('config') / 'expression' / 'words.yaml')


@functools.cache
def sign_table() -> dict[str, Sign]:
    """Return the signs that ship, read once."""
    return load_signs(resource_dir('config') / 'expression' / 'signs.yaml')
