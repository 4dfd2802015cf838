# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import pickle
import time

import numpy as np
import pytest

from facetalk_ros.speech.phone_loop import PhoneLoop
from facetalk_ros.speech.phones import PHONES
from facetalk_ros.speech.text_aligner import FILLER, MAX_SLOTS, TextAligner

LAG = 3
TEXT = [
    (('DH', 'AH'), False),
    (('K', 'W', 'IH', 'K'), False),
    (('B', 'R', 'AW', 'N'), False),
    (('F', 'AA', 'K', 'S'), True),
    (('JH', 'AH', 'M', 'P', 'S'), False),
    (('OW', 'V', 'ER'), False),
    (('L', 'EY', 'Z', 'IY'), False),
    (('D', 'AO', 'G', 'Z'), True),
]
FOREIGN = ('SH', 'UW', 'HH', 'OY', 'T', 'AE', 'CH', 'UH', 'Y', 'EH', 'TH', 'IH') * 2


def spoken(words):
    return [p for phones, _ in words for p in phones]


def align(aligner, log_posteriors):
    """Return for every frame the slot that was decided for it, or None where it is filler."""
    loop = PhoneLoop(1)
    slots = []
    for scores in log_posteriors:
        speaking = loop.push(scores) != 0
        index = aligner.push(scores, loop.gain, speaking)
        slots.append(None if index == FILLER else aligner.slot(index))
    return slots[LAG:]


def text_aligner(words=TEXT):
    aligner = TextAligner(LAG)
    aligner.append(words)
    return aligner


def boundary_errors(slots, starts):
    """Return how many frames late each phone was entered; None where it never was."""
    entered = []
    for frame, slot in enumerate(slots):
        if slot is not None and (frame == 0 or slot is not slots[frame - 1]):
            entered.append((slot.phone, frame))
    errors = []
    for phone, start in starts:
        near = [f - start for p, f in entered if p == phone and abs(f - start) < 15]
        errors.append(min(near, key=abs) if near else None)
    return errors


@pytest.mark.parametrize(('sure', 'noise'), [(0.95, 0.0), (0.7, 0.0), (0.6, 0.7)])
def test_boundaries_are_found_within_10_ms(speech, sure, noise):
    speech.say('SIL', frames=20).say(*spoken(TEXT)).say('SIL', frames=20)
    slots = align(text_aligner(), speech.log_posteriors(sure, noise))
    errors = boundary_errors(slots, speech.starts[1:-1])
    assert None not in errors
    assert max(abs(e) for e in errors) <= 1


@pytest.mark.parametrize('frames', [3, 4, 15])
def test_fast_and_slow_speech(speech, frames):
    speech.say('SIL', frames=10).say(*spoken(TEXT), frames=frames).say('SIL', frames=10)
    errors = boundary_errors(align(text_aligner(), speech.log_posteriors()), speech.starts[1:])
    assert None not in errors
    assert max(abs(e) for e in errors) <= 1


def test_pauses_are_found_where_the_speaker_makes_them(speech):
    speech.say('SIL', frames=10)
    for i, (phones, _) in enumerate(TEXT):
        speech.say(*phones)
        if i in (1, 3, 6):
            speech.say('SIL', frames=25)
    speech.say('SIL', frames=10)
    slots = align(text_aligner(), speech.log_posteriors())
    wrong = [s is None or PHONES[f] != s.phone for s, f in zip(slots, speech.frames, strict=False)]
    assert np.mean(wrong) < 0.02


def test_vagueness_is_decided_by_the_text(speech):
    """Where the sound alone cannot tell a phone from another, the text can."""
    speech.say('SIL', frames=10).say(*spoken(TEXT)).say('SIL', frames=10)
    scores = speech.log_posteriors(0.5, 2.0, seed=4)
    by_sound = np.mean(scores.argmax(1) != np.array(speech.frames))
    slots = align(text_aligner(), scores)
    by_text = np.mean(
        [s is None or PHONES[f] != s.phone for s, f in zip(slots, speech.frames, strict=False)]
    )
    assert by_sound > 0.15
    assert by_text < 0.25 * by_sound


@pytest.mark.parametrize('missing', [(2,), (1, 2), (5, 6)])
def test_a_word_left_out_does_not_lose_the_place(speech, missing):
    said = [w for i, w in enumerate(TEXT) if i not in missing]
    speech.say('SIL', frames=10).say(*spoken(said)).say('SIL', frames=10)
    slots = align(text_aligner(), speech.log_posteriors())
    last = speech.starts[-1 - len(TEXT[7][0]) : -1]
    errors = boundary_errors(slots, last)
    # the word after the gap is recognised by its beginning, and followed from there
    assert all(e is not None and abs(e) <= 2 for e in errors[2:])


def test_words_not_in_the_text_are_filler_and_the_text_is_found_again(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT[:4]))
    away = len(speech.frames)
    speech.say(*FOREIGN)
    back = len(speech.frames)
    speech.say(*spoken(TEXT[4:])).say('SIL', frames=20)
    slots = align(text_aligner(), speech.log_posteriors())
    assert None not in slots[:away]
    filler = [s is None for s in slots[away:back]]
    assert np.mean(filler[len(filler) // 2 :]) > 0.9
    errors = boundary_errors(slots, speech.starts[-1 - len(spoken(TEXT[6:])) : -1])
    assert None not in errors
    assert max(abs(e) for e in errors) <= 2


def test_another_text_altogether_is_filler_most_of_the_time(speech):
    speech.say('SIL', frames=10).say(*FOREIGN, *FOREIGN, *FOREIGN).say('SIL', frames=10)
    slots = align(text_aligner(), speech.log_posteriors())
    spoken_frames = slots[len(slots) // 3 : -10]
    assert np.mean([s is None for s in spoken_frames]) > 0.8


@pytest.mark.parametrize('closure', ['P', 'B', 'M'])
def test_closures_are_not_skipped_where_other_phones_may_be(speech, closure):
    def visited(phone):
        heard = type(speech)()
        heard.say('SIL', frames=10).say('HH', 'AE', 'IY', 'S').say('SIL', frames=10)
        aligner = text_aligner([(('HH', 'AE', phone, 'IY', 'S'), False)])
        slots = align(aligner, heard.log_posteriors())
        assert slots[-5] is not None
        return any(s is not None and s.phone == phone for s in slots)

    assert visited(closure)
    assert not visited('D')


def test_text_in_pieces_is_text_at_once(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT)).say('SIL', frames=10)
    scores = speech.log_posteriors(0.6, 1.0)
    whole = align(text_aligner(), scores)
    pieces = TextAligner(LAG)
    for word in TEXT:
        pieces.append([word])
    found = align(pieces, scores)
    assert [s and s.phone for s in found] == [s and s.phone for s in whole]


def test_text_may_come_while_it_is_being_spoken(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT)).say('SIL', frames=10)
    scores = speech.log_posteriors()
    aligner, loop = text_aligner(TEXT[:3]), PhoneLoop(1)
    late = 10 + 6 * len(spoken(TEXT[:4])) + 9  # after its word has begun
    slots = []
    for frame, s in enumerate(scores):
        if frame == late:
            aligner.append(TEXT[3:])
        speaking = loop.push(s) != 0
        index = aligner.push(s, loop.gain, speaking)
        slots.append(None if index == FILLER else aligner.slot(index))
    errors = boundary_errors(slots[LAG:], speech.starts[-1 - len(spoken(TEXT[6:])) : -1])
    assert None not in errors  # two words were needed to find the place
    assert max(abs(e) for e in errors) <= 1


def test_sound_like_a_later_sentence_does_not_carry_the_place_there(speech):
    # every tenth to twelfth word is said like those of two sentences on
    rng = np.random.default_rng(0)
    words = [(tuple(rng.choice(PHONES[1:], 5)), False) for _ in range(200)]
    truth = []
    for k in range(160):
        truth.append(len(speech.frames))
        speech.say(*words[k + 25 if k % 12 >= 9 else k][0])
    slots = align(text_aligner(words), speech.log_posteriors(0.5, 0.5))
    away = [
        abs(slots[frame + 12].word - k)
        for k, frame in enumerate(truth[:-1])
        if slots[frame + 12] is not None and k % 12 in (5, 6, 7)
    ]
    assert len(away) > 15
    assert max(away) <= 1


def test_upcoming_phones_are_told_without_pauses():
    aligner = text_aligner()
    scores = np.full(40, -5.0, np.float32)
    aligner.push(scores, -5.0, True)
    assert aligner.upcoming(0, 4) == ('DH', 'AH', 'K', 'W')
    assert aligner.upcoming(2, 2) == ('K', 'W')
    assert aligner.upcoming(10_000, 2) == ()


def test_an_unknown_phone_changes_nothing(speech):
    aligner = text_aligner()
    before = pickle.dumps(aligner)
    with pytest.raises(ValueError, match="'AX'"):
        aligner.append([*TEXT, (('B', 'AX'), False)])
    assert pickle.dumps(aligner) == before


def test_too_much_text_is_refused_and_changes_nothing():
    aligner = TextAligner(LAG)
    assert not aligner.knows_text
    half = [(('AA',), False)] * (MAX_SLOTS // 4)
    aligner.append(half)
    before = pickle.dumps(aligner)
    with pytest.raises(ValueError, match=str(MAX_SLOTS)):
        aligner.append([*half, *half[:100]])
    assert pickle.dumps(aligner) == before
    aligner.append(half[:-100])


def test_a_frame_costs_the_same_however_long_the_text(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT), frames=4)
    scores = speech.log_posteriors()

    def cost(words):
        best = np.inf
        for _ in range(5):
            aligner = text_aligner(words)
            start = time.perf_counter()
            for s in scores:
                aligner.push(s, -0.1, True)
            best = min(best, time.perf_counter() - start)
        return best

    window_full = TEXT * 10
    assert cost(TEXT * 1000) < 2 * cost(window_full)


def test_an_hour_of_text_leaves_nothing_behind(speech):
    """Ten times the words, the same memory: what was spoken is forgotten."""
    speech.say(*spoken(TEXT), frames=2)
    scores = speech.log_posteriors(0.99)
    free = float(np.log(0.99))
    aligner = TextAligner(LAG)
    sizes = []
    for _ in range(60):
        aligner.append(TEXT * 2)
        for s in (*scores, *scores):
            assert aligner.push(s, free, True) != FILLER
        sizes.append(len(pickle.dumps(aligner)))
    assert max(sizes[30:]) < 1.2 * max(sizes[:15])
    assert 60 * 2 * len(spoken(TEXT)) > 3000


def test_reset_forgets_text_and_sound(speech):
    speech.say('SIL', frames=10).say(*spoken(TEXT))
    scores = speech.log_posteriors(0.7, 0.5)
    aligner = text_aligner()
    first = [s and s.phone for s in align(aligner, scores)]
    aligner.reset()
    assert not aligner.knows_text
    aligner.append(TEXT)
    assert [s and s.phone for s in align(aligner, scores)] == first


def test_nothing_is_spoken_by_empty_text():
    aligner = TextAligner(LAG)
    aligner.append([])
    assert not aligner.knows_text
