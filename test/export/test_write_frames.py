# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What all formats have in common."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from facetalk_ros.export import SUFFIXES, Audio, Track, check_out, write_frames

TABLES = ['.csv', '.livelink.csv', '.json', '.mcap']


class Frame(NamedTuple):
    time_s: float
    weights: np.ndarray


@pytest.mark.parametrize('suffix', TABLES)
def test_equal_input_gives_equal_bytes_whatever_the_name(tmp_path: Path, track, suffix):
    audio = Audio(np.zeros(8000, np.float32), 16000)
    write_frames(tmp_path / f'a{suffix}', track, audio=audio)
    frames = [Frame(t, w) for t, w in zip(*track, strict=True)]
    write_frames(tmp_path / f'b{suffix.upper()}', frames, audio=audio)
    assert (tmp_path / f'a{suffix}').read_bytes() == (tmp_path / f'b{suffix.upper()}').read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize('suffix', TABLES)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, track, suffix, monkeypatch):
    path = tmp_path / f'face{suffix}'
    path.write_text('old')

    def disk_full(*_args):
        raise OSError('disk full')

    monkeypatch.setattr('os.replace', disk_full)
    with pytest.raises(OSError, match='disk full'):
        write_frames(path, track)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == 'old'


def test_an_unknown_ending_is_refused_with_those_that_exist(tmp_path, track):
    with pytest.raises(ValueError, match=r'face\.txt.*\.livelink\.csv, \.csv, \.json, \.mcap'):
        write_frames(tmp_path / 'face.txt', track)
    with pytest.raises(ValueError, match='must end with'):
        check_out('face')


@pytest.mark.parametrize('suffix', SUFFIXES)
def test_a_missing_folder_is_named_before_the_work(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match='nowhere'):
        check_out(tmp_path / 'nowhere' / f'face{suffix}')
    (tmp_path / f'face{suffix}').mkdir()
    with pytest.raises(IsADirectoryError):
        check_out(tmp_path / f'face{suffix}')


@pytest.mark.parametrize('suffix', SUFFIXES)
@pytest.mark.parametrize(
    ('frames', 'complaint'),
    [
        ([], 'no frames'),
        ([Frame(0.0, np.zeros(51, np.float32))], r'\(51,\)'),
        ([Frame(0.0, np.full(52, np.nan, np.float32))], 'not finite'),
        ([Frame(float('inf'), np.zeros(52, np.float32))], 'not finite'),
        ([Frame(t, np.zeros(52, np.float32)) for t in (0.0, 0.1, 0.1)], 'do not increase'),
        (Track(np.zeros(2), np.zeros((3, 52), np.float32)), r'\(3, 52\) for 2'),
    ],
)
def test_bad_frames_are_refused_and_leave_no_file(tmp_path, suffix, frames, complaint):
    with pytest.raises(ValueError, match=complaint):
        write_frames(tmp_path / f'face{suffix}', frames)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('samples', [np.zeros((2, 3, 4)), np.zeros(9, np.int64), np.zeros((9, 0))])
def test_audio_of_another_kind_is_refused(samples):
    with pytest.raises(ValueError, match='audio'):
        Audio(samples, 16000).as_int16()


def test_audio_beyond_full_scale_clips_and_does_not_wrap():
    samples = np.array([-2.0, -1.0, 0.5, 1.0, 7.0, np.nan, np.inf], np.float32)
    wanted = [-32768, -32768, 16384, 32767, 32767, 0, 32767]
    assert Audio(samples, 16000).as_int16()[:, 0].tolist() == wanted
