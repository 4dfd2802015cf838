# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The figures of ablations, what is said of them, and that they are made as they are told."""

import csv
import json
import time

import numpy as np
import pytest
import soundfile

from facetalk_ros.evaluation.ablation_table import (
    DIRECT,
    LOUDNESS,
    PHONES,
    PHONES_TEXT,
    RANDOM,
    ROWS,
    SHIPPED,
    UNIFORM,
    reading,
    summarise,
    table_and_reading,
)
from facetalk_ros.face.articulation import CHANNELS
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.motion.learned import INSTANTS, KEY_POSES, KNOWN_PHONES, NEIGHBOURS
from facetalk_ros.speech.phones import PHONES as ALL_PHONES

RATE_HZ, FPS, SECONDS = 16000, 25, 2


def report(jaw, gap, speakers=('a', 'b')):
    """Return what MotionScores reports, as far as it is needed; b is 0.1 better than a."""
    rows = {
        speaker: {
            'clips': 3, 'r': {'jawOpen': jaw + 0.1 * i, 'lip_gap': gap + 0.1 * i},
            'lag': {'jawOpen': {'lag_s': 0.01}}, 'jitter_scaled': {'jawOpen': {'ratio': 1.25}},
        }
        for i, speaker in enumerate(speakers)
    }  # fmt: skip
    everyone = {**rows['a'], 'clips': 6}
    mean = {'jawOpen': jaw + 0.05, 'lip_gap': gap + 0.05}
    return {'speakers': {**rows, 'all': everyone}, 'mean_of_speakers': mean}


def result(seeds=2, **jaw):
    """Return ablations; by row r of its jaw from seed to seed, and 0.2 more of the lip gap."""
    rows = {'PHONES': PHONES, 'DIRECT': DIRECT, 'UNIFORM': UNIFORM, 'RANDOM': RANDOM}
    return {
        'steps': [1, 2, 3], 'batch': 4, 'crop': 50, 'variants': 2, 'seeds': list(range(seeds)),
        'unheard': ['a'], 'held': ['b'], 'clips': 6, 'minutes': 3.2, 'threads': 1,
        'rows': [
            summarise(rows[name], [report(r, r + 0.2) for r in values[:seeds]], ['a'])
            for name, values in jaw.items()
        ],
    }  # fmt: skip


def test_a_row_has_the_mean_and_the_spread_of_its_seeds():
    row = summarise(PHONES, [report(0.4, 0.5), report(0.5, 0.58)], ['a'])
    assert row['name'] == PHONES.name
    assert row['clips'] == 6
    assert row['mean']['jawOpen'] == pytest.approx(0.5)
    assert row['spread']['lip_gap'] == pytest.approx(0.08)
    assert row['mean']['jawOpen_unheard'] == pytest.approx(0.45)
    assert row['mean']['jawOpen_lag_ms'] == pytest.approx(10)
    assert row['mean']['jawOpen_acceleration'] == pytest.approx(1.25)
    assert row['speakers']['b']['jawOpen'] == pytest.approx(0.55)
    assert len(row['seeds']) == 2


def test_a_figure_that_one_seed_lacks_is_none_of_the_row():
    lacking = report(0.4, 0.5)
    del lacking['mean_of_speakers']['jawOpen']
    row = summarise(PHONES, [report(0.4, 0.5), lacking], [])
    assert 'jawOpen' not in row['mean']
    assert 'lip_gap' in row['mean']
    assert 'jawOpen_unheard' not in row['mean']


def test_the_table_names_what_only_strangers_measure():
    ablated = result(PHONES=[0.5, 0.51])
    ablated['rows'] += [summarise(SHIPPED, [report(0.6, 0.7, ('a',))], ['a'])]
    lines = table_and_reading(ablated).splitlines()
    assert any(line.startswith(f'| {PHONES.name} | 0.555 ± 0.010 |') for line in lines)
    assert any(line.startswith(f'| {SHIPPED.name} (a only) | - | - | 0.600 |') for line in lines)


def test_the_reading_says_when_boundaries_win():
    said = reading(result(
        PHONES=[0.6, 0.61], DIRECT=[0.5, 0.51], UNIFORM=[0.5, 0.5], RANDOM=[0.4, 0.4],
    ))  # fmt: skip
    assert 'against direct regression +0.100* (2 of 2)' in said
    assert ' is borne out here' in said


def test_the_reading_says_when_they_do_not():
    said = reading(result(
        PHONES=[0.6, 0.61], DIRECT=[0.61, 0.605], UNIFORM=[0.7, 0.7], RANDOM=[0.4, 0.4],
    ))  # fmt: skip
    assert 'is in part borne out' in said
    assert f'not told apart: "{DIRECT.name}"' in said
    assert f'worse in one or both: "{UNIFORM.name}"' in said
    assert f'better in both: "{RANDOM.name}"' in said


def test_a_difference_less_than_the_largest_spread_counts_nothing():
    said = reading(result(PHONES=[0.6, 0.6], DIRECT=[0.5, 0.5], RANDOM=[0.3, 0.5]))
    assert 'against direct regression +0.100 (2 of 2)' in said
    assert '0.200 and 0.200' in said
    assert 'is in part borne out' not in said


def test_one_seed_makes_nothing_certain():
    said = reading(result(1, PHONES=[0.6], DIRECT=[0.5]))
    assert 'none is certain' in said
    assert '*' not in said


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)


# ---- made with networks


@pytest.fixture
def networks(monkeypatch):
    """Skip without what trains networks; return the module under test and that of the networks."""
    pytest.importorskip('torch', reason='training needs torch')
    pytest.importorskip('onnx', reason='training needs onnx')
    from facetalk_ros.evaluation import ablations
    from facetalk_ros.training.models import acoustic, motion

    monkeypatch.setattr(ablations, '_BATCH', 2)
    monkeypatch.setattr(ablations, '_CROP', 30)
    return ablations, acoustic, motion


def write_faces(folder):
    """Write a folder of people who hum with an open jaw: two to train on, one to test on."""
    rng = np.random.default_rng(0)
    for name in ('audio', 'tracks'):
        (folder / name).mkdir(parents=True)
    (folder / 'names.json').write_text(json.dumps({'arkit': list(ARKIT_NAMES)}))
    header = (
        'clip', 'speaker', 'source', 'licence', 'split', 'language', 'transcript', 'fps', 'audio',
        'tracks', 'phones', 'phone_dev_s',
    )  # fmt: skip
    rows = []
    for speaker, split, clips in (('a', 'train', 3), ('b', 'train', 2), ('c', 'dev', 2)):
        arkit = np.zeros((clips * SECONDS * FPS, len(ARKIT_NAMES)), np.float32)
        for i in range(clips):
            loud = 0.5 + 0.5 * np.sin(2 * np.pi * (1 + rng.random()) * np.arange(0, SECONDS, 0.04))
            times = np.arange(SECONDS * RATE_HZ) / RATE_HZ
            hum = np.sin(2 * np.pi * 150 * times) * np.interp(times * FPS, np.arange(50), loud)
            soundfile.write(folder / 'audio' / f'{speaker}{i}.wav', 0.3 * hum, RATE_HZ)
            span = slice(i * SECONDS * FPS, (i + 1) * SECONDS * FPS)
            for name in ('jawOpen', 'mouthFunnel', 'mouthLowerDownLeft', 'mouthLowerDownRight'):
                arkit[span, ARKIT_INDEX[name]] = 0.4 * loud + 0.01 * rng.random(len(loud))
            rows.append((
                f'{speaker}{i}', speaker, 'made', 'CC0', split, 'en', 'mama', FPS,
                f'audio/{speaker}{i}.wav', f'tracks/{speaker}.npz', '', '',
            ))  # fmt: skip
        np.savez(
            folder / 'tracks' / f'{speaker}.npz', arkit=arkit, fps=FPS,
            clips=[f'{speaker}{i}' for i in range(clips)],
            offsets=np.arange(clips + 1) * SECONDS * FPS, missing=np.zeros(len(arkit), bool),
            channel_valid=np.ones(len(ARKIT_NAMES), bool), lip_gap=arkit[:, 0] * 0 + 0.5 * arkit[
                :, ARKIT_INDEX['jawOpen']],
        )  # fmt: skip
    with (folder / 'manifest.csv').open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])


@pytest.fixture
def folder(tmp_path, networks):
    """Return a folder with data and untrained networks."""
    _, acoustic, motion = networks
    write_faces(tmp_path / 'av')
    (tmp_path / 'weights').mkdir()
    config = acoustic.AcousticConfig(channels=8, dilations=(1, 2))
    prior = np.log(np.full(len(ALL_PHONES), 1 / len(ALL_PHONES), np.float32))
    path = tmp_path / 'weights' / 'acoustic.onnx'
    acoustic.export(acoustic.AcousticNet(config).eval(), config, prior, path)
    sizes = motion.MotionConfig(features=8)
    made = motion.KeyNet(sizes), motion.CompletionNet(sizes)
    motion.export_motion(*made, sizes, tmp_path / 'weights')
    return tmp_path


def command(folder, *options):
    return [
        '--data', str(folder / 'av'), '--weights', str(folder / 'weights'),
        '--out', str(folder / 'ablations.json'), '--held', 'b', '--steps', '2', '2', '2', *options,
    ]  # fmt: skip


def test_all_rows_are_measured_on_strangers(networks, folder, capsys):
    ablations = networks[0]
    ablations.main(command(folder))
    made = json.loads((folder / 'ablations.json').read_text())
    rows = {row['name']: row for row in made['rows']}
    assert set(rows) == {row.name for row in ROWS}
    assert made['unheard'] == ['c']
    for name, row in rows.items():
        assert set(row['speakers']) == ({'c'} if 'shipped' in name else {'b', 'c'})
    assert len(rows[PHONES_TEXT.name]['seeds']) == 2
    assert len(rows[LOUDNESS.name]['seeds']) == 1
    assert rows[LOUDNESS.name]['mean']['jawOpen'] > 0.9
    assert PHONES.name in capsys.readouterr().out
    assert [path.name for path in folder.glob('ablations*')] == ['ablations.json']


def test_a_speaker_who_is_not_there_is_told(networks, folder, capsys):
    with pytest.raises(SystemExit) as stop:
        networks[0].main(command(folder, '--held', 'nobody'))
    assert stop.value.code == 2
    assert "no train clips of 'nobody'; there are a, b" in capsys.readouterr().err


def test_an_interrupted_run_goes_on_and_ends_alike(networks, folder, monkeypatch):
    ablations = networks[0]
    monkeypatch.setattr(ablations, 'ROWS', (DIRECT, PHONES))
    ablations.main(command(folder, '--seeds', '1'))
    whole = json.loads((folder / 'ablations.json').read_text())['rows']
    (folder / 'ablations.json').unlink()
    done = []

    def stops(*args):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(trained(*args))
        return done[-1]

    trained = ablations.trained_networks
    monkeypatch.setattr(ablations, 'trained_networks', stops)
    with pytest.raises(KeyboardInterrupt):
        ablations.main(command(folder, '--seeds', '1'))
    assert list(folder.glob('ablations-*/*.pt'))
    monkeypatch.setattr(ablations, 'trained_networks', trained)
    ablations.main(command(folder, '--seeds', '1'))
    assert json.loads((folder / 'ablations.json').read_text())['rows'] == whole


def test_direct_regression_does_not_depend_on_keys(networks, folder):
    """Whatever key network and captured keys there are, the completion gets zeros."""
    import torch

    ablations, acoustic_model = networks[0], folder / 'weights' / 'acoustic.onnx'
    model = ablations.AcousticModel(acoustic_model, 'cpu')
    fold = ablations.folds_of(folder / 'av', model, (), 1, [])[0]
    fitting = ablations.Fitting((0, 3, 3), batch=2, crop=20)
    trainer = ablations.trained_networks(
        fold.trained, 'none', fitting, folder / 'none.pt', lambda step: None
    )
    features = torch.randn(1, 5, 8)
    phones = torch.zeros(1, 5, NEIGHBOURS * KNOWN_PHONES)
    assert not trainer.keys(features, phones, torch.zeros(1, 5, 1)).any()
    (example,) = ablations.with_keys(fold.tested[:1], 'none', 1)
    _, before = ablations.motion_of(trainer, example, 'sound')
    torch.nn.init.normal_(trainer.keys.out.weight)
    _, after = ablations.motion_of(trainer, example, 'sound')
    np.testing.assert_array_equal(before, after)
    assert before.shape == (INSTANTS * len(example.features), len(CHANNELS))
    assert example.told['sound'].keys.shape == (1, KEY_POSES * len(CHANNELS))


def test_the_estimate_counts_what_other_trainings_left(networks, capsys):
    estimate = networks[0].Estimate(100, done=20, started_s=time.monotonic() - 40)
    estimate.tell('keys', 20)
    assert capsys.readouterr().out == 'keys: 40% of all trainings, 60 s left\n'
    estimate.tell('keys', 21)  # told just now
    assert not capsys.readouterr().out
