# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import itertools
import math

import pytest

from facetalk_ros.speech.timings import (
    TimedPhone,
    TimedWord,
    check_order,
    name_words,
    spread_phones,
)

DICTIONARY = {'map': ('M', 'AE', 'P'), 'a': ('AH',), '...': ()}


def test_phones_fill_the_time_of_their_word_and_vowels_take_more():
    phones = spread_phones([TimedWord('map', 1.0, 1.7)], DICTIONARY.__getitem__)
    assert [p.phone for p in phones] == ['M', 'AE', 'P']
    assert phones[0].start_s == 1.0
    assert phones[-1].end_s == pytest.approx(1.7)
    for one, after in itertools.pairwise(phones):
        assert one.end_s == after.start_s
    m, ae, p = (p.end_s - p.start_s for p in phones)
    assert m == pytest.approx(p)
    assert ae == pytest.approx(1.5 * m)


def test_gaps_between_words_stay_and_words_without_sound_give_nothing():
    words = [TimedWord('map', 0.0, 0.3), TimedWord('...', 0.3, 0.5), TimedWord('a', 0.9, 1.0)]
    phones = spread_phones(words, DICTIONARY.__getitem__)
    assert [p.phone for p in phones] == ['M', 'AE', 'P', 'AH']
    assert phones[-1] == TimedPhone('AH', 0.9, 1.0, 'a')
    assert [p.word for p in phones] == ['map'] * 3 + ['a']
    check_order(phones, 0.0)


def test_phones_are_named_after_the_word_around_them():
    phones = [TimedPhone('M', 0.0, 0.1), TimedPhone('IY', 0.1, 0.4), TimedPhone('AH', 0.5, 0.6)]
    phones.append(TimedPhone('SIL', 0.2, 0.3))
    named = name_words(phones, [TimedWord('Me', 0.0, 0.35)])
    assert [p.word for p in named] == ['Me', 'Me', '', '']
    assert [p.phone for p in named] == [p.phone for p in phones]


def test_spread_phones_keep_order_at_any_time():
    for k in range(200):
        start_s = k * 37.77
        words = [
            TimedWord('map', start_s, start_s + 0.1 + k / 999),
            TimedWord('map', start_s + 0.1 + k / 999, start_s + 1.0),
        ]
        check_order(spread_phones(words, DICTIONARY.__getitem__), start_s)


@pytest.mark.parametrize(
    'times',
    [
        [(0.5, 0.4)],
        [(-0.1, 0.4)],
        [(0.0, 0.5), (0.4, 0.6)],
        [(0.0, 0.5), (0.0, 0.5)],
        [(math.nan, 0.5)],
        [(0.1, math.nan)],
        [(0.1, math.inf)],
        [(-math.inf, 0.5)],
        [(math.inf, math.inf)],
    ],
)
def test_times_that_cannot_be_are_refused_by_item(times):
    items = [TimedPhone('AA', *t) for t in times]
    with pytest.raises(ValueError, match=r'TimedPhone\(.*overlaps'):
        check_order(items, 0.0)


def test_touching_and_empty_items_are_fine():
    check_order([], 5.0)
    check_order(
        [TimedPhone('AA', 0.0, 0.0), TimedPhone('B', 0.0, 0.1), TimedPhone('B', 0.1, 1)], 0
    )
