# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Loudness of a recording, and where it is spoken."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..speech.phones import PHONE_INDEX, SILENCE

Signal = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: (ARPAbet phone without stress, start_s, end_s).
Phone = tuple[str, float, float]

#: Values a second of an envelope: the steps in which a lag is searched.
ENVELOPE_HZ = 200.0
#: Window of the envelope, that of the data's own figures (../shared/data/av/README.md).
WINDOW_S = 0.04

# Loud is within 20 dB of the loud parts of the same recording. Of GRID's dev clips that is 1.4
# times as many frames as their phones take (at 26 dB: 1.9 times, their rooms are not silent); in
# the dev take of FACEGOOD anything from 20 to 38 dB moves the jitter by less than 4 %.
_LOUD_SHARE = 0.1
_LOUD_PERCENTILE = 95.0
# Closures and weak consonants lie between loud frames.
_AROUND_S = 0.1


def rms_envelope(
    samples: npt.NDArray[np.floating], rate_hz: float, window_s: float = WINDOW_S
) -> Signal:
    """Return the root mean square in a window around each time, float64 [n].

    Args:
        samples: float [samples] or [samples, channels]; there is silence before and after.
        rate_hz: of the samples.
        window_s: width of the window.

    Returns:
        Value k belongs to the time k / ENVELOPE_HZ.

    """
    mono = np.asarray(samples, np.float64)
    mono = mono.mean(1) if mono.ndim > 1 else mono
    power = np.concatenate(([0.0], np.cumsum(np.square(mono))))
    middle = np.arange(int(len(mono) / rate_hz * ENVELOPE_HZ) + 1) / ENVELOPE_HZ * rate_hz
    half = max(window_s * rate_hz / 2, 0.5)
    first, last = (np.clip(np.rint(middle + s), 0, len(mono)).astype(int) for s in (-half, half))
    # rounding of the running sum may leave less than nothing in silence
    return np.asarray(np.sqrt(np.maximum(power[last] - power[first], 0.0) / (2 * half)))


def envelope_times(envelope: Signal) -> Signal:
    """Return the times [s] of the values of an envelope."""
    return np.arange(len(envelope)) / ENVELOPE_HZ


def spoken(time_s: Signal, phones: Iterable[Phone], envelope: Signal) -> Mask:
    """Return which frames lie in speech, bool [frames].

    From the first to the last phone that is not silence; where no phones are known, near to
    something loud.

    Args:
        time_s: float64 [frames].
        phones: may be empty.
        envelope: of ``rms_envelope``.

    """
    spans = [(a, b) for p, a, b in phones if p in PHONE_INDEX and p != SILENCE]
    if spans:
        return np.asarray((time_s >= spans[0][0]) & (time_s < spans[-1][1]))
    if not envelope.any():
        return np.zeros(len(time_s), bool)
    loud = envelope > _LOUD_SHARE * np.percentile(envelope, _LOUD_PERCENTILE)
    counts = np.concatenate(([0], np.cumsum(loud)))
    place = np.asarray(time_s) * ENVELOPE_HZ
    reach = _AROUND_S * ENVELOPE_HZ
    first = np.clip(np.ceil(place - reach), 0, len(loud)).astype(int)
    last = np.clip(np.floor(place + reach) + 1, 0, len(loud)).astype(int)
    return np.asarray(counts[last] > counts[first])
