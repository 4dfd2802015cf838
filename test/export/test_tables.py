# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""CSV, Live Link CSV and JSON: what is written can be read, and genuine files too."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from facetalk_ros.export import Track, read_csv, read_livelink_csv, write_frames
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES


def test_csv_has_the_columns_of_the_contract(tmp_path, track):
    write_frames(tmp_path / 'face.csv', track)
    with (tmp_path / 'face.csv').open(newline='') as file:
        header, *rows = csv.reader(file)
    assert header == ['time_s', *ARKIT_NAMES]
    assert len(rows) == 30
    assert float(rows[6][0]) == pytest.approx(0.1)


@settings(max_examples=20, deadline=None)
@given(
    weights=arrays(np.float32, (4, 52), elements=st.floats(-2, 2, width=32)),
    start=st.floats(0, 86000),
)
@pytest.mark.parametrize(
    ('suffix', 'read', 'time_step_s'),
    [('.csv', read_csv, 1e-6), ('.livelink.csv', read_livelink_csv, 1 / 60000)],
)
def test_round_trip(tmp_path_factory, suffix, read, time_step_s, weights, start):
    path = tmp_path_factory.mktemp('tables') / f'face{suffix}'
    times = start + np.arange(4) / 60
    write_frames(path, Track(times, weights))
    back = read(path)
    assert np.abs(back.times_s - times).max() <= 0.51 * time_step_s
    assert np.abs(back.weights - weights).max() <= 1e-6


def test_csv_columns_are_found_by_name_in_any_order(tmp_path):
    (tmp_path / 'own.csv').write_text('jawOpen,note,time_s,tongueOut\n0.5,7,0,1\n0.25,8,1,0\n')
    track = read_csv(tmp_path / 'own.csv')
    assert track.weights[:, ARKIT_INDEX['jawOpen']].tolist() == [0.5, 0.25]
    assert track.weights.sum() == 1.75


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('', 'no rows'),
        ('time_s,jawOpen\n', 'no rows'),
        ('time,jawOpen\n0,0\n', 'no column time_s'),
        ('time_s,jaw\n0,0\n', 'no column has an ARKit name'),
        ('time_s,jawOpen,jawOpen\n0,0,0\n', "'jawOpen' occurs more than once"),
        ('time_s,jawOpen\n0,0\n1\n', 'row 3: 1 cells'),
        ('time_s,jawOpen\n0,wide\n', "row 2: .*'wide'"),
        ('time_s,jawOpen\n0,nan\n', 'row 2: .*not finite'),
        ('time_s,jawOpen\n1,0\n0,0\n', 'do not increase'),
        ('time_s,jawOpen\n0,\0\n', 'row 2'),
    ],
)
def test_a_csv_that_is_none_is_refused_with_the_place(tmp_path, text, complaint):
    path = tmp_path / 'bad.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read_csv(path)


def test_a_binary_file_is_no_csv(tmp_path):
    path = tmp_path / 'bad.csv'
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r'bad\.csv'):
        read_csv(path)


def test_livelink_addresses_the_swapped_pairs_by_name(tmp_path):
    weights = np.zeros((1, 52), np.float32)
    weights[0, ARKIT_INDEX['jawLeft']] = 0.25
    weights[0, ARKIT_INDEX['mouthRight']] = 0.75
    write_frames(tmp_path / 'face.livelink.csv', Track(np.zeros(1), weights))
    header, row = (tmp_path / 'face.livelink.csv').read_text().splitlines()
    cells = dict(zip(header.split(','), row.split(','), strict=True))
    assert float(cells['JawLeft']) == 0.25
    assert float(cells['MouthRight']) == 0.75
    assert header.split(',')[17:19] == ['JawRight', 'JawLeft']
    assert header.split(',')[23:25] == ['MouthRight', 'MouthLeft']


def test_livelink_time_code_counts_sixtieths(tmp_path):
    times = np.array([0.0, 0.5, 59.99999999, 3661.25])
    write_frames(tmp_path / 'face.livelink.csv', Track(times, np.zeros((4, 52), np.float32)))
    lines = (tmp_path / 'face.livelink.csv').read_text().splitlines()[1:]
    assert [line.split(',')[0] for line in lines] == [
        '00:00:00:00.000',
        '00:00:00:30.000',
        '00:01:00:00.000',
        '01:01:01:15.000',
    ]


def test_livelink_reads_over_midnight_and_leaves_untracked_rows_out(tmp_path):
    (tmp_path / 'take.csv').write_text(
        'Timecode,BlendshapeCount,JawOpen\n'
        '23:59:59:30.000,61,0.25\n23:59:59:45.000,0\n00:00:00:00.000,61,0.5\n00:00:01:00,61,1\n'
    )
    track = read_livelink_csv(tmp_path / 'take.csv')
    assert track.times_s.tolist() == [86399.5, 86400.0, 86401.0]
    assert track.weights[:, ARKIT_INDEX['jawOpen']].tolist() == [0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('time_s,jawOpen\n0,0\n', 'Timecode'),
        ('Timecode,BlendShapeCount,JawOpen\nnoon,61,0\n', "row 2: 'noon' is no time code"),
        ('Timecode,BlendShapeCount,JawOpen\n00:00:00:00.0,0,\n', 'no row has a tracked face'),
        ('Timecode,BlendShapeCount,JawOpen\n00:00:00:00.0,61\n', 'row 2: 2 cells'),
    ],
)
def test_a_livelink_file_that_is_none_is_refused(tmp_path, text, complaint):
    path = tmp_path / 'bad.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read_livelink_csv(path)


def test_livelink_refuses_times_that_a_time_code_cannot_hold(tmp_path):
    for time_s in (-0.1, 86400.0):
        with pytest.raises(ValueError, match='time code'):
            write_frames(
                tmp_path / 'face.livelink.csv',
                Track(np.array([time_s]), np.zeros((1, 52), np.float32)),
            )


@pytest.mark.shared
def test_a_genuine_take_comes_back_as_it_was(tmp_path, shared):
    genuine = shared / 'data/av/livelink/alex_rom_4.csv'
    track = read_livelink_csv(genuine)
    assert track.weights.shape == (3809, 52)
    gaps = np.diff(track.times_s)
    assert np.sum(np.abs(gaps - 1 / 30) > 1e-4) == 2  # the app dropped two frames
    write_frames(tmp_path / 'again.livelink.csv', track)
    with genuine.open() as was, (tmp_path / 'again.livelink.csv').open() as now:
        for line_was, line_now in zip(was, now, strict=True):
            cells_was, cells_now = line_was.strip().split(','), line_now.strip().split(',')
            assert cells_was[:2] == cells_now[:2]
            if cells_was[0] == 'Timecode':
                assert cells_was == cells_now
            else:
                # 52 shapes; after them the head, which is not ours
                want, got = (np.array(c[2:54], float) for c in (cells_was, cells_now))
                assert np.abs(want - got).max() < 1e-6
    gaze_was = np.loadtxt(genuine, delimiter=',', skiprows=1, usecols=(57, 58, 60, 61))
    gaze_now = np.loadtxt(
        tmp_path / 'again.livelink.csv', delimiter=',', skiprows=1, usecols=(57, 58, 60, 61)
    )
    assert np.sqrt(((gaze_was - gaze_now) ** 2).mean(0)).max() < 0.1  # rad


def test_json_holds_frames_and_keys(tmp_path, track):
    keys = [
        SimpleNamespace(
            time_s=0.25, phone='AA', kind=1, from_text=True, word='Ah', weights=track.weights[15]
        )
    ]
    write_frames(tmp_path / 'face.json', track, keys=keys)
    data = json.loads((tmp_path / 'face.json').read_text())
    assert data['names'] == list(ARKIT_NAMES)
    assert [f['time_s'] for f in data['frames']] == pytest.approx(track.times_s, abs=1e-6)
    assert np.array([f['weights'] for f in data['frames']]) == pytest.approx(
        track.weights, abs=1e-6
    )
    assert data['keys'][0]['phone'] == 'AA'
    assert data['keys'][0]['word'] == 'Ah'
    assert data['keys'][0]['weights'] == data['frames'][15]['weights']
