# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.expression.markup import read_markup


def wishes(text):
    return [(w.family, w.intensity, w.cause) for w in read_markup(text).wishes]


def test_a_tag_asks_for_a_family_and_is_not_spoken():
    marked = read_markup('Well, <anger intensity="0.4">go</anger>.')
    assert [(w.family, w.intensity) for w in marked.wishes] == [('anger', 0.4)]
    assert marked.plain.split() == ['Well,', 'go', '.']
    assert len(marked.plain) == len('Well, <anger intensity="0.4">go</anger>.')


def test_the_inner_tag_comes_before_the_one_around_it():
    families = [w.family for w in read_markup('<joy>a <fear>b</fear></joy>').wishes]
    assert families == ['fear', 'joy']


def test_a_tag_that_is_left_open_holds_on():
    first = read_markup('<sadness>So it is.')
    assert first.still_open == (('sadness', 0.7),)
    second = read_markup(' Yes.</sadness> No.', first.still_open)
    assert [w.family for w in second.wishes] == ['sadness']
    assert second.still_open == ()


def test_what_is_not_understood_is_warned_of_and_not_spoken():
    marked = read_markup('<boom>Hi</boom> <joy intensity="7">you</joy></fear>')
    assert marked.plain.split() == ['Hi', 'you']
    assert marked.warnings == (
        'unknown tag <boom> is not spoken',
        "<joy>: intensity '7' is not a number from 0 to 1",
        '</fear> closes nothing',
    )


def test_ssml_without_bearing_on_the_face_is_taken_silently():
    text = '<speak><s>Hi <break time="1s"/><prosody rate="slow">you</prosody></s></speak>'
    assert read_markup(text).warnings == ()


def test_less_than_is_no_tag():
    assert read_markup('a < b and c > d').plain == 'a < b and c > d'


def test_emphasis():
    text = 'a <emphasis level="strong">big</emphasis> *red* snake_case_name'
    found = [(text[e.start : e.end], e.accent) for e in read_markup(text).emphases]
    assert found == [('big', 1.0), ('red', 0.8)]


def test_emoji_faces_and_stage_directions():
    assert wishes('ok 😡') == [('anger', 0.95, 'emoji')]
    assert wishes('ok 👍🏽') == [('joy', 0.6, 'emoji')]
    assert wishes('ok :-(') == [('sadness', 0.6, 'emoji')]
    assert wishes('[laughs] ok') == [('joy', 0.9, 'stage direction')]
    assert wishes('xDrive at 10:00') == []


@given(st.text(alphabet='<>/joyemphasis ="0.*_😀:)(\n', max_size=120))
def test_no_text_is_an_error_and_places_stay(text):
    marked = read_markup(text)
    assert len(marked.plain) == len(text)
    for wish in marked.wishes:
        assert 0 <= wish.start <= wish.end <= len(text)


def test_deep_nesting_does_not_grow():
    marked = read_markup('<joy>' * 5000)
    assert len(marked.still_open) == 8
    assert len(read_markup('<x1><x2>' + ''.join(f'<y{i}>' for i in range(999))).warnings) <= 20
