# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from facetalk_ros.evaluation.closure import ClosureCounts, count_closures
from facetalk_ros.face import ARKIT_INDEX, LIPS_CLOSED_BELOW

FRAME_S = 0.02
TIMES = np.arange(100) * FRAME_S


def lips(*closed):
    """Return a face whose lips are open but for the given (first, last) frames."""
    weights = np.zeros((len(TIMES), 52), np.float32)
    weights[:, ARKIT_INDEX['jawOpen']] = 0.4
    for first, last in closed:
        weights[first : last + 1, ARKIT_INDEX['jawOpen']] = 0.0
    return weights


def counts(weights, *phones, times=TIMES):
    return count_closures(times, weights, phones)


@pytest.mark.parametrize('phone', ['P', 'B', 'M'])
@pytest.mark.parametrize(
    ('frames', 'closes'),
    [
        ((50, 50), True),  # one frame is enough
        ((53, 54), True),
        ((49, 49), True),  # one frame of margin before
        ((48, 48), False),
        ((55, 55), True),  # and one after
        ((57, 57), False),
        ((0, 99), True),
    ],
)
def test_a_closure_counts_from_one_frame_before_to_one_after(phone, frames, closes):
    # start and end a quarter of a frame off the grid: frames 50 to 54 lie inside
    found = counts(lips(frames), (phone, 49.75 * FRAME_S, 54.25 * FRAME_S))
    assert (found.bilabials, found.closed, found.open_vowels) == (1, int(closes), 0)


def test_a_closure_shorter_than_a_frame_can_still_be_met():
    found = counts(lips((50, 50)), ('P', 50.3 * FRAME_S, 50.6 * FRAME_S))
    assert found.closed == 1


def test_the_threshold_is_the_aperture():
    weights = lips()
    weights[50, ARKIT_INDEX['jawOpen']] = LIPS_CLOSED_BELOW
    assert counts(weights, ('P', 0.98, 1.04)).closed == 0
    weights[50, ARKIT_INDEX['jawOpen']] = LIPS_CLOSED_BELOW - 0.001
    assert counts(weights, ('P', 0.98, 1.04)).closed == 1
    weights[50, ARKIT_INDEX['jawOpen']] = 0.5
    weights[50, ARKIT_INDEX['mouthClose']] = 0.5
    assert counts(weights, ('P', 0.98, 1.04)).closed == 1


@pytest.mark.parametrize(
    ('frames', 'wrong', 'never'),
    [
        ((50, 50), 1, 0),  # its middle
        ((49, 49), 0, 0),
        ((51, 51), 0, 0),
        ((45, 48), 0, 0),
        ((45, 55), 1, 1),
        ((46, 55), 1, 0),
        ((0, 99), 1, 1),
        ((0, 10), 0, 0),
    ],
)
def test_an_open_vowel_is_wrong_when_closed_in_its_middle(frames, wrong, never):
    found = counts(lips(frames), ('AA', 45 * FRAME_S, 55.2 * FRAME_S))
    assert (found.open_vowels, found.wrongly_closed, found.never_opens) == (1, wrong, never)
    assert found.bilabials == 0


def test_other_phones_do_not_count():
    everything = ('SIL', 'IY', 'UW', 'S', 'F', 'W', 'N', 'ER', 'spn')
    found = counts(lips((0, 99)), *((p, 1.0, 1.1) for p in everything))
    assert found == ClosureCounts()


def test_phones_outside_the_frames():
    found = counts(lips(), ('P', 10.0, 10.1), ('AA', 10.0, 10.1), ('B', -5.0, -4.9))
    assert (found.bilabials, found.closed, found.open_vowels) == (2, 0, 1)
    assert found.never_opens == 0


def test_rates_and_sums():
    total = ClosureCounts()
    assert math.isnan(total.closure_rate)
    assert math.isnan(total.wrong_rate)
    total += ClosureCounts(4, 3, 10, 1, 0)
    total += ClosureCounts(4, 4, 10, 0, 0)
    assert total == ClosureCounts(8, 7, 20, 1, 0)
    assert total.closure_rate == 7 / 8
    assert total.wrong_rate == 1 / 20


@pytest.mark.parametrize('n', [0, 1])
def test_a_face_of_hardly_any_frames_still_counts_what_it_missed(n):
    found = counts(lips()[:n], ('P', 0.5, 0.6), ('AA', 0.6, 0.7), times=TIMES[:n])
    assert (found.bilabials, found.closed, found.open_vowels) == (1, 0, 1)
