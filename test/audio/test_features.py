# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.audio.features import (
    FRAMES_PER_STEP,
    HOP_SAMPLES,
    MEL_BANDS,
    SAMPLE_RATE_HZ,
    STEP_S,
    STEP_SAMPLES,
    LogMel,
    mel_filterbank,
)


def noise(n, seed=0):
    return (np.random.default_rng(seed).standard_normal(n) * 0.1).astype(np.float32)


def stepwise(samples, mel=None):
    mel = mel or LogMel()
    return np.concatenate([mel.step(x) for x in samples.reshape(-1, STEP_SAMPLES)])


def test_a_step_is_20_ms():
    assert STEP_SAMPLES == FRAMES_PER_STEP * HOP_SAMPLES
    assert STEP_S == STEP_SAMPLES / SAMPLE_RATE_HZ == 0.02


def test_steps_equal_the_whole_clip():
    x = noise(STEP_SAMPLES * 40)
    steps, whole = stepwise(x), LogMel().whole(x)
    assert steps.shape == whole.shape == (80, MEL_BANDS)
    assert steps.dtype == whole.dtype == np.float32
    np.testing.assert_allclose(steps, whole, atol=1e-5)


@pytest.mark.parametrize('n', [1, 319, 320, 321])
def test_the_last_step_of_a_clip_is_filled_with_silence(n):
    x = noise(n)
    steps = -(-n // STEP_SAMPLES)
    padded = np.zeros(steps * STEP_SAMPLES, np.float32)
    padded[:n] = x
    whole = LogMel().whole(x)
    assert whole.shape == (2 * steps, MEL_BANDS)
    np.testing.assert_array_equal(whole, LogMel().whole(padded))


def test_a_frame_needs_no_later_sample_than_its_own_10_ms():
    x = noise(STEP_SAMPLES * 4)
    late = x.copy()
    late[HOP_SAMPLES * 5 :] = 0
    one, other = stepwise(x), stepwise(late)
    np.testing.assert_array_equal(one[:4], other[:4])
    assert (one[5] != other[5]).any()
    # frame 4 ends where the change begins; its window tapers to nothing there
    np.testing.assert_allclose(one[4], other[4], atol=1e-5)


def test_reset_is_a_new_beginning():
    x = noise(STEP_SAMPLES * 3)
    mel = LogMel()
    first = stepwise(x, mel)
    assert (stepwise(x, mel)[0] != first[0]).any()
    mel.reset()
    np.testing.assert_array_equal(stepwise(x, mel), first)


def test_the_result_is_not_overwritten_by_the_next_step():
    mel = LogMel()
    first = mel.step(noise(STEP_SAMPLES))
    kept = first.copy()
    mel.step(noise(STEP_SAMPLES, 1))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize('hz', [150, 500, 1000, 3000, 7000])
def test_a_tone_peaks_in_its_band(hz):
    t = np.arange(STEP_SAMPLES * 5) / SAMPLE_RATE_HZ
    frame = LogMel().whole(np.sin(2 * np.pi * hz * t).astype(np.float32))[6]
    bank = mel_filterbank()
    # the band that weighs the tone's own bin most
    expected = bank[round(hz * 512 / SAMPLE_RATE_HZ)].argmax()
    assert abs(int(frame.argmax()) - int(expected)) <= 1


def test_filters_cover_the_band_without_holes():
    bank = mel_filterbank()
    assert bank.shape == (257, MEL_BANDS)
    assert (bank >= 0).all()
    hz = np.arange(257) * SAMPLE_RATE_HZ / 512
    inside = (hz > 120) & (hz < 7500)
    assert (bank.sum(1)[inside] > 0.2).all()
    assert (bank.sum(1)[hz > 7700] == 0).all()
    assert (bank.max(0) > 0).all()


def test_louder_by_a_factor_is_higher_by_a_constant():
    x = noise(STEP_SAMPLES * 4)
    rise = LogMel().whole(x * 4)[2:] - LogMel().whole(x)[2:]
    np.testing.assert_allclose(rise, 0.25 * np.log(16), atol=0.01)


def test_silence_and_full_scale_are_finite():
    for level in (0.0, 1e-20, 1.0, 100.0):
        x = np.full(STEP_SAMPLES * 2, level, np.float32)
        assert np.isfinite(LogMel().whole(x)).all()
