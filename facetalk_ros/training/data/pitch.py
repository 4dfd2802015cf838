# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Changes of tempo and pitch, one without the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

# WSOLA: windows of 30 ms, which hold two periods of a low voice; each may lie up to 6 ms from
# where the tempo puts it, so that periods meet, and times are wrong by no more.
_WINDOW, _HOP, _SEARCH = 480, 240, 100
# The spectral envelope: cepstra up to 2 ms, below the period of any voice under 500 Hz.
_FFT, _FFT_HOP, _CEPSTRA = 512, 128, 32
_CORRECTION_MAX = float(np.log(10.0))


def resample_to(samples: Samples, n: int) -> Samples:
    """Return float32 [n]: the same curve with n samples, band-limited."""
    n = max(2, n)
    spectrum = np.fft.rfft(samples)
    out = np.zeros(n // 2 + 1, spectrum.dtype)
    kept = min(len(out), len(spectrum))
    out[:kept] = spectrum[:kept]
    return np.asarray(np.fft.irfft(out, n), np.float32)


def stretch(samples: Samples, factor: float) -> Samples:
    """Play slower by ``factor``: longer, lower in pitch and in formants."""
    return resample_to(samples, round(len(samples) * factor))


def stretch_time(samples: Samples, factor: float) -> Samples:
    """Speak slower by ``factor``: longer, at the same pitch and formants.

    WSOLA (Verhelst, Roelands: An overlap-add technique based on waveform similarity, ICASSP 1993).
    """
    n = max(2, round(len(samples) * factor))
    frames = -(-n // _HOP) + 1
    pad = _WINDOW + _SEARCH
    x = np.pad(samples, (pad, pad + _WINDOW + _HOP))
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    out = np.zeros(frames * _HOP + _WINDOW, np.float32)
    follow = None
    for k in range(frames):
        at = pad + min(round(k * _HOP / factor), len(samples)) - _WINDOW // 2
        if follow is not None:
            likeness = np.correlate(x[at - _SEARCH : at + _SEARCH + _WINDOW], follow, 'valid')
            best = int(np.argmax(likeness))
            if likeness[best] > 0:  # in silence it stays where the tempo puts it
                at += best - _SEARCH
        out[k * _HOP : k * _HOP + _WINDOW] += window * x[at : at + _WINDOW]
        follow = x[at + _HOP : at + _HOP + _WINDOW]
    return np.asarray(out[_WINDOW // 2 : _WINDOW // 2 + n], np.float32)


def shift_pitch(samples: Samples, factor: float) -> Samples:
    """Raise the pitch by ``factor``; length and times, vowels and the rest of the voice stay.

    Resampling moves pitch and formants of a tempo-changed copy; then the envelope of each frame
    is put back.
    """
    if len(samples) < _FFT:
        return samples.astype(np.float32)
    moved = resample_to(stretch_time(samples, factor), len(samples))
    target, spectrum = _frames(samples), _frames(moved)
    correction = np.clip(
        _log_envelope(target) - _log_envelope(spectrum), -_CORRECTION_MAX, _CORRECTION_MAX
    )
    return _overlap_add(spectrum * np.exp(correction), len(samples))


def _frames(samples: Samples) -> npt.NDArray[np.complex128]:
    padded = np.pad(samples, (_FFT, 2 * _FFT))
    views = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_FFT_HOP]
    return np.asarray(np.fft.rfft(views * np.hanning(_FFT + 1)[:-1]))


def _log_envelope(spectrum: npt.NDArray[np.complex128]) -> npt.NDArray[np.float64]:
    cepstra = np.fft.irfft(np.log(np.abs(spectrum) + 1e-4))
    cepstra[:, _CEPSTRA : _FFT - _CEPSTRA + 1] = 0
    return np.asarray(np.fft.rfft(cepstra).real)


def _overlap_add(spectrum: npt.NDArray[np.complex128], n: int) -> Samples:
    frames = np.fft.irfft(spectrum) * np.hanning(_FFT + 1)[:-1]
    out = np.zeros((len(frames) - 1) * _FFT_HOP + _FFT)
    for k, frame in enumerate(frames):
        out[k * _FFT_HOP : k * _FFT_HOP + _FFT] += frame
    # squared Hann windows at a quarter of their length add up to 1.5
    return np.asarray(out[_FFT : _FFT + n] / 1.5, np.float32)
