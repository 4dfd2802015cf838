# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import csv
import json
import os
import pickle

import numpy as np
import pytest
import soundfile
from scan_folder import POINTS, write_scans

from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.training.layouts.clip import spread_words
from facetalk_ros.training.layouts.scans import PROTOCOLS, read_scans, read_templates
from facetalk_ros.training.layouts.tracked import read_tracked_faces


def test_biwi_by_its_protocol(tmp_path):
    names = ['F2_01', 'F2_33', 'F2_40', 'F1_40', 'F1_05']
    templates = write_scans(tmp_path, names, 25)
    (tmp_path / 'words' / 'F2_01.json').write_text('[["hello", 0.1, 0.4], ["you", 0.5, 0.8]]')
    (tmp_path / 'transcripts' / 'F2_33.txt').write_text('good day')
    layout = read_scans(tmp_path, 'biwi')
    assert {c.name: c.split for c in layout.clips} == {
        'F2_01': 'train', 'F2_33': 'val', 'F2_40': 'test_a', 'F1_40': 'test_b',
    }  # fmt: skip
    assert not layout.skipped
    clip = layout.split('train')[0]
    assert clip.fps == 25
    assert clip.motion.shape == (25, POINTS * 3)
    stored = np.load(tmp_path / 'vertices_npy' / 'F2_01.npy')
    np.testing.assert_allclose(clip.motion + clip.rest, stored, atol=1e-6)
    np.testing.assert_allclose(clip.rest, templates['F2'].reshape(-1), atol=1e-6)
    assert [w.text for w in clip.words] == ['hello', 'you']
    assert [w.text for w in layout.split('val')[0].words] == ['good', 'day']
    assert layout.split('test_a')[0].words == ()


def test_vocaset_is_taken_at_half_its_rate(tmp_path):
    name = 'FaceTalk_170725_00137_TA_sentence01'
    write_scans(tmp_path, [name, 'FaceTalk_170809_00138_TA_sentence21'], 60)
    layout = read_scans(tmp_path, 'vocaset')
    clip = layout.split('train')[0]
    assert clip.speaker == 'FaceTalk_170725_00137_TA'
    assert clip.fps == 30
    stored = np.load(tmp_path / 'vertices_npy' / f'{name}.npy')
    np.testing.assert_allclose(clip.motion + clip.rest, stored[::2], atol=1e-6)
    assert [c.name for c in layout.split('test')] == ['FaceTalk_170809_00138_TA_sentence21']


def test_the_protocols_have_the_sizes_of_the_papers():
    sizes = {
        data_set: {n: len(subjects) * len(s) for n, (subjects, s) in protocol.splits.items()}
        for data_set, protocol in PROTOCOLS.items()
    }
    assert sizes == {
        'biwi': {'train': 192, 'val': 24, 'test_a': 24, 'test_b': 32},
        'vocaset': {'train': 320, 'val': 40, 'test': 40},
    }


def test_text_moves_the_upper_face_and_the_corners_of_a_scan(tmp_path):
    write_scans(tmp_path, ['F2_01'], 25)
    assert list(read_scans(tmp_path, 'biwi').regions.text_outputs()) == list(range(12, 18))
    (tmp_path / 'regions' / 'corners.txt').write_text('2')
    movable = read_scans(tmp_path, 'biwi').regions.text_outputs()
    assert list(movable) == [6, 7, 8, *range(12, 18)]


def test_what_cannot_be_used_is_listed_and_the_rest_is_read(tmp_path):
    names = [f'F2_{i:02}' for i in range(1, 11)]
    write_scans(tmp_path, names, 25)
    vertices, wav = tmp_path / 'vertices_npy', tmp_path / 'wav'
    (vertices / 'F2_01.npy').unlink()
    (wav / 'F2_02.wav').unlink()
    (vertices / 'F2_03.npy').write_bytes(b'\x93NUMPY and no more')
    (wav / 'F2_04.wav').write_bytes(b'RIFF')
    np.save(vertices / 'F2_05.npy', np.zeros((25, 12), np.float32))
    np.save(vertices / 'F2_06.npy', np.full((25, POINTS * 3), np.nan, np.float32))
    soundfile.write(wav / 'F2_07.wav', np.zeros(48000), 16000)
    soundfile.write(wav / 'F2_08.wav', np.zeros(44100), 44100)
    (tmp_path / 'words' / 'F2_09.json').write_text('[["late", 0.9, 0.2]]')
    layout = read_scans(tmp_path, 'biwi')
    assert [clip.name for clip in layout.clips] == ['F2_10']
    for name, line in zip(names[:9], layout.skipped, strict=True):
        assert name in line


def test_a_pickle_that_would_run_something_is_refused(tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'harm'),)

    path = tmp_path / 'templates.pkl'
    path.write_bytes(pickle.dumps({'F1': Harm()}))
    with pytest.raises(ValueError, match='no pickle of templates'):
        read_templates(path)
    assert not (tmp_path / 'harm').exists()


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_templates_of_every_pickle_protocol_are_read(tmp_path, protocol):
    path = tmp_path / 'templates.pkl'
    face = np.arange(6, dtype=np.float64).reshape(2, 3)
    path.write_bytes(pickle.dumps({'F1': face}, protocol=protocol))
    np.testing.assert_array_equal(read_templates(path)['F1'], np.arange(6))


def test_a_folder_of_another_layout_says_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r'templates\.pkl'):
        read_scans(tmp_path, 'biwi')
    with pytest.raises(ValueError, match='not a folder of tracked faces'):
        read_tracked_faces(tmp_path)
    write_scans(tmp_path, ['F2_01'], 25)
    (tmp_path / 'regions' / 'lve.txt').write_text('0, 6')
    with pytest.raises(ValueError, match=r'outside 0\.\.5'):
        read_scans(tmp_path, 'biwi')


def test_words_without_times_fill_what_can_be_heard():
    samples = np.zeros(32000, np.float32)
    samples[8000:24000] = 0.5
    words = spread_words(['a', 'longer'], samples)
    assert words[0].start_s == pytest.approx(0.5, abs=0.03)
    assert words[1].end_s == pytest.approx(1.5, abs=0.03)
    assert words[1].end_s - words[1].start_s > 2 * (words[0].end_s - words[0].start_s)
    assert spread_words(['a'], np.zeros(32000, np.float32)) == ()


def write_tracked(folder, clips=3, frames=50):
    """Write a folder of one tracked speaker, in the alphabetical order that trackers use."""
    for sub in ('audio', 'tracks', 'align'):
        (folder / sub).mkdir(parents=True)
    names = sorted(ARKIT_NAMES)
    (folder / 'names.json').write_text(json.dumps({'arkit': names}))
    weights = np.zeros((clips * frames, 52), np.float16)
    weights[:, names.index('browInnerUp')] = 0.25  # this speaker's resting face
    weights[::3, names.index('jawOpen')] = 0.5
    missing = np.zeros(clips * frames, bool)
    missing[4] = True
    np.savez(
        folder / 'tracks' / 's.npz', clips=[f'c{i}' for i in range(clips)], arkit=weights,
        offsets=np.arange(clips + 1) * frames, missing=missing,
    )  # fmt: skip
    rows = []
    for i in range(clips):
        soundfile.write(folder / 'audio' / f'c{i}.wav', np.zeros(frames * 640), 16000)
        text = '0 2500 sil\n2500 12500 bin\n12500 25000 blue\n'
        (folder / 'align' / f'c{i}.align').write_text(text)
        rows.append({
            'clip': f'c{i}', 'speaker': 's', 'split': 'train', 'language': 'en-GB', 'fps': '25.0',
            'transcript': 'bin blue', 'audio': f'audio/c{i}.wav', 'tracks': 'tracks/s.npz',
            'word_align': f'align/c{i}.align',
        })  # fmt: skip
    with (folder / 'manifest.csv').open('w', newline='') as f:
        writer = csv.DictWriter(f, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_tracked_faces_are_brought_to_our_order_and_to_rest(tmp_path):
    write_tracked(tmp_path)
    clip = read_tracked_faces(tmp_path).clips[0]
    assert clip.motion[0, ARKIT_INDEX['jawOpen']] == pytest.approx(0.5)
    assert clip.rest[ARKIT_INDEX['browInnerUp']] == pytest.approx(0.25)
    assert not clip.motion[:, ARKIT_INDEX['browInnerUp']].any()
    assert list(clip.seen[4:6]) == [False, True]
    assert [(w.text, w.start_s, w.end_s) for w in clip.words] == [
        ('bin', 0.1, 0.5), ('blue', 0.5, 1.0),
    ]  # fmt: skip


def test_tracked_clips_that_cannot_be_used_are_listed(tmp_path):
    write_tracked(tmp_path)
    (tmp_path / 'audio' / 'c0.wav').unlink()
    (tmp_path / 'align' / 'c1.align').write_text('nothing of the kind')
    layout = read_tracked_faces(tmp_path)
    assert [clip.name for clip in layout.clips] == ['c2']
    assert [line[:2] for line in layout.skipped] == ['c0', 'c1']
    (tmp_path / 'tracks' / 's.npz').write_bytes(b'PK')
    with pytest.raises(ValueError, match='no usable clip; 3 skipped'):
        read_tracked_faces(tmp_path)
