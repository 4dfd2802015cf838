# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.resample import StreamingResampler

RATES = [8000, 11025, 16000, 16001, 22050, 24000, 32000, 44100, 47999, 48000, 96000, 192000]


def resample(x, rate_in, rate_out=16000, cuts=()):
    resampler = StreamingResampler(rate_in, rate_out)
    parts = [resampler.push(piece) for piece in np.split(np.float32(x), sorted(cuts))]
    return np.concatenate([*parts, resampler.flush()])


def decibel(amplitude):
    return 20 * math.log10(max(amplitude, 1e-9))


def sine(f, rate, seconds=0.25):
    return np.sin(2 * np.pi * f * np.arange(round(seconds * rate)) / rate)


def fit_sine(y, f, rate):
    """Amplitude and phase (sine) at f of the middle of y, and the level of all the rest."""
    k = np.arange(len(y))[rate // 50 : -rate // 50]
    basis = np.stack([np.sin(2 * np.pi * f * k / rate), np.cos(2 * np.pi * f * k / rate)], 1)
    weights, *_ = np.linalg.lstsq(basis, y[k].astype(float), rcond=None)
    rest = y[k] - basis @ weights
    return np.hypot(*weights), np.arctan2(weights[1], weights[0]), np.sqrt(2 * np.mean(rest**2))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.sampled_from(RATES), st.integers(8000, 192000)),
    st.integers(0, 3000),
    st.lists(st.integers(0, 3000), max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_the_cut_does_not_change_a_bit(rate, n, cuts, seed):
    x = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    whole = resample(x, rate)
    np.testing.assert_array_equal(whole, resample(x, rate, cuts=[min(c, n) for c in cuts]))
    assert len(whole) == -(-n * 16000 // rate)
    assert whole.dtype == np.float32


@pytest.mark.parametrize('rate', [8000, 16001, 44100, 48000])
def test_sample_by_sample_equals_at_once(rate):
    x = np.random.default_rng(7).standard_normal(1500).astype(np.float32)
    one_by_one = resample(x, rate, cuts=range(1, len(x)))
    np.testing.assert_array_equal(resample(x, rate), one_by_one)


@pytest.mark.parametrize('rate', RATES)
def test_output_comes_as_soon_as_the_look_ahead_is_there(rate):
    resampler = StreamingResampler(rate)
    assert resampler.latency_s <= 0.0025
    x = np.random.default_rng(1).standard_normal(rate // 10).astype(np.float32)
    n_out = 0
    for n_in in range(1, len(x) + 1):
        n_out += len(resampler.push(x[n_in - 1 : n_in]))
        # the newest output is no older than the look-ahead and one sample of either rate
        assert n_in / rate - n_out / 16000 <= resampler.latency_s + 1 / rate + 1e-9


@pytest.mark.parametrize('rate', RATES)
@pytest.mark.parametrize('f', [100, 1000, 3100])
def test_sines_keep_level_and_phase(rate, f):
    amplitude, phase, rest = fit_sine(resample(sine(f, rate), rate), f, 16000)
    assert abs(decibel(amplitude)) < 0.02
    assert abs(phase) < 1e-4  # at 1 kHz that would be 16 ns
    assert decibel(rest) < -60


@pytest.mark.parametrize('rate', [r for r in RATES if r > 16100])
def test_flat_to_7200_hz_and_aliases_under_60_db(rate):
    for f in (4000, 6000, 7200):
        assert abs(decibel(fit_sine(resample(sine(f, rate), rate), f, 16000)[0])) < 0.02
    for f in np.arange(8040, min(rate / 2, 40_000), 331):
        y = resample(sine(f, rate), rate)[320:-320]
        assert decibel(np.sqrt(2 * np.mean(y.astype(float) ** 2))) < -60


@pytest.mark.parametrize('rate', [8000, 11025])
def test_images_of_slower_speech_under_61_db(rate):
    for f in np.arange(107, rate / 2, 211):
        assert decibel(fit_sine(resample(sine(f, rate), rate), f, 16000)[2]) < -61


@pytest.mark.parametrize('rate', RATES)
def test_a_constant_stays_the_same_constant_without_clicks(rate):
    y = resample(np.full(rate // 20, 0.7, np.float32), rate)
    np.testing.assert_allclose(y, 0.7, atol=1e-6)


def test_an_offset_signal_does_not_click_at_its_start():
    x = 0.5 + 0.01 * sine(200, 48000)
    y = resample(x, 48000)
    assert np.abs(np.diff(y)).max() < 0.002


def test_equal_rates_pass_through():
    x = np.random.default_rng(3).standard_normal(100).astype(np.float32)
    resampler = StreamingResampler(16000)
    assert resampler.latency_s == 0
    y = resampler.push(x)
    np.testing.assert_array_equal(x, y)
    y[0] = 9
    assert x[0] != 9
    assert len(resampler.flush()) == 0


@pytest.mark.parametrize(('rate_in', 'rate_out'), [(16000, 48000), (44100, 8000), (8000, 192000)])
def test_other_output_rates(rate_in, rate_out):
    y = resample(sine(1000, rate_in), rate_in, rate_out)
    assert len(y) == -(-rate_in // 4 * rate_out // rate_in)
    amplitude, phase, rest = fit_sine(y, 1000, rate_out)
    assert abs(decibel(amplitude)) < 0.02
    assert abs(phase) < 1e-4
    assert decibel(rest) < -60


def test_after_flush_and_reset_a_new_stream_begins():
    x = np.random.default_rng(5).standard_normal(4000).astype(np.float32)
    fresh = resample(x, 44100)
    resampler = StreamingResampler(44100)
    for end in (resampler.flush, resampler.reset):
        resampler.push(x[::-1])
        end()
        again = np.concatenate([resampler.push(x), resampler.flush()])
        np.testing.assert_array_equal(fresh, again)
    assert len(resampler.flush()) == 0


def test_one_sample_is_held():
    np.testing.assert_allclose(resample([0.25], 8000), [0.25, 0.25], atol=1e-6)
    np.testing.assert_allclose(resample([0.25], 48000), [0.25], atol=1e-6)


def test_memory_does_not_grow_with_the_stream():
    resampler = StreamingResampler(48000)
    chunk = np.random.default_rng(0).standard_normal(960).astype(np.float32)
    resampler.push(chunk)
    tracemalloc.start()
    try:
        for _ in range(50):
            resampler.push(chunk)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            resampler.push(chunk)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


@pytest.mark.parametrize('rate', [0, 7999, 192001, 44100.5])
def test_bad_rates_are_refused(rate):
    with pytest.raises(ValueError, match=str(rate)):
        StreamingResampler(rate)
    with pytest.raises(ValueError, match=str(rate)):
        StreamingResampler(16000, rate)


def test_two_channels_are_refused():
    with pytest.raises(ValueError, match=r'\(4, 2\)'):
        StreamingResampler(48000).push(np.zeros((4, 2), np.float32))
