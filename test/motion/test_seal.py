# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.motion.learned import Spoken
from facetalk_ros.motion.seal import _PATIENCE_S, _TRAVEL_S, LipSeal
from facetalk_ros.speech.phones import BILABIALS, PHONES, SILENCE

INSTANT_S = 0.01
MET = 0.95
FARTHEST = INSTANT_S / _TRAVEL_S
# So many instants lips take to meet or to part; the shortest closures of speech last 50 ms.
TRAVEL = ceil(_TRAVEL_S / INSTANT_S - 1e-9)
assert 1 <= TRAVEL <= 5
CLOSURES = sorted(BILABIALS)
OTHERS = sorted(set(PHONES) - BILABIALS)
SURE, NOTHING = 20.0, -20.0  # log odds


def said(phone, *, before='AA', upcoming=(), told=True):
    return Spoken(phone, 1.0, before, tuple(upcoming), told)


def advanced(seal, heard, age_s=-1.0):
    """Return the seal at each instant of what is heard, of a phone of an age at the first."""
    return np.array(
        [seal.advance(h, age_s + k * INSTANT_S, INSTANT_S) for k, h in enumerate(heard)]
    )


def settled(spoken, heard):
    """Return the seal of lips that hear the same on and on, before text runs out of patience."""
    seal = LipSeal()
    if spoken is not None:
        seal.phone(spoken)
    return advanced(seal, [heard] * (TRAVEL + 1))[-1]


GRID = np.linspace(-12, 6, 361)


def thresholds(spoken):
    """Return the last log odds that leave the lips apart, and the first at which they meet."""
    found = np.array([settled(spoken, heard) for heard in GRID])
    assert (np.diff(found) >= 0).all()
    return GRID[found == 0].max(), GRID[found >= 1 - 1e-9].min()


@pytest.mark.parametrize(
    'spoken', [None, said('M', told=False), said('M'), said('AA', told=False), said('AA')]
)
def test_a_closure_that_is_heard_brings_the_lips_together_as_fast_as_they_travel(spoken):
    seal = LipSeal()
    if spoken is not None:
        seal.phone(spoken)
    assert not advanced(seal, [NOTHING] * 3).any()
    together = advanced(seal, [SURE] * 6)
    assert (together[TRAVEL - 1 :] >= MET).all()
    apart = advanced(seal, [NOTHING] * 6)
    assert apart[0] > 0
    assert not apart[TRAVEL - 1 :].any()


def test_a_closure_that_text_expects_needs_less_to_be_heard():
    expected = thresholds(said('P'))
    coming = thresholds(said('AA', before='T', upcoming=('M', 'IY')))
    unknown = thresholds(None)
    unexpected = thresholds(said('AA', before='T', upcoming=('T', 'M')))
    order = [expected, coming, unknown, unexpected]
    for sooner, later in pairwise(order):
        assert sooner[0] <= later[0]
        assert sooner[1] < later[1]
    assert all(low < high for low, high in order)


def test_after_a_closure_of_text_the_sound_counts_as_if_there_were_none():
    """The text may run ahead of the sound."""
    assert thresholds(said('AA', before='M')) == thresholds(None)
    assert thresholds(said('AA', before='M', upcoming=('B',))) == thresholds(
        said('AA', before='T', upcoming=('B',))
    )


@pytest.mark.parametrize('phone', ['M', 'AA', SILENCE])
@pytest.mark.parametrize('before', ['P', 'T'])
def test_phones_that_were_only_heard_change_nothing(phone, before):
    spoken = said(phone, before=before, upcoming=('B',), told=False)
    assert thresholds(spoken) == thresholds(None)
    seal = LipSeal()
    seal.phone(said('P'))  # and what text said before them is over
    seal.phone(spoken)
    assert not advanced(seal, [NOTHING] * 20, 0.0).any()


@pytest.mark.parametrize('phone', CLOSURES)
def test_a_closure_of_text_that_was_not_heard_is_made_and_held_as_long_as_the_phone(phone):
    seal = LipSeal()
    seal.phone(said(phone))
    ages_s = -0.02 + np.arange(20) * INSTANT_S
    made = advanced(seal, [NOTHING] * 20, ages_s[0])
    assert not made[ages_s < _PATIENCE_S - 1e-6].any()
    assert (made[ages_s >= _PATIENCE_S + (TRAVEL - 1) * INSTANT_S + 1e-6] >= MET).all()
    seal.phone(said('AA', before=phone))
    assert not advanced(seal, [NOTHING] * 6, 0.0)[TRAVEL - 1 :].any()


def test_a_closure_is_owed_to_text_once():
    """What was heard in time, and what the lips met for before the phone, is not made again."""
    heard = LipSeal()
    heard.phone(said('B'))
    advanced(heard, [SURE] * TRAVEL, _PATIENCE_S - (TRAVEL + 0.5) * INSTANT_S)
    assert not advanced(heard, [NOTHING] * 10, _PATIENCE_S)[TRAVEL - 1 :].any()
    early = LipSeal()
    advanced(early, [SURE] * TRAVEL)
    early.phone(said('B'))
    assert not advanced(early, [NOTHING] * 10, 0.0)[TRAVEL - 1 :].any()


def test_a_closure_that_is_heard_too_faintly_is_made_all_the_same():
    seal = LipSeal()
    seal.phone(said('B'))
    faint = float(np.mean(thresholds(said('B'))))
    before = advanced(seal, [faint] * 10, _PATIENCE_S - 10.5 * INSTANT_S)
    assert 0 < before[-1] < MET
    assert (advanced(seal, [faint] * 10, _PATIENCE_S)[TRAVEL - 1 :] >= MET).all()


@pytest.mark.parametrize('phone', OTHERS)
def test_no_other_phone_is_made_a_closure(phone):
    seal = LipSeal()
    seal.phone(said(phone, before='M', upcoming=('P', 'B')))
    assert not advanced(seal, [NOTHING] * 30, 0.0).any()


moments = st.lists(
    st.tuples(
        st.floats(-30, 30),
        st.floats(-0.1, 0.3),
        st.floats(1e-3, 0.03),
        st.one_of(
            st.none(),
            st.just('reset'),
            st.builds(
                said,
                st.sampled_from(PHONES),
                before=st.sampled_from(PHONES),
                upcoming=st.lists(st.sampled_from(PHONES), max_size=2),
                told=st.booleans(),
            ),
        ),
    ),
    max_size=30,
)


@given(moments)
@settings(max_examples=100)
def test_no_step_is_faster_than_lips_travel_nor_beyond_their_range(moments):
    seal, last = LipSeal(), 0.0
    for heard, age_s, spacing_s, event in moments:
        if event == 'reset':
            seal.reset()
        elif event is not None:
            seal.phone(event)
        now = seal.advance(heard, age_s, spacing_s)
        assert abs(now - last) <= spacing_s / _TRAVEL_S + 1e-9
        assert 0.0 <= now <= 1.0
        last = now


@pytest.mark.parametrize('by', ['sound', 'text'])
def test_reset_forgets_all_but_where_the_lips_are(by):
    seal = LipSeal()
    seal.phone(said('M'))
    held = advanced(seal, [SURE if by == 'sound' else NOTHING] * 10, 0.0)
    assert held[-1] == 1.0
    seal.reset()
    after = advanced(seal, [NOTHING] * 30, 0.0)
    assert after[0] == pytest.approx(1.0 - FARTHEST)
    assert not after[TRAVEL - 1 :].any()
    # faint sounds close the lips no sooner than those of a new stream
    faint = thresholds(said('M'))[1]
    expected = advanced(LipSeal(), [faint] * 10, 0.0)
    assert expected.max() < MET
    seal.phone(said('M'))
    seal.reset()
    np.testing.assert_array_equal(advanced(seal, [faint] * 10, 0.0), expected)


def test_a_new_stream_has_its_lips_apart_and_streams_have_nothing_in_common():
    one, other = LipSeal(), LipSeal()
    advanced(one, [SURE] * 3)
    assert not advanced(other, [NOTHING] * 3).any()
