# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Unknown words taken apart into known words, prefixes and endings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Phones = tuple[str, ...]
Lookup = Callable[[str], tuple[Phones, ...]]

_SIBILANTS = frozenset({'S', 'Z', 'SH', 'ZH', 'CH', 'JH'})
_VOICELESS = frozenset({'P', 'T', 'K', 'F', 'TH', 'HH'})
_DOUBLED = frozenset('bdgklmnprt')
_SHORTEST_STEM = 3
#: Both halves of a compound have at least this many letters.
_SHORTEST_HALF = 4

_ENDINGS: dict[str, Phones] = {
    'ing': ('IH', 'NG'),
    "in'": ('IH', 'N'),
    'ness': ('N', 'AH', 'S'),
    'less': ('L', 'AH', 'S'),
    'ment': ('M', 'AH', 'N', 'T'),
    'ship': ('SH', 'IH', 'P'),
    'wise': ('W', 'AY', 'Z'),
    'like': ('L', 'AY', 'K'),
    'able': ('AH', 'B', 'AH', 'L'),
    'ful': ('F', 'AH', 'L'),
    'ish': ('IH', 'SH'),
    'est': ('AH', 'S', 'T'),
    'ers': ('ER', 'Z'),
    'er': ('ER',),
    'ly': ('L', 'IY'),
}
_PREFIXES: dict[str, Phones] = {
    'under': ('AH', 'N', 'D', 'ER'),
    'super': ('S', 'UW', 'P', 'ER'),
    'over': ('OW', 'V', 'ER'),
    'anti': ('AE', 'N', 'T', 'IY'),
    'mega': ('M', 'EH', 'G', 'AH'),
    'non': ('N', 'AA', 'N'),
    'mis': ('M', 'IH', 'S'),
    'dis': ('D', 'IH', 'S'),
    'pre': ('P', 'R', 'IY'),
    'un': ('AH', 'N'),
    're': ('R', 'IY'),
}


def take_apart(word: str, lookup: Lookup) -> tuple[Phones, ...]:
    """Return the pronunciations of `word` from those of its parts, () when it has none.

    `word` is lower-case a-z with apostrophes, `lookup` gives the pronunciations of a known word.
    """
    for prefix, stem, ending in _analyses(word):
        if variants := lookup(stem) or (_inflected(stem, lookup) if prefix else ()):
            return tuple((*prefix, *p, *ending(p)) for p in variants)
    return _compound(word, lookup)


_Ending = Callable[[Phones], Phones]


def _analyses(word: str) -> Iterator[tuple[Phones, str, _Ending]]:
    """Yield prefix, stem and the sound of the ending of a word, the surest analysis first."""
    if word.endswith("'s"):
        yield (), word[:-2], plural_ending
        return
    for stem in [*_stems(word, 's'), *([word[:-2]] if word.endswith('es') else [])]:
        yield (), stem, plural_ending
    for stem in _stems(word, 'ed'):
        yield (), stem, past_ending
    for ending, phones in _ENDINGS.items():
        for stem in _stems(word, ending):
            yield (), stem, _always(phones)
    for prefix, phones in _PREFIXES.items():
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > _SHORTEST_STEM:
            yield phones, rest, _always(())


def _always(phones: Phones) -> _Ending:
    return lambda _: phones


def _compound(word: str, lookup: Lookup) -> tuple[Phones, ...]:
    # the most even split is the least likely to be a chance
    cuts = range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1)
    for cut in sorted(cuts, key=lambda c: abs(2 * c - len(word))):
        if heads := lookup(word[:cut]):
            tail = word[cut:]
            if tails := lookup(tail) or _inflected(tail, lookup):
                return ((*heads[0], *tails[0]),)
    return ()


def _inflected(word: str, lookup: Lookup) -> tuple[Phones, ...]:
    for stem in _stems(word, 's'):
        if variants := lookup(stem):
            return tuple((*p, *plural_ending(p)) for p in variants)
    return ()


def _stems(word: str, ending: str) -> list[str]:
    """Return the words that `word` may be with `ending` added, by English spelling."""
    if not word.endswith(ending):
        return []
    stem = word[: -len(ending)]
    if len(stem) < _SHORTEST_STEM:
        return []
    if ending == 's':
        if stem.endswith('ie'):
            return [stem, stem[:-2] + 'y']
        return [] if stem[-1] in 'sui' else [stem]
    if ending[0] not in 'aei':
        return [stem[:-1] + 'y'] if stem[-1] == 'i' else [stem]
    stems = [stem]
    if stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
        stems.append(stem[:-1])
    if stem[-1] == 'i':
        return [stem[:-1] + 'y']
    return [stem + 'e', *stems] if stem[-1] not in 'aeio' else stems


def plural_ending(phones: Phones) -> Phones:
    """Return the sound of a plural or possessive s."""
    if phones[-1] in _SIBILANTS:
        return ('AH', 'Z')
    return ('S',) if phones[-1] in _VOICELESS else ('Z',)


def past_ending(phones: Phones) -> Phones:
    """Return the sound of a past -ed."""
    if phones[-1] in ('T', 'D'):
        return ('AH', 'D')
    return ('T',) if phones[-1] in _VOICELESS | {'S', 'SH', 'CH'} else ('D',)
