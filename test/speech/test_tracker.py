# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import math
import pickle

import numpy as np
import pytest

from facetalk_ros.speech.phones import PHONES, SILENCE
from facetalk_ros.speech.text_aligner import MAX_SLOTS
from facetalk_ros.speech.timings import TimedPhone
from facetalk_ros.speech.tracker import PhoneStart, PhoneTracker

FRAME_S = 0.01
NO_PRIOR = np.zeros(len(PHONES), np.float32)
TEXT = [
    (('HH', 'AH', 'L', 'OW'), False),
    (('M', 'IY', 'S', 'T', 'ER'), True),
    (('B', 'IY'), False),
]


def spoken(words):
    return [p for phones, _ in words for p in phones]


def track(tracker, log_posteriors):
    return [start for frame in log_posteriors for start in tracker.push(frame)]


def told(starts):
    return [s.phone for s in starts if s.phone != SILENCE]


def test_without_text_phones_come_from_the_sound(speech):
    speech.say('SIL', frames=20).say(*spoken(TEXT), frames=8).say('SIL', frames=20)
    tracker = PhoneTracker(NO_PRIOR)
    starts = track(tracker, speech.log_posteriors())
    assert not tracker.follows_text
    assert [s.phone for s in starts] == [*spoken(TEXT), SILENCE]
    for start, (_, frame) in zip(starts, speech.starts[1:], strict=True):
        assert abs(start.start_s - frame * FRAME_S) < 0.011
        assert not start.from_text
        assert start.upcoming == ()


def test_with_text_phones_come_from_it_and_the_next_ones_are_known(speech):
    speech.say('SIL', frames=20).say(*spoken(TEXT), frames=8).say('SIL', frames=20)
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_words(TEXT)
    starts = track(tracker, speech.log_posteriors())
    assert told(starts) == spoken(TEXT)
    assert tracker.follows_text
    for start, (_, frame) in zip(starts, speech.starts[1:], strict=False):
        assert abs(start.start_s - frame * FRAME_S) < 0.011
        assert start.from_text
    assert starts[0].upcoming == ('AH', 'L')
    assert starts[3].upcoming == ('M', 'IY')
    assert {s.word for s in starts} == {''}


def test_text_that_is_not_said_leaves_the_sound_to_tell(speech):
    other = ('SH', 'UW', 'T', 'AE', 'CH', 'OY', 'K', 'UH', 'Y', 'EH', 'TH', 'IH') * 4
    speech.say('SIL', frames=20).say(*other, frames=8).say('SIL', frames=20)
    scores = speech.log_posteriors()
    by_sound = told(track(PhoneTracker(NO_PRIOR), scores))
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_words(TEXT)
    starts = track(tracker, scores)
    late = [s for s in starts if s.start_s > 1.5]
    assert not any(s.from_text for s in late)
    assert told(late) == by_sound[-len(told(late)) :]
    assert len(late) > 20


def test_a_repeated_phone_starts_anew_where_text_says_so(speech):
    speech.say('SIL', frames=10).say('B', 'AH', 'S', 'S', 'AE', 'D', frames=8)
    speech.say('SIL', frames=10)
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_words([(('B', 'AH', 'S'), False), (('S', 'AE', 'D'), False)])
    assert told(track(tracker, speech.log_posteriors())) == ['B', 'AH', 'S', 'S', 'AE', 'D']
    by_sound = told(track(PhoneTracker(NO_PRIOR), speech.log_posteriors()))
    assert by_sound == ['B', 'AH', 'S', 'AE', 'D']


def test_a_closure_the_sound_missed_is_made_up_for(speech):
    """The text has a p that the sound does not show: the lips close, late if need be."""
    speech.say('SIL', frames=10).say('HH', 'AE', 'IY', 'S', frames=8).say('SIL', frames=10)
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_words([(('HH', 'AE', 'P', 'IY', 'S'), False)])
    starts = track(tracker, speech.log_posteriors())
    closure = next(s for s in starts if s.phone == 'P')
    after = next(s for s in starts if s.phone == 'IY')
    assert closure.start_s < after.start_s
    assert abs(after.start_s - 0.26) < 0.06


@pytest.mark.parametrize('text', [False, True])
def test_what_is_common_weighs_less_than_it_is_heard(speech, text):
    """The prior is taken off: of two phones heard alike the rarer one is told."""
    scores = np.full((60, len(PHONES)), -8.0, np.float32)
    common, rare = PHONES.index('AH'), PHONES.index('OY')
    scores[:, common], scores[:, rare] = np.log(0.5), np.log(0.5)
    prior = np.full(len(PHONES), np.log(1 / 40), np.float32)
    prior[common], prior[rare] = np.log(0.3), np.log(0.001)
    tracker = PhoneTracker(prior)
    if text:
        tracker.add_words([(('AH',), False), (('OY',), False)])
    assert 'OY' in told(track(tracker, scores))


def test_each_phone_of_the_text_knows_its_word(speech):
    speech.say('SIL', frames=20).say(*spoken(TEXT), frames=8).say('SIL', frames=20)
    tracker = PhoneTracker(NO_PRIOR)
    written = [f'word {k}' for k in range(len(TEXT))]
    tracker.add_words(TEXT, written)
    starts = track(tracker, speech.log_posteriors())
    expected = [word for word, (phones, _) in zip(written, TEXT, strict=True) for _ in phones]
    assert [s.word for s in starts if s.phone != SILENCE] == expected
    assert {s.word for s in starts if s.phone == SILENCE} == {''}
    with pytest.raises(ValueError, match='shorter'):
        tracker.add_words(TEXT, written[:-1])


def timed(*items):
    return [TimedPhone(*i) for i in items]


def test_timings_are_told_once_in_order_and_end_in_silence():
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_timed(timed(('M', 0.1, 0.2), ('AA', 0.2, 0.4), ('P', 0.7, 0.8)))
    assert tracker.timed_starts(0.1) == []
    assert tracker.timed_starts(0.15) == [PhoneStart('M', 0.1, True, ('AA', 'P'))]
    assert tracker.timed_starts(0.15) == []
    later = tracker.timed_starts(1.0)
    assert [(s.phone, s.start_s) for s in later] == [
        ('AA', 0.2), (SILENCE, 0.4), ('P', 0.7), (SILENCE, 0.8),
    ]  # fmt: skip


def test_the_sound_is_silent_where_timings_tell_and_heard_elsewhere(speech):
    speech.say('AA', frames=50).say('IY', frames=50)
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_timed(timed(('M', 0.2, 0.8)))
    starts = []
    for k, frame in enumerate(speech.log_posteriors()):
        starts += tracker.timed_starts(k * FRAME_S) + tracker.push(frame)
    assert [(s.phone, s.from_text) for s in starts] == [
        ('AA', False), ('M', True), (SILENCE, True), ('IY', False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    'wrong',
    [
        timed(('M', 0.5, 0.6), ('QQ', 0.6, 0.7)),
        timed(('M', 0.5, 0.6), ('AA', 0.55, 0.7)),
        timed(('M', 0.5, math.nan)),
        timed(('M', math.nan, 0.6)),
        timed(('M', 0.05, 0.06)),
        timed(('M', 0.6, 0.5)),
        timed(('m', 0.5, 0.6)),
    ],
)
def test_wrong_timings_change_nothing(wrong):
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_timed(timed(('B', 0.1, 0.2)))
    before = pickle.dumps(tracker)
    with pytest.raises(ValueError, match=r'QQ|TimedPhone|m'):
        tracker.add_timed(wrong)
    assert pickle.dumps(tracker) == before


def test_timings_may_not_reach_into_what_was_already_told():
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_timed(timed(('B', 0.1, 0.5)))
    tracker.timed_starts(0.2)
    with pytest.raises(ValueError, match='overlaps'):
        tracker.add_timed(timed(('AA', 0.4, 0.6)))
    tracker.add_timed(timed(('AA', 0.5, 0.6)))


def test_timings_waiting_are_bounded():
    tracker = PhoneTracker(NO_PRIOR)
    hours = timed(*(('AA', k * 0.1, k * 0.1 + 0.1) for k in range(MAX_SLOTS)))
    tracker.add_timed(hours[:-1])
    with pytest.raises(ValueError, match=str(MAX_SLOTS)):
        tracker.add_timed(timed(('AA', 1e5, 1e5 + 1), ('AA', 1e5 + 1, 1e5 + 2)))
    tracker.add_timed(hours[-1:])


def test_timings_end_with_the_sound():
    tracker = PhoneTracker(NO_PRIOR)
    tracker.add_timed(timed(('M', 0.1, 0.3), ('AA', 0.3, 0.6), ('B', 0.6, 0.9)))
    tracker.timed_starts(0.2)
    assert tracker.end_timed(0.5) == []
    left = tracker.timed_starts(2.0)
    assert [(s.phone, s.start_s) for s in left] == [('AA', 0.3), (SILENCE, 0.5)]
    tracker.add_timed(timed(('M', 0.5, 0.9)))
    tracker.timed_starts(0.6)
    assert tracker.end_timed(0.7) == [PhoneStart(SILENCE, 0.7, True)]
    assert tracker.end_timed(0.8) == []
    assert tracker.timed_starts(2.0) == []


def test_reset_forgets_everything_but_the_time(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT), frames=8)
    scores = speech.log_posteriors(0.6, 0.8)
    fresh = PhoneTracker(NO_PRIOR)
    first = track(fresh, scores)
    used = PhoneTracker(NO_PRIOR)
    used.add_words(TEXT * 3)
    used.add_timed(timed(('M', 0.3, 5.0)))
    track(used, scores[:40])
    used.timed_starts(1.0)
    used.reset(1000)
    again = track(used, scores)
    assert [s.phone for s in again] == [s.phone for s in first]
    for a, b in zip(again, first, strict=True):
        assert a.start_s == pytest.approx(b.start_s + 10.0)
        assert not a.from_text
    assert used.timed_starts(100.0) == []


def test_times_never_lie_before_the_first_sound(speech):
    speech.say('AA', frames=20)
    starts = track(PhoneTracker(NO_PRIOR, lag_frames=6), speech.log_posteriors())
    assert [s.phone for s in starts] == ['AA']
    assert 0 <= starts[0].start_s < 0.03
