# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk talk`: the whole path on the graph, in real processes."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.cli import main
from facetalk_ros.export import read_csv
from facetalk_ros.face import lip_aperture

DATA = Path(__file__).parents[1] / 'data'
TALK = [sys.executable, '-m', 'facetalk_ros.cli', 'talk']


def test_once_from_a_recording_to_files(graph_env, tmp_path):
    out = tmp_path / 'out'
    done = subprocess.run(
        [*TALK, '--once', '--source', DATA / 'amiable.opus', '--text-file', DATA / 'amiable.txt',
         '--out', out, '--ros-args', '-r', '__ns:=/head', '-p', 'seed:=3'],
        env=graph_env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ''
    assert '/head/audio' in done.stdout
    frames = int(re.search(r'^frames +(\d+) in', done.stdout, re.M)[1])
    track = read_csv(out / 'blendshapes.csv')
    assert len(track.times_s) == frames
    # the silence before the sound is stretched or pressed, so that the sound begins with a step
    steps_s = np.diff(track.times_s)
    assert np.all(steps_s > 0)
    assert np.count_nonzero(np.abs(steps_s - 1 / 60) > 0.005) <= 2
    assert track.times_s[0] == pytest.approx(0, abs=0.03)
    assert track.times_s[-1] > 3.3 + 0.3
    apertures = lip_aperture(track.weights)
    assert apertures.max() > 0.15
    assert apertures[-1] < 0.05
    share = int(re.search(r'^alignment +(\d+)%', done.stdout, re.M)[1])
    assert share > 50
    assert (out / 'face.mcap').stat().st_size > 50_000
    assert main(['replay', str(out / 'face.mcap'), '--out', str(tmp_path / 'again.mcap')]) == 0


def test_servos_and_the_browser_run_beside_it(graph_env):
    pytest.importorskip('tornado')
    done = subprocess.run(
        [*TALK, '--once', '--source', DATA / 'amiable.opus', '--actuators', 'jaw', '--view'],
        env=graph_env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('/actuators, map jaw') == 2  # at the start and in the summary
    assert done.stdout.count('http://127.0.0.1:') == 2


@pytest.mark.parametrize(
    ('wrong', 'told'),
    [
        (['--actuators', 'jow'], 'jow'),
        (['--view-port', '80'], '--view'),
        (['--view', '--view-port', '99999'], '99999'),
    ],
)
def test_companions_that_cannot_start_are_one_line(graph_env, capsys, wrong, told):
    pytest.importorskip('tornado')
    assert main(['talk', '--source', str(DATA / 'amiable.opus'), '--once', *wrong]) == 2
    err = [line for line in capsys.readouterr().err.splitlines() if '[ERROR]' not in line]
    assert len(err) == 1
    assert told in err[0]


@pytest.mark.parametrize('source', ['topic', str(DATA / 'sense.opus')])
def test_ctrl_c_ends_it_cleanly(graph_env, tmp_path, source):
    process = subprocess.Popen(
        [*TALK, '--source', source, '--out', tmp_path], env=graph_env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert 'listening' in process.stdout.readline()
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert 'Traceback' not in err
    assert ('frames' in out) == (source != 'topic')


def test_a_graph_that_cannot_be_joined_is_one_line(graph_env):
    done = subprocess.run(
        [*TALK, '--once', '--source', DATA / 'amiable.opus'],
        env=graph_env | {'ROS_DOMAIN_ID': 'many'},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.count('\n') == 1, done.stderr
    assert 'many' in done.stderr


def test_a_microphone_needs_its_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'sounddevice', None)
    assert main(['talk', '--source', 'mic']) == 2
    err = capsys.readouterr().err
    assert 'facetalk_ros[mic]' in err
    assert err.count('\n') == 1


def test_doctor_sends_a_message_to_another_process(graph_env):
    done = subprocess.run(
        [sys.executable, '-m', 'facetalk_ros.cli', 'doctor'], env=graph_env,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stderr == ''
    assert 'another process was found' in done.stdout
