# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The phone set: silence and the 39 phones of the CMU pronouncing dictionary."""

from __future__ import annotations

from types import MappingProxyType

SILENCE = 'SIL'

#: Index 0 is silence. ARPAbet without stress.
PHONES: tuple[str, ...] = (
    SILENCE,
    'AA', 'AE', 'AH', 'AO', 'AW', 'AY', 'B', 'CH', 'D', 'DH', 'EH', 'ER', 'EY', 'F', 'G', 'HH',
    'IH', 'IY', 'JH', 'K', 'L', 'M', 'N', 'NG', 'OW', 'OY', 'P', 'R', 'S', 'SH', 'T', 'TH', 'UH',
    'UW', 'V', 'W', 'Y', 'Z', 'ZH',
)  # fmt: skip

PHONE_INDEX = MappingProxyType({phone: i for i, phone in enumerate(PHONES)})

#: Phones that close the lips.
BILABIALS = frozenset({'P', 'B', 'M'})
#: Phones that part the lips clearly.
OPEN_VOWELS = frozenset({'AA', 'AE', 'AH', 'AO', 'AW', 'AY', 'EH', 'EY', 'OW', 'OY'})
VOWELS = OPEN_VOWELS | {'ER', 'IH', 'IY', 'UH', 'UW'}
