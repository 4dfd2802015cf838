# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import pytest

from facetalk_ros.expression.plan import plan


def accents(text):
    return {w.text: (w.accent, w.cause) for p in plan(text) for w in p.words}


def test_content_words_stand_above_function_words_and_the_last_of_a_phrase_above_them():
    found = accents('The boy took the old train, and a letter came.')
    assert found['The'] == found['and'] == (0.05, 'function word')
    assert found['old'] == (0.4, 'content word')
    assert found['train'] == (0.6, 'phrase end')


@pytest.mark.parametrize(
    ('text', 'word', 'cause'),
    [
        ('Where is the station?', 'Where', 'question word'),
        ('It is not here.', 'not', 'negation'),
        ('The tea is here, but the milk is cold.', 'but', 'contrast'),
        ('Only trains stop here.', 'trains', 'contrast'),
        ('It is very cold.', 'very', 'intensifier'),
        ('Take the RED box.', 'RED', 'capitals'),
        ('The bus is here!', 'bus', 'exclamation'),
        ('The <emphasis level="strong">bus</emphasis> stops.', 'bus', 'markup'),
        ('I took the *second* bus.', 'second', 'markup'),
    ],
)
def test_what_accents_a_word(text, word, cause):
    found = accents(text)
    assert found[word][1] == cause
    assert found[word][0] > 0.3


def test_reduced_emphasis_takes_the_accent_away():
    assert accents('A <emphasis level="none">bus</emphasis> stops.')['bus'] == (0.0, 'markup')


def test_what_has_just_been_said_is_not_accented_again():
    first, second = plan('The bus is late. The bus came from town.')
    assert {w.text: w.cause for w in first.words}['bus'] == 'content word'
    assert {w.text: w.cause for w in second.words}['bus'] == 'said before'


def test_names_in_capitals_and_texts_all_in_capitals_are_not_shouted():
    assert accents('The USB cable is blue.')['USB'][1] == 'content word'
    assert all(cause != 'capitals' for _, cause in accents('TAKE THE BUS NOW').values())


def test_the_places_are_those_of_the_whole_text():
    text = 'It costs $5.50 now. <joy>Café</joy> “déjà vu” 😀 isn’t far!'
    for sentence in plan(text):
        assert text[sentence.start : sentence.end] == sentence.text
        for word in sentence.words:
            assert text[word.start : word.end] == word.text
    assert [w.text for p in plan(text) for w in p.words] == [
        'It', 'costs', '$5.50', 'now', 'Café', 'déjà', 'vu', 'isn’t', 'far',
    ]  # fmt: skip
