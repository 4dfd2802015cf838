# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Makes one recording sound like many: voices, rooms, noise, microphones, codecs, levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...audio.features import SAMPLE_RATE_HZ
from .codecs import available_lossy, lossy, telephone
from .pitch import shift_pitch, stretch, stretch_time

Samples = npt.NDArray[np.float32]


def reverberate(samples: Samples, response: Samples) -> Samples:
    """Convolve with a room response whose strongest path keeps its time."""
    n = len(samples) + len(response) - 1
    size = 1 << (n - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    peak = int(np.argmax(np.abs(response)))
    return np.asarray(wet[peak : peak + len(samples)] / (abs(response[peak]) + 1e-9), np.float32)


def mix(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add noise at a signal-to-noise ratio; the noise repeats when it is shorter."""
    noise = np.resize(noise, len(samples))
    gain = np.sqrt((np.mean(samples**2) + 1e-9) / (np.mean(noise**2) + 1e-9))
    return np.asarray(samples + noise * (gain * 10 ** (-snr_db / 20)), np.float32)


def shape_spectrum(samples: Samples, tilt_db: float, cutoff_hz: float) -> Samples:
    """Tilt the spectrum by ``tilt_db`` from 0 to 8 kHz and cut it above ``cutoff_hz``."""
    spectrum = np.fft.rfft(samples)
    hz = np.linspace(0, SAMPLE_RATE_HZ / 2, len(spectrum))
    gain = 10 ** (tilt_db * (hz / 8000 - 0.25) / 20)
    gain /= 1 + (hz / cutoff_hz) ** 16
    return np.asarray(np.fft.irfft(spectrum * gain, len(samples)), np.float32)


def mute(samples: Samples, rng: np.random.Generator) -> Samples:
    """Return what a muted microphone gives meanwhile: zeros, faint noise, or a faint rest."""
    kind = rng.integers(3)
    if kind == 0:
        return np.zeros(len(samples), np.float32)
    if kind == 1:
        level = 10 ** (rng.uniform(-95, -75) / 20)
        return (level * rng.standard_normal(len(samples))).astype(np.float32)
    return np.asarray(samples * np.float32(1e-4), np.float32)


class Variation(NamedTuple):
    """A recording made to sound otherwise.

    Attributes:
        samples: float32 [n] at 16 kHz.
        stretch: its length over that of the original; phone times and motion stretch alike.
        muted: nothing is to be heard, so that its phones are silence and its face is at rest.

    """

    samples: Samples
    stretch: float
    muted: bool = False


class Augmenter:
    """Draws one variation after another from a seed."""

    def __init__(
        self, rooms: Sequence[Samples], noises: Sequence[Samples], voices: Sequence[Samples],
        seed: int,
    ) -> None:  # fmt: skip
        """Take room responses, noises, and voices for babble; all float32 [n] at 16 kHz."""
        self._rooms, self._noises, self._voices = rooms, noises, voices
        self._rng = np.random.default_rng(seed)
        self._codecs = available_lossy()

    def _pick(self, pool: Sequence[Samples]) -> Samples:
        return pool[int(self._rng.integers(len(pool)))]

    def _noise(self, n: int) -> Samples:
        kind = self._rng.random()
        if kind < 0.35 and self._noises:
            return np.roll(self._pick(self._noises), self._rng.integers(1 << 20))
        if kind < 0.6 and self._voices:
            talkers = [np.resize(self._pick(self._voices), n) for _ in range(4)]
            return np.asarray(sum(t / (np.std(t) + 1e-6) for t in talkers), np.float32)
        exponent = self._rng.uniform(0.0, 1.0)  # white to pink
        spectrum = np.fft.rfft(self._rng.standard_normal(n))
        spectrum /= np.maximum(np.arange(len(spectrum)), 4.0) ** exponent
        return np.asarray(np.fft.irfft(spectrum, n), np.float32)

    def _voice(self, samples: Samples) -> tuple[Samples, float]:
        """Vary pitch and tempo: mostly together, as another head would sound, or each alone."""
        rng = self._rng
        if rng.random() < 0.2:
            samples = shift_pitch(samples, float(np.exp(rng.uniform(-0.3, 0.3))))
        factor = float(np.exp(rng.uniform(-0.18, 0.16)))
        change = stretch_time if rng.random() < 0.25 else stretch
        return change(samples, factor), factor

    def _code(self, samples: Samples) -> Samples:
        kind = self._rng.random()
        if kind < 0.07:
            return telephone(samples)
        if kind < 0.2 and self._codecs:
            return lossy(samples, self._codecs[int(self._rng.integers(len(self._codecs)))])
        return samples

    def vary(self, samples: Samples, clean: bool = False, muted: bool = False) -> Variation:
        """Return a variation.

        Args:
            samples: float32 [n] at 16 kHz.
            clean: only the level changes.
            muted: the sound is taken away; labels are then to be silence.

        """
        rng, factor = self._rng, 1.0
        if not clean:
            samples, factor = self._voice(samples)
            if rng.random() < 0.35 and self._rooms:
                samples = reverberate(samples, self._pick(self._rooms))
            if rng.random() < 0.6:
                tilt_db = rng.uniform(-12, 12)
                cutoff_hz = rng.choice([3500, 4000, 5500, 7900, 7900])
                samples = shape_spectrum(samples, tilt_db, cutoff_hz)
            if rng.random() < 0.65:
                samples = mix(samples, self._noise(len(samples)), rng.uniform(3, 35))
            samples = self._code(samples)
        level = np.std(samples) + 1e-6
        samples = samples * (10 ** (rng.uniform(-44, -14) / 20) / level)
        samples = np.clip(samples, -1, 1).astype(np.float32)
        if muted:
            samples = mute(samples, rng)
        return Variation(samples, factor, muted)

    def __call__(self, samples: Samples, clean: bool = False) -> tuple[Samples, float]:
        """Return a variation that can be heard, and how much longer it is than the original.

        Args:
            samples: float32 [n] at 16 kHz.
            clean: only the level changes.

        """
        varied = self.vary(samples, clean)
        return varied.samples, varied.stretch
