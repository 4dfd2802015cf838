# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Log-mel frames of 16 kHz audio, the same numbers however the audio is cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16000
HOP_SAMPLES = 160
WINDOW_SAMPLES = 400
MEL_BANDS = 64
#: Frames are computed this many at a time, one acoustic step; a fixed shape keeps the arithmetic
#: (FFT and BLAS kernels choose by shape) the same for every chunking.
FRAMES_PER_STEP = 2
STEP_SAMPLES = HOP_SAMPLES * FRAMES_PER_STEP
STEP_S = STEP_SAMPLES / SAMPLE_RATE_HZ

_FFT_SAMPLES = 512
_LOW_HZ = 60.0
_HIGH_HZ = 7600.0
# About -85 dB below a full-scale sine in one band: under the noise of a quiet 16-bit recording.
_POWER_FLOOR = 1e-5
_SCALE = 0.25
_OFFSET = 1.0


def _mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Map Hz to the mel scale of O'Shaughnessy (1987), ``2595 log10(1 + f / 700)``."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz, np.float64) / 700.0))


def mel_filterbank() -> npt.NDArray[np.float32]:
    """Return triangular mel filters, float32 [257, MEL_BANDS], each peaking at one."""
    edges = np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), MEL_BANDS + 2)
    bins = _mel(np.arange(_FFT_SAMPLES // 2 + 1) * (SAMPLE_RATE_HZ / _FFT_SAMPLES))
    rise = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


class LogMel:
    """Turns a stream of 16 kHz samples into log-mel steps.

    Frame k spans the samples ``[160 k - 240, 160 k + 160)``: it needs no sample later than the
    10 ms it stands for. Before the first sample there is silence.
    """

    def __init__(self) -> None:
        self._window = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
        self._filters = mel_filterbank()
        history = WINDOW_SAMPLES - HOP_SAMPLES
        self._buffer = np.zeros(history + STEP_SAMPLES, np.float32)
        # a view: the frames of the buffer, which overlap
        self._frames = np.lib.stride_tricks.sliding_window_view(self._buffer, WINDOW_SAMPLES)[
            ::HOP_SAMPLES
        ]

    def reset(self) -> None:
        """Forget the past: before the next sample there is silence again."""
        self._buffer[:] = 0.0

    def step(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Take the next 320 samples, float32 [320]; return float32 [2, MEL_BANDS]."""
        self._buffer[:-STEP_SAMPLES] = self._buffer[STEP_SAMPLES:]
        self._buffer[-STEP_SAMPLES:] = samples
        return self._log_mel(self._frames * self._window)

    def whole(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return all frames of a clip at once, float32 [2 * steps, MEL_BANDS], for training.

        The last step is padded with silence. Equal to the steps up to float rounding.
        """
        steps = -(-len(samples) // STEP_SAMPLES)
        history = WINDOW_SAMPLES - HOP_SAMPLES
        padded = np.zeros(history + steps * STEP_SAMPLES, np.float32)
        padded[history : history + len(samples)] = samples
        frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
        return self._log_mel(frames * self._window)

    def _log_mel(self, frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        spectrum = np.fft.rfft(frames, _FFT_SAMPLES, axis=-1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
        bands = np.log(power @ self._filters + _POWER_FLOOR)
        return np.asarray(bands * _SCALE + _OFFSET, np.float32)
