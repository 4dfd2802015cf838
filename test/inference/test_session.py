# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Devices that are not here are played by a list of providers and a session that obeys it."""

import logging
from pathlib import Path
from types import SimpleNamespace

import onnxruntime
import pytest

import facetalk_ros
from facetalk_ros.inference import session
from facetalk_ros.inference.session import DEVICES, open_session

WEIGHTS = Path(facetalk_ros.__file__).parent / 'weights'
ACOUSTIC = WEIGHTS / 'acoustic.onnx'
CPU, CUDA, TENSORRT = (f'{n}ExecutionProvider' for n in ('CPU', 'CUDA', 'Tensorrt'))


class Machine:
    """What onnxruntime offers, what of it starts, and what was asked of it."""

    def __init__(self):
        self.offers, self.starts, self.raises, self.asked = [CPU], {CPU}, None, []

    def open(self, path, options, *, providers, enable_fallback):
        assert options.intra_op_num_threads == options.inter_op_num_threads == 1
        assert not enable_fallback
        self.asked.append(providers)
        if self.raises is not None and providers != [CPU]:
            raise self.raises
        return SimpleNamespace(
            get_providers=lambda: [p for p in providers if p in self.starts],
            get_modelmeta=lambda: SimpleNamespace(custom_metadata_map={'facetalk': '{"a": 1}'}),
        )


@pytest.fixture
def machine(monkeypatch):
    fake = Machine()
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: ['Azure', *fake.offers])
    monkeypatch.setattr(onnxruntime, 'InferenceSession', fake.open)
    session._tell_once.cache_clear()
    yield fake
    session._tell_once.cache_clear()


@pytest.fixture
def notices(caplog):
    caplog.set_level(logging.INFO, 'facetalk_ros')
    return lambda: [(r.levelname, r.message) for r in caplog.records]


@pytest.mark.parametrize(
    ('device', 'asked'),
    [
        ('auto', [CUDA, CPU]),
        ('cpu', [CPU]),
        ('cuda', [CUDA, CPU]),
        ('tensorrt', [TENSORRT, CUDA, CPU]),
    ],
)
def test_a_device_that_is_there_is_used(machine, notices, device, asked):
    machine.offers = [TENSORRT, CUDA, CPU]
    machine.starts = set(machine.offers)
    opened = open_session(ACOUSTIC, device)
    assert machine.asked == [asked]
    assert opened.provider == asked[0]
    assert opened.device == ('cuda' if device == 'auto' else device)
    assert opened.facts == {'a': 1}
    assert notices() == []


def test_auto_without_cuda_runs_on_the_cpu_and_says_so_once(machine, notices):
    for _ in range(3):
        assert open_session(ACOUSTIC, 'auto').device == 'cpu'
    assert machine.asked == [[CPU]] * 3
    ((level, text),) = notices()
    assert level == 'INFO'
    assert 'run on the CPU' in text
    assert 'CUDA is not in this onnxruntime' in text
    assert '\n' not in text


def test_the_cpu_asked_for_by_name_needs_no_notice(machine, notices):
    open_session(ACOUSTIC, 'cpu')
    assert notices() == []


@pytest.mark.parametrize(('device', 'name'), [('cuda', 'CUDA'), ('tensorrt', 'TensorRT')])
def test_a_device_that_this_onnxruntime_lacks_is_refused(machine, device, name):
    machine.offers = [CUDA, CPU] if device == 'tensorrt' else [CPU]
    with pytest.raises(
        RuntimeError, match=f'device {device}: .*{name} is not in .*onnxruntime-gpu'
    ):
        open_session(ACOUSTIC, device)
    assert machine.asked == []


@pytest.mark.parametrize('device', ['cuda', 'tensorrt'])
def test_libraries_that_are_missing_are_an_error_only_when_asked_for(machine, notices, device):
    machine.offers, machine.starts = [TENSORRT, CUDA, CPU], {CPU}
    with pytest.raises(RuntimeError, match=f'device {device}: .* could not be loaded'):
        open_session(ACOUSTIC, device)
    assert open_session(ACOUSTIC, 'auto').device == 'cpu'
    assert len(notices()) == 1


def test_tensorrt_that_would_be_cuda_is_an_error(machine):
    machine.offers, machine.starts = [TENSORRT, CUDA, CPU], {CUDA, CPU}
    with pytest.raises(RuntimeError, match='TensorRT libraries'):
        open_session(ACOUSTIC, 'tensorrt')


def test_a_driver_that_fails_is_an_error_only_when_asked_for(machine, notices):
    machine.offers, machine.starts = [CUDA, CPU], {CUDA, CPU}
    machine.raises = RuntimeError('CUDA failure 35:\n driver too old {}')
    with pytest.raises(RuntimeError, match=r'CUDA does not start: .*35: driver too'):
        open_session(ACOUSTIC, 'cuda')
    assert open_session(ACOUSTIC, 'auto').device == 'cpu'
    assert machine.asked[-2:] == [[CUDA, CPU], [CPU]]
    ((_, text),) = notices()
    assert 'driver too old' in text


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="'tpu' is not one of auto, cpu, cuda, tensorrt"):
        open_session(ACOUSTIC, 'tpu')


def test_a_missing_file_is_called_what_it_was_to_be(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'key model .*no\.onnx is missing'):
        open_session(tmp_path / 'no.onnx', what='key model')


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path):
    path = tmp_path / 'text.onnx'
    path.write_bytes(b'not a model\n' * 100)
    with pytest.raises(ValueError, match=r'text\.onnx is not an ONNX model'):
        open_session(path, 'cpu')


@pytest.mark.parametrize('name', ['acoustic', 'text'])
def test_what_ships_says_what_it_is(name):
    opened = open_session(WEIGHTS / f'{name}.onnx', 'cpu')
    assert opened.device == 'cpu'
    assert opened.facts['kind'].startswith('facetalk')


def test_the_devices_are_those_of_the_node():
    from facetalk_ros.nodes.talk_parameters import SPECS

    assert SPECS['device'].choices == DEVICES
