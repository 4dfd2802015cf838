# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

from facetalk_ros.nodes.text_messages import BadTextMessage, TextAdapter
from facetalk_ros.speech.timings import TimedPhone, TimedWord


def live(final='', incremental='', **fields):
    return SimpleNamespace(final=final, incremental=incremental, **fields)


def dialogue(**fields):
    stamp = SimpleNamespace(sec=12, nanosec=5)
    names = ('words', 'word_start_s', 'word_end_s', 'phones', 'phone_start_s', 'phone_end_s')
    empty = {name: [] for name in names}
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp), utterance_id='u', text='', language='', end=True,
        **empty | fields,
    )  # fmt: skip


def test_a_string_is_the_text():
    adapter = TextAdapter()
    assert adapter.convert(SimpleNamespace(data='Hello.')).text == 'Hello.'
    assert adapter.convert(SimpleNamespace(data='  ')) is None
    with pytest.raises(BadTextMessage, match='not a text message'):
        adapter.convert(SimpleNamespace(data=5))
    with pytest.raises(BadTextMessage, match='70000'):
        adapter.convert(SimpleNamespace(data='a' * 70_000))


def test_dialogue_text_carries_timings():
    message = dialogue(words=['hi', 'you'], word_start_s=[0.0, 0.5], word_end_s=[0.4, 0.9],
                       phones=['HH'], phone_start_s=[0.25], phone_end_s=[0.5])  # fmt: skip
    text = TextAdapter().convert(message)
    assert text.words == [TimedWord('hi', 0.0, 0.4), TimedWord('you', 0.5, 0.9)]
    assert text.phones == [TimedPhone('HH', 0.25, 0.5)]
    assert text.stamp_ns == 12_000_000_005
    assert text.utterance_id == 'u'
    assert TextAdapter().convert(dialogue()) is None
    with pytest.raises(BadTextMessage, match='1 words, 0 starts'):
        TextAdapter().convert(dialogue(words=['hi']))


def test_live_speech_repeats_itself_and_is_taken_once():
    adapter = TextAdapter()
    said = [
        adapter.convert(live(incremental='he')),  # may be the beginning of hello
        adapter.convert(live(incremental='hello wor')),
        adapter.convert(live(incremental='hello world ag')),
        adapter.convert(live(final='hello world again', locale='en_GB')),
        adapter.convert(live(final='and more', language='en')),
    ]
    assert [t and t.text for t in said] == [None, 'hello', 'world', 'again', 'and more']
    assert said[3].language == 'en-GB'


def test_a_reset_forgets_the_utterance():
    adapter = TextAdapter()
    adapter.convert(live(incremental='one two thr'))
    adapter.reset()
    assert adapter.convert(live(final='one two')).text == 'one two'
