# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.training.data.codecs import available_lossy, lossy, telephone
from facetalk_ros.training.data.pitch import shift_pitch, stretch, stretch_time

RATE_HZ = 16000


def tone(hz, seconds=1.0, amplitude=0.3):
    t = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def voice(pitch_hz, formant_hz=1000.0, seconds=1.0):
    """Return pulses through one resonance."""
    n = round(RATE_HZ * seconds)
    pulses = np.zeros(n)
    pulses[np.arange(0, n, RATE_HZ / pitch_hz).astype(int)] = 1.0
    t = np.arange(400) / RATE_HZ
    ring = np.exp(-t * 400) * np.cos(2 * np.pi * formant_hz * t)
    return (0.3 * np.convolve(pulses, ring)[:n]).astype(np.float32)


def pitch_hz(x):
    """Return how often the loudness swells, which a resonance does not disturb."""
    swell = np.convolve(np.abs(x), np.hanning(64), 'same')[4000:12000]
    power = np.abs(np.fft.rfft((swell - swell.mean()) * np.hanning(len(swell)), 1 << 16))
    return power.argmax() * RATE_HZ / (1 << 16)


def formant_hz(x):
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    hz = np.fft.rfftfreq(len(x), 1 / RATE_HZ)
    near = (hz > 400) & (hz < 2500)
    return (hz[near] * power[near]).sum() / power[near].sum()


def peak_hz(x):
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    return spectrum.argmax() * RATE_HZ / len(x)


@pytest.mark.parametrize('factor', [0.83, 1.0, 1.17])
def test_stretching_lowers_the_pitch_by_as_much_as_it_lengthens(factor):
    out = stretch(tone(1000), factor)
    assert len(out) == round(RATE_HZ * factor)
    assert out.dtype == np.float32
    assert peak_hz(out) == pytest.approx(1000 / factor, rel=0.01)


def test_stretching_tiny_clips():
    for n in (1, 2, 3):
        out = stretch(np.ones(n, np.float32), 0.1)
        assert len(out) == 2
        assert np.isfinite(out).all()


@pytest.mark.parametrize('factor', [0.83, 1.0, 1.17])
def test_time_alone_is_stretched(factor):
    for x, measure in ((tone(1000), peak_hz), (voice(120), pitch_hz), (voice(120), formant_hz)):
        out = stretch_time(x, factor)
        assert len(out) == round(RATE_HZ * factor)
        assert out.dtype == np.float32
        assert measure(out) == pytest.approx(measure(x), rel=0.03)
        assert np.std(out[2000:-2000]) == pytest.approx(np.std(x[2000:-2000]), rel=0.1)


@pytest.mark.parametrize('factor', [0.8, 1.3])
def test_what_happens_happens_at_the_stretched_time(factor):
    x = np.concatenate((np.zeros(6000, np.float32), voice(150, seconds=0.3)))
    start = np.flatnonzero(np.abs(stretch_time(x, factor)) > 0.05)[0]
    assert start / RATE_HZ == pytest.approx(6000 * factor / RATE_HZ, abs=0.012)


@pytest.mark.parametrize('factor', [0.8, 1.25])
def test_pitch_alone_is_shifted(factor):
    x = voice(130)
    out = shift_pitch(x, factor)
    assert len(out) == len(x)
    assert out.dtype == np.float32
    assert pitch_hz(out) == pytest.approx(pitch_hz(x) * factor, rel=0.05)
    assert formant_hz(out) == pytest.approx(formant_hz(x), rel=0.08)
    # resampling moves both
    assert formant_hz(stretch(x, 1 / factor)) == pytest.approx(formant_hz(x) * factor, rel=0.08)


def test_a_shift_keeps_times():
    x = np.concatenate((np.zeros(6000, np.float32), voice(150, seconds=0.3)))
    start = np.flatnonzero(np.abs(shift_pitch(x, 1.2)) > 0.05)[0]
    assert start / RATE_HZ == pytest.approx(6000 / RATE_HZ, abs=0.012)


@pytest.mark.parametrize('n', [0, 1, 2, 100, 600])
def test_tiny_and_silent_clips_stay_finite(n):
    for x in (np.zeros(n, np.float32), np.ones(n, np.float32)):
        for out in (stretch_time(x, 0.9), shift_pitch(x, 1.1), telephone(x)):
            assert np.isfinite(out).all()
        assert len(shift_pitch(x, 1.1)) == n
        assert len(telephone(x)) == n


def test_a_telephone_passes_its_band_with_the_noise_of_eight_bits():
    speech = tone(1000)
    out = telephone(speech)
    error = out[500:-500] - speech[500:-500]
    assert 25 < 10 * np.log10(np.mean(speech**2) / np.mean(error**2)) < 45
    for hz in (100, 5000):
        assert np.std(telephone(tone(hz))) < 0.15 * np.std(tone(hz))


@pytest.mark.parametrize('codec', available_lossy(), ids=lambda c: f'{c[1]}-{c[2]}')
def test_a_lossy_codec_loses_something_and_shifts_nothing(codec):
    x = voice(140) + 0.01 * np.random.default_rng(0).standard_normal(RATE_HZ).astype(np.float32)
    out = lossy(x, codec)
    assert len(out) == len(x)
    assert not np.array_equal(out, x)
    # codecs may change phases: of where a clip is, its loudness tells
    size = 4096
    likeness = np.fft.irfft(
        np.fft.rfft(np.abs(out[:size])) * np.conj(np.fft.rfft(np.abs(x[:size])))
    )
    shift = int(likeness.argmax())
    assert min(shift, size - shift) <= 8
    np.testing.assert_array_equal(out, lossy(x, codec))
    assert np.isfinite(lossy(np.zeros(5000, np.float32), codec)).all()
