# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What ROS and pip read about the package is one story, and nothing is left out of either."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from facetalk_ros import resources
from facetalk_ros.resources import resource_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # comes with pytest there

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text())
MANIFEST = ElementTree.parse(ROOT / 'package.xml').getroot()

# What pip installs, and the rosdep key that stands for it (None: rosdep has none).
ROSDEP_KEYS = {
    'cyclonedds': None,  # the graph is rclpy's where there is ROS
    'numpy': 'python3-numpy',
    'onnxruntime': 'python3-onnxruntime-pip',
    'pyyaml': 'python3-yaml',
    'rosbags': 'python3-rosbags-pip',
    'soundfile': 'python3-soundfile',
}
# As rosidl of ROS 2 Jazzy computes them. Another hash is another type to every ROS 2 from Iron on,
# and bags recorded before do not fit it any more.
TYPE_HASHES = {
    'AudioChunk': 'RIHS01_9b599fa959529af95b8b874dc3f3c881b83c254e3feeefb11329fe85baf62e6a',
    'BlendshapeNames': 'RIHS01_d3c5c8a341cec7b71307289d00ee32ba4451ffcaf458fef1caa905c5fdb8efc0',
    'Blendshapes': 'RIHS01_88f37acac81052c1091b4e4de90669b3b30215bf4f78909ba4ab54b030d3da9d',
    'DialogueText': 'RIHS01_46c387993929c1f19fdc12c3a265f01ff38a7d06c0b19eadeebc7421ca894d7f',
    'KeyMotion': 'RIHS01_996cb6558708c3f1eff18bcc60f67c5cc2e55c20fe95dd27187acbd1b424d38c',
    'KeyMotions': 'RIHS01_64c5f31cc18253f600d2234b99d0d72a5d2cb9e1d25e0fefc144952adc90787f',
}
SKIPPED_FOLDERS = {'build', 'dist', 'install', 'log', 'out'}


def sources(pattern: str) -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob(pattern))
        if not any(
            part.startswith('.') or part in SKIPPED_FOLDERS
            for part in path.relative_to(ROOT).parts
        )
    ]


def texts(tag: str) -> set[str]:
    return {element.text or '' for element in MANIFEST.findall(tag)}


def test_same_name_version_and_licence():
    project = PYPROJECT['project']
    assert MANIFEST.findtext('name') == project['name']
    assert MANIFEST.findtext('version') == project['version']
    assert MANIFEST.findtext('license') == project['license'] == 'Apache-2.0'
    assert 'Apache License' in (ROOT / 'LICENSE').read_text()[:200]


def test_rosdep_keys_stand_for_what_pip_installs():
    required = {
        re.split(r'[^A-Za-z0-9_-]', line, maxsplit=1)[0]
        for line in PYPROJECT['project']['dependencies']
    }
    assert required == set(ROSDEP_KEYS)
    keys = {key for key in texts('exec_depend') if key.startswith('python3-')}
    # what launch files and plots need is installed with ROS 2, though it is an extra of pip
    extras = {'python3-tornado', 'python3-matplotlib'}
    assert keys == {key for key in ROSDEP_KEYS.values() if key} | extras


def test_packages_found_by_cmake_are_declared():
    found = set(re.findall(r'find_package\((\w+)', (ROOT / 'CMakeLists.txt').read_text()))
    declared = texts('buildtool_depend') | texts('depend') | texts('test_depend')
    assert found <= declared


def test_messages_only_use_declared_packages():
    used = set()
    for text in (path.read_text() for path in (ROOT / 'msg').glob('*.msg')):
        used |= set(re.findall(r'^(\w+)/\w+', text, re.MULTILINE))
    assert used <= texts('depend')


@pytest.fixture(scope='module')
def message_types():
    types = {}
    for path in sorted(resource_dir('msg').glob('*.msg')):
        types |= get_types_from_msg(path.read_text(), f'facetalk_ros/msg/{path.stem}')
    return types


def test_type_hashes(message_types):
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(message_types)
    assert {
        name.rpartition('/')[2]: store.hash_rihs01(name) for name in message_types
    } == TYPE_HASHES


def test_no_comment_beside_a_string_constant(message_types):
    for name, (constants, _) in message_types.items():
        for constant, kind, value in constants:
            assert kind != 'string' or '#' not in value, (name, constant)


@pytest.mark.parametrize('path', sources('*.yaml'), ids=lambda path: path.name)
def test_yaml_loads(path):
    assert yaml.safe_load(path.read_text()) is not None


@pytest.mark.parametrize('path', sources('*.py'), ids=lambda path: str(path.relative_to(ROOT)))
def test_licence_header(path):
    first, second = path.read_text().splitlines()[:2]
    assert re.fullmatch(r'# SPDX-FileCopyrightText: 20\d\d .+', first)
    assert second == '# SPDX-License-Identifier: Apache-2.0'


@pytest.mark.parametrize('path', sources('*.launch.py'), ids=lambda path: path.name)
def test_launch_arguments_are_described(path):
    arguments = [
        {keyword.arg for keyword in call.keywords}
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == 'DeclareLaunchArgument'
    ]
    assert arguments
    assert all('description' in given for given in arguments)
    # the bag of replay.launch.py has to be given; all else has a default
    assert sum('default_value' not in given for given in arguments) == ('replay' in path.name)


def test_folders_of_a_checkout():
    assert resource_dir('msg') == ROOT / 'msg'
    assert resource_dir('config') == ROOT / 'config'
    assert resource_dir('launch') == ROOT / 'launch'


def test_a_missing_folder_names_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, '_PACKAGE', tmp_path / 'facetalk_ros')
    monkeypatch.setattr(resources, '_ament_share', list)
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path))):
        resource_dir('msg')


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def test_a_wheel_carries_everything(tmp_path):
    pytest.importorskip('setuptools', minversion='77')
    subprocess.run(
        [sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    shared = {
        f'share/{folder}/{name}'
        for folder in ('msg', 'config', 'launch')
        for name in files(ROOT / folder)
    }
    assert files(tmp_path / 'facetalk_ros') == files(ROOT / 'facetalk_ros') | shared
    probe = 'from facetalk_ros.resources import resource_dir; print(resource_dir("msg"))'
    said = subprocess.run(
        [sys.executable, '-c', probe],
        cwd=tmp_path,  # comes before the editable install on the path
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.stdout.strip() == str(tmp_path / 'facetalk_ros' / 'share' / 'msg')
