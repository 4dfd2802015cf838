# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Streaming sample-rate conversion whose result cannot depend on how the audio was cut."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .pcm import Samples, check_rate_hz

#: The rate everything behind the audio front runs at.
SPEECH_RATE_HZ = 16_000

# The filter looks this far to both sides. With a Kaiser window of 60 dB the transition band is
# then 724 Hz wide (Kaiser's formula, Oppenheim & Schafer, Discrete-Time Signal Processing, 7.5).
_HALF_WIDTH_S = 0.0025
_STOP_DB = 60.0
_KAISER_BETA = 0.1102 * (_STOP_DB - 8.7)
_TRANSITION_HZ = (_STOP_DB - 7.95) / (14.36 * 2 * _HALF_WIDTH_S)

# Ratios with more phases than this take their taps by linear interpolation between so many:
# the error of that is below -110 dB (the sinc's largest second derivative is pi^2 / 3).
_MAX_PHASES = 1024

# Outputs computed at a time, so that a long file does not need a long table of windows.
_BATCH = 512


class StreamingResampler:
    """Turn a stream of one sample rate into another, with zero phase and a short look-ahead.

    Output sample k is the band-limited input at time k / rate_out_hz on the input's clock. The
    first and the last sample are taken to go on for ever to their sides, so that a constant
    offset makes no click. Equal rates pass through untouched.

    A polyphase windowed sinc: 2.5 ms to both sides, Kaiser, stop band from the lower of the two
    Nyquist frequencies on, cutoff (-6 dB) 362 Hz under it. Measured with steady full-scale sines,
    level of everything that is not the sine (test_resample.py repeats it): aliases of 22.05, 24,
    32, 44.1, 47.999, 48, 96 and 192 kHz and images of 8 and 11.025 kHz at -60 dB or less (-64 dB
    from 8.3 kHz on); flat to 0.02 dB up to 7.2 kHz (3.2 kHz from 8 kHz). CPU time of one core in
    20 ms chunks (x86-64, shared 2-core machine): 0.6 % from 48 kHz, 1.5 % from 192 kHz.

    Every output sample is a sum of products in one fixed order, done by elementwise IEEE
    operations only. No library routine that picks its order of summation by array length
    (numpy's sum, BLAS) is used, so any cut of the input gives the same bits.

    Args:
        rate_in_hz: whole number from 8,000 to 192,000.
        rate_out_hz: the same.

    Raises:
        ValueError: a rate that cannot be.

    """

    def __init__(self, rate_in_hz: int, rate_out_hz: int = SPEECH_RATE_HZ) -> None:
        self.rate_in_hz = check_rate_hz(rate_in_hz)
        self.rate_out_hz = check_rate_hz(rate_out_hz)
        self._half = math.floor(_HALF_WIDTH_S * self.rate_in_hz)
        self._phases = self.rate_out_hz // math.gcd(self.rate_in_hz, self.rate_out_hz)
        self._taps = _filter_bank(self.rate_in_hz, self.rate_out_hz)
        self.reset()

    @property
    def latency_s(self) -> float:
        """How far an output sample looks ahead: 2.5 ms at most, 0 when the rates are equal."""
        return 0.0 if self._passes_through else self._half / self.rate_in_hz

    @property
    def _passes_through(self) -> bool:
        return self.rate_in_hz == self.rate_out_hz

    def reset(self) -> None:
        """Forget the stream: the next sample is the first one."""
        self._kept = np.zeros(0, np.float32)
        self._kept_from = 0  # position of _kept[0] in the input; the padding is negative
        self._n_in = 0
        self._n_out = 0

    def push(self, samples: Samples) -> Samples:
        """Take float32 [n] and return the float32 [m] that it lets be known."""
        x = np.asarray(samples, np.float32)
        if x.ndim != 1:
            raise ValueError(f'audio of shape {x.shape}: the resampler takes one channel, [n]')
        if self._passes_through or not len(x):
            return np.array(x)
        if not self._n_in:
            self._kept = np.full(self._half, x[0], np.float32)
            self._kept_from = -self._half
        self._kept = np.concatenate((self._kept, x))
        self._n_in += len(x)
        return self._advance(self._outputs_before(self._n_in - self._half))

    def flush(self) -> Samples:
        """End the stream and return its tail; the next push begins a new one.

        All outputs together then number ceil(n_in * rate_out_hz / rate_in_hz).
        """
        tail = np.zeros(0, np.float32)
        if self._n_in:
            held = np.full(self._half, self._kept[-1], np.float32)
            self._kept = np.concatenate((self._kept, held))
            tail = self._advance(self._outputs_before(self._n_in))
        self.reset()
        return tail

    def _outputs_before(self, n_in: int) -> int:
        """Count the output samples whose time is before that of input sample n_in."""
        return max(0, -(-n_in * self.rate_out_hz // self.rate_in_hz))

    def _advance(self, end: int) -> Samples:
        """Compute the outputs up to end, and let go of the input that no later one needs."""
        parts = [
            self._compute(start, min(start + _BATCH, end))
            for start in range(self._n_out, end, _BATCH)
        ]
        self._n_out = max(self._n_out, end)
        first_needed = self._n_out * self.rate_in_hz // self.rate_out_hz - self._half + 1
        drop = min(max(0, first_needed - self._kept_from), len(self._kept))
        self._kept = self._kept[drop:]
        self._kept_from += drop
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _compute(self, start: int, end: int) -> Samples:
        """Return outputs start..end, of which _kept holds all the input."""
        whole, rest = np.divmod(np.arange(start, end) * self.rate_in_hz, self.rate_out_hz)
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, 2 * self._half)
        products = windows[whole - self._half + 1 - self._kept_from]
        products *= self._taps_at(rest)
        return _sum_rows(products)

    def _taps_at(self, rest: npt.NDArray[np.int64]) -> Samples:
        """Return the taps [m or 1, 2 half] for positions rest / rate_out_hz between samples."""
        if self._phases == 1:
            return self._taps
        if self._phases <= _MAX_PHASES:
            exact: Samples = self._taps[rest * self._phases // self.rate_out_hz]
            return exact
        row, between = np.divmod(rest * _MAX_PHASES, self.rate_out_hz)
        share = (between / self.rate_out_hz).astype(np.float32)[:, None]
        taps: Samples = self._taps[row + 1] - self._taps[row]
        taps *= share
        taps += self._taps[row]
        return taps


def _sum_rows(products: Samples) -> Samples:
    """Sum float32 [m, n] over n by halving: elementwise, so row i never depends on the others.

    The order is also kinder to float32 than adding one after the other. Overwrites its input.
    """
    width = products.shape[1]
    # rows first while they are long, then columns: numpy is slow at many short rows
    while width > 24:
        half = (width + 1) // 2
        products[:, : width - half] += products[:, half:width]
        width = half
    columns = np.ascontiguousarray(products[:, :width].T)
    while width > 1:
        half = (width + 1) // 2
        columns[: width - half] += columns[half:width]
        width = half
    return np.array(columns[0])


@lru_cache(maxsize=16)
def _filter_bank(rate_in_hz: int, rate_out_hz: int) -> Samples:
    """Return the taps [phases, 2 half], each row for one place between two input samples.

    Row p of n is for an output p / n of a sample period after an input sample. With more than
    _MAX_PHASES places there are _MAX_PHASES + 1 rows to interpolate between.
    """
    half = math.floor(_HALF_WIDTH_S * rate_in_hz)
    phases = rate_out_hz // math.gcd(rate_in_hz, rate_out_hz)
    if phases <= _MAX_PHASES:
        place = np.arange(phases) / phases
    else:
        place = np.arange(_MAX_PHASES + 1) / _MAX_PHASES
    distance = np.arange(1 - half, half + 1) - place[:, None]
    cutoff_hz = min(rate_in_hz, rate_out_hz) / 2 - _TRANSITION_HZ / 2
    inside = np.clip(1.0 - (distance / half) ** 2, 0.0, None)
    window = np.where(np.abs(distance) < half, np.i0(_KAISER_BETA * np.sqrt(inside)), 0.0)
    taps = np.sinc(2 * cutoff_hz / rate_in_hz * distance) * window
    # a constant must come out as the same constant, whatever the phase
    taps /= taps.sum(axis=1, keepdims=True)
    bank = np.asarray(taps, np.float32)
    bank.flags.writeable = False
    return bank
