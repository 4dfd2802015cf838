# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math
import re

import numpy as np
import pytest

from facetalk_ros.expression.families import FAMILIES, shipped_actions
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, UPPER_FACE_NAMES
from facetalk_ros.motion.acting import Acting
from facetalk_ros.motion.expression import CORNER_NAMES, STOP_S

STEP_S = 1 / 60
TEXT = 'I am so happy! Where is the <emphasis>red</emphasis> door? It is there.'
BROW = ARKIT_INDEX['browOuterUpLeft']
SMILE = ARKIT_INDEX['mouthSmileLeft']
SHOWN = [name in (*UPPER_FACE_NAMES, *CORNER_NAMES) for name in ARKIT_NAMES]


class Stage:
    """An acting face and its clock."""

    def __init__(self, text=TEXT, expressiveness=1.0):
        self.nods = []
        self.acting = Acting(lambda time_s, strength: self.nods.append((time_s, strength)))
        self.acting.expressiveness = expressiveness
        self.time_s = 0.0
        if text:
            blank = re.sub('<[^>]*>', lambda m: ' ' * len(m[0]), text)
            self.acting.add(text, 'en', [m.span() for m in re.finditer(r"[\w']+", blank)])

    def say(self, words):
        for word in words.split():
            self.acting.say(word, self.time_s, self.time_s)
            self.run(0.2)

    def run(self, seconds, speaking=False):
        """Return what is added meanwhile, [n, 52]."""
        poses = []
        for _ in range(round(seconds / STEP_S)):
            self.time_s += STEP_S
            poses.append(self.acting.advance(self.time_s, STEP_S, speaking))
        return np.array(poses)

    def shows(self):
        return self.run(2.0)[-1]


def action(family, intensity=1.0):
    found = shipped_actions()[family]
    pose = (found.upper + found.corners) * np.float32(intensity)
    return np.where(SHOWN, pose, 0)


def test_a_face_without_words_shows_nothing():
    stage = Stage()
    assert not stage.run(1.0).any()
    stage.acting.say('', 1.0, 1.0)
    stage.acting.pause(1.0)
    assert not stage.run(1.0).any()
    assert stage.nods == []


def test_a_feeling_comes_with_the_first_word_of_its_sentence():
    stage = Stage()
    stage.say('I am')
    assert stage.shows()[SMILE] > 0.1
    stage.say('so happy Where is')
    assert stage.shows()[SMILE] < 0.05


def test_a_feeling_stays_over_a_pause_within_its_sentence_and_goes_after_its_end():
    stage = Stage('I am so happy!')
    stage.say('I am')
    stage.acting.pause(stage.time_s)
    assert stage.run(6.0)[-1][SMILE] > 0.1
    stage.say('so happy')
    ended_s = stage.time_s
    stage.acting.pause(ended_s)
    joy = shipped_actions()['joy']
    held = stage.run(0.9 * joy.hold_s)[-1][SMILE]
    assert held > 0.1
    stage.run(joy.hold_s + joy.decay_s)
    assert stage.run(2.0)[-1][SMILE] < 0.02 * held


def test_the_same_word_again_asks_for_nothing():
    """Every phone of a word names it."""
    one, other = Stage('No no. I am so happy!'), Stage('No no. I am so happy!')
    for word in ('No', 'no', 'I', 'I', 'I', 'am', 'am'):
        one.acting.say(word, 0.0, 0.0)
    for word in ('No', 'no', 'I', 'am'):
        other.acting.say(word, 0.0, 0.0)
    np.testing.assert_array_equal(one.run(1.0), other.run(1.0))
    assert one.nods == other.nods
    assert one.shows()[SMILE] > 0.1


def test_a_word_that_is_not_in_the_text_asks_for_nothing():
    stage = Stage()
    stage.say('Elephant')
    assert not stage.run(1.0).any()
    stage.say('I')
    assert stage.shows()[SMILE] > 0.1


def test_an_accent_raises_the_brows_and_nods_not_before_the_next_frame():
    stage = Stage()
    stage.say('Where is the')
    before, nods = stage.run(1.0), len(stage.nods)
    stage.acting.say('red', stage.time_s - 0.5, stage.time_s + 0.1)
    assert len(stage.nods) == nods + 1
    time_s, strength = stage.nods[-1]
    assert time_s == pytest.approx(stage.time_s + 0.1)
    assert 0.5 <= strength <= 1.0
    assert stage.run(0.6)[:, BROW].max() > before[-1, BROW] + 0.1


def test_words_of_little_weight_do_not_nod():
    stage = Stage('It is of the to a in.')
    stage.say('It is of the to a in')
    assert stage.nods == []


def test_what_the_voice_stresses_counts_a_little_less_than_the_text():
    stage = Stage('')
    stage.acting.stress(0.5, 1.0)
    ((time_s, strength),) = stage.nods
    assert time_s == 0.5
    assert 0.5 < strength < 1.0
    assert stage.run(1.2)[:, BROW].max() > 0.1
    stage.acting.stress(0.6, 1.0)  # too soon after the other
    assert len(stage.nods) == 1


@pytest.mark.parametrize('expressiveness', [0.0, 0.5, 1.0, 3.0])
def test_expressiveness_scales_feelings_and_accents(expressiveness):
    stage, usual = Stage(expressiveness=expressiveness), Stage()
    for one in (stage, usual):
        one.say('I am')
    np.testing.assert_allclose(stage.shows(), expressiveness * usual.shows(), atol=1e-4)
    other = Stage('', expressiveness)
    other.acting.stress(0.5, 0.6)
    strengths = [strength for _, strength in other.nods]
    assert strengths == ([] if expressiveness == 0 else [min(1.0, 0.8 * 0.6 * expressiveness)])


@pytest.mark.parametrize('family', FAMILIES)
def test_a_wish_shows_its_family_as_strongly_as_was_asked(family):
    stage = Stage('')
    stage.acting.express(family, 0.5, 0.2)
    np.testing.assert_allclose(stage.shows(), action(family, 0.5), atol=1e-3)


def test_a_wish_counts_for_more_than_the_text_until_it_is_taken_back():
    stage = Stage()
    stage.acting.express('anger', 1.0, 0.2)
    stage.say('I am so happy')
    stage.acting.pause(stage.time_s)
    np.testing.assert_allclose(stage.run(6.0)[-1], action('anger'), atol=2e-3)
    stage.acting.express('', 1.0, 0.2)
    np.testing.assert_allclose(stage.run(3.0)[-1], 0, atol=1e-3)
    stage.acting.add('I am so glad and happy!', 'en', [(0, 1), (2, 4)])
    stage.say('Where is the door It is there I')
    assert stage.shows()[SMILE] > 0.1


def test_a_wish_takes_the_time_that_was_asked_or_its_own():
    def after(fade_s, seconds):
        stage = Stage('')
        stage.acting.express('joy', 1.0, fade_s)
        return stage.run(seconds)[-1][SMILE] / action('joy')[SMILE]

    own_s = shipped_actions()['joy'].onset_s
    assert after(4.0, 0.5) < 0.5 < after(0.2, 0.5)
    assert after(None, 1.1 * own_s) == pytest.approx(after(own_s, 1.1 * own_s))
    assert after(0.5, 0.55) > 0.9


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        (('bliss', 1.0, None), "'bliss' is none of neutral, joy"),
        (('joy', 1.1, None), '1.1 is outside 0 to 1'),
        (('joy', -0.1, None), '-0.1 is outside'),
        (('joy', math.nan, None), 'nan is outside'),
        (('joy', 1.0, -1.0), '-1.0 is outside 0 to 10'),
        (('joy', 1.0, math.inf), 'inf is outside'),
        (('joy', 1.0, 10.5), '10.5 is outside'),
    ],
)
def test_a_wish_that_cannot_be_changes_nothing(arguments, named):
    stage = Stage('')
    stage.acting.express('sadness', 1.0, 0.2)
    before = stage.shows()
    with pytest.raises(ValueError, match=named):
        stage.acting.express(*arguments)
    np.testing.assert_allclose(stage.shows(), before, atol=1e-3)


def test_stop_lets_go_at_once_and_forgets_the_text():
    stage = Stage()
    stage.say('I am')
    shown = stage.shows()[SMILE]
    stage.acting.stop()
    assert stage.run(1.5 * STOP_S)[-1][SMILE] < 0.1 * shown
    stage.say('Where is the red door')
    assert not stage.run(2.0)[-1].round(3).any()


def test_a_text_that_is_forgotten_leaves_what_is_shown():
    stage = Stage()
    stage.say('I am')
    shown = stage.shows()
    stage.acting.forget_text()
    stage.say('Where is the red')
    np.testing.assert_allclose(stage.shows(), shown, atol=1e-3)
    assert not any(time_s > 3.0 for time_s, _ in stage.nods)
