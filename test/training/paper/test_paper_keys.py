# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan_folder import write_scans

from facetalk_ros.audio.files import read_audio
from facetalk_ros.speech.acoustic import default_model
from facetalk_ros.speech.g2p import text_to_phones
from facetalk_ros.speech.phones import PHONE_INDEX, SILENCE
from facetalk_ros.speech.timings import TimedPhone
from facetalk_ros.training.layouts.scans import ScanFolder, read_scans
from facetalk_ros.training.paper.key_frames import (
    KEYS,
    choose_keys,
    phones_around,
    starts_of,
)
from facetalk_ros.training.paper.phone_keys import phone_starts

DATA = Path(__file__).parents[2] / 'data'
STARTS = [(SILENCE, 0.0), ('M', 0.2), ('AA', 0.4), (SILENCE, 0.8)]


@pytest.fixture
def spoken():
    try:
        default_model()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    pcm, _ = read_audio(DATA / 'sense.opus')
    return np.ascontiguousarray(pcm.samples[:, 0]), (DATA / 'sense.txt').read_text()


def test_phones_of_a_layout_are_read_as_aligners_write_them(tmp_path):
    write_scans(tmp_path, ['F2_01', 'F2_02'], 25)
    (tmp_path / 'phones').mkdir()
    (tmp_path / 'phones' / 'F2_01.json').write_text(
        '[["sil", 0, 0.1], ["HH", 0.1, 0.2], ["ah0", 0.2, 0.25], ["spn", 0.25, 0.5]]'
    )
    first, second = read_scans(tmp_path, 'biwi').clips
    assert first.phones == (
        TimedPhone(SILENCE, 0.0, 0.1), TimedPhone('HH', 0.1, 0.2), TimedPhone('AH', 0.2, 0.25),
        TimedPhone(SILENCE, 0.25, 0.5),
    )  # fmt: skip
    assert second.phones == ()


@pytest.mark.parametrize(
    'text', ['[["QQ", 0, 1]]', '[["AA", 0.5, 0.2]]', '[["AA", 0.1]]', '{"AA": 1}', '[[', '[3]']
)
def test_phones_that_are_none_are_listed_and_the_clip_is_skipped(tmp_path, text):
    write_scans(tmp_path, ['F2_01', 'F2_02'], 25)
    (tmp_path / 'phones').mkdir()
    (tmp_path / 'phones' / 'F2_01.json').write_text(text)
    layout = read_scans(tmp_path, 'biwi')
    assert [clip.name for clip in layout.clips] == ['F2_02']
    assert len(layout.skipped) == 1
    assert 'F2_01.json is no list of [phone, start_s, end_s]' in layout.skipped[0]


def test_a_folder_can_be_read_split_by_split_and_motion_by_motion(tmp_path):
    write_scans(tmp_path, ['F2_01', 'F2_02', 'F2_33', 'F2_4x'], 25)
    scans, told = ScanFolder(tmp_path, 'biwi'), []
    clips = list(scans.clips('train', lambda *done: told.append(done)))
    assert [clip.name for clip in clips] == ['F2_01', 'F2_02']
    assert told == [(0, 2), (1, 2)]
    assert len(scans.skipped) == 1
    np.testing.assert_array_equal(scans.motion('F2_02'), clips[1].motion)


def test_what_lies_between_phones_is_silence():
    phones = (TimedPhone('M', 0.2, 0.4), TimedPhone('AA', 0.4, 0.6), TimedPhone('P', 0.7, 0.8))
    assert starts_of(phones) == [
        (SILENCE, 0.0), ('M', 0.2), ('AA', 0.4), (SILENCE, 0.6), ('P', 0.7), (SILENCE, 0.8),
    ]  # fmt: skip


def test_keys_are_at_the_boundaries_and_the_others_are_as_many_elsewhere():
    keys = {choice: choose_keys(choice, STARTS, 26, 25.0, 'clip') for choice in KEYS}
    assert list(keys['boundaries']) == [0, 5, 10, 20, 25]
    assert list(keys['uniform']) == [0, 6, 12, 19, 25]
    assert len(keys['random']) == 5
    assert list(keys['none']) == []
    assert len({tuple(k) for k in keys.values()}) == 4
    again = choose_keys('random', STARTS, 26, 25.0, 'clip')
    np.testing.assert_array_equal(keys['random'], again)
    assert list(again) != list(choose_keys('random', STARTS, 26, 25.0, 'other'))
    with pytest.raises(ValueError, match="'loud'"):
        choose_keys('loud', STARTS, 26, 25.0, 'clip')


@given(
    st.sampled_from(KEYS[:3]), st.lists(st.floats(-1, 20), max_size=30), st.integers(2, 200),
    st.sampled_from([25.0, 30.0]),
)  # fmt: skip
def test_keys_ascend_and_hold_both_ends(choice, times, frames, fps):
    starts = [('AA', time_s) for time_s in sorted(times)]
    keys = choose_keys(choice, starts, frames, fps, 'clip')
    assert keys[0] == 0
    assert keys[-1] == frames - 1
    assert (np.diff(keys) > 0).all()
    assert len(keys) == len(choose_keys('boundaries', starts, frames, fps, 'clip'))
    assert phones_around(keys, starts, fps).shape == (len(keys), 3)


def test_a_key_knows_the_phones_around_it():
    around = phones_around(np.array([0, 5, 7, 10, 25]), STARTS, 25.0)
    sil, m, aa = (PHONE_INDEX[p] for p in (SILENCE, 'M', 'AA'))
    assert around.tolist() == [
        [sil, sil, m], [sil, m, aa], [sil, m, aa], [m, aa, sil], [aa, sil, sil],
    ]  # fmt: skip


def test_phones_of_a_recording_are_those_of_its_text(spoken):
    samples, text = spoken
    starts = list(phone_starts(samples, text))
    times = [start_s for _, start_s in starts]
    assert times[0] == 0.0
    assert times == sorted(set(times))
    assert times[-1] < len(samples) / 16000
    said = [p for word in text_to_phones(text).words for p in word.phones]
    assert [p for p, _ in starts if p != SILENCE] == said
    assert list(phone_starts(samples, text)) == starts


def test_phones_of_a_recording_without_text_are_heard(spoken):
    samples, text = spoken
    heard = list(phone_starts(samples))
    assert heard != list(phone_starts(samples, text))
    assert len({p for p, _ in heard}) > 10
    assert list(phone_starts(np.zeros(3200, np.float32))) == [(SILENCE, 0.0)]
