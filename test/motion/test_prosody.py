# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.features import STEP_SAMPLES
from facetalk_ros.audio.files import read_audio
from facetalk_ros.motion.prosody import Prosody

CLIP = Path(__file__).parents[1] / 'data' / 'sense.opus'
RATE_HZ = 16000


def syllables(stressed, louder=2.0, higher=1.5, n=12):
    """Return vowels of 0.2 s every 0.4 s, some of them stressed; and the times of their middle."""
    parts, middles = [], []
    for k in range(n):
        strong = k in stressed
        pitch_hz = 120 * (higher if strong else 1)
        t = np.arange(int(0.2 * RATE_HZ)) / RATE_HZ
        tone = sum(np.sin(2 * np.pi * pitch_hz * h * t) / h for h in range(1, 12))
        tone *= 0.05 * (louder if strong else 1) * np.hanning(len(t))
        parts += [tone, np.zeros(int(0.2 * RATE_HZ))]
        middles.append(0.4 * k + 0.1)
    x = np.concatenate(parts)
    return (x + 1e-4 * np.random.default_rng(0).standard_normal(len(x))).astype(
        np.float32
    ), middles


def accents(x):
    prosody, found = Prosody(), []
    for at in range(0, len(x) // STEP_SAMPLES * STEP_SAMPLES, STEP_SAMPLES):
        accent = prosody.step(x[at : at + STEP_SAMPLES])
        if accent is not None:
            known_s = (at + STEP_SAMPLES) / RATE_HZ
            assert known_s - accent.time_s <= 0.08
            found.append(accent)
    return found


def test_stressed_syllables_are_found_and_others_are_not():
    x, middles = syllables({5, 9})
    found = accents(x)
    assert [a.time_s for a in found] == [pytest.approx(middles[k], abs=0.06) for k in (5, 9)]
    assert min(a.strength for a in found) > 0.5


def test_pitch_alone_or_loudness_alone_counts_less():
    both = accents(syllables({6})[0])
    pitch = accents(syllables({6}, louder=1.0)[0])
    loud = accents(syllables({6}, higher=1.0)[0])
    assert len(both) == 1
    for alone in (pitch, loud):
        assert all(a.strength < both[0].strength for a in alone)


@pytest.mark.parametrize('x', [
    np.zeros(RATE_HZ * 3, np.float32),
    np.random.default_rng(0).standard_normal(RATE_HZ * 3).astype(np.float32) * 0.1,
])  # fmt: skip
def test_silence_and_steady_noise_have_no_accents(x):
    assert not accents(x)


def test_loudness_of_the_recording_does_not_matter():
    x = read_audio(CLIP)[0].samples[:, 0]
    plain = accents(x)
    assert 3 <= len(plain) <= 15
    for gain in (0.1, 3.0):
        other = accents(x * np.float32(gain))
        assert [round(a.time_s, 2) for a in other] == [round(a.time_s, 2) for a in plain]
