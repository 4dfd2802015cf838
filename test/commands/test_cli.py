# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The command line as users meet it: what it does, and one line for every mistake."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from facetalk_ros.cli import main
from facetalk_ros.export import read_csv

DATA = Path(__file__).parents[1] / 'data'
CONFIG = Path(__file__).parents[2] / 'config'
SPEECH = str(DATA / 'amiable.opus')


def refused(capsys, *args):
    """Run a command that is refused; return its one line."""
    assert main([str(a) for a in args]) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert err.endswith('\n')
    assert err.count('\n') == 1, err
    assert err.startswith('facetalk')
    assert 'Traceback' not in err
    return err


def wav(path, samples, rate_hz=16_000, subtype='PCM_16'):
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def test_version_and_help(capsys):
    assert main(['--version']) == 0
    assert re.fullmatch(r'facetalk_ros \d+\.\d+\.\d+\n', capsys.readouterr().out)
    assert main(['-h']) == 0
    listed = capsys.readouterr().out
    verbs = re.findall(r'^    (\w+) ', listed, re.M)
    assert {'animate', 'talk', 'replay', 'bench', 'doctor'} <= set(verbs)
    for verb in verbs:
        assert main([verb, '-h']) == 0
        assert f'facetalk {verb}' in capsys.readouterr().out


def test_animate_writes_every_table_and_tells_how_it_went(capsys, tmp_path):
    outs = [tmp_path / name for name in ('a.csv', 'a.livelink.csv', 'a.json', 'a.mcap')]
    text_file = DATA / 'amiable.txt'
    args = ['animate', SPEECH, '--text-file', str(text_file)]
    for out in outs:
        args += ['--out', str(out)]
    assert main(args) == 0
    out, err = capsys.readouterr()
    assert err == ''
    frames = int(re.search(r'^frames +(\d+) at 60 fps', out, re.M)[1])
    assert frames == pytest.approx(60 * 3.7, abs=6)
    closed, wanted = map(int, re.search(r'^lip closures +(\d+) of (\d+)', out, re.M).groups())
    assert wanted >= 5
    assert closed >= wanted - 1
    share = int(re.search(r'^alignment +(\d+)%', out, re.M)[1])
    assert share > 50
    track = read_csv(outs[0])
    assert len(track.times_s) == frames
    assert all(p.stat().st_size > 10_000 for p in outs)


def test_the_result_does_not_depend_on_the_chunks(tmp_path):
    files = [tmp_path / f'{ms}.csv' for ms in (3, 20, 1000)]
    for file in files:
        assert main(['animate', SPEECH, '--chunk-ms', file.stem, '--out', str(file)]) == 0
    assert len({file.read_bytes() for file in files}) == 1


def test_options_reach_the_engine(capsys, tmp_path):
    still, params = tmp_path / 'still.csv', tmp_path / 'params.yaml'
    params.write_text('talk:\n  ros__parameters:\n    gain: {jawOpen: 0.0}\n    fps: 30.0\n')
    assert main(['animate', SPEECH, '--params-file', str(params), '--out', str(still)]) == 0
    assert ' at 30 fps' in capsys.readouterr().out
    track = read_csv(still)
    assert track.weights[:, 17].max() == 0
    assert main(['animate', SPEECH, '--params-file', str(params), '--fps', '25']) == 0
    assert ' at 25 fps' in capsys.readouterr().out


BAD_FILES = {
    'missing.wav': None,
    'empty.wav': b'',
    'text.wav': b'this is not audio at all, but it is long enough to look like it\n' * 50,
    'noise.mp3': bytes(range(256)) * 40,
}


@pytest.mark.parametrize('name', BAD_FILES)
def test_what_is_not_audio_is_refused(capsys, tmp_path, name):
    path = tmp_path / name
    if BAD_FILES[name] is not None:
        path.write_bytes(BAD_FILES[name])
    assert name in refused(capsys, 'animate', path)
    assert name in refused(capsys, 'talk', '--once', '--source', path)


def test_a_folder_and_a_header_without_sense_are_refused(capsys, tmp_path):
    assert 'not a regular file' in refused(capsys, 'animate', tmp_path)
    path = wav(tmp_path / 'rate.wav', np.zeros(1000))
    data = bytearray(path.read_bytes())
    data[24:28] = (1_000_000_000).to_bytes(4, 'little')
    path.write_bytes(data)
    assert '1000000000' in refused(capsys, 'animate', path)
    only_header = tmp_path / 'header.wav'
    only_header.write_bytes(wav(tmp_path / 'x.wav', np.zeros(1000)).read_bytes()[:44])
    assert 'header.wav' in refused(capsys, 'animate', only_header)


def kept(capsys, *args):
    """Run a command that works with a warning; return (warnings, number of frames)."""
    assert main([str(a) for a in args]) == 0
    out, err = capsys.readouterr()
    assert all(line.startswith('warning: ') for line in err.splitlines())
    return err, int(re.search(r'^frames +(\d+)', out, re.M)[1])


def test_what_can_be_saved_of_bad_sound_is_used_and_reported(capsys, tmp_path):
    speech, _ = soundfile.read(SPEECH, dtype='float32')
    _, frames = kept(capsys, 'animate', SPEECH)

    nan = speech.copy()
    nan[1000:1100], nan[5000] = np.nan, np.inf
    path = wav(tmp_path / 'nan.wav', nan, subtype='FLOAT')
    warning, n = kept(capsys, 'animate', path)
    assert '101 samples' in warning
    assert n == frames

    warning, n = kept(capsys, 'animate', wav(tmp_path / 'loud.wav', np.clip(speech * 40, -1, 1)))
    assert 'clipped' in warning
    assert n == frames

    whole = wav(tmp_path / 'whole.wav', speech).read_bytes()
    (tmp_path / 'half.wav').write_bytes(whole[: len(whole) // 2])
    warning, n = kept(capsys, 'animate', tmp_path / 'half.wav')
    assert 'cut short' in warning
    assert frames / 2 - 5 < n < frames / 2 + 30

    warning, n = kept(capsys, 'animate', wav(tmp_path / 'quiet.wav', np.zeros(16_000 * 60)))
    assert 'only silence' in warning
    assert n == pytest.approx(3600 + 25, abs=10)

    _, n = kept(capsys, 'animate', wav(tmp_path / 'one.wav', np.full(1, 0.5)))
    assert 0 < n < 40


def test_text_that_cannot_be_used(capsys, tmp_path):
    for text in ('', '   ', '?!... —', '😀'):
        assert 'no letter' in refused(capsys, 'animate', SPEECH, '--text', text)
    assert 'no such file' in refused(capsys, 'animate', SPEECH, '--text-file', 'none.txt')
    binary = tmp_path / 'binary.txt'
    binary.write_bytes(b'\xff\xfe\x00\x81')
    assert 'UTF-8' in refused(capsys, 'animate', SPEECH, '--text-file', binary)
    both = ['animate', SPEECH, '--text', 'a', '--text-file', binary]
    assert 'not allowed with' in refused(capsys, *both)


def test_recognition_tells_what_it_lacks(capsys, tmp_path):
    assert 'no Whisper model' in refused(capsys, 'animate', SPEECH, '--asr', tmp_path / 'none')
    assert 'model.bin' in refused(capsys, 'animate', SPEECH, '--asr', tmp_path)


def test_another_script_is_animated_from_the_sound(capsys):
    warning, n = kept(capsys, 'animate', SPEECH, '--text', 'Он мог бы стать любезным')
    assert warning
    assert n > 200


def test_much_text_is_no_problem(capsys, tmp_path):
    text = tmp_path / 'long.txt'
    words = (DATA / 'amiable.txt').read_text() + ' '
    text.write_text(words * (50_000 // len(words)))
    _, n = kept(capsys, 'animate', SPEECH, '--text-file', text)
    assert n > 200


@pytest.mark.parametrize(
    ('content', 'told'),
    [
        (None, 'no such file'),
        ('', 'empty'),
        ('talk: [1, 2', 'line 1'),
        ('talk:\n  ros__parameters:\n    strength: "x"\n', 'line 3'),
        ('talk:\n  ros__parameters:\n    strength: 1\n', 'write 1.0'),
        ('talk:\n  ros__parameters:\n    fps: 60.0\n    strength: 7.5\n', 'line 4'),
        ('talk:\n  ros__parameters:\n    strenth: 1.0\n', "did you mean 'strength'"),
        ('talk:\n  ros__parameters:\n    gain: {jawopen: 1.0}\n', 'gain.jawOpen'),
        ('talk:\n  ros__parameters:\n    device: gpu\n', 'auto, cpu, cuda'),
        ('strength: 1.0\n', 'ros__parameters'),
        ('other_node:\n  ros__parameters:\n    strength: 1.0\n', 'talk'),
    ],
)
def test_parameter_files_that_are_wrong(capsys, tmp_path, content, told):
    path = tmp_path / 'p.yaml'
    if content is not None:
        path.write_text(content)
    line = refused(capsys, 'animate', SPEECH, '--params-file', path)
    assert told in line
    assert 'p.yaml' in line
    assert refused(capsys, 'talk', '--once', '--source', SPEECH, '--params-file', path).endswith(
        line.split(': ', 1)[1]
    )


@pytest.mark.parametrize(
    'args',
    [
        [],
        ['frobnicate'],
        ['animate'],
        ['animate', SPEECH, '--bogus'],
        ['animate', SPEECH, '--fps', '0'],
        ['animate', SPEECH, '--fps', 'many'],
        ['animate', SPEECH, '--chunk-ms', 'nan'],
        ['animate', SPEECH, '--out', 'face.xyz'],
        ['animate', SPEECH, '--out', 'no/such/folder/face.csv'],
        ['animate', SPEECH, '--ros-args', '-p', 'a:=1'],
        ['talk', '--once'],
        ['talk', '--once', '--source', 'mic'],
        ['talk', '--text', 'hello'],
        ['replay', 'bag'],
        ['replay', 'no_such_bag', '--out', 'x.mcap'],
        ['bench', 'no_such_file.wav'],
    ],
)
def test_wrong_arguments_get_one_line(capsys, args):
    refused(capsys, *args)


def test_an_error_of_ours_is_one_line_too(capsys, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError('a bug')

    monkeypatch.setattr('facetalk_ros.commands.animate.FaceStream', broken)
    monkeypatch.delenv('FACETALK_DEBUG', raising=False)
    assert main(['animate', SPEECH]) == 1
    assert 'internal error' in capsys.readouterr().err
    monkeypatch.setenv('FACETALK_DEBUG', '1')
    with pytest.raises(ZeroDivisionError):
        main(['animate', SPEECH])


def test_ctrl_c_ends_cleanly(tmp_path):
    path = wav(tmp_path / 'long.wav', np.zeros(16_000 * 600))
    command = [sys.executable, '-m', 'facetalk_ros.cli', 'animate', str(path)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a gate that runs in the background hands down a SIGINT that is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b'Traceback' not in err
    assert out == b''


def test_nobody_reads_the_output():
    command = f'{sys.executable} -m facetalk_ros.cli animate {SPEECH} | true'
    done = subprocess.run(
        ['bash', '-o', 'pipefail', '-c', command], capture_output=True, timeout=60, check=False
    )
    assert done.stderr == b''
    assert done.returncode == 0


def test_doctor_tells_what_is_there(capsys):
    assert main(['doctor', '--no-graph']) == 0
    out = capsys.readouterr().out
    for name in ('python', 'acoustic model', 'graph', 'device tensorrt', 'extra [asr]'):
        assert name in out
    assert 'HH AH L OW' in out


def test_bench_measures(capsys):
    import json

    assert main(['bench', SPEECH, '--json', '--no-graph']) == 0
    facts = json.loads(capsys.readouterr().out)
    # what does not depend on the machine
    assert 60 < facts['look_ahead_ms'] <= 80
    assert 60 < facts['look_ahead_without_text_ms'] <= 80
    assert facts['peak_memory_mb'] < 250
    assert facts['real_time_factor'] > 0
    assert facts['streams_per_core_batched'] > 0
    assert facts['step_p50_ms'] <= facts['step_p99_ms']


def test_config_talk_yaml_holds_the_defaults():
    from facetalk_ros.nodes.parameter_file import read_parameter_file
    from facetalk_ros.nodes.talk_parameters import SPECS

    values = read_parameter_file(CONFIG / 'talk.yaml')
    assert values == {n: s.default for n, s in SPECS.items() if '.' not in n}
