# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from facetalk_ros.face import ARKIT_INDEX, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.pose_table import default_pose_table
from facetalk_ros.motion.keys import KeyKind, KeyPlanner
from facetalk_ros.speech.phones import BILABIALS, PHONES, SILENCE

ROUND = ('UW', 'W', 'OW', 'SH')


def targets(*phones, upcoming=True, step_s=0.08):
    """Return the target pose of each phone of a word that follows silence."""
    planner = KeyPlanner()
    return [
        planner.phone(p, i * step_s, upcoming=phones[i + 1 : i + 3] if upcoming else ())[1].weights
        for i, p in enumerate(phones)
    ]


def rounding(pose):
    return float(pose[ARKIT_INDEX['mouthFunnel']] + pose[ARKIT_INDEX['mouthPucker']])


@pytest.mark.parametrize('phone', sorted(BILABIALS))
def test_lips_seal_whatever_the_neighbours(phone):
    for before, after in itertools.product(PHONES, PHONES):
        sealed = targets(before, phone, after)[1]
        assert lip_aperture(sealed) < LIPS_CLOSED_BELOW, (before, phone, after)
        assert lip_aperture(targets(before, phone, upcoming=False)[1]) < LIPS_CLOSED_BELOW


@pytest.mark.parametrize('phone', ['F', 'V'])
def test_teeth_meet_the_lower_lip_whatever_the_neighbours(phone):
    for before, after in itertools.product(PHONES, PHONES):
        pose = targets(before, phone, after)[1]
        assert pose[ARKIT_INDEX['mouthRollLower']] > 0.35, (before, after)
        # the upper lip rises, the lower does not fall away from the teeth
        assert pose[ARKIT_INDEX['mouthUpperUpLeft']] > 0.15, (before, after)
        assert pose[ARKIT_INDEX['mouthLowerDownLeft']] < 0.1, (before, after)


@pytest.mark.parametrize('phone', ROUND)
def test_lips_round_more_than_those_of_the_neighbours(phone):
    table = default_pose_table()
    # Sounds of the back of the tongue have no lips of their own: they wear their neighbour's.
    own = [p for p in PHONES if table[p].dominance[ARKIT_INDEX['mouthFunnel']] > 0.2]
    flat = [p for p in own if rounding(table[p].weights) < 0.1]
    assert len(flat) > 20
    for before, after in itertools.product(flat, flat):
        one, it, other = (rounding(p) for p in targets(before, phone, after))
        assert it > 0.35, (before, after)
        assert it > one, (before, after)
        assert it > other, (before, after)


def test_silence_is_rest_whatever_the_neighbours():
    rest = default_pose_table()[SILENCE].weights
    assert lip_aperture(rest) < LIPS_CLOSED_BELOW
    for before, after in itertools.product(PHONES, PHONES):
        np.testing.assert_array_equal(targets(before, SILENCE, after)[1], rest)


def test_text_lets_lips_round_ahead():
    glue, glee = targets('G', 'L', 'UW'), targets('G', 'L', 'IY')
    unknown = targets('G', 'L', 'UW', upcoming=False)
    assert rounding(glue[0]) > rounding(glee[0]) + 0.1
    assert rounding(glue[1]) > rounding(glee[1]) + 0.3
    assert rounding(unknown[1]) == pytest.approx(rounding(targets('G', 'L')[1]))
    smile = ARKIT_INDEX['mouthSmileLeft']
    assert glee[1][smile] > glue[1][smile]


def test_a_phone_gives_its_boundary_and_its_target():
    planner = KeyPlanner()
    first, second = planner.phone('AA', 1.0, from_text=True, word='Ah')
    assert (first.kind, first.time_s, first.phone) == (KeyKind.BOUNDARY, 1.0, 'AA')
    assert (second.kind, second.phone) == (KeyKind.TARGET, 'AA')
    assert second.time_s == pytest.approx(1.0 + default_pose_table()['AA'].rise_s)
    assert first.from_text
    assert second.from_text
    assert (first.word, second.word) == ('Ah', 'Ah')
    rest = planner.phone(SILENCE, 1.5)[1]
    assert rest.kind == KeyKind.REST
    assert not rest.from_text
    assert rest.word == ''


def test_a_boundary_lies_between_what_was_and_what_comes():
    for before, after in itertools.product(PHONES, PHONES):
        planner = KeyPlanner()
        reached = planner.phone(before, 0.0)[1].weights
        boundary, target = planner.phone(after, 0.5)
        low = np.minimum(reached, target.weights) - 1e-6
        high = np.maximum(reached, target.weights) + 1e-6
        assert ((boundary.weights >= low) & (boundary.weights <= high)).all()


def test_a_phone_cut_short_falls_short_of_its_target():
    jaw = ARKIT_INDEX['jawOpen']

    def jaw_at_the_end(duration_s):
        planner = KeyPlanner()
        planner.phone('AA', 0.0)
        return planner.phone('N', duration_s)[0].weights[jaw]

    assert jaw_at_the_end(0.01) < jaw_at_the_end(0.03) < jaw_at_the_end(0.2)


def test_keys_are_finite_weights_for_any_order_of_times():
    rng = np.random.default_rng(5)
    planner = KeyPlanner()
    for _ in range(2000):
        upcoming = rng.choice(PHONES, rng.integers(3))
        keys = planner.phone(str(rng.choice(PHONES)), float(rng.uniform(0, 2)), upcoming=upcoming)
        for k in keys:
            assert k.weights.dtype == np.float32
            assert ((k.weights >= 0) & (k.weights <= 1)).all()


def test_keys_do_not_share_memory_with_the_table():
    table = default_pose_table()
    keys = [KeyPlanner().phone(p, 0.0) for p in PHONES]
    for pair, phone in zip(keys, PHONES, strict=True):
        assert not np.shares_memory(pair[1].weights, table[phone].weights)


def test_reset_forgets_the_phone_before():
    planner = KeyPlanner()
    fresh = planner.phone('T', 1.0)
    planner.phone('UW', 2.0)
    planner.reset()
    again = planner.phone('T', 1.0)
    for a, b in zip(fresh, again, strict=True):
        np.testing.assert_array_equal(a.weights, b.weights)


def test_an_unknown_phone_is_refused():
    with pytest.raises(KeyError, match='QQ'):
        KeyPlanner().phone('QQ', 0.0)
