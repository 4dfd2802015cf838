# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.articulation import (
    APERTURE,
    ARTICULATED,
    ARTICULATED_SHAPES,
    CHANNELS,
    channels_of,
    pose_of,
)
from facetalk_ros.face.names import sides
from facetalk_ros.face.pose_table import default_pose_table

numbers = st.floats(0, 1, width=32, allow_subnormal=False)
all_channels = arrays(np.float32, len(CHANNELS), elements=numbers)
all_weights = arrays(np.float32, len(ARKIT_NAMES), elements=numbers)
LIPS = ('mouthLowerDown', 'mouthUpperUp')
KEPT = [i for i, name in enumerate(CHANNELS) if i != APERTURE and name not in LIPS]
MOVED = [CHANNELS.index(name) for name in LIPS]
CLOSE = ARKIT_INDEX['mouthClose']
PRESS = CHANNELS.index('mouthPress')


def channels(**values):
    found = np.zeros(len(CHANNELS), np.float32)
    for name, value in values.items():
        found[CHANNELS.index(name)] = value
    return found


def value(pose, name):
    return float(pose[ARKIT_INDEX[sides(name)[0]]])


def pressed_less(aperture, press):
    """Return the aperture of lips that pressing brings closer together than was asked."""
    makes_good = np.minimum(1.0, aperture / LIPS_CLOSED_BELOW)
    return max(0.0, aperture - 0.25 * press * (1.0 - makes_good))


def is_wide(pose):
    """Return whether a lip is raised as far as it goes."""
    return any(value(pose, name) == 1.0 for name in LIPS)


@given(all_channels)
@settings(max_examples=300)
def test_a_pose_shows_the_aperture_that_was_asked_for_and_the_other_shapes(asked):
    pose = pose_of(asked)
    shown = channels_of(pose[None])[0]
    np.testing.assert_array_equal(shown[KEPT], asked[KEPT])
    expected = pressed_less(asked[APERTURE], asked[PRESS])
    if asked[APERTURE] >= LIPS_CLOSED_BELOW:
        assert expected == asked[APERTURE]
    if is_wide(pose):  # lips have their limits
        assert shown[APERTURE] <= expected + 1e-5
    else:
        np.testing.assert_allclose(shown[APERTURE], expected, atol=1e-5)


@given(all_channels, st.integers(0, 99))
@settings(max_examples=300)
def test_closed_lips_come_out_closed(asked, hundredths):
    asked[APERTURE] = aperture = np.float32(LIPS_CLOSED_BELOW * hundredths / 100)
    shown = lip_aperture(pose_of(asked))
    assert shown <= aperture + 1e-6
    assert shown == pytest.approx(pressed_less(aperture, asked[PRESS]), abs=1e-5)


def test_the_pressing_of_closed_lips_does_not_open_the_jaw():
    pose = pose_of(channels(jawOpen=0.3, mouthPress=0.8))
    assert value(pose, 'mouthClose') == value(pose, 'jawOpen') == np.float32(0.3)
    assert value(pose, 'mouthPress') == np.float32(0.8)
    # of lips that are apart it does, as they are to stay apart
    apart = pose_of(channels(aperture=0.1, jawOpen=0.5, mouthPress=0.8))
    assert value(apart, 'jawOpen') - value(apart, 'mouthClose') == pytest.approx(0.3, abs=1e-5)
    assert lip_aperture(apart) == pytest.approx(0.1, abs=1e-5)


@given(all_weights)
@settings(max_examples=200)
def test_a_face_and_what_its_channels_show_have_their_lips_as_far_apart(weights):
    asked = channels_of(weights[None])[0]
    shown = lip_aperture(pose_of(asked))
    if lip_aperture(weights) >= LIPS_CLOSED_BELOW:
        np.testing.assert_allclose(shown, lip_aperture(weights), atol=1e-5)
    else:
        expected = pressed_less(asked[APERTURE], asked[PRESS])
        np.testing.assert_allclose(shown, expected, atol=1e-5)
        assert shown <= lip_aperture(weights) + 1e-6


def test_a_symmetric_pose_of_a_face_comes_back_as_it_was():
    for phone, row in default_pose_table().items():
        if not row.seals and lip_aperture(row.weights) > 0:
            weights = np.where(ARTICULATED, row.weights, 0)
            np.testing.assert_allclose(
                pose_of(channels_of(weights[None])[0]), weights, atol=1e-5, err_msg=phone
            )


@given(all_channels)
@settings(max_examples=300)
def test_no_weight_is_above_what_was_asked_but_lips_that_the_jaw_cannot_part(asked):
    pose = pose_of(asked)
    shown = channels_of(pose[None])[0]
    assert (pose >= 0).all()
    assert (pose <= 1).all()
    assert not pose[~ARTICULATED].any()
    assert pose[CLOSE] <= pose[ARKIT_INDEX['jawOpen']] + 1e-6
    lower, upper = MOVED
    parted_by_jaw = asked[CHANNELS.index('jawOpen')] + 0.5 * (asked[lower] + asked[upper])
    makes_good = min(1.0, asked[APERTURE] / LIPS_CLOSED_BELOW)
    if asked[APERTURE] + 0.25 * asked[PRESS] * makes_good <= parted_by_jaw + 1e-6:
        assert (shown[MOVED] <= asked[MOVED] + 1e-5).all()
    else:  # the whole jaw is used before the lips are raised
        assert pose[CLOSE] < 1e-6
        assert (shown[MOVED] >= asked[MOVED] - 1e-6).all()


@given(all_channels)
@settings(max_examples=300)
def test_lips_without_aperture_are_closed_whatever_the_rest(asked):
    asked[APERTURE] = 0
    pose = pose_of(asked)
    assert lip_aperture(pose) == 0
    assert pose[CLOSE] == pose[ARKIT_INDEX['jawOpen']] == asked[CHANNELS.index('jawOpen')]
    assert value(pose, 'mouthLowerDown') == value(pose, 'mouthUpperUp') == 0


@given(arrays(np.float32, len(CHANNELS), elements=st.floats(0, 4, width=32)))
@settings(max_examples=300)
def test_no_weight_is_above_one_whatever_is_asked(asked):
    pose = pose_of(asked)
    assert (pose >= 0).all()
    assert (pose <= 1).all()


def test_lips_that_are_to_part_further_than_they_can_part_as_far_as_they_can():
    pose = pose_of(channels(aperture=1.0))
    assert value(pose, 'mouthLowerDown') == 1.0
    assert 0.5 < lip_aperture(pose) < 1.0


def test_closed_lips_hold_the_jaw_that_drops_and_are_not_parted():
    pose = pose_of(channels(jawOpen=0.6, mouthLowerDown=0.4, mouthUpperUp=0.2))
    assert value(pose, 'mouthClose') == value(pose, 'jawOpen') == np.float32(0.6)
    assert value(pose, 'mouthLowerDown') == value(pose, 'mouthUpperUp') == 0


def test_lips_that_the_jaw_parts_too_little_are_raised_mostly_below():
    pose = pose_of(channels(aperture=0.3, jawOpen=0.1))
    assert value(pose, 'mouthClose') == 0
    assert value(pose, 'mouthLowerDown') > value(pose, 'mouthUpperUp') > 0


@given(all_channels, arrays(np.float32, len(CHANNELS), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=300)
def test_a_small_change_of_channels_is_a_small_change_of_the_pose(asked, direction):
    near = np.clip(asked + np.float32(1e-3) * direction, 0, 1).astype(np.float32)
    # of lips nearly closed pressing makes good for five times what the aperture changes; where
    # they are drawn back, one lip may move by twice that
    assert np.abs(pose_of(near) - pose_of(asked)).max() <= 16e-3
    near[APERTURE], far = max(near[APERTURE], 0.06), asked.copy()
    far[APERTURE] = max(asked[APERTURE], 0.06)
    # else the lower lip moves 4/3 of what aperture, press, jaw and both lips lack together
    assert np.abs(pose_of(near) - pose_of(far)).max() <= 6e-3


@given(all_channels)
def test_both_sides_are_alike(asked):
    pose = pose_of(asked)
    for name in ARTICULATED_SHAPES:
        assert len({float(pose[ARKIT_INDEX[side]]) for side in sides(name)}) == 1


@given(all_channels, st.lists(st.booleans(), min_size=len(CHANNELS), max_size=len(CHANNELS)))
def test_nothing_below_zero_is_shown_and_the_arguments_stay(asked, negative):
    asked = np.where(negative, -asked, asked).astype(np.float32)
    before = asked.copy()
    np.testing.assert_array_equal(pose_of(asked), pose_of(np.maximum(asked, 0)))
    np.testing.assert_array_equal(asked, before)


def test_rest_is_rest_both_ways():
    assert not pose_of(np.zeros(len(CHANNELS), np.float32)).any()
    assert not channels_of(np.zeros((3, len(ARKIT_NAMES)), np.float32)).any()


def test_one_side_alone_counts_half():
    weights = np.zeros((1, len(ARKIT_NAMES)), np.float32)
    weights[0, ARKIT_INDEX['mouthSmileLeft']] = 0.8
    found = channels_of(weights)
    assert found.shape == (1, len(CHANNELS))
    assert found.dtype == np.float32
    assert found[0, CHANNELS.index('mouthSmile')] == np.float32(0.4)
