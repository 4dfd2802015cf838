# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""facetalk replay --expect with real bags: golden bags, exit codes, reports, joints."""

import hashlib
import itertools
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer

from facetalk_ros.actuators import load_map
from facetalk_ros.bag_input import known_types
from facetalk_ros.cli import main
from facetalk_ros.recording import read_recording


def replay(*args):
    return main(['replay', *map(str, args)])


@pytest.fixture(scope='module')
def golden(bag, tmp_path_factory):
    path = tmp_path_factory.mktemp('golden') / 'hello.golden.mcap'
    assert replay(bag, '--expect', path, '--update-golden') == 0
    return path


@pytest.fixture(scope='module')
def out(bag, tmp_path_factory):
    path = tmp_path_factory.mktemp('out') / 'hello.mcap'
    assert replay(bag, '--out', path) == 0
    return path


def refused(capsys, *args):
    capsys.readouterr()
    assert replay(*args) == 2
    err = capsys.readouterr().err
    assert err.count('\n') == 1, err
    return err


def test_the_same_bag_is_as_expected(bag, golden, capsys, tmp_path):
    assert golden.stat().st_size < 40_000
    assert replay(bag, '--expect', golden, '--tolerance', 0, '--tolerance-ms', 0) == 0
    assert f'same as {golden}' in capsys.readouterr().out
    # what is written besides can be a golden bag too, and a table
    assert replay(bag, '--expect', golden, '--out', tmp_path / 'face') == 0
    assert replay(bag, '--expect', tmp_path / 'face') == 0


def test_a_change_is_told_reported_and_drawn(bag, golden, capsys, tmp_path):
    params = tmp_path / 'talk.yaml'
    params.write_text('talk:\n  ros__parameters:\n    gain:\n      jawOpen: 0.5\n')
    junit, plot = tmp_path / 'report.xml', tmp_path / 'plot.html'
    changed = (bag, '--params-file', params, '--expect', golden)
    assert replay(*changed, '--junit', junit, '--plot', plot, '--lines', 1) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith('different from')
    assert out[1].split()[0] == 'jawOpen'
    assert 'jawOpen' in plot.read_text('utf-8')
    suite = ET.parse(junit).getroot().find('testsuite')
    cases = {case.get('name'): case for case in suite.iter('testcase')}
    assert len(cases) == int(suite.get('tests'))
    failed = {name for name, case in cases.items() if case.find('failure') is not None}
    assert 'shapes: jaw' in failed
    assert len(failed) == int(suite.get('failures'))
    assert 'jawOpen' in cases['shapes: jaw'].find('failure').get('message')
    assert cases['shapes: brow'].find('failure') is None
    assert replay(*changed, '--tolerance', 'jaw=1', '--tolerance', 'mouth=1') == 0


# Every attribute that the Ant schema requires, and the order of the parts of a suite.
REQUIRED = {
    'testsuite': {'name', 'timestamp', 'hostname', 'tests', 'failures', 'errors', 'time', 'id',
                  'package'},
    'testcase': {'name', 'classname', 'time'},
    'failure': {'type'},
}  # fmt: skip


def test_the_report_is_what_ci_systems_read(bag, golden, tmp_path):
    junit = tmp_path / 'report.xml'
    assert replay(bag, '--seed', 5, '--text', 'Other words.', '--expect', golden,
                  '--junit', junit) == 1  # fmt: skip
    root = ET.parse(junit).getroot()
    assert root.tag == 'testsuites'
    for element in root.iter():
        assert REQUIRED.get(element.tag, set()) <= set(element.keys())
    parts = [part.tag for part in root.find('testsuite')]
    assert parts[0] == 'properties'
    assert parts[-2:] == ['system-out', 'system-err']
    assert set(parts[1:-2]) == {'testcase'}


def test_a_live_recording_is_compared_as_it_is(golden, out, capsys):
    assert replay(out, '--recorded', '--expect', golden) == 0
    assert 'changes of is_speaking' not in capsys.readouterr().out


@pytest.mark.parametrize('name', ['jaw', 'hobby_head'])
def test_joints_come_with_the_face(bag, name, tmp_path):
    out = tmp_path / 'face.mcap'
    assert replay(bag, '--out', out, '--actuators', name) == 0
    found, joints = read_recording(out), load_map(name)
    assert len(found.joint_trajectories) == len(joints.groups)
    moved = []
    for group in joints.groups:
        chunks = found.joint_trajectories[f'/{group.topic}']
        names = tuple(joints.joints[k].name for k in group.joints)
        assert {chunk.joint_names for chunk in chunks} == {names}
        lower = np.array([joints.joints[k].lower_rad for k in group.joints])
        upper = np.array([joints.joints[k].upper_rad for k in group.joints])
        positions = np.concatenate([chunk.positions for chunk in chunks])
        assert (positions >= lower - 1e-9).all()
        assert (positions <= upper + 1e-9).all()
        moved.append(np.ptp(positions, axis=0).max())
        # one goes on where the one before ended, and the last one ends at rest
        for before, after in itertools.pairwise(chunks[1:-1]):
            assert after.times_s[0] == pytest.approx(before.times_s[-1], abs=1e-6)
            np.testing.assert_allclose(after.positions[0], before.positions[-1], atol=1e-9)
        assert not chunks[-1].velocities[-1].any()
    assert max(moved) > 0.01


def test_another_process_and_hash_seed_give_the_same_bytes(bag, tmp_path):
    digests = set()
    for seed in ('0', '1234'):
        folder = tmp_path / seed
        folder.mkdir()
        command = ['replay', str(bag), '--out', str(folder / 'face.mcap'), '--actuators', 'jaw']
        subprocess.run(
            [sys.executable, '-m', 'facetalk_ros.cli', *command], check=True, timeout=120,
            env={**os.environ, 'PYTHONHASHSEED': seed}, capture_output=True,
        )  # fmt: skip
        digests.add(hashlib.sha256((folder / 'face.mcap').read_bytes()).hexdigest())
    assert len(digests) == 1


def bag_of(path, *messages):
    store = known_types()
    with Writer(path, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, kind, fields in messages:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            data = store.serialize_cdr(store.types[kind](**fields(store.types)), kind)
            writer.write(connections[topic], 10**9, data)
    return path


def header(types):
    stamp = types['builtin_interfaces/msg/Time'](sec=1, nanosec=0)
    return types['std_msgs/msg/Header'](stamp=stamp, frame_id='')


def test_a_golden_bag_that_is_none(bag, golden, out, capsys, tmp_path):
    assert 'none.mcap' in refused(capsys, out, '--recorded', '--expect', tmp_path / 'none.mcap')
    text = tmp_path / 'text.mcap'
    text.write_text('no bag')
    assert 'text.mcap' in refused(capsys, out, '--recorded', '--expect', text)
    cut = tmp_path / 'cut.mcap'
    cut.write_bytes(golden.read_bytes()[: golden.stat().st_size // 2])
    assert 'cut.mcap' in refused(capsys, out, '--recorded', '--expect', cut)
    # without a face, and with the shapes of somebody else
    assert 'no face' in refused(capsys, out, '--recorded', '--expect', bag)
    names = bag_of(
        tmp_path / 'names',
        ('/blendshape_names', 'facetalk_ros/msg/BlendshapeNames',
         lambda types: {'header': header(types), 'names': ['jaw_open']}),
        ('/blendshapes', 'facetalk_ros/msg/Blendshapes',
         lambda types: {'header': header(types), 'weights': np.ones(1, np.float32)}),
    )  # fmt: skip
    assert "'jaw_open'" in refused(capsys, out, '--recorded', '--expect', names)
    slow = tmp_path / 'slow.mcap'
    assert replay(bag, '--fps', 30, '--expect', slow, '--update-golden') == 0
    err = refused(capsys, out, '--recorded', '--expect', slow)
    assert '30 frames a second' in err


def test_options_that_cannot_be(bag, golden, capsys, tmp_path):
    assert '--out' in refused(capsys, bag)
    assert '--junit needs --expect' in refused(
        capsys, bag, '--out', tmp_path / 'a.mcap', '--junit', tmp_path / 'a.xml'
    )
    assert "'jawOpne'" in refused(capsys, bag, '--expect', golden, '--tolerance', 'jawOpne=1')
    assert 'no such folder' in refused(
        capsys, bag, '--expect', golden, '--junit', tmp_path / 'no' / 'a.xml'
    )
    assert 'a.gif' in refused(capsys, bag, '--expect', golden, '--plot', tmp_path / 'a.gif')
    assert '.mcap' in refused(capsys, bag, '--expect', tmp_path / 'g', '--update-golden')
    assert 'only compares' in refused(
        capsys, bag, '--recorded', '--expect', golden, '--out', tmp_path / 'a.mcap'
    )
    assert 'nobody' in refused(capsys, bag, '--expect', golden, '--actuators', 'nobody')
    assert not list(Path(tmp_path).iterdir())
