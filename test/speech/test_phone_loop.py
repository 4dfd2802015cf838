# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.speech.phone_loop import PhoneLoop
from facetalk_ros.speech.phones import PHONE_INDEX, PHONES, SILENCE

WORDS = ('SIL', 'HH', 'AH', 'L', 'OW', 'SIL', 'B', 'IY', 'M', 'AA', 'P', 'S', 'SIL')


def decide(loop, scores):
    return [loop.push(s) for s in scores]


@pytest.mark.parametrize('lag', [1, 3, 6])
def test_clear_sounds_are_told_frame_by_frame(speech, lag):
    speech.say(*WORDS)
    decided = decide(PhoneLoop(lag), speech.log_posteriors())
    assert decided[:lag] == [PHONE_INDEX[SILENCE]] * lag
    np.testing.assert_array_equal(decided[lag:], speech.frames[:-lag])


def test_a_frame_of_something_else_does_not_make_a_phone(speech):
    speech.say('AA', frames=20).say('K', frames=1).say('AA', frames=20)
    decided = decide(PhoneLoop(4), speech.log_posteriors())
    assert PHONE_INDEX['K'] not in decided


def test_a_longer_lag_does_not_err_more_in_noise(speech):
    for _ in range(6):
        speech.say(*WORDS)
    scores = speech.log_posteriors(sure=0.5, noise=1.5, seed=3)

    def errors(lag):
        decided = decide(PhoneLoop(lag), scores)
        return np.mean(np.array(decided[lag:]) != np.array(speech.frames[:-lag]))

    best_each = np.mean(scores.argmax(1) != np.array(speech.frames))
    assert errors(6) <= errors(1) <= best_each
    assert errors(6) < 0.05


def test_phones_last_their_least_time(speech):
    speech.say('AA', frames=20).say('IY', frames=3).say('AA', frames=20)
    scores = speech.log_posteriors()
    short = decide(PhoneLoop(8, min_frames=3), scores)
    long = decide(PhoneLoop(8, min_frames=7), scores)
    assert short.count(PHONE_INDEX['IY']) == 3
    assert PHONE_INDEX['IY'] not in long


def test_reset_forgets_all():
    rng = np.random.default_rng(1)
    scores = rng.standard_normal((60, len(PHONES))).astype(np.float32) * 3
    loop = PhoneLoop(2)
    first = decide(loop, scores)
    loop.push(np.zeros(len(PHONES), np.float32))
    loop.reset()
    assert decide(loop, scores) == first


def test_scores_stay_in_range_for_hours(speech):
    loop = PhoneLoop(1)
    scores = np.full(len(PHONES), -50.0, np.float32)
    for _ in range(2000):
        loop.push(scores)
    speech.say('AA', frames=10)
    assert decide(loop, speech.log_posteriors())[-1] == PHONE_INDEX['AA']


def test_the_gain_is_what_a_frame_adds_to_the_best_path(speech):
    speech.say('AA', frames=10).say('IY', frames=10)
    loop = PhoneLoop(1)
    scores = speech.log_posteriors()
    gains = []
    for s in scores:
        loop.push(s)
        gains.append(loop.gain)
    np.testing.assert_allclose(gains[5:10], scores.max(1)[5:10], atol=1e-4)
    # all in all no free path is better than the best phone of every frame
    assert sum(gains) < scores.max(1).sum()
    assert min(gains[10:14]) < scores.max() - 1
