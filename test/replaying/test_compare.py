# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What counts as different, on recordings made of known curves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.motion.keys import KeyKind, KeyMotion
from facetalk_ros.recording import RecordedTrajectory, Recording
from facetalk_ros.replaying.compare import GoldenError, compare
from facetalk_ros.replaying.curves import match_times
from facetalk_ros.replaying.speaking import Flip
from facetalk_ros.replaying.tolerances import parse_tolerances, tolerances

NS = 1_000_000_000
JAW = ARKIT_INDEX['jawOpen']
POSE = np.zeros(52, np.float32)


def keys(*phones, late_s=0.0):
    found = []
    for i, phone in enumerate(phones):
        for kind in (KeyKind.BOUNDARY, KeyKind.TARGET):
            found.append(KeyMotion(0.5 + i * 0.1 + late_s, kind, phone, True, POSE))
    return found


def face(seconds=2.0, fps=60.0, start_ns=100 * NS, at_s=0.0):
    times_s = at_s + np.arange(round(seconds * fps)) / fps
    weights = np.zeros((len(times_s), 52), np.float32)
    weights[:, JAW] = 0.3 + 0.2 * np.sin(2 * np.pi * times_s)
    return Recording(
        Path('face.mcap'), start_ns, times_s, weights, times_s + 0.1, keys('HH', 'AH', 'P')
    )


def trajectories(recording, factor=1.0, names=('jaw',)):
    chunks = [
        RecordedTrajectory(
            t, t, names, np.array([t, t + 0.016]), np.full((2, len(names)), factor * w[JAW]),
            np.zeros((2, len(names))),
        )
        for t, w in zip(recording.frame_times_s, recording.weights, strict=True)
    ]  # fmt: skip
    return replace(recording, joint_trajectories={'/jaw/joint_trajectory': chunks})


def differences(expected, actual, limits=None, **more):
    found = compare(expected, actual, limits or tolerances(), **more)
    return {d.subject: d.text for d in found.differences}


def with_jaw(recording, change, where):
    weights = recording.weights.copy()
    weights[where, JAW] += change
    return replace(recording, weights=weights)


def test_the_same_is_the_same():
    comparison = compare(face(), face(), tolerances(0.0, 0.0))
    assert comparison.same
    assert comparison.lines() == ['same as face.mcap: 120 frames, 3 key motions']


def test_a_difference_is_told_by_shape_time_size_and_length():
    found = differences(face(), with_jaw(face(), -0.2, slice(30, 42)))
    assert set(found) == {'jawOpen'}
    assert ': off by 0.19' in found['jawOpen']  # a millisecond of motion is tolerated
    assert 'from 0.500 to 0.683 s' in found['jawOpen']


def test_a_tolerance_of_its_own():
    changed = with_jaw(face(), 0.1, slice(30, 42))
    assert differences(face(), changed)
    assert not differences(face(), changed, parse_tolerances(['jawOpen=0.11']))
    assert not differences(face(), changed, parse_tolerances(['jaw=0.11']))
    assert not differences(face(), changed, parse_tolerances(['0.11']))
    # the narrower name wins, in whatever order
    assert differences(face(), changed, parse_tolerances(['jawOpen=0.05', '0.2', 'jaw=0.2']))
    assert differences(face(), changed, parse_tolerances(['mouth=1']))


def test_worst_first_and_no_more_than_asked_for():
    weights = face().weights.copy()
    for i, name in enumerate(ARKIT_NAMES):
        weights[20:25, ARKIT_INDEX[name]] += 0.1 + 0.01 * i
    lines = compare(face(), replace(face(), weights=weights), tolerances()).lines(5)
    assert len(lines) == 7
    assert [line.split()[0] for line in lines[1:3]] == ['tongueOut', 'noseSneerRight']
    assert lines[-1] == '  and 47 more'


def test_both_sides_of_a_pair_are_one_line():
    weights = face().weights.copy()
    for name in ('mouthSmileLeft', 'mouthSmileRight', 'browDownLeft'):
        weights[20:25, ARKIT_INDEX[name]] = 0.5
    assert set(differences(face(), replace(face(), weights=weights))) == {
        'mouthSmile', 'browDownLeft'
    }  # fmt: skip


def test_missing_and_extra_frames():
    whole = face()
    kept = np.r_[0:50, 60:120]
    holed = replace(
        whole, frame_times_s=whole.frame_times_s[kept], weights=whole.weights[kept],
        frame_received_s=whole.frame_received_s[kept],
    )  # fmt: skip
    assert differences(whole, holed)['frames'] == '10 missing from 0.833 to 0.983 s'
    assert differences(holed, whole)['frames'] == '10 too many from 0.833 to 0.983 s'
    # how long the face was idle before and after is of no interest
    longer = face(4.0, at_s=-1.0)
    assert not differences(whole, longer)
    assert differences(longer, whole)['frames'].startswith('60 missing')


def test_time_is_ros_time_whatever_a_recording_counts_from():
    moved = replace(
        face(), start_ns=100 * NS - NS // 2, frame_times_s=face().frame_times_s + 0.5,
        keys=keys('HH', 'AH', 'P', late_s=0.5),
    )  # fmt: skip
    assert not differences(face(), moved, tolerances(0.001, 0.01))
    later = replace(face(), start_ns=500 * NS)
    assert 'none at the expected times' in differences(face(), later)['frames']


def test_a_face_that_is_a_little_late():
    late = replace(face(), frame_times_s=face().frame_times_s + 0.004)
    assert 'none at the expected times' in differences(face(), late)['frames']
    assert not differences(face(), late, tolerances(0.001, 5.0))


def test_phones():
    other = replace(face(), keys=keys('HH', 'AH', 'B'))
    assert differences(face(), other)['phones'] == 'B instead of P at 0.700 s'
    fewer = replace(face(), keys=keys('HH', 'AH'))
    assert differences(face(), fewer)['phones'] == 'nothing instead of P at 0.700 s'
    late = replace(face(), keys=keys('HH', 'AH', 'P', late_s=0.02))
    assert 'HH at 0.520 s instead of 0.500 s' in differences(face(), late)['phones']
    assert not differences(face(), late, tolerances(time_ms=20))


def test_is_speaking():
    old = [Flip(0.5, True), Flip(1.5, False)]
    assert not differences(face(), face(), flips=(old, [Flip(0.55, True), Flip(1.4, False)]))
    late = differences(face(), face(), flips=(old, [Flip(0.9, True), Flip(1.5, False)]))
    assert 'begins at 0.900 s instead of 0.500 s' in late['is_speaking']
    never = differences(face(), face(), flips=(old, []))
    assert never['is_speaking'].startswith('never instead of begins at 0.500 s')
    skipped = [c.name for c in compare(face(), face(), tolerances()).checks if c.skipped]
    assert skipped == ['is_speaking']


def test_joints():
    old = trajectories(face())
    assert not differences(old, trajectories(face()))
    assert ' rad instead of ' in differences(old, trajectories(face(), 1.1))['jaw']
    assert not differences(old, trajectories(face(), 1.1), tolerances({'joints': 0.06}))
    renamed = differences(old, trajectories(face(), names=('chin',)))
    assert renamed['/jaw/joint_trajectory'] == 'joints chin instead of jaw'
    # only when both have some
    checks = compare(old, face(), tolerances()).checks
    assert checks[-1].skipped
    half = trajectories(face())
    half = replace(
        half, joint_trajectories={k: v[:60] for k, v in half.joint_trajectories.items()}
    )
    assert 'are missing' in differences(old, half)['/jaw/joint_trajectory']


def test_what_cannot_be_compared():
    empty = Recording(Path('empty.csv'))
    with pytest.raises(GoldenError, match='no face'):
        compare(empty, face(), tolerances())
    with pytest.raises(GoldenError, match=r'60 frames a second .* 30'):
        compare(face(), face(fps=30.0), tolerances())


@pytest.mark.parametrize(
    ('text', 'told'),
    [('jawOpne=1', "'jawOpne'"), ('x', "'x'"), ('-1', '-1'), ('nan', 'nan'), ('a=b', "'a=b'")],
)
def test_a_tolerance_that_is_none(text, told):
    with pytest.raises(ValueError, match='tolerance') as caught:
        parse_tolerances([text])
    assert told in str(caught.value)


@given(
    st.lists(st.integers(0, 300), unique=True, min_size=1),
    st.lists(st.integers(0, 300), unique=True, min_size=1),
    st.integers(0, 5),
)
def test_every_sample_is_matched_once_or_told(old, new, within):
    old, new = sorted(old), sorted(new)
    match = match_times(np.array(old) / 1e3, np.array(new) / 1e3, within / 1e3)
    assert sorted([*match.expected, *match.missing]) == list(range(len(old)))
    assert len({*match.actual, *match.extra}) == len(match.actual) + len(match.extra)
    for i, j in zip(match.expected, match.actual, strict=True):
        assert abs(old[i] - new[j]) <= within
    covered = {j for j, t in enumerate(new) if old[0] - within <= t <= old[-1] + within}
    assert {*match.actual, *match.extra} == covered


def test_a_live_node_may_wake_a_little_later():
    whole = face()
    late = replace(
        whole, frame_times_s=whole.frame_times_s[6:], weights=whole.weights[6:],
        frame_received_s=whole.frame_received_s[6:],
    )  # fmt: skip
    assert differences(whole, late)['frames'] == '6 missing from 0.000 to 0.083 s'
    assert not differences(whole, late, wakes_s=0.25)
    assert differences(whole, late, wakes_s=0.05)['frames'] == '3 missing from 0.050 to 0.083 s'
