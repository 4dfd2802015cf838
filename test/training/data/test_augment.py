# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.training.data.augment import Augmenter, mix, mute, reverberate, shape_spectrum

RATE_HZ = 16000


def tone(hz, seconds=1.0, amplitude=0.3):
    t = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def peak_hz(x):
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    return spectrum.argmax() * RATE_HZ / len(x)


def power_db(x):
    return 10 * np.log10(np.mean(np.square(x, dtype=float)) + 1e-20)


def test_a_room_keeps_the_time_of_the_strongest_path():
    click = np.zeros(4000, np.float32)
    click[1000] = 1.0
    room = np.zeros(800, np.float32)
    room[100], room[500] = 0.8, 0.4
    wet = reverberate(click, room)
    assert len(wet) == len(click)
    assert wet.argmax() == 1000
    assert wet[1000] == pytest.approx(1.0, abs=1e-4)
    assert wet[1400] == pytest.approx(0.5, abs=1e-4)


def test_an_empty_room_or_silence_stays_finite():
    assert np.isfinite(reverberate(tone(300), np.zeros(100, np.float32))).all()
    assert np.isfinite(mix(np.zeros(100, np.float32), np.zeros(10, np.float32), 5)).all()


@pytest.mark.parametrize('snr_db', [0.0, 10.0, 30.0])
def test_noise_is_mixed_at_the_ratio_asked_for(snr_db):
    noise = np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    x = tone(440)
    added = mix(x, noise, snr_db) - x
    assert power_db(x) - power_db(added) == pytest.approx(snr_db, abs=0.1)


def test_the_spectrum_is_tilted_and_cut():
    low, high = tone(500), tone(5000)
    for tilt_db in (-12, 12):
        ratio = power_db(shape_spectrum(high, tilt_db, 8000)) - power_db(
            shape_spectrum(low, tilt_db, 8000)
        )
        assert ratio == pytest.approx(tilt_db * 4500 / 8000, abs=0.5)
    assert power_db(shape_spectrum(high, 0, 3500)) < power_db(high) - 30
    assert power_db(shape_spectrum(low, 0, 3500)) == pytest.approx(power_db(low), abs=0.1)


POOLS = (
    [np.float32([1.0, 0.0, 0.3, 0.1])],
    [np.random.default_rng(1).standard_normal(500).astype(np.float32)],
    [tone(220, 0.3), tone(330, 0.2)],
)


@pytest.mark.parametrize('pools', [POOLS, ([], [], [])], ids=['pools', 'nothing'])
def test_variations_keep_their_length_relation_and_are_finite(pools):
    augment = Augmenter(*pools, seed=4)
    x = tone(300, 0.5)
    factors = set()
    for _ in range(60):
        out, factor = augment(x)
        factors.add(factor)
        assert len(out) == round(len(x) * factor)
        assert 0.8 < factor < 1.2
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 1
        assert -45 <= power_db(out) <= -12
    assert len(factors) > 50


def test_a_clean_variation_changes_the_level_only():
    out, factor = Augmenter(*POOLS, seed=1)(tone(300), clean=True)
    assert factor == 1.0
    assert abs(np.corrcoef(out, tone(300))[0, 1]) > 0.999


@pytest.mark.parametrize('x', [np.zeros(1000, np.float32), tone(300, 0.01)])
def test_silent_and_short_clips_stay_finite(x):
    augment = Augmenter(*POOLS, seed=2)
    for _ in range(20):
        assert np.isfinite(augment(x)[0]).all()


def test_a_seed_draws_the_same_variations():
    one, same, other = (Augmenter(*POOLS, seed=s) for s in (3, 3, 4))
    x = tone(250, 0.3)
    for _ in range(5):
        drawn = one(x)[0]
        np.testing.assert_array_equal(drawn, same(x)[0])
    assert drawn.shape != other(x)[0].shape or (drawn != other(x)[0]).any()


def test_a_muted_variation_is_silence_of_the_same_length():
    augment, rng = Augmenter(*POOLS, seed=5), np.random.default_rng(0)
    x = tone(300)
    kinds = set()
    for _ in range(20):
        varied = augment.vary(x, muted=True)
        assert varied.muted
        assert len(varied.samples) == round(len(x) * varied.stretch)
        assert power_db(varied.samples) < -70
        kinds.add(bool(varied.samples.any()))
    assert kinds == {True, False}
    assert not augment.vary(x).muted
    assert mute(x, rng).dtype == np.float32


def test_variations_are_of_many_voices_with_and_without_lower_pitch():
    augment, x = Augmenter([], [], [], seed=6), tone(300)
    ratios = [peak_hz(v.samples) * v.stretch / 300 for v in (augment.vary(x) for _ in range(40))]
    together = sum(abs(r - 1) < 0.02 for r in ratios)
    assert 10 < together < 39
