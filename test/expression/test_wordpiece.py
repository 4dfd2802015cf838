# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.expression.encoder import WEIGHTS
from facetalk_ros.expression.wordpiece import WordPiece

_VOCABULARY = [
    '[UNK]',
    '[CLS]',
    '[SEP]',
    'un',
    '##happi',
    '##ness',
    'cafe',
    '!',
    "'",
    's',
    '東',
    '$',
]
_SHIPPED = WordPiece((WEIGHTS / 'text_vocabulary.txt').read_text('utf-8').splitlines())


def read(text):
    return [
        (_VOCABULARY[t.id], text[t.start : t.end]) for t in WordPiece(_VOCABULARY).tokens(text)
    ]


def test_the_longest_pieces_are_taken_with_their_places():
    assert read('Unhappiness!') == [
        ('un', 'Un'),
        ('##happi', 'happi'),
        ('##ness', 'ness'),
        ('!', '!'),
    ]


def test_accents_and_case_are_folded_and_places_kept():
    assert read('CAFÉ cafe\u0301') == [('cafe', 'CAFÉ'), ('cafe', 'cafe')]


def test_signs_stand_alone():
    assert read("s's$") == [('s', 's'), ("'", "'"), ('s', 's'), ('$', '$')]
    assert read('東東') == [('東', '東'), ('東', '東')]


def test_what_the_vocabulary_lacks_is_one_unknown_token():
    assert read('unxyz un') == [('[UNK]', 'unxyz'), ('un', 'un')]
    assert read('un' * 80) == [('[UNK]', 'un' * 80)]


def test_a_vocabulary_without_its_signs_is_refused():
    with pytest.raises(ValueError, match=r'has no \[CLS\]'):
        WordPiece(['[UNK]', 'a'])
    with pytest.raises(ValueError, match='twice'):
        WordPiece([*_VOCABULARY, 'un'])


@given(st.text(max_size=200))
def test_any_text_is_read_in_order_without_overlap(text):
    end = 0
    for token in _SHIPPED.tokens(text):
        assert end <= token.start < token.end <= len(text) or token.start == end - 1
        end = token.end
