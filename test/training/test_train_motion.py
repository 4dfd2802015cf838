# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From a folder of captured faces to weights that a stream can use."""

import csv
import json
import shutil

import numpy as np
import pytest
import soundfile
from motion_clips import babble, chewing, face

from facetalk_ros.audio.features import STEP_S
from facetalk_ros.cli import main
from facetalk_ros.export.csv_table import write_csv
from facetalk_ros.export.json_file import write_json
from facetalk_ros.export.livelink import write_livelink_csv
from facetalk_ros.export.track import Track
from facetalk_ros.face.names import ARKIT_NAMES
from facetalk_ros.inference.batch import alone
from facetalk_ros.motion.learned import LearnedMotion, MotionModel
from facetalk_ros.resources import WEIGHTS
from facetalk_ros.speech.acoustic import AcousticModel

pytest.importorskip('torch', reason='training needs torch')
onnx = pytest.importorskip('onnx', reason='training needs onnx')

from onnx import numpy_helper  # noqa: E402

from facetalk_ros.training import train_motion  # noqa: E402
from facetalk_ros.training.skipped import list_skipped  # noqa: E402

WRITTEN = ('acoustic.onnx', 'completion.onnx', 'keys.onnx', 'motion.json')


def track(seconds=1.5, fps=60, hz=2.0, start_s=0.0, seed=0):
    times_s, weights = face(seconds, fps, chewing(hz), seed=seed, mouthFunnel=0.3)
    return Track(times_s + start_s, weights)


@pytest.fixture
def capture(tmp_path):
    """Write takes: Live Link, a table and a JSON of this package; two with their text."""
    folder = tmp_path / 'ann'
    folder.mkdir()
    for name in ('take1', 'take2', 'take3', 'take4'):
        babble(folder / f'{name}.wav', 1.5)
    write_livelink_csv(folder / 'take1.csv', track(start_s=3600.0))
    write_json(folder / 'take2.json', track(fps=30, seed=1))
    write_csv(folder / 'take3.csv', track(seed=2))
    write_livelink_csv(folder / 'take4.csv', track(seed=3))
    (folder / 'take1.txt').write_text('Mama, papa.\n', encoding='utf-8')
    (folder / 'take2.txt').write_text('Mama.', encoding='utf-8')
    return folder


@pytest.fixture
def av(tmp_path):
    """Write a folder as ../shared/data/av, with three clips of one speaker and two of another."""
    folder = tmp_path / 'data' / 'av'
    for inner in ('audio', 'tracks'):
        (folder / inner).mkdir(parents=True)
    names = sorted(ARKIT_NAMES)
    order = [ARKIT_NAMES.index(name) for name in names]
    (folder / 'names.json').write_text(json.dumps({'arkit': names}))
    rows, phones = [], {}
    for speaker, clips in (('s1', 3), ('s2', 2)):
        weights, gaps, offsets, called = [], [], [0], []
        for k in range(clips):
            name = f'{speaker}_{k}'
            called.append(name)
            babble(folder / 'audio' / f'{name}.wav', 1.2)
            _, moved = face(1.2, 25, chewing(), seed=k, mouthFunnel=0.3)
            weights.append(moved[:, order])
            gaps.append(0.3 * moved.max(1))
            offsets.append(offsets[-1] + len(moved))
            phones[name] = [['SIL', 0, 0.2], ['AA', 0.2, 1.0]]
            split = 'dev' if k == 2 else 'train'
            rows.append((name, speaker, 'made', 'CC0', split, 'en', 'ah', f'audio/{name}.wav',
                         f'tracks/{speaker}.npz', 'phones.json', '0.05'))  # fmt: skip
        weights = np.concatenate(weights)
        np.savez(
            folder / 'tracks' / f'{speaker}.npz', clips=called, offsets=offsets,
            arkit=weights.astype(np.float16), missing=np.zeros(len(weights), bool), fps=25.0,
            lip_gap=np.concatenate(gaps), channel_valid=np.ones(52, bool),
        )  # fmt: skip
    (folder / 'phones.json').write_text(json.dumps(phones))
    header = ('clip', 'speaker', 'source', 'licence', 'split', 'language', 'transcript', 'audio',
              'tracks', 'phones', 'phone_dev_s')  # fmt: skip
    with (folder / 'manifest.csv').open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])
    return folder.parent


def anew(data, out, *more):
    few = ('--variants', '2', '--lip-steps', '2')
    train_motion.main(['--data', str(data), '--out', str(out), *few, *more])
    return json.loads((out / 'motion.json').read_text())


def moves(folder):
    """Return a pose that a stream shows with the weights of a folder."""
    acoustic, motion = AcousticModel(folder / 'acoustic.onnx', 'cpu'), MotionModel(folder, 'cpu')
    mouth = LearnedMotion(motion)
    mel = np.ones((2, 64), np.float32)
    state = acoustic.start()
    for step in range(1, 20):
        heard, state = acoustic.step(mel, state)
        alone(mouth.step(heard.features, step * 0.02, 0.0))
    pose = mouth.pose(19 * 0.02 - 0.055)
    assert np.isfinite(pose).all()
    return pose


def told(capsys):
    """Return the lines of stderr."""
    return capsys.readouterr().err.splitlines()


def test_training_anew_writes_weights_and_what_was_done(av, tmp_path, capsys):
    out = tmp_path / 'out'
    record = anew(av, out, '--steps', '2', '2', '2', '--encoder', str(WEIGHTS))
    assert told(capsys) == []
    assert {p.name for p in out.iterdir()} == {*WRITTEN, 'motion.pt'}
    moves(out)
    assert record['clips'] == 4  # the fifth is kept to measure with
    assert set(record['speakers']) == {'s1', 's2'}
    assert record['hours'] == 0.0
    assert sum(record['speakers'].values()) == pytest.approx(4 * 1.2, abs=2)
    assert record['sources'] == [{'source': 'made', 'licence': 'CC0', 'clips': 4}]
    assert record['steps'] == [2, 2, 2]
    assert set(record['dev_r']) == {'s1, sound', 's1, text'}
    for scores in record['dev_r'].values():
        assert {'aperture', 'jawOpen', 'mouthFunnel'} <= set(scores)
        assert all(-1 <= r <= 1 for r in scores.values())
    assert record['lips'] == {'hours': 0.0, 'steps': 2}
    shipped = AcousticModel(WEIGHTS / 'acoustic.onnx', 'cpu')
    copied = AcousticModel(out / 'acoustic.onnx', 'cpu')
    np.testing.assert_array_equal(shipped.log_prior, copied.log_prior)


def lips_of(folder):
    """Return the parameters of the layers that tell when lips meet, by name."""
    stored = onnx.load(str(folder / 'completion.onnx')).graph.initializer
    found = {i.name: numpy_helper.to_array(i) for i in stored if i.name.startswith('lips_')}
    assert found
    return found


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_the_lips_are_trained_on_all_speech_with_phones(av, tmp_path, monkeypatch):
    """Once, before the faces, on what is there to train on."""
    given, fit = [], train_motion.fit_lips

    def remembered(net, examples, steps, *args):
        given.append((examples, steps))
        fit(net, examples, steps, *args)

    monkeypatch.setattr(train_motion, 'fit_lips', remembered)
    anew(av, tmp_path / 'one', '--steps', '0', '1', '0')
    anew(av, tmp_path / 'two', '--steps', '0', '3', '0')
    anew(av, tmp_path / 'more', '--steps', '0', '1', '0', '--lip-steps', '4')
    assert [steps for _, steps in given] == [2, 2, 4]
    seconds = len(given[0][0].features) * STEP_S
    assert 2 * 4 * 1.2 * 0.8 < seconds < 2 * 4 * 1.5 * 1.2  # the fifth is kept to measure with
    one, two, more = (lips_of(tmp_path / name) for name in ('one', 'two', 'more'))
    assert same(one, two)  # the faces do not move them
    assert not same(one, more)
    given.clear()
    anew(av, tmp_path / 'two', '--steps', '0', '3', '0')  # was trained already
    assert given == []
    assert same(two, lips_of(tmp_path / 'two'))


def test_without_phones_the_lips_are_left_as_they_are_and_it_is_said(av, tmp_path, capsys):
    (av / 'av' / 'phones.json').write_text('{}')
    record = anew(av, tmp_path / 'out', '--steps', '0', '1', '0')
    assert 'no speech with phones' in capsys.readouterr().out
    assert record['lips'] == {}
    moves(tmp_path / 'out')


def test_the_same_seed_gives_the_same_weights(av, tmp_path):
    for name in ('one', 'two'):
        anew(av, tmp_path / name, '--steps', '1', '2', '1')
    for file in ('keys.onnx', 'completion.onnx'):
        assert (tmp_path / 'one' / file).read_bytes() == (tmp_path / 'two' / file).read_bytes()


def test_more_steps_follow_the_faces_better(av, tmp_path):
    record = anew(av, tmp_path / 'out', '--steps', '8', '30', '4')
    assert record['dev_r']['s1, sound']['jawOpen'] > 0.4


def test_what_is_trained_already_is_not_trained_again(av, tmp_path, capsys):
    out = tmp_path / 'out'
    anew(av, out, '--steps', '1', '1', '1')
    weights = (out / 'keys.onnx').read_bytes()
    (out / 'keys.onnx').unlink()
    capsys.readouterr()
    anew(av, out, '--steps', '1', '1', '1')
    assert 'motion.pt: goes on at step 3' in capsys.readouterr().out
    assert (out / 'keys.onnx').read_bytes() == weights
    with pytest.raises(SystemExit) as end:
        anew(av, out, '--steps', '1', '1', '2')
    assert end.value.code == 2
    (line,) = told(capsys)
    assert 'of another configuration: steps is (1, 1, 1), not (1, 1, 2)' in line


def test_ones_own_capture_trains_the_face_that_ships_further(capture, capsys):
    assert main(['train', '--data', str(capture), '--steps', '2']) == 0
    printed, err = capsys.readouterr()
    assert err == ''
    assert 'before: ' in printed
    assert 'after: ' in printed
    out = capture / 'facetalk'
    assert {p.name for p in out.iterdir()} == {*WRITTEN, 'motion.pt'}
    moves(out)
    record = json.loads((out / 'motion.json').read_text())
    assert record['clips'] == 3  # one of four is kept to measure with
    assert record['steps'] == [0, 0, 2]
    assert record['lips'] == {}
    assert same(lips_of(WEIGHTS), lips_of(out))  # a face tells nothing of when lips are to meet
    assert list(record['speakers']) == ['ann']
    assert [key.partition(',')[0] for key in record['dev_r']] == ['ann'] * len(record['dev_r'])
    # it went on from what ships: two steps move little
    shipped, mine = moves(WEIGHTS), moves(out)
    assert 0 < np.abs(shipped - mine).max() < 0.1
    # the folder that was written is no capture: it does not disturb the next training
    shutil.rmtree(out)
    assert main(['train', '--data', str(capture), '--steps', '0']) == 0
    np.testing.assert_allclose(moves(WEIGHTS), moves(out), atol=1e-5)


def test_weights_go_where_they_are_asked_to(capture, tmp_path):
    out = tmp_path / 'deep' / 'face'
    assert main(['train', '--data', str(capture), '--out', str(out), '--steps', '1']) == 0
    assert set(WRITTEN) <= {p.name for p in out.iterdir()}
    assert not (capture / 'facetalk').exists()


def test_what_cannot_be_used_is_listed_and_left_out(capture, capsys):
    babble(capture / 'broken.wav', 1.5)
    (capture / 'broken.csv').write_bytes(np.random.default_rng(0).bytes(4000))
    babble(capture / 'longer.wav', 4.0)
    write_csv(capture / 'longer.csv', track())
    soundfile.write(capture / 'noise.wav', np.zeros(24000), 16000)
    (capture / 'noise.wav').write_bytes(b'RIFF no sound')
    write_csv(capture / 'noise.csv', track())
    babble(capture / 'alone.wav', 1.0)
    assert main(['train', '--data', str(capture), '--steps', '1']) == 0
    lines = told(capsys)
    assert all(line.startswith('skipped: ') for line in lines)
    for name, reason in (
        ('broken', ''), ('longer', r'differ by +2.50 s'), ('noise', ''), ('alone', 'no motion'),
    ):  # fmt: skip
        assert any(name in line and reason in line for line in lines), name
    record = json.loads((capture / 'facetalk' / 'motion.json').read_text())
    assert record['clips'] == 3
    moves(capture / 'facetalk')


def test_a_single_take_is_enough(tmp_path, capsys):
    folder = tmp_path / 'me'
    folder.mkdir()
    babble(folder / 'a.wav', 1.5)
    write_livelink_csv(folder / 'a.csv', track())
    assert main(['train', '--data', str(folder), '--steps', '1']) == 0
    record = json.loads((folder / 'facetalk' / 'motion.json').read_text())
    assert record['clips'] == 1
    assert record['dev_r'] == {}
    moves(folder / 'facetalk')


@pytest.mark.parametrize('content', ['nothing', 'sound', 'no folder', 'a file'])
def test_a_folder_without_a_face_is_one_line_and_leaves_nothing(tmp_path, capsys, content):
    folder = tmp_path / 'data'
    if content == 'a file':
        folder.write_text('no folder')
    elif content != 'no folder':
        folder.mkdir()
    if content == 'sound':
        babble(folder / 'a.wav', 1.0)
    before = sorted(tmp_path.rglob('*'))
    assert main(['train', '--data', str(folder), '--steps', '1']) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert err.count('\n') == 1
    assert err.startswith('facetalk train')
    assert str(folder) in err
    assert sorted(tmp_path.rglob('*')) == before


def test_a_base_that_is_not_there_is_one_line(capture, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        train_motion.main([
            '--data', str(capture), '--out', str(tmp_path / 'out'), '--base', str(tmp_path / 'no'),
        ])  # fmt: skip
    assert end.value.code == 2
    (line,) = told(capsys)
    assert 'acoustic.onnx' in line


def test_only_broken_takes_are_listed_and_refused(tmp_path, capsys):
    folder = tmp_path / 'me'
    folder.mkdir()
    for name in ('a', 'b'):
        babble(folder / f'{name}.wav', 1.0)
        (folder / f'{name}.csv').write_text('no table')
    assert main(['train', '--data', str(folder), '--steps', '1']) == 2
    *skipped, last = told(capsys)
    assert all(line.startswith('skipped: ') for line in skipped)
    assert {line.split(': ')[1] for line in skipped} >= {'a', 'b'}
    assert last.startswith('facetalk train')
    assert 'no captured motion' in last


def test_a_long_list_is_cut(tmp_path, capsys):
    list_skipped([f'{k}.wav: damaged' for k in range(50)])
    lines = told(capsys)
    assert len(lines) == 21
    assert lines[-1] == 'skipped: 30 more'
