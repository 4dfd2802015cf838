# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""When the lips meet: what is heard of p, b and m, believed the sooner where text expects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..speech.phones import BILABIALS

if TYPE_CHECKING:
    from .learned import Spoken

# Log odds of p, b or m: from the first on the lips approach, at the second they meet. A closure
# that is missed is seen, a needless one hardly. Measured on dev speech, see docs/kmtalk.md.
_HEARD = -2.9, -1.7
_EXPECTED = -5.5, -3.5  # text has one now
_NEXT = -4.2, -2.4  # text has one next
_UNEXPECTED = -2.6, -1.2  # text has none near
# Text is sure of a closure: if none was heard by then, the lips meet all the same.
_PATIENCE_S = 0.0
_MET = 0.95
# From apart to together: the fastest.
_TRAVEL_S = 0.012


class LipSeal:
    """How far the lips of one stream are brought together; one call an instant, in order."""

    def __init__(self) -> None:
        self._seal = 0.0
        self.reset()

    def reset(self) -> None:
        """Expect nothing; the lips stay where they are and go apart as fast as they can."""
        self._range = _HEARD
        self._owed = self._met = False

    def phone(self, spoken: Spoken) -> None:
        """Take a phone that begins."""
        bilabial = spoken.phone in BILABIALS
        if not spoken.told:
            self._range = _HEARD
        elif bilabial:
            self._range = _EXPECTED
        elif any(phone in BILABIALS for phone in spoken.upcoming[:1]):
            self._range = _NEXT
        else:
            self._range = _HEARD if spoken.before in BILABIALS else _UNEXPECTED
        self._owed = spoken.told and bilabial
        self._met = self._seal >= _MET

    def advance(self, heard: float, age_s: float, spacing_s: float) -> float:
        """Return the seal at an instant, 0 to 1.

        Args:
            heard: log odds of p, b or m there.
            age_s: of the phone being spoken.
            spacing_s: since the last instant.

        """
        low, high = self._range
        part = min(1.0, max(0.0, (heard - low) / (high - low)))
        by_ear = part * part * (3.0 - 2.0 * part)
        is_owed = self._owed and not self._met and age_s >= _PATIENCE_S
        wanted = 1.0 if is_owed else by_ear
        farthest = spacing_s / _TRAVEL_S
        self._seal = float(np.clip(wanted, self._seal - farthest, self._seal + farthest))
        # what is heard ends when it is heard no more; what only text tells lasts as the phone does
        self._met = self._met or min(self._seal, by_ear) >= _MET
        return self._seal
