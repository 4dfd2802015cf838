# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What ``facetalk train`` hands over; the trainings themselves are tested in test/training."""

import importlib.util
from types import SimpleNamespace

import pytest

from facetalk_ros.cli import main
from facetalk_ros.commands import training


def stand_in(monkeypatch, missing=()):
    """Return the list of (trainer, its options) that is handed over; nothing is trained."""
    calls = []

    def import_module(name):
        trainer = name.removeprefix('facetalk_ros.training.')
        return SimpleNamespace(main=lambda options: calls.append((trainer, options)))

    def find_spec(name):
        return None if name in missing else object()

    util = SimpleNamespace(find_spec=find_spec)
    fake = SimpleNamespace(import_module=import_module, util=util)
    monkeypatch.setattr(training, 'importlib', fake)
    return calls


@pytest.fixture
def handed_over(monkeypatch):
    return stand_in(monkeypatch)


@pytest.mark.parametrize(('model', 'module'), sorted(training._TRAINERS.items()))
def test_every_model_has_its_trainer(handed_over, model, module):
    assert main(['train', model, '--data', 'folder', '--seed', '3']) == 0
    assert handed_over == [(module, ['--data', 'folder', '--seed', '3'])]


@pytest.mark.parametrize('module', sorted(training._TRAINERS.values()))
def test_every_trainer_is_there(module):
    assert importlib.util.find_spec(f'facetalk_ros.training.{module}') is not None


def test_without_a_model_the_face_that_ships_is_trained_further(handed_over):
    assert main(['train', '--data', 'takes']) == 0
    assert main(['train', '--data', 'takes', '--out', 'mine', '--steps', '40']) == 0
    base = ['--base', '--data', 'takes', '--out']
    assert handed_over == [
        ('train_motion', [*base, 'takes/facetalk']),
        ('train_motion', [*base, 'mine', '--steps', '0', '0', '40']),
    ]


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ([], '--data FOLDER'),
        (['--out', 'mine'], '--data FOLDER'),
        (['nonsense'], "'nonsense'"),
        (['--data'], '--data'),
        (['--data', 'takes', '--steps', 'many'], "'many'"),
    ],
)
def test_what_cannot_be_trained_is_one_line(handed_over, capsys, arguments, named):
    assert main(['train', *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert err.startswith('facetalk train')
    assert err.count('\n') == 1
    assert named in err
    assert handed_over == []


@pytest.mark.parametrize('missing', [('torch',), ('onnx',), ('torch', 'onnx')])
def test_what_training_lacks_is_named(monkeypatch, capsys, missing):
    calls = stand_in(monkeypatch, missing)
    assert main(['train', '--data', 'takes']) == 2
    err = capsys.readouterr().err
    assert f'training needs {" and ".join(missing)}: pip install' in err
    assert err.count('\n') == 1
    assert calls == []
