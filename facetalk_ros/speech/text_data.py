# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The English word tables of the normaliser (data/english.yaml), read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / 'data'


@dataclass(frozen=True)
class TextData:
    """The tables of english.yaml; its comments say how each is matched."""

    abbreviations: Mapping[str, str]
    titles: frozenset[str]
    before_number: Mapping[str, str]
    exceptions: Mapping[str, str]
    spelled_when_alone: frozenset[str]
    units: Mapping[str, tuple[str, str]]
    currencies: Mapping[str, tuple[str, str, str, str]]
    magnitudes: Mapping[str, str]
    magnitude_words: frozenset[str]
    symbols: Mapping[str, str]
    roman_cardinal: frozenset[str]
    roman_ordinal: frozenset[str]
    stage_directions: frozenset[str]
    emoticons: frozenset[str]


@cache
def text_data() -> TextData:
    """Return the tables."""
    raw: dict[str, Any] = yaml.safe_load((DATA / 'english.yaml').read_text(encoding='utf-8'))
    tables: dict[str, Any] = {
        name: frozenset(table)
        if isinstance(table, list)
        else {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        for name, table in raw.items()
    }
    return TextData(**tables)
