# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The expression family by a list of affect words: what the text model has to beat."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import yaml

from ..expression.words import word_tables

_LIST = Path(__file__).parent / 'affect_words.yaml'
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_ENDINGS = ('', 's', 'ed', 'd', 'ing', 'ly')
# A negative word this many words before an affect word takes its meaning away.
_NEGATION_REACH = 3


@cache
def _families() -> dict[str, str]:
    raw = yaml.safe_load(_LIST.read_text(encoding='utf-8'))
    return {word: family for family, words in raw.items() for word in words.split()}


def _family_of(word: str) -> str | None:
    families = _families()
    for ending in _ENDINGS:
        if word.endswith(ending):
            family = families.get(word.removesuffix(ending) if ending else word)
            if family:
                return family
    return None


def word_list_family(text: str) -> str:
    """Return the family with the most affect words that are not negated.

    Without one: `question` for a question mark, `negation` for a negative word, else `neutral`.
    Of two families with as many words, the one whose word comes last wins.
    """
    words = _WORD.findall(text.lower().replace('’', "'"))
    negative = word_tables().negation
    found: Counter[str] = Counter()
    last: dict[str, int] = {}
    for i, word in enumerate(words):
        family = _family_of(word)
        before = words[max(i - _NEGATION_REACH, 0) : i]
        if family and not any(b in negative for b in before):
            found[family] += 1
            last[family] = i
    if found:
        return max(found, key=lambda family: (found[family], last[family]))
    if '?' in text:
        return 'question'
    return 'negation' if any(word in negative for word in words) else 'neutral'
