# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import csv
import shutil
from pathlib import Path

import pytest

from facetalk_ros.evaluation.animation import animate
from facetalk_ros.evaluation.closure import ClosureCounts, count_closures
from facetalk_ros.evaluation.speech import closure_report, read_clips

DATA = Path(__file__).parents[1] / 'data'
SHARED = Path(__file__).parents[3] / 'shared' / 'data' / 'speech'
HEADER = ('id', 'file', 'source', 'split', 'transcript')


def write(path, header, rows):
    with path.open('w', newline='', encoding='utf-8') as f:
        csv.writer(f).writerows([header, *rows])


@pytest.fixture
def folder(tmp_path):
    for name in ('amiable', 'sonnet'):
        shutil.copy(DATA / f'{name}.opus', tmp_path)
    write(tmp_path / 'manifest.csv', HEADER, [
        ('a', 'amiable.opus', 'librivox', 'dev', (DATA / 'amiable.txt').read_text()),
        ('b', 'sonnet.opus', 'poems', 'dev', (DATA / 'sonnet.txt').read_text()),
        ('c', 'sonnet.opus', 'poems', 'train', ''),
        ('d', 'sonnet.opus', 'poems', 'dev', 'no phones are known of this one'),
    ])  # fmt: skip
    write(tmp_path / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), [
        ('a', 'SIL', 0, 0.3), ('a', 'AA', 1.0, 1.2), ('a', 'M', 100.0, 100.1),
        ('b', 'SIL', 3.5, 3.6), ('b', 'B', 3.7, 3.75), ('c', 'B', 0.1, 0.2),
    ])  # fmt: skip
    return tmp_path


def test_clips_of_a_split_that_have_phones_are_read(folder):
    clips = list(read_clips(folder, 'dev'))
    assert [c.name for c in clips] == ['a', 'b']
    assert clips[0].audio == folder / 'amiable.opus'
    assert clips[0].source == 'librivox'
    assert clips[0].transcript.startswith('He might even')
    assert clips[1].phones == [('SIL', 3.5, 3.6), ('B', 3.7, 3.75)]


def test_closures_are_counted_on_the_streamed_face(folder):
    report = closure_report(folder, 'dev', with_text=True)
    late, silent = report['librivox'], report['poems']
    # a closure after the end of the face cannot be met, one in the silence after speech is
    assert (late.bilabials, late.closed, late.open_vowels) == (1, 0, 1)
    assert (silent.bilabials, silent.closed) == (1, 1)


def test_the_report_adds_up_by_source(folder):
    report = closure_report(folder, 'dev', with_text=False)
    assert list(report) == ['all', 'librivox', 'poems']
    total = ClosureCounts()
    total += report['librivox']
    total += report['poems']
    assert total == report['all']
    assert report['all'].bilabials == 2
    assert closure_report(folder, 'dev', False, limit=1)['all'].bilabials == 1


def test_a_folder_of_another_kind_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="no aligned clips of split 'test'"):
        closure_report(folder, 'test', False)
    (folder / 'phones.csv').unlink()
    with pytest.raises(ValueError, match=r'no phones\.csv'):
        list(read_clips(folder, 'dev'))
    with pytest.raises(ValueError, match=r'no manifest\.csv'):
        closure_report(tmp_path / 'nowhere', 'dev', False)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason='no ../shared/data/speech')
@pytest.mark.parametrize(
    ('with_text', 'closes', 'wrong'), [(True, 0.85, 0.06), (False, 0.70, 0.12)]
)
def test_lips_close_where_people_close_them(with_text, closes, wrong):
    clips = list(read_clips(SHARED, 'dev'))
    total = ClosureCounts()
    for clip in clips[::19]:
        face = animate(clip.audio, clip.transcript if with_text else '')
        total += count_closures(*face, clip.phones)
    assert total.bilabials >= 15
    assert total.open_vowels >= 60
    assert total.closure_rate >= closes
    assert total.wrong_rate <= wrong
