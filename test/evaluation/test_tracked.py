# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import csv
import json
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.evaluation.motion_scores import score_clips
from facetalk_ros.evaluation.tracked import read_tracked
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

SHARED = Path(__file__).parents[3] / 'shared' / 'data' / 'av'


def change(folder, name, **columns):
    with (folder / 'manifest.csv').open(newline='') as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        if row['speaker'] == name:
            row.update(columns)
    with (folder / 'manifest.csv').open('w', newline='') as f:
        table = csv.DictWriter(f, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def change_track(folder, name, **arrays):
    with np.load(folder / f'{name}.npz') as track:
        known = dict(track)
    np.savez(folder / f'{name}.npz', **(known | arrays))


def test_faces_are_read_in_our_order(tracked_folder):
    a, b, c = read_tracked(tracked_folder, 'dev')
    assert (a.speaker, a.language, a.fps, c.language, c.fps) == ('a', 'en-GB', 25, 'zh', 30)
    assert a.audio == tracked_folder / 'a.opus'
    assert a.weights.shape == (90, 52)
    assert a.time_s[1] == 0.04
    assert c.time_s[30] == 1.0
    moving = [name for name in ARKIT_NAMES if a.weights[:, ARKIT_INDEX[name]].any()]
    assert moving == ['jawOpen', 'mouthClose', 'mouthPucker']
    assert a.lip_gap.std() > 0
    assert a.envelope.max() > 0.01
    assert b.transcript == 'He might even'


def test_constant_and_invalid_channels_are_not_measured(tracked_folder):
    valid = np.ones(52, bool)
    valid[sorted(ARKIT_NAMES).index('mouthPucker')] = False
    change_track(tracked_folder, 'a', channel_valid=valid)
    a, b, c = (
        [name for name, known in zip(ARKIT_NAMES, clip.measured, strict=True) if known]
        for clip in read_tracked(tracked_folder, 'dev')
    )
    assert a == ['jawOpen', 'mouthClose']
    assert b == ['jawOpen', 'mouthClose', 'mouthPucker']
    assert c == ['jawOpen', 'mouthPucker']  # names.json calls the other constant
    clip = next(iter(read_tracked(tracked_folder, 'dev', ['c'])))
    assert clip.lip_gap is None


def test_phones_far_from_the_corpus_are_not_trusted(tracked_folder):
    a, b, c = read_tracked(tracked_folder, 'dev')
    assert a.phones[1] == ('AA', 0.4, 0.8)
    assert b.phones == c.phones == ()


def test_only_the_speakers_asked_for(tracked_folder):
    assert [clip.speaker for clip in read_tracked(tracked_folder, 'dev', ['b', 'c'])] == ['b', 'c']
    with pytest.raises(ValueError, match="no speaker 'd'; there are a, b, c"):
        list(read_tracked(tracked_folder, 'dev', ['a', 'd']))
    with pytest.raises(ValueError, match="split 'test': no clips"):
        list(read_tracked(tracked_folder, 'test'))


@pytest.mark.parametrize(
    ('spoil', 'says'),
    [
        (lambda f: (f / 'names.json').write_text('{}'), "tracked faces: no 'arkit'"),
        (lambda f: (f / 'names.json').write_text('{'), 'tracked faces: Expecting'),
        (lambda f: (f / 'names.json').write_text('[]'), 'tracked faces: list indices'),
        (lambda f: (f / 'manifest.csv').unlink(), 'tracked faces: .*No such file'),
        (lambda f: (f / 'manifest.csv').write_text('clip\n1\n'), "no 'split'"),
        (lambda f: (f / 'a.npz').unlink(), "clip '1': .*a.npz is no track"),
        (lambda f: (f / 'a.npz').write_bytes(b'PK\x03\x04'), 'a.npz is no track'),
        (lambda f: (f / 'a.npz').write_text('words'), 'a.npz is no track'),
        (lambda f: np.savez(f / 'a.npz', clips=['1']), "a.npz is no track: no 'arkit"),
        (lambda f: change_track(f, 'a', offsets=[0, 91]), r'no track: weights of shape \(90, 52'),
        (lambda f: change_track(f, 'a', clips=['2']), "clip '1': not in a.npz"),
        (lambda f: change_track(f, 'a', lip_gap=[np.nan] + [0.1] * 89), 'no numbers'),
        (lambda f: change_track(f, 'a', clips=['1', '2'], offsets=[0, 2, 90]), '2 frames'),
        (lambda f: change(f, 'a', fps='0'), "clip '1': 0.0 frames a second"),
        (lambda f: change(f, 'a', fps='fast'), "clip '1': could not convert"),
        (lambda f: (f / 'a.opus').unlink(), 'a.opus: no such file'),
        (lambda f: (f / 'a.json').unlink(), 'No such file.*a.json'),
        (lambda f: (f / 'a.json').write_text(json.dumps({'1': [[1]]})), 'not enough values'),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(tracked_folder, spoil, says):
    spoil(tracked_folder)
    with pytest.raises(ValueError, match=says):
        list(read_tracked(tracked_folder, 'dev'))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason='no ../shared/data/av')
def test_the_face_goes_with_people_never_trained_on_and_in_time():
    clips = list(read_tracked(SHARED, 'dev', ['grid_s11', 'grid_s30']))[::3]
    row = score_clips(clips, with_text=True).report()['speakers']['all']
    assert row['r']['jawOpen'] > 0.45
    assert row['r']['lip_gap'] > 0.55
    assert abs(row['lag']['lip_gap']['lag_s']) <= 0.04
    # the lips of both people and of the face close
    assert row['closures']['seen']['closure_rate'] == 1.0
    assert row['closures']['made']['closure_rate'] > 0.9
