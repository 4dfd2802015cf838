# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which syllables the voice stresses: louder and higher than what was said lately."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..audio.features import SAMPLE_RATE_HZ, STEP_S, STEP_SAMPLES

Samples = npt.NDArray[np.float32]

_WINDOW = 2 * STEP_SAMPLES
_FFT = 2048
# The pitch of men, women and children.
_LOWEST_HZ, _HIGHEST_HZ = 70, 400
_VOICED = 0.45
# A syllable is compared with so many before it, at least.
_REMEMBERED, _FEWEST = 10, 2
_FORGOTTEN_S = 4.0
_SPEECH_ABOVE_DB = 12.0
# A step is the peak of a syllable when it is louder than so many steps around it.
_PEAK_STEPS = 3
_SYLLABLE_S = 0.12
# What counts as fully stressed, and from where on: decibels and semitones above the mean.
_STRESSED_DB, _STRESSED_SEMITONES = 6.0, 4.0
_LEAST = 0.35


class Accent(NamedTuple):
    """A stressed syllable: when it is loudest, and how strongly it is stressed, 0 to 1."""

    time_s: float
    strength: float


class Prosody:
    """Finds accents in speech of 16 kHz, 20 ms at a time.

    An accent is known 60 ms after its syllable's peak. Pitch is that of the autocorrelation
    (Rabiner 1977, "On the use of autocorrelation analysis for pitch detection").
    """

    def __init__(self) -> None:
        self._window = np.hanning(_WINDOW).astype(np.float32)
        taper = np.fft.irfft(np.abs(np.fft.rfft(self._window, _FFT)) ** 2)
        lags = slice(SAMPLE_RATE_HZ // _HIGHEST_HZ, SAMPLE_RATE_HZ // _LOWEST_HZ + 1)
        self._lags, self._taper = lags, taper[lags] / taper[0]
        self.reset(0.0)

    def reset(self, time_s: float) -> None:
        """Forget what was heard; time_s is that of the next sample."""
        self._time_s = time_s
        self._before: Samples = np.zeros(_WINDOW - STEP_SAMPLES, np.float32)
        self._levels_db: list[float] = []
        self._pitches: list[float] = []  # semitones; NaN where there is no voice
        self._floor_db = math.inf
        self._syllables: deque[tuple[float, float, float]] = deque(maxlen=_REMEMBERED)

    def step(self, samples: Samples) -> Accent | None:
        """Take 20 ms, float32 [320]; return the accent that is known now, if any."""
        heard = np.concatenate((self._before, samples))
        self._before = heard[STEP_SAMPLES:]
        level_db = 10 * math.log10(float(heard @ heard) / len(heard) + 1e-10)
        # the floor rises slowly, so that it is that of the pauses
        self._floor_db = min(level_db, self._floor_db + 3.0 * STEP_S)
        spoken = level_db > self._floor_db + _SPEECH_ABOVE_DB
        self._levels_db.append(level_db if spoken else math.nan)
        self._pitches.append(self._semitones(heard) if spoken else math.nan)
        del self._levels_db[: -2 * _PEAK_STEPS - 1], self._pitches[: -2 * _PEAK_STEPS - 1]
        self._time_s += STEP_S
        return self._accent()

    def _semitones(self, heard: Samples) -> float:
        spectrum = np.fft.rfft(heard * self._window, _FFT)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2)
        if correlation[0] <= 0:
            return math.nan
        found = correlation[self._lags] / correlation[0] / self._taper
        best = int(found.argmax())
        if found[best] < _VOICED:
            return math.nan
        return 12 * math.log2(SAMPLE_RATE_HZ / (self._lags.start + best))

    def _accent(self) -> Accent | None:
        """Return the accent of the syllable whose peak lies _PEAK_STEPS back."""
        if len(self._levels_db) <= 2 * _PEAK_STEPS or math.isnan(self._levels_db[_PEAK_STEPS]):
            return None
        level_db = self._levels_db[_PEAK_STEPS]
        time_s = self._time_s - (_PEAK_STEPS + 0.5) * STEP_S
        last_s = self._syllables[-1][0] if self._syllables else -math.inf
        # the first comparison is false where there is no speech, which is NaN
        if any(level_db < near for near in self._levels_db) or time_s - last_s < _SYLLABLE_S:
            return None
        near = self._pitches[_PEAK_STEPS - 1 : _PEAK_STEPS + 2]
        pitch = float(np.nanmedian(near)) if not np.isnan(near).all() else math.nan
        before = [s for s in self._syllables if time_s - s[0] < _FORGOTTEN_S]
        self._syllables.append((time_s, level_db, pitch))
        if len(before) < _FEWEST:
            return None
        _, levels, pitches = np.array(before).T
        louder = (level_db - levels.mean()) / _STRESSED_DB
        higher = 0.0
        if not (math.isnan(pitch) or np.isnan(pitches).all()):
            higher = (pitch - float(np.nanmedian(pitches))) / _STRESSED_SEMITONES
        strength = 0.5 * min(max(louder, -1.0), 1.0) + 0.5 * min(max(higher, -1.0), 1.0)
        return Accent(time_s, float(strength)) if strength >= _LEAST else None
