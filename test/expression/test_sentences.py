# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import pytest

from facetalk_ros.expression.sentences import LONGEST_SENTENCE, first_sentence_end


def split(text):
    found = []
    while text:
        end = first_sentence_end(text, final=True)
        found.append(text[:end].strip())
        text = text[end:]
    return found


@pytest.mark.parametrize(
    'sentences',
    [
        ['Hello there.', 'How are you?'],
        ['Dr. Smith met J. R. Hill at 3.5 km, e.g. in the woods.', 'So.'],
        ['"Stop!" he said.', 'She did.'],
        ['Well... maybe.', 'Really?!', 'Yes!!'],
        ['Great! 😀👍🏽', 'Bad. :-(', 'Next'],
        ['<joy>Yes!</joy>', '<fear>No!</fear>'],
        ['你好。', '我很好！'],
        ['One line', 'another paragraph'],
    ],
)
def test_sentences_end_where_they_do(sentences):
    assert split(('\n\n' if len(sentences[0]) == 8 else ' ').join(sentences)) == sentences


def test_a_line_break_alone_ends_nothing():
    assert split('one\ntwo.') == ['one\ntwo.']


def test_a_sentence_that_may_go_on_is_waited_for():
    for text in (
        '',
        'Hello',
        'Hello.',
        'Hello. ',
        'Hello. :',
        'Hello. <',
        'Hello. </jo',
        'A Mr. B',
    ):
        assert first_sentence_end(text, final=False) is None
    assert first_sentence_end('Hello. A', final=False) == 7
    assert first_sentence_end('Hello. </joy> A', final=False) == 14


def test_text_without_full_stops_is_cut():
    pieces = split('word ' * 500)
    assert max(map(len, pieces)) <= LONGEST_SENTENCE
    assert ' '.join(pieces) == ('word ' * 500).strip()
    assert first_sentence_end('x' * 1000, final=False) == LONGEST_SENTENCE
