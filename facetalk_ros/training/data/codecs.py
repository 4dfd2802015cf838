# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What telephones and codecs do to speech, without delay."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile

from ...audio.features import SAMPLE_RATE_HZ
from .pitch import resample_to

Samples = npt.NDArray[np.float32]

_TELEPHONE_HZ = 8000
_TELEPHONE_BAND_HZ = (300.0, 3400.0)
_MU = 255.0
#: Format, subtype and compression of libsndfile. At 16 kHz they make about 9, 29, 38, 26 kbit/s
#: (a festival sentence); none shifts the sound, MP3 neither: libsndfile cuts its delay.
LOSSY = (
    ('OGG', 'OPUS', 1.0),
    ('OGG', 'OPUS', None),
    ('OGG', 'VORBIS', 1.0),
    ('MP3', 'MPEG_LAYER_III', 0.95),
)


def telephone(samples: Samples) -> Samples:
    """Return float32 [n] as over a telephone: 300 to 3400 Hz, 8 kHz, mu-law (ITU-T G.711)."""
    n = len(samples)
    if n < 2:
        return samples.astype(np.float32)
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE_HZ)
    low, high = _TELEPHONE_BAND_HZ
    # edges of 2nd and 16th order, about those of G.712's mask
    gain = 1 / np.sqrt(1 + (low / np.maximum(hz, 1.0)) ** 4) / np.sqrt(1 + (hz / high) ** 32)
    narrow = resample_to(
        np.fft.irfft(spectrum * gain, n).astype(np.float32), n * _TELEPHONE_HZ // SAMPLE_RATE_HZ
    )
    peak = max(float(np.abs(narrow).max()), 1.0)
    x = narrow / peak
    coded = np.round(np.sign(x) * np.log1p(_MU * np.abs(x)) / np.log1p(_MU) * 127) / 127
    decoded = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU * peak
    return resample_to(decoded.astype(np.float32), n)


def available_lossy() -> tuple[tuple[str, str, float | None], ...]:
    """Return those of LOSSY that libsndfile has here."""
    formats = soundfile.available_formats()
    return tuple(
        codec
        for codec in LOSSY
        if codec[0] in formats and codec[1] in soundfile.available_subtypes(codec[0])
    )


def lossy(samples: Samples, codec: tuple[str, str, float | None]) -> Samples:
    """Return float32 [n] coded and decoded in memory.

    Args:
        samples: float32 [n] at 16 kHz.
        codec: one of available_lossy.

    """
    kind, subtype, level = codec
    # soundfile before 0.13 has no compression_level; its encoders' own is near the milder ones
    settings = {} if level is None else {'compression_level': level}
    file = io.BytesIO()
    peak = max(float(np.abs(samples).max(initial=0.0)), 1.0)
    try:
        soundfile.write(
            file, samples / peak, SAMPLE_RATE_HZ, format=kind, subtype=subtype, **settings
        )
    except TypeError:
        file = io.BytesIO()
        soundfile.write(file, samples / peak, SAMPLE_RATE_HZ, format=kind, subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype='float32')
    out = np.zeros(len(samples), np.float32)
    kept = min(len(out), len(decoded))
    out[:kept] = decoded[:kept] * peak
    return out
