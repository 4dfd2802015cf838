# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.expression.families import FAMILIES, SIGNALS
from facetalk_ros.expression.plan import Planner, plan
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.training.word_list import word_list_family

_DATA = Path(__file__).parents[1] / 'data' / 'expressions'


@cache
def rows(name):
    lines = (_DATA / f'{name}.tsv').read_text(encoding='utf-8').splitlines()
    return [tuple(x.split('\t')) for x in lines if not x.startswith('#')][1:]


@cache
def agreement(name):
    planner = Planner()
    got = [planner.sentence(text).family == family for _, family, text in rows(name)]
    listed = [word_list_family(text) == family for _, family, text in rows(name)]
    return np.mean(got), np.mean(listed)


def test_the_test_sentences_are_as_they_should_be():
    assert len(rows('test')) == 200
    pairs = [pair for pair, _, _ in rows('test') if pair != '-']
    assert len(pairs) == 100
    assert all(pairs.count(p) == 2 for p in pairs)
    texts = [text for name in ('test', 'dev', 'later') for _, _, text in rows(name)]
    assert len(set(texts)) == len(texts)
    assert {f for _, f, _ in rows('test')} == {*FAMILIES, *SIGNALS}


def test_the_family_agrees_with_the_label_and_beats_the_word_list():
    share, listed = agreement('test')
    assert share >= 0.80
    assert share >= listed + 0.15


def test_the_word_list_is_beaten_on_sentences_written_later():
    share, listed = agreement('later')
    assert share >= listed + 0.15


def test_training_sentences_are_not_test_sentences():
    training = Path(plan.__code__.co_filename).parents[1] / 'training' / 'dialogue_sentences.txt'
    trained = {line.strip().lower() for line in training.read_text('utf-8').splitlines()}
    for name in ('dev', 'test', 'later'):
        assert not trained & {text.lower() for _, _, text in rows(name)}


def only(text, **options):
    (found,) = plan(text, **options)
    return found


def test_emotion_and_signal_come_together():
    found = only('Why did you do this to me, you liar?')
    assert (found.emotion, found.question) == ('anger', True)
    assert found.family == 'anger'
    assert found.valence < -0.1
    assert found.intensity > 0.3


def test_without_emotion_the_signal_is_the_family():
    asks = only('Where is the bus stop?')
    assert (asks.family, asks.emotion, asks.intensity) == ('question', 'neutral', 0.0)
    denies = only('The bus does not stop here.')
    assert (denies.family, denies.question, denies.negation) == ('negation', False, True)


@pytest.mark.parametrize(
    'text', ['where is the bus stop', 'can you open the window', 'how many chairs do we need']
)
def test_a_question_is_heard_without_its_mark(text):
    assert only(text).question


@pytest.mark.parametrize(
    'text',
    [
        'What a lovely day.',
        'Oh no!',
        'No doubt you are right.',
        'It is cold, isn’t it?',
        'Have a seat',
    ],
)
def test_what_looks_like_a_denial_or_a_question_and_is_none(text):
    found = only(text)
    assert not found.negation
    assert found.question == text.endswith('?')


def test_markup_and_emoji_override_the_words():
    words = 'The bus leaves at ten.'
    assert only(words).family == 'neutral'
    tagged = only(f'<sadness intensity="0.5">{words}</sadness>')
    assert (tagged.family, tagged.intensity, tagged.cause) == ('sadness', 0.5, 'markup')
    assert only(words + ' 😡').emotion == 'anger'
    assert only(words + ' 😡').intensity <= 0.8
    calmed = only('<neutral>I hate you, you filthy liar!</neutral>')
    assert (calmed.family, calmed.intensity) == ('neutral', 0.0)
    assert not calmed.pose().any()


def test_an_unknown_tag_is_warned_of():
    assert only('<anger></anger>The bus leaves at ten.').family == 'neutral'
    assert only('<boom>Hello</boom> there.').warnings == ('unknown tag <boom> is not spoken',)


@pytest.mark.parametrize(
    'text',
    [
        'Ich bin heute sehr glücklich und du?',
        'Я очень рад!',
        '私はとても嬉しいです！',
        'مرحبا بالعالم',
    ],
)
def test_other_languages_are_neutral_with_a_warning(text):
    for found in plan(text):
        assert found.family == 'neutral'
        assert found.warnings or not found.words


def test_a_named_language_is_neutral_with_a_warning():
    found = only('Das ist gut.', language='de')
    assert (found.family, found.cause) == ('neutral', 'language')
    assert 'de' in found.warnings[0]


@pytest.mark.parametrize('text', ['', ' \n', '...', '?!', '<joy></joy>', '\x00\ud800', '🏽'])
def test_a_text_without_words_has_no_plan_and_is_no_error(text):
    assert all(not found.words for found in plan(text))


def test_a_pose_is_bounded_grows_with_intensity_and_leaves_the_lips_alone():
    weak = only('<joy intensity="0.3">Hello</joy>').pose()
    strong = only('<joy intensity="0.9">Hello</joy>').pose()
    smile = ARKIT_INDEX['mouthSmileLeft']
    assert strong.shape == (52,)
    assert strong.dtype == np.float32
    assert 0 < weak[smile] < strong[smile] <= 1
    assert only('<joy>Hello</joy>').pose(corners=0.0)[smile] == 0
    for name in (*FAMILIES,):
        pose = only(f'<{name} intensity="1">Is it not here?</{name}>').pose()
        assert 0 <= pose.min() <= pose.max() <= 1
        moved = {ARKIT_NAMES[i] for i in np.flatnonzero(pose)}
        assert not moved & {'jawOpen', 'mouthClose', 'mouthFunnel', 'mouthPucker', 'eyeBlinkLeft'}


_TEXT = (
    'Hello there, Dr. Smith! <joy>It is so good to see you. How are you?</joy> 😀 Well... I lost '
    'my keys :-( and I am *really* not happy. <emphasis>You</emphasis> know... it costs $3.50. Bye'
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, len(_TEXT)), max_size=12))
def test_the_plans_do_not_depend_on_how_the_text_is_cut(cuts):
    planner = Planner()
    places = [0, *sorted(cuts), len(_TEXT)]
    found = []
    for start, end in pairwise(places):
        found += planner.push(_TEXT[start:end])
    assert found + planner.finish() == plan(_TEXT)


def test_a_long_text_can_be_planned_one_sentence_at_a_time():
    planner = Planner()
    planner.feed(_TEXT, final=True)
    assert [planner.next_plan() for _ in plan(_TEXT)] == plan(_TEXT)
    assert planner.next_plan() is None


def test_a_plan_comes_as_soon_as_the_sentence_is_complete():
    planner = Planner()
    assert planner.push('I am so happy to see y') == []
    guess = planner.provisional()
    assert guess.provisional
    assert guess.emotion == 'joy'
    assert planner.push('ou. ') == []
    (first,) = planner.push('W')
    assert first.text == 'I am so happy to see you.'
    assert not first.provisional
    assert planner.provisional().start == first.end + 1
    (last,) = planner.finish()
    assert last.text == 'W'
    assert planner.provisional() is None
    assert planner.push('A new one. B')[0].start == 0


def test_fifty_kilobytes_are_planned_in_sentences():
    text = 'The bus is late again and we wait in the rain, ' * 1100
    assert len(text) > 50_000
    words = sum(len(found.words) for found in plan(text))
    assert words == len(text.split())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_no_text_is_an_error(text):
    for found in plan(text):
        assert 0 <= found.intensity <= 1
        assert -1 <= found.valence <= 1
        assert 0 <= found.arousal <= 1
        assert all(0 <= w.accent <= 1 for w in found.words)
