# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import re

import pytest

from facetalk_ros.motion.delivery import Delivery

TEXT = 'I am so happy! Where is the <emphasis>red</emphasis> door? It is there.'


def words_of(text):
    return [
        m.span()
        for m in re.finditer(r"[\w']+", re.sub('<[^>]*>', lambda m: ' ' * len(m[0]), text))
    ]


def said(delivery, text=TEXT):
    return {text[a:b]: delivery.say(text[a:b]) for a, b in words_of(text)}


def test_sentences_begin_and_end_with_their_words():
    delivery = Delivery()
    delivery.add(TEXT, 'en', words_of(TEXT))
    cues = said(delivery)
    assert cues['I'].sentence.family == 'joy'
    assert cues['Where'].sentence.question
    assert cues['It'].sentence.family == 'neutral'
    begins = [w for w, cue in cues.items() if cue.sentence is not None]
    ends = [w for w, cue in cues.items() if cue.ends_sentence]
    assert begins == ['I', 'Where', 'It']
    assert ends == ['happy', 'door', 'there']
    assert cues['red'].accent > cues['the'].accent


def test_words_that_are_left_out_are_passed_over():
    delivery = Delivery()
    delivery.add(TEXT, 'en', words_of(TEXT))
    assert delivery.say('Where').sentence.question
    assert delivery.say('happy') is None
    assert delivery.say('door').ends_sentence


def test_what_is_not_in_the_text_asks_for_nothing():
    delivery = Delivery()
    assert delivery.say('hello') is None
    delivery.add(TEXT, 'en', words_of(TEXT))
    assert delivery.say('zebra') is None
    assert delivery.say('I') is not None
    delivery.clear()
    assert delivery.say('am') is None


@pytest.mark.parametrize('language', ['de', 'xx'])
def test_other_languages_are_neutral(language):
    delivery = Delivery()
    delivery.add('Ich bin so froh!', language, words_of('Ich bin so froh!'))
    cue = delivery.say('Ich')
    assert cue.sentence.emotion == 'neutral'


def test_a_long_text_is_planned_as_it_is_said():
    text = 'This is one of many sentences. ' * 2000
    delivery = Delivery()
    delivery.add(text, 'en', words_of(text))
    assert len(delivery._words) == 0  # nothing is planned before it is asked for
    assert delivery.say('This') is not None
    assert len(delivery._words) < 100
