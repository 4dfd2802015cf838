# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from data_folders import av_folder, capture_folder, speech_folder, table, tone

from facetalk_ros.training.data.collect import collect
from facetalk_ros.training.data.manifest import read_manifest, write_manifest

SHARED = Path(__file__).parents[4] / 'shared' / 'data'


@pytest.fixture
def everything(tmp_path):
    for name in ('speech', 'av'):
        (tmp_path / name).mkdir()
    speech_folder(tmp_path / 'speech')
    av_folder(tmp_path / 'av')
    capture_folder(tmp_path / 'mine' / 'eva')
    return tmp_path


def test_every_layout_of_a_folder_is_recognised(everything):
    found = collect(everything)
    assert found.skipped == []
    assert [r.name for r in found.recordings] == ['one', 'two', 'rig', 'own', 'take', 'a', 'b']
    by_name = {r.name: r for r in found.recordings}
    assert by_name['one'].phones == (('SIL', 0.0, 0.5), ('B', 0.5, 0.6))
    assert by_name['two'].phones == ()  # its words are elsewhere
    assert by_name['one'].language == 'en-GB'
    assert by_name['b'].phones == ()
    assert by_name['b'].split == 'dev'
    take = by_name['take']
    assert (take.speaker, take.transcript, take.source) == ('eva', 'Hello, there', 'capture')
    assert {r.name for r in found.recordings if r.motion} == {'one', 'two', 'rig', 'own', 'take'}
    for recording, samples in found.sounds():
        assert recording.duration_s == pytest.approx(1.0)
        assert samples.dtype == np.float32
        assert len(samples) == 16000
        # whatever rate the file has, the tone is as high
        assert np.abs(np.fft.rfft(samples)).argmax() == 200


def test_one_manifest_holds_recordings_of_every_source(everything):
    found = collect(everything)
    (everything / 'lists').mkdir()
    path = everything / 'lists' / 'manifest.jsonl'
    write_manifest(path, found.recordings)
    assert str(everything) not in path.read_text()
    again = read_manifest(path)
    assert again.skipped == []
    for one, same in zip(found.recordings, again.recordings, strict=True):
        assert same.audio.resolve() == one.audio.resolve()
        for field in ('name', 'speaker', 'source', 'licence', 'split', 'language', 'transcript'):
            assert getattr(one, field) == getattr(same, field)
        assert one.phones == same.phones
        assert one.duration_s == same.duration_s
        if one.motion:
            np.testing.assert_array_equal(one.face().weights, same.face().weights)
        else:
            assert same.face() is None
    moved = everything.parent / (everything.name + '_moved')
    shutil.move(everything, moved)
    assert len(collect(moved / 'lists').recordings) == len(found.recordings)


def break_speech(folder):
    (folder / 'a.wav').write_bytes(b'RIFF and then nothing')


def lose_speech(folder):
    (folder / 'a.wav').unlink()


def other_rate(folder):
    tone(folder / 'a.wav', rate_hz=22050)


def disordered_phones(folder):
    rows = [('a', 'HH', 0.5, 0.6), ('a', 'AY', 0.2, 0.5)]
    table(folder / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), rows)


def late_phones(folder):
    table(folder / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), [('a', 'HH', 0, 9)])


def unreadable_phones(folder):
    table(folder / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), [('a', 'HH', 'x', 9)])


def endless_phones(folder):
    table(folder / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), [('a', 'HH', 0, 'nan')])


def no_phones(folder):
    (folder / 'phones.csv').unlink()


def empty_sound(folder):
    soundfile.write(folder / 'a.wav', np.zeros(0), 16000)


@pytest.mark.parametrize(
    ('damage', 'reason'),
    [
        (break_speech, 'a: .*a.wav'),
        (lose_speech, 'a: .*no such file'),
        (other_rate, 'a: .*22050 Hz'),
        (disordered_phones, 'a: phones do not ascend at AY'),
        (late_phones, 'a: phones last 9.00 s, the sound 1.00 s'),
        (unreadable_phones, 'a: phones.csv: could not convert'),
        (endless_phones, 'a: phones do not ascend at HH 0.0 to nan'),
        (no_phones, 'a: aligned, but it has no phones'),
        (empty_sound, 'a: .*0 samples'),
    ],
)
def test_speech_trains_on_the_rest_and_lists_what_it_skipped(tmp_path, damage, reason):
    speech_folder(tmp_path)
    damage(tmp_path)
    found = collect(tmp_path)
    assert [r.name for r in found.recordings] == ['b']
    (line,) = found.skipped
    assert re.match(reason, line), line
    assert '\n' not in line


def test_tracked_faces_train_on_the_rest_and_list_what_they_skipped(tmp_path):
    av_folder(tmp_path)
    tone(tmp_path / 'audio' / 'two.wav', 1.5)
    (tmp_path / 'tracks' / 'rig.npz').write_bytes(b'PK broken')
    found = collect(tmp_path)
    assert [r.name for r in found.recordings] == ['one']
    assert found.skipped[0] == 'two: sound and motion differ by +0.54 s'
    assert found.skipped[1].startswith('rig: ')
    assert len(found.skipped) == 2
    (tmp_path / 'phones.json').write_text('[]')
    assert [line[:3] for line in collect(tmp_path).skipped] == ['one', 'two', 'rig']


def test_weights_that_are_no_numbers_are_listed(tmp_path):
    av_folder(tmp_path)
    tracks = dict(np.load(tmp_path / 'tracks' / 's1.npz'))
    tracks['arkit'][30, 4] = np.nan
    np.savez(tmp_path / 'tracks' / 's1.npz', **tracks)
    found = collect(tmp_path)
    assert [r.name for r in found.recordings] == ['one', 'rig']
    assert 'clip two: values that are no numbers' in found.skipped[0]


def test_a_capture_lists_what_does_not_fit(tmp_path):
    folder = tmp_path / 'eva'
    capture_folder(folder)
    tone(folder / 'alone.wav')
    tone(folder / 'long.wav', 2.0)
    shutil.copy(folder / 'own.csv', folder / 'long.csv')
    tone(folder / 'nan.wav')
    (folder / 'nan.csv').write_text('time_s,jawOpen\n0,0\n0.5,nan\n')
    tone(folder / 'odd.wav')
    header, *rows = (folder / 'own.csv').read_text().splitlines()
    odd = [header + ',jawOpn', *(row + ',1' for row in rows)]
    (folder / 'odd.csv').write_text('\n'.join(odd))
    (folder / 'orphan.json').write_text('{}')
    (folder / 'bad.mp3').write_bytes(b'')
    (folder / 'own.txt').write_bytes(b'\xff\xfe\x00')
    found = collect(folder)
    assert [r.name for r in found.recordings] == ['alone', 'odd', 'own', 'take']
    starts = sorted(line.split(':')[0] for line in found.skipped)
    assert starts == [
        'alone.wav', 'bad', 'bad.mp3', 'long', 'nan', 'odd.csv', 'orphan.json', 'own.txt',
    ]  # fmt: skip
    assert 'odd.csv: unknown columns left out: jawOpn' in found.skipped
    assert 'long: sound and motion differ by +1.00 s' in found.skipped
    assert all('\n' not in line for line in found.skipped)


def test_sound_that_cannot_be_decoded_becomes_skipped(tmp_path):
    speech_folder(tmp_path)
    found = collect(tmp_path)
    (tmp_path / 'a.wav').unlink()
    assert [r.name for r, _ in found.sounds()] == ['b']
    assert [r.name for r in found.recordings] == ['b']
    assert found.skipped[0].startswith('a: ')


def test_a_manifest_with_bad_lines_gives_the_rest(tmp_path):
    speech_folder(tmp_path)
    path = tmp_path / 'manifest.jsonl'
    write_manifest(path, collect(tmp_path).recordings)
    head, a, b = path.read_text().splitlines()
    lost = {**json.loads(a), 'audio': 'lost.wav'}
    wrong = {**json.loads(a), 'phones': [['AA', 0]]}
    untitled = {k: v for k, v in json.loads(a).items() if k != 'name'}
    bad = ['{', '3', json.dumps(lost), json.dumps(wrong), json.dumps(untitled)]
    path.write_text('\n'.join([head, *bad, '', b]))
    found = collect(tmp_path)
    assert [r.name for r in found.recordings] == ['b']
    assert len(found.skipped) == 5
    assert found.skipped[0].startswith('manifest.jsonl, line 2: ')
    assert found.skipped[-1] == "manifest.jsonl, line 6: no 'name'"
    for text in ('', 'x', '[]', '{"format": "facetalk recordings", "version": 99}'):
        path.write_text(text)
        (line,) = collect(tmp_path).skipped
        assert 'manifest.jsonl' in line


def test_folders_with_nothing_are_told(tmp_path):
    with pytest.raises(ValueError, match='is no folder'):
        collect(tmp_path / 'none')
    (line,) = collect(tmp_path).skipped
    assert 'no manifest and no sound' in line
    (tmp_path / 'manifest.csv').write_text('x,y\n1,2\n')
    (line,) = collect(tmp_path).skipped
    assert 'no column id' in line


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason='no ../shared/data')
def test_all_shared_data_can_be_used():
    found = collect(SHARED)
    assert found.skipped == []
    assert len(found.recordings) > 5000
    her = next(r for r in found.recordings if r.source.startswith('FACEGOOD')).face()
    him = next(r for r in found.recordings if r.source.startswith('GRID')).face()
    # eleven poses of her rig never move
    assert (her.valid.sum(), him.valid.sum()) == (16, 51)
    assert her.lip_gap is None
    assert len(him.lip_gap) == len(him.weights)


def test_json_with_motion_is_read(tmp_path):
    folder = tmp_path / 'eva'
    capture_folder(folder)
    (folder / 'own.csv').unlink()
    frames = [{'time_s': i / 30, 'weights': [i / 30, 0.2]} for i in range(30)]
    (folder / 'own.json').write_text(
        json.dumps({'names': ['jawOpen', 'mouthPucker'], 'frames': frames})
    )
    found = collect(folder)
    assert found.skipped == []
    face = found.recordings[0].face()
    assert face.fps == 30
    assert face.valid.sum() == 1


def test_two_speakers_in_two_folders(tmp_path):
    capture_folder(tmp_path / 'eva')
    capture_folder(tmp_path / 'max')
    assert {r.speaker for r in collect(tmp_path).recordings} == {'eva', 'max'}
