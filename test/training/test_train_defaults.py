# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One command makes the networks, measures them and writes the card; interrupted, it goes on."""

import csv
import json

import numpy as np
import pytest
import soundfile

from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES

pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.evaluation import ablations
from facetalk_ros.stream import FaceStream
from facetalk_ros.training import train_acoustic, train_defaults, train_motion

RATE_HZ, FPS, SECONDS = 16000, 25, 2
FILES = (
    'acoustic.onnx', 'acoustic.json', 'keys.onnx', 'completion.onnx', 'motion.json',
    'ablations.json', 'eval.json', 'defaults.json', 'MODEL_CARD.md',
)  # fmt: skip


def write(path, header, rows):
    with path.open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])


def sound(path):
    """Write hums that are M and hisses that are S, by turns of half a second."""
    t = np.arange(RATE_HZ // 2) / RATE_HZ
    hum = np.sin(2 * np.pi * 120 * t) * 0.3
    hiss = np.random.default_rng(0).standard_normal(len(t)) * 0.1
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.tile((*hum, *hiss), SECONDS), RATE_HZ)


@pytest.fixture
def data(tmp_path):
    """Return a folder with speech of two talkers and faces of three."""
    folder = tmp_path / 'data'
    phones = [('MS'[k % 2], k / 2, k / 2 + 0.5) for k in range(2 * SECONDS)]
    manifest = []
    for split in ('train', 'dev'):
        sound(folder / 'speech' / f'{split}.wav')
        manifest.append((split, f'{split}.wav', split, 'an4', 'CC0', split, 'mama sis', '1', 'en'))
    header = ('id', 'file', 'speaker', 'source', 'licence', 'split', 'transcript', 'aligned')
    write(folder / 'speech' / 'manifest.csv', (*header, 'language'), manifest)
    write(
        folder / 'speech' / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'),
        [(split, *phone) for split in ('train', 'dev') for phone in phones],
    )  # fmt: skip

    faces = folder / 'av'
    (faces / 'tracks').mkdir(parents=True)
    (faces / 'names.json').write_text(json.dumps({'arkit': list(ARKIT_NAMES)}))
    rows = []
    for speaker, split in (('a', 'train'), ('b', 'train'), ('c', 'dev')):
        sound(faces / 'audio' / f'{speaker}.wav')
        arkit = np.zeros((SECONDS * FPS, len(ARKIT_NAMES)), np.float32)
        arkit[:, ARKIT_INDEX['jawOpen']] = 0.3 + 0.2 * np.sin(np.arange(len(arkit)) / 4)
        np.savez(
            faces / 'tracks' / f'{speaker}.npz', arkit=arkit, fps=FPS, clips=[speaker],
            offsets=[0, len(arkit)], missing=np.zeros(len(arkit), bool),
            channel_valid=np.ones(len(ARKIT_NAMES), bool),
            lip_gap=0.5 * arkit[:, ARKIT_INDEX['jawOpen']],
        )  # fmt: skip
        rows.append((
            speaker, speaker, 'GRID', 'CC0', split, 'en', 'mama sis', FPS, f'audio/{speaker}.wav',
            f'tracks/{speaker}.npz', '', '',
        ))  # fmt: skip
    header = ('clip', 'speaker', 'source', 'licence', 'split', 'language', 'transcript', 'fps')
    write(faces / 'manifest.csv', (*header, 'audio', 'tracks', 'phones', 'phone_dev_s'), rows)
    return folder


def options(data, out):
    return [
        '--data', str(data), '--out', str(out), '--wordnet', str(data / 'none'),
        '--teacher-steps', '2', '--acoustic-steps', '2', '--acoustic-variants', '1',
        '--channels', '8', '--lip-steps', '3', '--motion-steps', '2', '2', '2',
        '--motion-variants', '1',
        '--ablation-steps', '1', '1', '1', '--ablation-seeds', '1', '--held', 'b',
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(ablations, '_BATCH', 2)
    monkeypatch.setattr(ablations, '_CROP', 30)


def test_everything_is_made_once(data, tmp_path, capsys, monkeypatch):
    out = tmp_path / 'out'
    train_defaults.main(options(data, out))
    assert {name for name in FILES if not (out / name).is_file()} == set()
    said = capsys.readouterr().out
    assert 'no synthetic speech' in said
    assert 'stage 2 of 6, encoder\n' in said
    assert len(FaceStream(weights=out).push_audio(np.zeros(1600, np.float32))) > 0
    card = (out / 'MODEL_CARD.md').read_text()
    assert '--teacher-steps 2' in card
    assert '--motion-steps 2 2 2' in card
    assert str(tmp_path) not in card
    report = json.loads((out / 'eval.json').read_text())
    assert set(report['closures']) == {'with text', 'audio only'}
    assert report['closures']['audio only']['an4']['bilabials'] == SECONDS
    assert set(report['tracked']['en']) == {'with text', 'audio only', 'loudness alone'}

    def again(*args):
        raise AssertionError('made a second time')

    for module in (train_acoustic, train_motion, ablations):
        monkeypatch.setattr(module, 'main', again)
    written = (out / 'acoustic.onnx').stat().st_mtime_ns
    train_defaults.main(options(data, out))
    assert 'stage 5 of 6, evaluation: is there' in capsys.readouterr().out
    assert (out / 'acoustic.onnx').stat().st_mtime_ns == written


def test_only_the_stage_that_lacks_a_file_is_run(tmp_path, monkeypatch):
    run = []
    stages = [
        train_defaults._Stage(name, lambda args, name=name: run.append(name), (f'{name}.json',))
        for name in ('one', 'two', 'three')
    ]
    monkeypatch.setattr(train_defaults, '_STAGES', stages)
    for name in ('one', 'three'):
        (tmp_path / f'{name}.json').write_text('{}')
    train_defaults.main(['--data', '.', '--out', str(tmp_path)])
    assert run == ['two']


def test_sentences_come_from_wordnet(tmp_path):
    (tmp_path / 'data.noun').write_text('x | a thing; "the weather was fine all day long"\n')
    args = train_defaults._parser().parse_args(
        ['--data', '.', '--out', str(tmp_path), '--wordnet', str(tmp_path)]
    )
    train_defaults._sentences(args)
    said = (tmp_path / 'sentences.txt').read_text()
    assert said == 'the weather was fine all day long\n'


def test_data_that_is_not_there_is_told_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        train_defaults.main(options(tmp_path / 'none', tmp_path / 'out'))
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith('facetalk train defaults: ')
