# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import csv
import json
import shutil

import numpy as np
import pytest
import soundfile

from facetalk_ros.speech.phones import PHONE_INDEX
from facetalk_ros.training.data.corpus import UNKNOWN, frame_labels, read_av, read_speech
from facetalk_ros.training.data.flite import FLITE_VOICES, synthesise

SPEECH = (
    'id', 'file', 'speaker', 'source', 'licence', 'split', 'transcript', 'aligned',
)  # fmt: skip
AV = (
    'clip', 'audio', 'speaker', 'source', 'licence', 'split', 'transcript', 'phones',
    'phone_dev_s',
)  # fmt: skip


def write(path, header, rows):
    with path.open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])


def test_labels_follow_the_middle_of_frames():
    labels = frame_labels((('SIL', 0.0, 0.02), ('AA', 0.02, 0.046), ('spn', 0.046, 0.06)), 8)
    sil, aa = PHONE_INDEX['SIL'], PHONE_INDEX['AA']
    assert labels.tolist() == [sil, sil, aa, aa, aa, UNKNOWN, UNKNOWN, UNKNOWN]
    assert labels.dtype == np.int64


def test_labels_stretch_with_the_sound():
    phones = (('SIL', 0.0, 0.1), ('AA', 0.1, 0.2))
    plain, long = frame_labels(phones, 20), frame_labels(phones, 40, stretch=2.0)
    np.testing.assert_array_equal(long.reshape(-1, 2), np.stack((plain, plain), 1))
    assert (frame_labels(phones, 40) == UNKNOWN).sum() == 20


def test_labels_without_phones_are_unknown():
    assert (frame_labels((), 5) == UNKNOWN).all()
    assert frame_labels((('AA', 0.0, 1.0),), 0).shape == (0,)


def test_aligned_clips_of_a_speech_folder(tmp_path):
    sound = np.sin(np.arange(16000) / 9).astype(np.float32) * 0.5
    soundfile.write(tmp_path / 'a.wav', sound, 16000, subtype='FLOAT')
    soundfile.write(tmp_path / 'b.wav', np.stack((sound, -sound), 1), 16000)
    write(tmp_path / 'manifest.csv', SPEECH, [
        ('a', 'a.wav', 'ann', 'vctk', 'CC BY', 'train', 'Hello, there', '1'),
        ('b', 'b.wav', 'bob', 'an4', 'BSD', 'dev', 'Hi', '1'),
        ('c', 'c.wav', 'bob', 'an4', 'BSD', 'dev', 'not aligned', '0'),
    ])  # fmt: skip
    write(tmp_path / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), [
        ('a', 'HH', '0.10', '0.2'), ('b', 'AY', '0', '1'), ('a', 'AH', '0.2', '0.3'),
    ])  # fmt: skip
    first, second = read_speech(tmp_path)
    assert (first.name, first.speaker, first.split) == ('a', 'ann', 'train')
    assert first.transcript == 'Hello, there'
    assert first.phones == (('HH', 0.1, 0.2), ('AH', 0.2, 0.3))
    np.testing.assert_array_equal(first.samples(), sound)
    np.testing.assert_allclose(second.samples(), 0, atol=1e-4)  # the channels cancel


def test_a_muted_clip_is_silent_where_something_is_known():
    labels = frame_labels((('AA', 0.0, 0.02), ('spn', 0.02, 0.03)), 4, muted=True)
    assert labels.tolist() == [0, 0, 0, UNKNOWN]


def test_clips_of_an_audio_visual_folder_need_phones_that_can_be_trusted(tmp_path):
    soundfile.write(tmp_path / 'x.wav', np.zeros(16000), 16000)
    (tmp_path / 'p.json').write_text(json.dumps({'good': [['B', 0, 0.1]], 'off': [['B', 0, 1]]}))
    rest = ('x.wav', 's1', 'GRID', 'CC BY', 'train', 'bin blue')
    write(tmp_path / 'manifest.csv', AV, [
        ('good', *rest, 'p.json', '0.06'),
        ('off', *rest, 'p.json', '0.5'),
        ('unmeasured', *rest, 'p.json', ''),
        ('none', *rest, '', ''),
        ('elsewhere', *rest, 'p.json', '0.01'),
    ])  # fmt: skip
    (clip,) = read_av(tmp_path)
    assert clip.name == 'good'
    assert clip.phones == (('B', 0.0, 0.1),)
    assert clip.audio == tmp_path / 'x.wav'


@pytest.mark.skipif(not shutil.which('flite'), reason='no flite')
@pytest.mark.parametrize('voice', FLITE_VOICES)
def test_flite_tells_the_times_of_what_it_speaks(tmp_path, voice):
    clip = synthesise('A big map.', voice, 1.1, tmp_path)
    sound = clip.samples()
    assert clip.split == 'train'
    assert [p for p, _, _ in clip.phones if p in 'BMP'] == ['B', 'M', 'P']
    assert all(p in PHONE_INDEX for p, _, _ in clip.phones)
    ends = [end for _, _, end in clip.phones]
    assert ends == sorted(ends)
    # kal16 cuts the last pause short
    assert ends[-1] == pytest.approx(len(sound) / 16000, abs=0.15)
    vowel = next(p for p in clip.phones if p[0] == 'AE')
    inside = sound[int(vowel[1] * 16000) : int(vowel[2] * 16000)]
    assert np.std(inside) > 3 * np.std(sound[:800])
