# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far the mouth opens, from how loud the voice is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

# A vowel this much below the voice's level opens the mouth by _PER_DB less for each dB.
_PER_DB = 0.03
_LOWEST, _HIGHEST = 0.6, 1.25
_SPEECH_OVER_FLOOR_DB = 10.0
_RISE, _FALL = 0.2, 0.006  # per 20 ms step: a tenth of a second up, three seconds down
_QUIET_DB = -60.0


class Openness:
    """Follows the level of the voice; a loud syllable opens more than a soft one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the voice."""
        self._voice_db = math.nan
        self._level_db = _QUIET_DB

    def step(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next 20 ms of sound, float32 [n]."""
        power = float(np.mean(np.square(samples, dtype=np.float64)))
        level_db = 10.0 * math.log10(power + 1e-10)
        self._level_db = level_db
        if level_db < _QUIET_DB:
            return
        if math.isnan(self._voice_db):
            self._voice_db = level_db
        part = _RISE if level_db > self._voice_db else _FALL
        self._voice_db += part * (level_db - self._voice_db)

    def factor(self) -> float:
        """Return the factor on the jaw opening of the present syllable."""
        if math.isnan(self._voice_db):
            return 1.0
        under_db = self._voice_db - self._level_db
        return min(_HIGHEST, max(_LOWEST, 1.1 - _PER_DB * under_db))
