# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What flite, festival and espeak-ng call their phones, in our phone set."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...speech.phones import PHONES, SILENCE

#: The label of a stretch whose phone is not known; no PHONES name, so it gets no loss.
UNLABELLED = '?'

Phone = tuple[str, float, float]

#: Of flite and festival (the phone sets of radio, darpa and cmu): names that are not ours.
FESTVOX: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {phone.lower(): (phone,) for phone in PHONES if phone != SILENCE}
    | {name: (SILENCE,) for name in ('pau', 'h#', 'brth', 'ssil')}
    # reduced vowels, the flap, syllabic and nasal-flap variants
    | {
        'ax': ('AH',), 'axr': ('ER',), 'ix': ('IH',), 'ux': ('UW',), 'dx': ('D',), 'el': ('L',),
        'em': ('M',), 'en': ('N',), 'nx': ('N',), 'hv': ('HH',),
    }
)  # fmt: skip

# A syllabic consonant sounds as that consonant from its start to its end; a vowel with the r or
# the schwa that espeak-ng joins to it is cut in the middle.
_SHARED_IPA = {
    '': (SILENCE,),
    'p': ('P',), 'b': ('B',), 'm': ('M',), 'f': ('F',), 'v': ('V',), 'θ': ('TH',), 'ð': ('DH',),
    't': ('T',), 'd': ('D',), 'n': ('N',), 'n̩': ('N',), 's': ('S',), 'z': ('Z',), 'ʃ': ('SH',),
    'ʒ': ('ZH',), 'tʃ': ('CH',), 'dʒ': ('JH',), 'k': ('K',), 'ɡ': ('G',), 'g': ('G',),
    'ŋ': ('NG',), 'h': ('HH',), 'l': ('L',), 'l̩': ('L',), 'ɫ': ('L',), 'm̩': ('M',), 'ɹ': ('R',),
    'r': ('R',), 'w': ('W',), 'ʍ': ('W',), 'j': ('Y',),
    # the tap of American "better", and the glottal stop, which English has for t
    'ɾ': ('D',), 'ʔ': ('T',),
    'iː': ('IY',), 'i': ('IY',), 'ɪ': ('IH',), 'ᵻ': ('IH',), 'ɛ': ('EH',), 'e': ('EH',),
    'æ': ('AE',), 'a': ('AE',), 'ɑː': ('AA',), 'ɑ': ('AA',), 'aː': ('AA',), 'a:': ('AA',),
    # rounded, so not AA, although American dictionaries write AA for the same words
    'ɒ': ('AO',), 'ɔː': ('AO',), 'ɔ': ('AO',), 'o': ('AO',), 'oː': ('AO',),
    'ʌ': ('AH',), 'ə': ('AH',), 'ɐ': ('AH',), 'ʊ': ('UH',), 'uː': ('UW',), 'u': ('UW',),
    'ʉ': ('UH',), 'ʉː': ('UW',),
    'ɜː': ('ER',), 'ɚ': ('ER',), 'ɜ': ('ER',), 'ɝ': ('ER',), 'əɹ': ('ER',), 'ʌɹ': ('ER',),
    'eɪ': ('EY',), 'aɪ': ('AY',), 'ɔɪ': ('OY',), 'aʊ': ('AW',), 'æʊ': ('AW',), 'ʌʉ': ('AW',),
    'oʊ': ('OW',), 'əʊ': ('OW',),
    'əl': ('AH', 'L'), 'iə': ('IY', 'AH'), 'eə': ('EH', 'AH'), 'ʊə': ('UH', 'AH'),
    'aɪə': ('AY', 'AH'), 'aɪɚ': ('AY', 'ER'), 'ɪɹ': ('IH', 'R'), 'ɛɹ': ('EH', 'R'),
    'ʊɹ': ('UH', 'R'), 'ʉɹ': ('UH', 'R'), 'ɑːɹ': ('AA', 'R'), 'ɔːɹ': ('AO', 'R'),
    'oːɹ': ('AO', 'R'),
}  # fmt: skip

#: Of espeak-ng, by accent: in some, a long vowel stands for what is a diphthong elsewhere.
ESPEAK: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        'en-us': _SHARED_IPA,
        'en-us-nyc': _SHARED_IPA | {'ɛə': ('AE',), 'əɪ': ('ER',)},
        'en-gb': _SHARED_IPA,
        'en-gb-x-rp': _SHARED_IPA,
        # its e ends "happy", with a glide before a vowel
        'en-gb-scotland': _SHARED_IPA | {'oː': ('OW',), 'eː': ('EY',), 'e': ('EY',), 'ʲ': ('Y',)},
        'en-gb-x-gbclan': _SHARED_IPA | {'oː': ('OW',), 'eː': ('EY',)},
    }
)


def to_arpabet(
    segments: list[Phone], table: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[Phone, ...], frozenset[str]]:
    """Rename segments; one that stands for two phones is cut in equal parts.

    Args:
        segments: (name, start_s, end_s), ascending; those of no length are left out.
        table: FESTVOX or one of ESPEAK.

    Returns:
        The phones, and the names that the table does not have: they become UNLABELLED.

    """
    phones: list[Phone] = []
    unknown = set()
    for name, start_s, end_s in segments:
        if end_s <= start_s:
            continue
        parts = table.get(name)
        if parts is None:
            unknown.add(name)
            parts = (UNLABELLED,)
        edges = [start_s + (end_s - start_s) * i / len(parts) for i in range(len(parts))]
        phones += zip(parts, edges, [*edges[1:], end_s], strict=True)
    return tuple(phones), frozenset(unknown)
