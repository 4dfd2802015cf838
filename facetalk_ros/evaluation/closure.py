# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Do the lips close where they must, and only there? The one definition used everywhere.

- A p, b or m **closes** when the lip aperture (``face.lip_aperture``) is below
  ``LIPS_CLOSED_BELOW`` at some frame from one frame before its aligned start to one frame after
  its aligned end. The margin is what the video itself needs: in tracked GRID video the inner lips
  are below their threshold in 98.7 to 100 % of p, b and m under this rule.
- An open vowel (``OPEN_VOWELS``) is **wrongly closed** when the lips are closed at the frame
  nearest to its middle. (That they are closed from its start to its end is rarer and is reported
  as ``never_opens``.)
- In tracked video the lips are closed where their gap is below ``GAP_CLOSED_BELOW``. Its frames
  are longer than ours, and so is its margin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..face.aperture import LIPS_CLOSED_BELOW, lip_aperture
from ..speech.phones import BILABIALS, OPEN_VOWELS

#: Lips in tracked video count as closed below this gap, over the distance of the outer eye corners
#: (../shared/data/av/README.md). A speaker who hardly opens the mouth is below it in vowels too.
GAP_CLOSED_BELOW = 0.04


@dataclass
class ClosureCounts:
    """Counts that can be added up over clips."""

    bilabials: int = 0
    closed: int = 0
    open_vowels: int = 0
    wrongly_closed: int = 0
    never_opens: int = 0

    def __iadd__(self, other: ClosureCounts) -> ClosureCounts:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def closure_rate(self) -> float:
        """Share of p, b and m at which the lips close; NaN without any."""
        return self.closed / self.bilabials if self.bilabials else float('nan')

    @property
    def wrong_rate(self) -> float:
        """Share of open vowels wrongly closed; NaN without any."""
        return self.wrongly_closed / self.open_vowels if self.open_vowels else float('nan')


def count_closures(
    time_s: npt.NDArray[np.floating],
    weights: npt.NDArray[np.float32],
    phones: Iterable[tuple[str, float, float]],
) -> ClosureCounts:
    """Count closures of one clip.

    Args:
        time_s: float [frames], ascending.
        weights: float32 [frames, 52] in ARKIT_NAMES order.
        phones: (ARPAbet phone without stress, start_s, end_s).

    """
    return count_closed(time_s, lip_aperture(weights) < LIPS_CLOSED_BELOW, phones)


def count_closed(
    time_s: npt.NDArray[np.floating],
    closed: npt.NDArray[np.bool_],
    phones: Iterable[tuple[str, float, float]],
) -> ClosureCounts:
    """Count closures of lips that were seen.

    Args:
        time_s: float [frames], ascending.
        closed: bool [frames], whether the lips are.
        phones: (ARPAbet phone without stress, start_s, end_s).

    """
    counts = ClosureCounts()
    frame_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    for phone, start_s, end_s in phones:
        if phone in BILABIALS:
            first, last = np.searchsorted(time_s, (start_s - frame_s, end_s + frame_s))
            counts.bilabials += 1
            counts.closed += bool(closed[first:last].any())
        elif phone in OPEN_VOWELS:
            counts.open_vowels += 1
            if not len(time_s):
                continue
            middle = int(np.argmin(np.abs(time_s - (start_s + end_s) / 2)))
            first, last = np.searchsorted(time_s, (start_s, end_s))
            counts.wrongly_closed += bool(closed[middle])
            inside = closed[first:last] if last > first else closed[middle]
            counts.never_opens += bool(inside.all())
    return counts
