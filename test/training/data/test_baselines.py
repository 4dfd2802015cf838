# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.face.names import ARKIT_INDEX
from facetalk_ros.training.data.baselines import (
    measure_baseline,
    measure_baselines,
    silent_frames,
    speaker_balanced,
    usual_reach,
)
from facetalk_ros.training.data.collect import collect
from facetalk_ros.training.data.motion import FaceTrack
from facetalk_ros.training.data.recording import Recording

SHARED = Path(__file__).parents[4] / 'shared' / 'data'
FPS = 25.0
PHONES = (('SIL', 0.0, 2.0), ('AA', 2.0, 8.0), ('SIL', 8.0, 10.0))
SPOKEN = silent_frames(PHONES, 250, FPS)
JAW, SMILE, BROW = (ARKIT_INDEX[n] for n in ('jawOpen', 'mouthSmileLeft', 'browInnerUp'))


def person(rest, reach, seed=0):
    """Return a talker whose jaw opens and closes in speech, who smiles all along, and blinks."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((250, 52), np.float32)
    weights[:, JAW] = rest + reach * np.where(SPOKEN, 0, np.abs(np.sin(np.arange(250) / 2)))
    weights[:, SMILE] = rest + 0.002 * rng.standard_normal(250)
    seen = np.ones(250, np.bool_)
    weights[:3], seen[:3] = 9.0, False  # where the tracker was lost
    return FaceTrack(weights, np.arange(52) != BROW, seen, FPS)


def test_silence_is_taken_without_its_edges_and_without_closures():
    silent = silent_frames((('SIL', 0.0, 0.5), ('P', 0.5, 0.6), ('SIL', 0.6, 0.7)), 25, 25)
    assert np.flatnonzero(silent).tolist() == list(range(1, 12))


@pytest.mark.parametrize('phones', [PHONES, ()], ids=['phones', 'no phones'])
def test_rest_and_reach_are_found(phones):
    found = measure_baseline([(person(0.2, 0.4), phones)])
    assert found.rest[JAW] == pytest.approx(0.2, abs=0.01)
    assert found.reach[JAW] == pytest.approx(0.4, abs=0.02)
    assert found.valid[JAW]
    assert not found.valid[SMILE]  # noise
    assert not found.valid[BROW]  # not measured


def test_people_are_alike_when_pooled_and_themselves_again():
    people = {
        name: (person(rest, reach), PHONES)
        for name, (rest, reach) in {'a': (0.0, 0.2), 'b': (0.3, 0.6), 'c': (0.1, 0.4)}.items()
    }
    baselines = {name: measure_baseline([found]) for name, found in people.items()}
    usual = usual_reach(baselines.values())
    assert usual[JAW] == pytest.approx(0.4, abs=0.02)
    assert usual[SMILE] == 0
    pooled = {n: baselines[n].pooled(t.weights, usual) for n, (t, _) in people.items()}
    for name, (track, _) in people.items():
        assert pooled[name].dtype == np.float32
        np.testing.assert_allclose(pooled[name][3:, JAW], pooled['a'][3:, JAW], atol=0.01)
        assert not pooled[name][:, BROW].any()
        again = baselines[name].personal(pooled[name], usual)
        np.testing.assert_allclose(again[:, JAW], track.weights[:, JAW], atol=1e-3)


def test_a_person_who_was_never_seen_has_no_baseline():
    lost = FaceTrack(
        np.zeros((5, 52), np.float32), np.ones(52, np.bool_), np.zeros(5, np.bool_), FPS
    )
    for tracks in ([(lost, ())], []):
        with pytest.raises(ValueError, match='no frame'):
            measure_baseline(tracks)
    assert usual_reach([]).tolist() == [0] * 52


def recording(speaker, duration_s):
    return Recording('x', Path('x.wav'), speaker, '', '', 'train', '', duration_s=duration_s)


def shares(weights, recordings):
    return {
        s: sum(w for w, r in zip(weights, recordings, strict=True) if r.speaker == s)
        for s in {r.speaker for r in recordings}
    }


def test_speakers_are_drawn_by_the_square_root_of_their_amount():
    recordings = [recording('much', 2.0)] * 200 + [
        recording('little', 1.0),
        recording('little', 3.0),
    ]
    weights = speaker_balanced(recordings)
    assert weights.sum() == pytest.approx(1)
    found = shares(weights, recordings)
    assert found['much'] / found['little'] == pytest.approx(10)
    assert weights[-1] / weights[-2] == pytest.approx(3)
    found = shares(speaker_balanced(recordings, power=0), recordings)
    assert found['much'] == pytest.approx(0.5)
    found = shares(speaker_balanced(recordings, power=1, cap_s=40), recordings)
    assert found['much'] / found['little'] == pytest.approx(10)


def test_a_crowd_under_one_name_is_many_people():
    recordings = [recording('crowd', 1.0)] * 40 + [recording('one', 1.0)] * 10
    found = shares(speaker_balanced(recordings, crowds={'crowd': 4}), recordings)
    assert found['crowd'] / found['one'] == pytest.approx(4)


def test_unknown_lengths_and_odd_arguments():
    assert speaker_balanced([recording('a', 0.0), recording('a', 4.0)]).tolist() == [0.5, 0.5]
    assert speaker_balanced([]).shape == (0,)
    for arguments in ({'power': 2}, {'cap_s': 0}):
        with pytest.raises(ValueError, match='power'):
            speaker_balanced([], **arguments)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason='no ../shared/data')
def test_the_tracked_people_have_rest_and_reach():
    recordings = [r for r in collect(SHARED / 'av').recordings if r.split == 'train']
    baselines, skipped = measure_baselines(recordings)
    assert skipped == []
    assert all(b.valid[JAW] for b in baselines.values())
    usual = usual_reach(baselines.values())
    assert 0.1 < usual[JAW] < 0.8
    weights = speaker_balanced(recordings)
    found = shares(weights, recordings)
    assert found['grid_s1'] < 0.5  # of the clips he has 91 %
    assert min(found.values()) > 0.005
