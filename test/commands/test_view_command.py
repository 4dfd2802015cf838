# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk view` as users run it, with a page that connects."""

from __future__ import annotations

import json
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('tornado')

from view_client import WAIT_S, Page, request

from facetalk_ros.cli import main
from facetalk_ros.recording import read_recording

SPEECH = Path(__file__).parents[1] / 'data' / 'amiable.opus'
_TEXT = 'He might even have been made amiable himself.'


class _Command:
    """The command in a process of its own, and where its page is."""

    def __init__(self, env: dict[str, str], *args: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'facetalk_ros.cli', 'view', *map(str, args)],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        url = re.fullmatch(r'open http://127\.0\.0\.1:(\d+)/(\S*)\n', self.first_line)
        if url is None:
            self.process.kill()
            pytest.fail(f'{self.first_line} {self.process.communicate()}')
        self.server = SimpleNamespace(port=int(url[1]))
        self.query = url[2]

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, err


@pytest.fixture
def view(graph_env: dict[str, str]) -> Iterator[Callable[..., _Command]]:
    commands: list[_Command] = []

    def start(*args: object) -> _Command:
        commands.append(_Command(graph_env, *args))
        return commands[-1]

    yield start
    for command in commands:
        command.process.kill()
        command.process.communicate()


def _watch(page: Page) -> dict[str, list[tuple[str | int, bytes]]]:
    """Return everything that a page is told until the server ends, by kind."""
    told: dict[str, list[tuple[str | int, bytes]]] = {}
    while True:
        try:
            opcode, data = page.receive()
        except (EOFError, ConnectionResetError):
            return told
        if opcode == 8:
            return told
        kind = json.loads(data)['type'] if opcode == 1 else {1: 'frame', 2: 'sound'}[data[0]]
        told.setdefault(kind, []).append((opcode, data))


@pytest.fixture(scope='module')
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('view') / 'run.mcap'
    assert main(['animate', str(SPEECH), '--text', _TEXT, '--out', str(path)]) == 0
    return path


def test_a_recording_is_shown_as_it_is(view, bag):
    command = view(bag, '--once', '--map', 'jaw')
    recording = read_recording(bag)
    told = _watch(Page(command.server))
    assert command.end() == (0, '')
    frames = [data for _, data in told['frame']]
    weights = np.array([np.frombuffer(data, '<f4', -1, 24) for data in frames])
    assert np.array_equal(weights, np.clip(recording.weights, 0, 1))
    stamps_s = np.array([struct.unpack_from('<d', data, 16)[0] for data in frames])
    offsets_s = stamps_s - recording.frame_times_s
    assert np.ptp(offsets_s) < 1e-4
    # the sound is at the same place beside the frames as in the recording
    sounds = [data for _, data in told['sound']]
    sound_s = struct.unpack_from('<d', sounds[0], 8)[0] - offsets_s[0]
    assert sound_s == pytest.approx(recording.audio[0].start_s, abs=1e-4)
    heard = np.concatenate([np.frombuffer(data, '<i2', -1, 16) for data in sounds])
    assert len(heard) == sum(block.pcm.samples.size for block in recording.audio)
    keys = [key for _, data in told['keys'] for key in json.loads(data)['keys']]
    assert [key['phone'] for key in keys] == [key.phone for key in recording.keys]
    assert json.loads(told['joints'][0][1])['joints'][0]['name'] == 'jaw'


def test_a_page_changes_and_restarts_what_is_played(view, bag):
    command = view(bag)
    page = Page(command.server)
    hello = page.expect('hello')
    assert hello['can'] == {'overlay': True, 'expression': False, 'say': False, 'reset': True}
    cheeks = hello['arkit'].index('cheekPuff')

    def next_of(kind: int) -> bytes:
        while True:
            opcode, data = page.receive()
            if opcode == 2 and data[0] == kind:
                return data

    def added() -> float:
        return float(np.frombuffer(next_of(1), '<f4', -1, 24)[cheeks])

    beginning = next_of(2)
    assert added() < 0.5
    page.say({'type': 'overlay', 'weights': {'cheekPuff': 1}})
    while added() < 0.99:
        pass
    page.say({'type': 'reset'})
    while (again := next_of(2))[16:] != beginning[16:]:
        pass
    # the sound is that of the beginning; time has gone on
    assert struct.unpack_from('<d', again, 8)[0] > struct.unpack_from('<d', beginning, 8)[0] + 0.1
    assert added() > 0.99
    command.process.send_signal(signal.SIGINT)
    assert command.end() == (0, '')


def test_a_sound_file_makes_the_face_speak(view):
    command = view('--source', SPEECH, '--text', _TEXT, '--once')
    told = _watch(Page(command.server))
    assert command.end() == (0, '')
    weights = np.array([np.frombuffer(data, '<f4', -1, 24) for _, data in told['frame']])
    assert np.ptp(weights, axis=0).max() > 0.2
    assert len(told['frame']) > 180
    assert len(told['sound']) > 150
    keys = [key for _, data in told['keys'] for key in json.loads(data)['keys']]
    assert {'M', 'B'} <= {key['phone'] for key in keys}
    assert {'amiable'} <= {key['word'].lower().strip('.') for key in keys}
    assert json.loads(told['text'][0][1])['text'] == _TEXT


def test_the_graph_from_elsewhere_needs_the_token_of_the_url(view):
    command = view('--host', '0.0.0.0')
    assert re.fullmatch(r'\?token=[\w-]{32}', command.query)
    assert request(command.server, b'/')[0] == 403
    assert request(command.server, b'/' + command.query.encode())[0] == 200
    command.process.send_signal(signal.SIGTERM)
    code, err = command.end()
    assert (code, command.query[7:] in err) == (0, False)


@pytest.mark.parametrize(
    ('args', 'word'),
    [
        (['nowhere.csv'], 'nowhere.csv'),
        ([SPEECH], '--source'),
        ([SPEECH, '--source', SPEECH], 'as it is'),
        (['--source', 'nowhere.wav'], 'nowhere.wav'),
        (['--text', 'Hello.'], '--source'),
        (['--once'], '--once'),
        (['--port', '70000'], '70000'),
        (['--host', 'no.such.host.invalid'], 'no.such.host.invalid'),
        (['--host', '0.0.0.0', '--token', 'short'], '8 to 128'),
        (['--face', 'nobody'], 'nobody'),
        (['--avatar', 'nowhere.glb'], 'nowhere.glb'),
        (['--map', 'nothing'], 'nothing'),
    ],
)
def test_a_mistake_is_one_line(graph_env, capsys, args, word):
    assert main(['view', *map(str, args)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count('\n')) == ('', 1)
    assert word in err
