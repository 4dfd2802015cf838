# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import array
import importlib
import os
import pkgutil
import platform
import subprocess
import sys

import numpy as np
import pytest

import facetalk_ros.ros as seam
from facetalk_ros.ros.backend import choose_backend
from facetalk_ros.ros.messages import as_sequence, get_message, get_service


def loader(*present: str) -> object:
    def load(name: str) -> None:
        if name.partition('.')[0] not in present:
            raise ImportError(f'No module named {name!r}', name=name)

    return load


def test_rclpy_comes_first_and_can_be_forced_away() -> None:
    both = loader('rclpy', 'cyclonedds', 'rosbags')
    assert choose_backend({}, both) == 'rclpy'  # type: ignore[arg-type]
    assert choose_backend({'FACETALK_GRAPH': 'embedded'}, both) == 'embedded'  # type: ignore[arg-type]
    assert choose_backend({}, loader('cyclonedds', 'rosbags')) == 'embedded'  # type: ignore[arg-type]


def test_with_neither_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, remedies in (
        ('x86_64', ['pip install "cyclonedds', 'apt install ros-jazzy-rclpy']),
        ('aarch64', ['apt install ros-jazzy-rclpy']),
    ):
        monkeypatch.setattr(platform, 'machine', lambda machine=machine: machine)
        monkeypatch.setattr(platform, 'system', lambda: 'Linux')
        with pytest.raises(ImportError) as caught:
            choose_backend({}, loader())  # type: ignore[arg-type]
        assert all(remedy in str(caught.value) for remedy in remedies)
        assert 'cyclonedds' in str(caught.value)
        assert ('pip install' in str(caught.value)) == (machine == 'x86_64')


def test_forcing_what_is_not_there_or_does_not_exist() -> None:
    with pytest.raises(ImportError, match='FACETALK_GRAPH=rclpy'):
        choose_backend({'FACETALK_GRAPH': 'rclpy'}, loader('cyclonedds', 'rosbags'))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='ros1'):
        choose_backend({'FACETALK_GRAPH': 'ros1'})


def test_the_process_stops_with_one_clear_line_when_nothing_is_there() -> None:
    # a None in sys.modules is how Python itself marks a module that must not be found
    code = (
        'import sys; sys.modules.update(rclpy=None, cyclonedds=None)\n'
        'try:\n    import facetalk_ros.ros.node\nexcept ImportError as e:\n    print(e)'
    )
    env = {k: v for k, v in os.environ.items() if k != 'FACETALK_GRAPH'}
    result = subprocess.run(
        [sys.executable, '-c', code], env=env, capture_output=True, text=True, timeout=60
    )
    assert 'apt install ros-jazzy-rclpy' in result.stdout
    assert result.stderr == ''


def test_every_module_has_what_it_promises() -> None:
    for module in pkgutil.iter_modules(seam.__path__):
        loaded = importlib.import_module(f'facetalk_ros.ros.{module.name}')
        for name in getattr(loaded, '__all__', []):
            assert hasattr(loaded, name), f'{module.name}.{name}'
    assert seam.backend_name() in ('embedded', 'rclpy')


def test_the_embedded_graph_imports_nothing_else_of_ours() -> None:
    code = (
        'import sys, facetalk_ros.embedded.lifecycle\n'
        "print([m for m in sys.modules if m.startswith('facetalk_ros.')"
        " and not m.startswith('facetalk_ros.embedded')])"
    )
    result = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == '[]\n'


def test_our_own_messages_are_found() -> None:
    blendshapes = get_message('facetalk_ros/msg/Blendshapes')
    message = blendshapes(weights=as_sequence(np.linspace(0, 1, 52, dtype=np.float32)))
    assert len(message.weights) == 52
    motion = get_message('facetalk_ros/msg/KeyMotion')(kind=1)
    assert motion.kind == motion.TARGET


def test_a_missing_package_is_named() -> None:
    for find, kind in ((get_message, 'msg'), (get_service, 'srv')):
        with pytest.raises(ModuleNotFoundError, match='no_such_package'):
            find(f'no_such_package/{kind}/Thing')
        with pytest.raises(ValueError, match='type name'):
            find('Thing')


@pytest.mark.parametrize('dtype', ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'])
def test_as_sequence_keeps_numbers_and_type(dtype: str) -> None:
    values = np.array([1, 0, 100], dtype)
    sequence = as_sequence(values)
    assert isinstance(sequence, array.array)
    np.testing.assert_array_equal(np.asarray(sequence), values)
    assert np.asarray(sequence).dtype == values.dtype
    assert as_sequence(values.astype(f'>{dtype}')) == sequence
    assert as_sequence(values[::2]).tolist() == [1, 100]


def test_as_sequence_refuses_what_no_message_holds() -> None:
    with pytest.raises(ValueError, match=r'\(2, 2\)'):
        as_sequence(np.zeros((2, 2)))
    with pytest.raises(TypeError, match='complex'):
        as_sequence(np.zeros(2, complex))
