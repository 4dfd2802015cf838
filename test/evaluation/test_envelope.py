# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.evaluation.envelope import envelope_times, rms_envelope, spoken

RATE_HZ = 16_000


def tone(*spans, seconds=2.0, amplitude=0.5):
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    on = sum((time_s >= a) & (time_s < b) for a, b in spans)
    return amplitude * on * np.sin(2 * np.pi * 500 * time_s)


def test_the_envelope_is_the_root_mean_square_of_40_ms():
    envelope = rms_envelope(tone((0.5, 1.0)), RATE_HZ)
    times = envelope_times(envelope)
    assert times[1] == 0.005
    assert times[-1] == 2.0
    inside = envelope[(times >= 0.52) & (times <= 0.98)]
    np.testing.assert_allclose(inside, 0.5 / np.sqrt(2), rtol=1e-3)
    assert envelope[(times < 0.48) | (times > 1.02)].max() < 1e-6
    # half of the window is loud where the tone begins
    assert envelope[100] == pytest.approx(0.5 / 2, rel=1e-2)


def test_channels_and_rate_do_not_matter():
    mono = tone((0.5, 1.0))
    np.testing.assert_array_equal(
        rms_envelope(np.stack([mono, mono], 1), RATE_HZ), rms_envelope(mono, RATE_HZ)
    )
    np.testing.assert_allclose(
        rms_envelope(mono[::2], RATE_HZ / 2), rms_envelope(mono, RATE_HZ), atol=0.01
    )


def test_before_and_after_is_silence():
    envelope = rms_envelope(tone((0.0, 2.0)), RATE_HZ)
    assert envelope[0] == pytest.approx(envelope[200] / np.sqrt(2), rel=1e-2)
    assert len(rms_envelope(np.zeros(0), RATE_HZ)) == 1
    assert not rms_envelope(np.zeros(1600), RATE_HZ).any()


def test_speech_goes_from_the_first_phone_to_the_last_over_pauses():
    phones = [('SIL', 0.0, 0.5), ('M', 0.5, 0.6), ('SIL', 0.6, 1.0), ('AA', 1.0, 1.2)]
    phones += [('SIL', 1.2, 2.0), ('spn', 2.0, 2.5)]
    times = np.arange(50) / 25
    frames = np.flatnonzero(spoken(times, phones, np.ones(401)))
    assert times[frames[0]] == 0.52
    assert times[frames[-1]] == 1.16
    assert len(frames) == frames[-1] - frames[0] + 1


def test_without_phones_speech_is_near_to_what_is_loud():
    times = np.arange(50) / 25
    noise = np.random.default_rng(0).normal(size=2 * RATE_HZ) * 1e-3
    envelope = rms_envelope(tone((0.5, 0.9), (1.0, 1.4)) + noise, RATE_HZ)
    found = times[spoken(times, (), envelope)]
    assert found[0] == pytest.approx(0.4, abs=0.041)
    assert found[-1] == pytest.approx(1.5, abs=0.041)
    np.testing.assert_allclose(np.diff(found), 0.04)
    assert not spoken(times, [('SIL', 0, 2)], np.zeros(401)).any()
    assert not spoken(np.array([-1.0, 5.0]), (), envelope).any()
