# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.face.pose_table import default_pose_table
from facetalk_ros.motion.gates import TABLE_PLACES, PhoneGates
from facetalk_ros.speech.phones import BILABIALS, OPEN_VOWELS, PHONES, SILENCE, VOWELS

MS = 1e-3
# Lips that would be 0.2 apart are closed (below 0.05) from here on.
SEALED = 0.75
# Three keys before a phone are met where it is known by 60 ms ahead (TTS timings: 150 ms).
in_time_s = st.floats(0.062, 0.2)  # how long before its start a phone is known
late_s = st.floats(-0.1, 0.033)
others = st.sampled_from(sorted(set(PHONES) - BILABIALS))
closures = st.sampled_from(sorted(BILABIALS))


def passed(phones, lead_s=0.1, until_s=2.0, gates=None):
    """Return times and gates [seal, least aperture, shapes] each ms of (phone, start_s)."""
    gates = gates or PhoneGates()
    waiting = list(phones)
    times_s = np.arange(gates.time_s, until_s, MS)
    rows = []
    for time_s in times_s:
        while waiting and waiting[0][1] - lead_s <= time_s:
            gates.phone(*waiting.pop(0))
        found = gates.advance(time_s)
        rows.append([found.seal, found.least_aperture, *found.shapes])
    return times_s, np.array(rows)


@given(others, closures, others, in_time_s, st.floats(0.02, 0.2))
@settings(max_examples=40)
def test_lips_meet_in_time_for_what_is_known_ahead_and_stay_however_short(
    before, phone, after, lead_s, lasts_s
):
    told = [(before, 0.8), (phone, 1.0), (after, 1.0 + lasts_s)]
    times_s, rows = passed(told, lead_s)
    sealed_s = times_s[rows[:, 0] >= 0.95]
    assert 1.0 - 0.036 <= sealed_s.min() <= 1.0 + 0.030 + MS
    together_s = times_s[rows[:, 0] >= SEALED]
    assert together_s.max() - together_s.min() >= 0.03  # a frame of 60 a second sees it
    assert np.diff(together_s).max() < 1.5 * MS
    # and it ends: with the phone, or when it has been seen
    assert together_s.max() <= 1.0 + max(0.07, lasts_s) + 0.045
    assert rows[-1, 0] == 0


@given(others, closures, others, late_s, st.floats(0.02, 0.2))
@settings(max_examples=40)
def test_what_is_known_too_late_to_seal_by_the_clock_is_left_to_the_ear(
    before, phone, after, lead_s, lasts_s
):
    """A closure that comes late is seen as one too many; what is heard makes it in time."""
    told = [(before, 0.8), (phone, 1.0), (after, 1.0 + lasts_s)]
    times_s, rows = passed(told, lead_s)
    assert not rows[:, 0].any()
    if after in VOWELS:  # all else is demanded
        assert rows[times_s >= 1.0 + lasts_s + max(0.0, -lead_s) + 0.08, 1].min() > 0.05


@given(closures, others, late_s, st.floats(0.05, 0.2))
@settings(max_examples=30)
def test_a_phone_that_comes_late_parts_lips_that_met_in_time(phone, after, lead_s, lasts_s):
    gates = PhoneGates()
    passed([(phone, 0.5)], until_s=0.5 + lasts_s - lead_s, gates=gates)
    assert gates.advance(gates.time_s).seal >= 0.9
    times_s, rows = passed([(after, 0.5 + lasts_s)], lead_s, gates=gates)
    assert not rows[times_s >= max(times_s[0], 0.5 + lasts_s) + 0.08, 0].any()


@pytest.mark.parametrize('phone', sorted(VOWELS))
def test_vowels_part_the_lips(phone):
    times_s, rows = passed([('T', 0.8), (phone, 1.0)])
    in_time = times_s >= 1.0 + default_pose_table()[phone].rise_s + 0.02
    assert (rows[in_time, 1] > 0.05).all()
    assert (rows[times_s < 0.96, 1] == 0).all()
    assert (rows[:, 0] == 0).all()


@pytest.mark.parametrize('phone', sorted(set(PHONES) - VOWELS))
def test_consonants_leave_the_lips_as_they_are(phone):
    _, rows = passed([(phone, 1.0)])
    assert (rows[:, 1] == 0).all()
    assert rows[:, 0].max() == (1.0 if phone in BILABIALS else 0.0)


def test_the_shapes_that_no_camera_told_are_those_of_the_table():
    times_s, rows = passed([('TH', 0.5), ('SH', 1.0), (SILENCE, 1.5)])
    table = default_pose_table()
    for phone, time_s in (('TH', 0.7), ('SH', 1.2), (SILENCE, 1.8)):
        at = int(np.searchsorted(times_s, time_s))
        np.testing.assert_allclose(rows[at, 2:], table[phone].weights[TABLE_PLACES], atol=1e-6)
    assert rows[:, 2:].any(axis=0).all()


def test_silence_demands_nothing():
    _, rows = passed([(SILENCE, 0.5), (SILENCE, 1.0)])
    assert not rows.any()
    assert not passed([])[1].any()
    gates = PhoneGates()
    assert gates.demand(SILENCE).seal == gates.demand(SILENCE).least_aperture == 0
    _, rows = passed([('M', 0.5), ('AA', 0.6), ('TH', 0.7), (SILENCE, 0.9)])
    assert not rows[-800:].any()


spoken = st.lists(
    # phones, how long after the one before, how long before their start they are known
    st.tuples(st.sampled_from(PHONES), st.floats(0.0, 0.2), st.floats(-0.1, 0.2)),
    max_size=15,
)


@given(spoken)
@settings(max_examples=60)
def test_nothing_is_faster_than_the_limits_nor_beyond_its_range(told):
    starts_s = 0.3 + np.cumsum([wait_s for _, wait_s, _ in told])
    gates, rows = PhoneGates(), []
    events = [(s - lead, p, s) for (p, _, lead), s in zip(told, starts_s, strict=True)]
    for time_s in np.arange(0, 0.5 + (starts_s[-1] if told else 0), MS):
        while events and events[0][0] <= time_s:
            gates.phone(*events.pop(0)[1:])
        found = gates.advance(time_s)
        rows.append([found.seal, found.least_aperture, *found.shapes])
    rows = np.array(rows)
    # a monotone cubic is at most three times as fast as its line: 60 / 1.5 and 8 / 1.5 a second
    speed = np.abs(np.diff(rows, axis=0)).max(0, initial=0) / MS
    assert speed[0] <= 3 * 60 / 1.5 + 1
    assert (speed[1:] <= 3 * 8 / 1.5 + 0.1).all()
    assert rows.min() > -0.2
    assert rows[:, 0].max() < 1.2
    assert rows[:, 1:].max() < 0.8


@pytest.mark.parametrize('phone', ['P', 'AA', 'TH'])
def test_reset_lets_go_without_a_step(phone):
    gates = PhoneGates()
    passed([(phone, 0.5)], until_s=0.6, gates=gates)
    held = gates.advance(0.6)
    assert held.seal or held.least_aperture or held.shapes.any()
    gates.reset()
    times_s, rows = passed([], until_s=1.0, gates=gates)
    now = np.array([held.seal, held.least_aperture, *held.shapes])
    np.testing.assert_allclose(rows[0], now, atol=1e-6)
    assert np.abs(np.diff(rows, axis=0)).max() <= 0.12
    assert not rows[times_s > 0.6 + 0.15].any()
    # the phone before is forgotten as well
    after, fresh = PhoneGates(), PhoneGates()
    passed([(phone, 0.5)], until_s=0.6, gates=after)
    after.reset()
    passed([], until_s=1.0, gates=after)
    fresh.advance(after.time_s)
    one = passed([('M', 1.2), ('AA', 1.3)], gates=after)[1]
    np.testing.assert_allclose(one, passed([('M', 1.2), ('AA', 1.3)], gates=fresh)[1], atol=1e-6)


def test_what_a_phone_demands_is_told_at_once():
    gates = PhoneGates()
    assert all(gates.demand(p).seal == 1 for p in BILABIALS)
    least = {p: gates.demand(p).least_aperture for p in PHONES}
    assert min(least[p] for p in VOWELS) > 0.05
    assert min(least[p] for p in OPEN_VOWELS) > max(least[p] for p in VOWELS - OPEN_VOWELS)
    with pytest.raises(KeyError, match='QQ'):
        gates.phone('QQ', 1.0)
