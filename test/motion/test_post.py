# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, LIPS_CLOSED_BELOW, lip_aperture, sides
from facetalk_ros.face.pose_table import default_pose_table
from facetalk_ros.motion.post import PostProcessor
from facetalk_ros.motion.settings import GAIN_RANGE, OFFSET_RANGE, RANGES, FaceSettings
from facetalk_ros.speech.phones import BILABIALS

STEP_S = 1 / 60
JAW = ARKIT_INDEX['jawOpen']
BROW = ARKIT_INDEX['browInnerUp']
POSE = np.full(52, 0.4, np.float32)


def run(post, pose, n):
    return np.array([post.apply(pose.copy(), STEP_S) for _ in range(n)])


def test_the_defaults_change_nothing():
    rng = np.random.default_rng(0)
    post = PostProcessor(FaceSettings())
    for _ in range(20):
        pose = rng.uniform(0, 1, 52).astype(np.float32)
        out = post.apply(pose, STEP_S)
        np.testing.assert_array_equal(out, pose)
        assert out.dtype == np.float32
        assert not np.shares_memory(out, pose)


def test_strength_gain_and_offset_reach_the_shapes_they_name():
    told = FaceSettings(
        strength=0.5, upper_face_strength=2.0, gain={'mouthSmile': 2.0, 'jawOpen': 0.0},
        offset={'browInnerUp': 0.3, 'mouthFrownLeft': -1.0},
    )  # fmt: skip
    out = PostProcessor(told).apply(POSE.copy(), STEP_S)
    expected = np.where(np.arange(52) >= 0, 0.2, 0).astype(np.float32)
    for name in ARKIT_NAMES:
        if name.startswith(('eye', 'brow', 'cheekSquint', 'nose')):
            expected[ARKIT_INDEX[name]] = 0.4
    expected[[ARKIT_INDEX[n] for n in sides('mouthSmile')]] = 0.4
    expected[JAW] = 0.0
    expected[BROW] = 0.7
    expected[ARKIT_INDEX['mouthFrownLeft']] = 0.0  # clamped
    np.testing.assert_allclose(out, expected, atol=1e-6)


def test_without_the_clamp_weights_may_leave_their_range():
    wild = {'strength': 2.0, 'offset': {'browInnerUp': -1.0}, 'gain': {'jawOpen': 4.0}}
    free = PostProcessor(FaceSettings(**wild, clamp=False)).apply(POSE, STEP_S)
    kept = PostProcessor(FaceSettings(**wild)).apply(POSE, STEP_S)
    assert free[JAW] == pytest.approx(3.2)
    assert free[BROW] == pytest.approx(-0.2)
    np.testing.assert_array_equal(kept, np.clip(free, 0, 1))


CHANGES = [
    {'strength': 2.0},
    {'strength': 0.0},
    {'upper_face_strength': 2.0},
    {'lower_face_strength': 0.0},
    {'gain': {'jawOpen': 4.0}},
    {'gain': {'mouthSmile': 0.0}},
    {'offset': {'jawOpen': 1.0}},
    {'offset': {'browInnerUp': -1.0}},
    {'clamp': False, 'offset': {'jawOpen': 1.0}},
]


@pytest.mark.parametrize('change', CHANGES, ids=str)
@pytest.mark.parametrize('back', [False, True])
def test_a_turned_knob_glides(change, back):
    before, after = FaceSettings(), FaceSettings(**change)
    if back:
        before, after = after, before
    post = PostProcessor(before)
    start = run(post, POSE, 1)
    post.settings = after
    out = np.concatenate((start, run(post, POSE, 30)))
    whole = np.abs(out[-1] - out[0]).max()
    assert whole > 0.1
    # a quarter of a second is 15 frames; clamped ends may use up the way in half of them
    assert np.abs(np.diff(out, axis=0)).max() <= max(whole / 7, 0.11)
    np.testing.assert_allclose(out[-1], PostProcessor(after).apply(POSE, STEP_S), atol=1e-5)
    np.testing.assert_array_equal(out[-1], out[-10])


@pytest.mark.parametrize(
    ('knob', 'shape'), [('lower_face_smoothing_s', JAW), ('upper_face_smoothing_s', BROW)]
)
def test_smoothing_is_a_low_pass_of_its_region_and_glides_too(knob, shape):
    post = PostProcessor(FaceSettings(**{knob: 0.1}))
    run(post, np.zeros(52, np.float32), 1)
    rising = run(post, POSE, 12)
    n = round(0.1 / STEP_S)
    assert rising[n - 1, shape] == pytest.approx(0.4 * (1 - math.exp(-1)), abs=1e-3)
    other = BROW if shape == JAW else JAW
    np.testing.assert_array_equal(rising[:, other], np.float32(0.4))
    # switched off right after a jump of the pose, what is missing is not made up in one frame
    run(post, POSE, 200)
    post.apply(np.zeros(52, np.float32), STEP_S)
    post.settings = FaceSettings()
    falling = run(post, np.zeros(52, np.float32), 20)
    assert np.abs(np.diff(falling[:, shape])).max() < 0.1
    assert falling[0, shape] > 0.25
    assert not falling[-1].any()


def test_a_second_change_starts_from_where_the_first_had_come():
    post = PostProcessor(FaceSettings())
    run(post, POSE, 1)
    post.settings = FaceSettings(strength=2.0)
    up = run(post, POSE, 5)
    post.settings = FaceSettings(strength=0.0)
    down = run(post, POSE, 30)
    both = np.concatenate((up, down))
    assert np.abs(np.diff(both[:, JAW])).max() < 0.07
    assert not down[-1].any()


positive = st.fixed_dictionaries(
    {},
    optional={
        name: st.floats(1.0, GAIN_RANGE[1])
        for name in ('jawOpen', 'mouthLowerDown', 'mouthUpperUp', 'mouthClose', 'mouthFunnel')
    },
)
shifts = st.fixed_dictionaries(
    {},
    optional={
        name: st.floats(*OFFSET_RANGE)
        for name in ('jawOpen', 'mouthLowerDown', 'mouthUpperUp', 'mouthClose', 'mouthSmile')
    },
)


@given(st.sampled_from(sorted(BILABIALS)), positive, shifts, st.floats(0.5, 2), st.booleans())
@settings(max_examples=150, deadline=None)
def test_sealed_lips_stay_sealed_whatever_is_turned_up(phone, gain, offset, strength, clamp):
    pose = default_pose_table()[phone].weights
    told = FaceSettings(strength=strength, gain=gain, offset=offset, clamp=clamp)
    assert lip_aperture(PostProcessor(told).apply(pose, STEP_S)) < LIPS_CLOSED_BELOW


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_keeping_lips_sealed_does_not_switch(seed):
    """Poses a little apart come out a little apart, also where sealing begins."""
    rng = np.random.default_rng(seed)
    closed = default_pose_table()['B'].weights
    opened = default_pose_table()[str(rng.choice(['AA', 'IY', 'S', 'UW']))].weights
    told = FaceSettings(gain={'jawOpen': 4.0, 'mouthLowerDown': 4.0}, clamp=False)
    out = np.array([
        PostProcessor(told).apply(np.float32(closed + part * (opened - closed)), STEP_S)
        for part in np.linspace(0, 1, 200)
    ])  # fmt: skip
    assert np.abs(np.diff(out, axis=0)).max() < 0.15


def test_settings_take_both_ends_of_every_range():
    for name, bounds in RANGES.items():
        for value in bounds:
            assert getattr(FaceSettings(**{name: value}), name) == value


@pytest.mark.parametrize('name', RANGES)
def test_settings_out_of_range_are_refused_with_name_and_value(name):
    low, high = RANGES[name]
    for value in (low - 0.01, high + 0.01, math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=f'{name} {value}'):
            FaceSettings(**{name: value})


@pytest.mark.parametrize(
    ('told', 'named'),
    [
        ({'gain': {'jawOpen': 4.1}}, 'gain of jawOpen 4.1'),
        ({'gain': {'jawOpen': -0.1}}, 'gain of jawOpen -0.1'),
        ({'offset': {'mouthSmile': 1.1}}, 'offset of mouthSmile 1.1'),
        ({'offset': {'mouthSmile': math.nan}}, 'offset of mouthSmile nan'),
        ({'gain': {'jawOpn': 1.0}}, "'jawOpn'"),
        ({'offset': {'left': 0.0}}, "'left'"),
    ],
)
def test_gains_and_offsets_are_checked(told, named):
    with pytest.raises(ValueError, match=named):
        FaceSettings(**told)
