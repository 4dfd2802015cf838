# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from data_folders import TRACKED, av_folder, moving

from facetalk_ros.export.csv_table import write_csv
from facetalk_ros.export.livelink import write_livelink_csv
from facetalk_ros.export.track import Track
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.training.data.motion import Motion, read_motion

JAW = ARKIT_INDEX['jawOpen']


def test_tracks_come_in_our_order_with_what_is_known_about_them(tmp_path):
    weights = av_folder(tmp_path)
    track = read_motion(Motion(tmp_path / 'tracks' / 's1.npz', 'two'))
    assert track.weights.shape == (24, 52)
    assert track.weights.dtype == np.float32
    jaw = weights[25:, TRACKED.index('jawOpen')].astype(np.float32)
    np.testing.assert_array_equal(track.weights[:, JAW], jaw)
    assert [ARKIT_NAMES[i] for i in np.flatnonzero(~track.valid)] == ['tongueOut']
    assert track.seen.all()
    assert track.fps == 25
    assert track.lip_gap.shape == (24,)
    first = read_motion(Motion(tmp_path / 'tracks' / 's1.npz', 'one'))
    assert np.flatnonzero(~first.seen).tolist() == [3]


def test_constant_poses_of_a_rig_are_not_valid(tmp_path):
    av_folder(tmp_path)
    track = read_motion(Motion(tmp_path / 'tracks' / 'rig.npz', 'rig'))
    assert [ARKIT_NAMES[i] for i in np.flatnonzero(~track.valid)] == ['jawLeft', 'tongueOut']
    assert track.lip_gap is None


def test_unknown_clips_and_missing_files_are_told(tmp_path):
    av_folder(tmp_path)
    with pytest.raises(ValueError, match="no clip 'three'"):
        read_motion(Motion(tmp_path / 'tracks' / 's1.npz', 'three'))
    for name in ('none.npz', 'none.csv', 'none.json'):
        with pytest.raises(ValueError, match='none'):
            read_motion(Motion(tmp_path / name))


@pytest.mark.parametrize('write', [write_csv, write_livelink_csv])
def test_captured_files_start_with_their_sound(tmp_path, write):
    path = tmp_path / 'x.csv'
    write(path, moving(2.0, fps=60))
    track = read_motion(Motion(path))
    assert track.fps == 60
    assert track.duration_s == pytest.approx(2.0, abs=0.02)
    np.testing.assert_allclose(track.weights[:, JAW], np.linspace(0, 1, 120), atol=1e-4)
    assert {ARKIT_NAMES[i] for i in np.flatnonzero(track.valid)} == {'jawOpen', 'mouthSmileLeft'}
    assert track.seen.all()


def test_times_of_our_own_table_are_those_of_the_sound(tmp_path):
    path = tmp_path / 'x.csv'
    write_csv(path, moving(1.0, fps=50, start_s=0.5))
    track = read_motion(Motion(path))
    assert track.duration_s == pytest.approx(1.5, abs=0.03)
    assert not track.seen[:24].any()
    assert track.seen[26:].all()


def test_frames_without_a_face_are_filled_in_and_not_seen(tmp_path):
    path, whole = tmp_path / 'x.csv', moving(1.0)
    kept = np.r_[0:20, 30:60]
    write_csv(path, Track(whole.times_s[kept], whole.weights[kept]))
    track = read_motion(Motion(path))
    assert np.flatnonzero(~track.seen).tolist() == list(range(20, 30))
    np.testing.assert_allclose(track.weights[:, JAW], np.linspace(0, 1, 60), atol=1e-4)


@pytest.mark.parametrize(('base', 'fps'), [(30, 30.0), (60, 60.0), (24, 24.0)])
def test_time_codes_that_count_in_other_frames(tmp_path, base, fps):
    path = tmp_path / 'x.csv'
    rows = ['Timecode,BlendShapeCount,JawOpen']
    for i in range(10 * base):
        rows.append(f'00:00:{i // base:02d}:{i % base:02d}.000,61,{i / 1000:.4f}')
    path.write_text('\n'.join(rows))
    track = read_motion(Motion(path))
    assert track.fps == fps
    assert track.duration_s == pytest.approx(10, abs=0.05)


def test_times_that_cannot_be_are_told(tmp_path):
    path = tmp_path / 'x.csv'
    path.write_text('time_s,jawOpen\n0,0\n0.01,1\n0.02,1\n1e9,0\n')
    with pytest.raises(ValueError, match='it ends at'):
        read_motion(Motion(path))
    path.write_text('time_s,jawOpen\n0,0\n')
    with pytest.raises(ValueError, match='1 frames'):
        read_motion(Motion(path))
