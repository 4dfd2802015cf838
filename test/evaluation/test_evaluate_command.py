# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest

from facetalk_ros.cli import main

SHARED_COLUMNS = 'id,file,source,split,transcript,speaker\n'
DATA = Path(__file__).parents[1] / 'data'


def printed(capsys, *args):
    assert main(['eval', *map(str, args)]) == 0
    out, err = capsys.readouterr()
    assert err == ''
    return out


def refused(capsys, *args):
    assert main(['eval', *map(str, args)]) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert err.count('\n') == 1
    return err


@pytest.fixture
def speech_folder(tmp_path):
    folder = tmp_path / 'speech'
    folder.mkdir()
    sound = DATA / 'amiable.opus'
    (folder / 'manifest.csv').write_text(
        SHARED_COLUMNS + f'1,{sound},book,dev,He might even,ann\n2,{sound},play,dev,,bob\n'
    )
    (folder / 'phones.csv').write_text('id,phone,start_s,end_s\n1,AA,1,1.2\n2,P,0,0.1\n')
    return folder


def test_tracked_faces_by_language_and_by_what_the_face_is_made_from(capsys, tracked_folder):
    report = json.loads(printed(capsys, tracked_folder, '--json'))
    assert {name: list(given) for name, given in report.items()} == {
        'en-GB': ['with text', 'audio only', 'loudness alone'],
        'zh': ['audio only', 'loudness alone'],  # there is no text
    }
    english = report['en-GB']['with text']['speakers']
    assert list(english) == ['a', 'b', 'all']
    # the phones of b are not to be trusted
    assert english['all']['closures']['seen']['bilabials'] == 1
    assert 'mouthClose' in english['a']['r']
    assert 'lip_gap' in report['en-GB']['loudness alone']['mean_of_speakers']
    chinese = report['zh']['audio only']['speakers']['all']
    assert set(chinese['r']) <= {'jawOpen', 'mouthPucker'}
    assert set(chinese['lag']) == {'jawOpen'}


def test_tables_to_read(capsys, tracked_folder):
    out = printed(capsys, tracked_folder)
    for title in (
        'r with the video, en-GB with text', 'later than the video, zh audio only',
        'acceleration, en-GB audio only', 'lips with loudness, en-GB with text',
        'closures, en-GB with text', 'r with the video, zh loudness alone',
    ):  # fmt: skip
        assert f'\n{title} ' in out
    assert 'closures, zh' not in out
    assert 'nan' not in out
    assert max(map(len, out.splitlines())) < 140


def test_parts_of_a_folder(capsys, tracked_folder):
    report = json.loads(
        printed(capsys, tracked_folder, '--json', '--only', 'text', '--speakers', 'b,c')
    )
    assert list(report) == ['en-GB']
    assert list(report['en-GB']) == ['with text', 'loudness alone']
    assert list(report['en-GB']['with text']['speakers']) == ['b', 'all']
    report = json.loads(printed(capsys, tracked_folder, '--json', '--only', 'audio', '--limit', 1))
    assert report['en-GB']['audio only']['speakers']['all']['clips'] == 1
    assert list(report['en-GB']) == ['audio only', 'loudness alone']


def test_closures_of_a_speech_folder(capsys, speech_folder):
    report = json.loads(printed(capsys, speech_folder, '--json', '--jobs', 2))
    assert {name: list(rows) for name, rows in report.items()} == {
        'with text': ['all', 'book', 'play'], 'audio only': ['all', 'book', 'play'],
    }  # fmt: skip
    assert report['with text']['book']['closure_rate'] is None
    assert report['with text']['play']['closed'] == 1
    out = printed(capsys, speech_folder, '--speakers', 'bob', '--only', 'audio')
    assert 'with text' not in out
    assert 'book' not in out
    assert '100.0%' in out


def test_one_line_for_every_mistake(capsys, tracked_folder, speech_folder, tmp_path):
    assert 'no manifest.csv' in refused(capsys, tmp_path)
    assert "no speaker 'x'; there are a, b, c" in refused(
        capsys, tracked_folder, '--speakers', 'a,x'
    )
    assert 'no clip has a transcript' in refused(
        capsys, tracked_folder, '--speakers', 'c', '--only', 'text'
    )
    assert "split 'test'" in refused(capsys, tracked_folder, '--split', 'test')
    assert 'and speakers eve' in refused(capsys, speech_folder, '--speakers', 'eve')
    for option in ('--jobs', '--limit'):
        assert 'not a number from 1 on' in refused(capsys, tracked_folder, option, '0')
    (speech_folder / 'phones.csv').write_text('id,phone\n1,AA\n')
    assert "no column 'start_s'" in refused(capsys, speech_folder)
