# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from facetalk_ros.evaluation.warping import misalignment_s

TIME_S = np.arange(150) / 25


def gestures(time_s, *at_s):
    """Return a mouth that opens at these times, for about a quarter of a second."""
    return sum(np.exp(-0.5 * ((time_s - s) / 0.08) ** 2) for s in at_s)


def test_a_scaled_copy_is_aligned():
    motion = gestures(TIME_S, 1, 2, 4)
    assert misalignment_s(motion, motion, 25) == 0.0
    assert misalignment_s(0.3 * motion + 0.1, motion, 25) == 0.0


@pytest.mark.parametrize('shift_s', [-0.12, -0.04, 0.04, 0.08])
def test_a_shift_is_the_distance_while_something_moves(shift_s):
    # moving all the time: only the ends are not shifted
    wave = np.sin(2 * np.pi * 1.3 * TIME_S) + np.sin(2 * np.pi * 2.9 * TIME_S)
    late = TIME_S - shift_s
    shifted = np.sin(2 * np.pi * 1.3 * late) + np.sin(2 * np.pi * 2.9 * late)
    assert misalignment_s(shifted, wave, 25) == pytest.approx(abs(shift_s), rel=0.15)


def test_early_and_late_do_not_cancel():
    seen = gestures(TIME_S, 1, 2, 3, 4)
    uneven = misalignment_s(gestures(TIME_S, 1.08, 1.92, 3.08, 3.92), seen, 25)
    assert uneven > misalignment_s(gestures(TIME_S, 1.04, 1.96, 3.04, 3.96), seen, 25) > 0.005


def test_the_rate_is_that_of_the_frames():
    motion, other = gestures(TIME_S, 1, 2, 4), gestures(TIME_S, 1.08, 2.08, 4.08)
    fine_s = np.arange(300) / 50
    fine = misalignment_s(gestures(fine_s, 1.08, 2.08, 4.08), gestures(fine_s, 1, 2, 4), 50)
    assert misalignment_s(other, motion, 25) == pytest.approx(fine, rel=0.35)


def test_what_does_not_move_cannot_be_aligned():
    motion = gestures(TIME_S, 1)
    assert math.isnan(misalignment_s(np.full(150, 0.1), motion, 25))
    assert math.isnan(misalignment_s(motion, np.zeros(150), 25))
    assert math.isnan(misalignment_s([0.0, 1.0], [0.0, 1.0], 25))
    with pytest.raises(ValueError, match='not the same number'):
        misalignment_s(motion[:-1], motion, 25)
