# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.face import (
    ARKIT_INDEX,
    ARKIT_NAMES,
    LIPS_CLOSED_BELOW,
    LOWER_FACE_NAMES,
    UPPER_FACE_NAMES,
    lip_aperture,
    sides,
)


def pose(**weights):
    out = np.zeros(len(ARKIT_NAMES), np.float32)
    for written, value in weights.items():
        for name in sides(written):
            out[ARKIT_INDEX[name]] = value
    return out


def test_the_52_names_are_unique_and_every_left_has_its_right():
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52
    lefts = {n.removesuffix('Left') for n in ARKIT_NAMES if n.endswith('Left')}
    rights = {n.removesuffix('Right') for n in ARKIT_NAMES if n.endswith('Right')}
    # "jawLeft" and "mouthLeft" are moves to a side, and have their opposite too
    assert lefts == rights
    assert len(lefts) == 20
    assert [ARKIT_NAMES[i] for i in ARKIT_INDEX.values()] == list(ARKIT_INDEX)


def test_regions_part_the_face():
    assert set(UPPER_FACE_NAMES) | set(LOWER_FACE_NAMES) == set(ARKIT_NAMES)
    assert not set(UPPER_FACE_NAMES) & set(LOWER_FACE_NAMES)
    assert {'eyeBlinkLeft', 'browInnerUp', 'cheekSquintLeft', 'noseSneerRight'} <= set(
        UPPER_FACE_NAMES
    )
    assert {'jawOpen', 'mouthClose', 'tongueOut', 'cheekPuff'} <= set(LOWER_FACE_NAMES)


def test_a_pair_may_be_written_once():
    assert sides('mouthSmile') == ('mouthSmileLeft', 'mouthSmileRight')
    assert sides('mouthSmileLeft') == ('mouthSmileLeft',)
    assert sides('jaw') == ('jawLeft', 'jawRight')
    assert sides('jawOpen') == ('jawOpen',)


@pytest.mark.parametrize('name', ['', 'smile', 'MouthSmile', 'jawOpenLeft', 'mouthSmileLeft '])
def test_an_unknown_name_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"'{name}'"):
        sides(name)


@pytest.mark.parametrize(
    ('shape', 'aperture'),
    [
        ({}, 0.0),
        ({'jawOpen': 1.0}, 1.0),
        ({'jawOpen': 0.6, 'mouthClose': 0.6}, 0.0),
        ({'jawOpen': 0.6, 'mouthClose': 0.2}, 0.4),
        ({'mouthClose': 0.5}, 0.0),
        ({'mouthLowerDown': 0.2}, 0.1),
        ({'mouthUpperUp': 0.2, 'mouthLowerDown': 0.2}, 0.2),
        ({'jawOpen': 0.5, 'mouthPress': 0.4}, 0.4),
        ({'mouthPress': 1.0}, 0.0),
        ({'mouthPucker': 1.0, 'mouthFunnel': 1.0, 'eyeBlink': 1.0}, 0.0),
    ],
)
def test_lip_aperture(shape, aperture):
    assert lip_aperture(pose(**shape)) == pytest.approx(aperture, abs=1e-6)


def test_lip_aperture_of_many_poses_keeps_their_shape():
    poses = np.random.default_rng(0).uniform(0, 1, (3, 4, 52)).astype(np.float32)
    found = lip_aperture(poses)
    assert found.shape == (3, 4)
    assert found.dtype == np.float32
    assert found[1, 2] == lip_aperture(poses[1, 2])
    assert (found >= 0).all()


def test_a_relaxed_face_is_closed_and_a_slack_jaw_is_not():
    assert lip_aperture(pose()) < LIPS_CLOSED_BELOW < lip_aperture(pose(jawOpen=0.1))
