# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.evaluation.vertices import (
    MotionErrors,
    face_dynamics_deviation,
    lip_vertex_errors,
)

LIPS, UPPER = np.array([0, 1]), np.array([2, 3])


def motion(frames=4, points=4):
    return np.zeros((frames, points, 3), np.float32)


def test_the_lip_error_is_the_largest_squared_distance_of_a_lip_vertex():
    truth, made = motion(2), motion(2)
    made[0, 0] = (3.0, 4.0, 0.0)  # 5 away: 25
    made[0, 1] = (1.0, 0.0, 0.0)
    made[1, 1] = (0.0, 0.0, 2.0)  # 4
    made[1, 3] = (9.0, 9.0, 9.0)  # no lip
    np.testing.assert_allclose(lip_vertex_errors(truth, made, LIPS), [25.0, 4.0])


def test_dynamics_are_of_the_squared_norm_and_keep_their_sign():
    truth, made = motion(2), motion(2)
    truth[1, 2] = (2.0, 0.0, 0.0)  # squared 0, 4: deviation 2, of two vertices: 1
    made[1, 3] = (0.0, 1.0, 0.0)  # squared 0, 1: deviation 0.5, of two: 0.25
    assert face_dynamics_deviation(truth, made, UPPER) == pytest.approx(0.75)
    assert face_dynamics_deviation(made, truth, UPPER) == pytest.approx(-0.75)


def test_too_much_and_too_little_cancel_in_the_signed_figure_only():
    moving, still = motion(2), motion(2)
    moving[1, 2:] = 1.0
    errors = MotionErrors(LIPS, UPPER)
    errors.add(moving, still)
    errors.add(still, moving)
    report = errors.report()
    assert report['fdd'] == 0.0
    assert report['fdd_abs'] == pytest.approx(1.5)
    assert report['lve'] == 0.0


def test_lve_weighs_frames_alike_and_fdd_clips():
    errors = MotionErrors(LIPS, UPPER)
    long, short = motion(9), motion(1)
    errors.add(long, long)
    errors.add(short, short + 1)
    report = errors.report()
    assert report['lve'] == pytest.approx(3 / 10)
    assert report['mve'] == pytest.approx(np.sqrt(3) / 10)
    assert report['upper'] == pytest.approx(3 / 10)
    np.testing.assert_allclose(errors.upper_by_clip(), [0.0, 3.0])


def test_corners_are_measured_by_themselves():
    truth, made = motion(1), motion(1)
    made[0, 0, 0], made[0, 1, 0] = 2.0, 3.0
    errors = MotionErrors(LIPS, UPPER, np.array([1]))
    errors.add(truth, made)
    report = errors.report()
    assert report['lve'] == 9.0
    assert report['corners'] == 9.0
    assert report['lve_without_corners'] == 4.0


def test_motions_of_different_shape_are_refused():
    with pytest.raises(ValueError, match='not the same'):
        MotionErrors(LIPS, UPPER).add(motion(3), motion(4))
    with pytest.raises(ValueError, match='no clip'):
        MotionErrors(LIPS, UPPER).report()
