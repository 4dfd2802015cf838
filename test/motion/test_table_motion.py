# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.face import LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.pose_table import default_pose_table
from facetalk_ros.inference.batch import alone
from facetalk_ros.motion.keys import KeyKind, KeyPlanner
from facetalk_ros.motion.learned import Spoken
from facetalk_ros.motion.table_motion import TableMotion
from facetalk_ros.speech.phones import SILENCE
from facetalk_ros.stream import FaceStream

NOTHING = np.zeros(4, np.float32)
REST = default_pose_table()[SILENCE].weights


def test_a_phone_has_its_keys_as_soon_as_it_is_known():
    motion, planner = TableMotion(), KeyPlanner()
    spoken = Spoken('AA', 0.5, 'M', ('N', 'T'), True, 'on')
    keys = motion.foresee(spoken)
    expected = planner.phone('AA', 0.5, upcoming=('N', 'T'), from_text=True, word='on')
    assert [k.kind for k in keys] == [KeyKind.BOUNDARY, KeyKind.TARGET]
    for key, other in zip(keys, expected, strict=True):
        np.testing.assert_array_equal(key.weights, other.weights)
        assert (key.time_s, key.word, key.from_text) == (other.time_s, 'on', True)
    assert alone(motion.phone(spoken, NOTHING)) == []
    assert alone(motion.step(NOTHING, 0.5, 0.0)) is None
    np.testing.assert_allclose(motion.pose(keys[1].time_s), keys[1].weights, atol=1e-6)


def test_a_pose_is_the_callers():
    motion = TableMotion()
    motion.pose(0.1)[:] = 1.0
    np.testing.assert_array_equal(motion.pose(0.2), REST)


def test_reset_leads_to_rest_and_forgets_the_phone_before():
    motion = TableMotion()
    motion.foresee(Spoken('AA', 0.2))
    opened = motion.pose(0.4)
    assert lip_aperture(opened) > 0.2
    motion.reset(0.15)
    np.testing.assert_allclose(motion.pose(0.4), opened, atol=1e-6)
    poses = np.stack([motion.pose(0.4 + k * 0.01) for k in range(1, 20)])
    # 14 ranges a second is the most (motion.completion)
    assert np.abs(np.diff(poses, axis=0)).max() <= 0.14 + 1e-6
    np.testing.assert_array_equal(poses[16], REST)
    fresh = TableMotion().foresee(Spoken('T', 1.0))
    for key, other in zip(motion.foresee(Spoken('T', 1.0)), fresh, strict=True):
        np.testing.assert_array_equal(key.weights, other.weights)


def test_lips_meet_for_a_phone_that_is_told():
    motion = TableMotion()
    motion.foresee(Spoken('AA', 0.2))
    motion.foresee(Spoken('M', 0.4))
    assert lip_aperture(motion.pose(0.45)) < LIPS_CLOSED_BELOW


def test_a_stream_is_moved_by_the_table_where_it_is_asked_for():
    assert isinstance(FaceStream(engine='table')._mouth, TableMotion)
    with pytest.raises(ValueError, match="engine 'magic' is not one of learned, table"):
        FaceStream(engine='magic')
