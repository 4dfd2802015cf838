# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The face that `facetalk animate` draws, and how far it is."""

import io
import re
import sys

import numpy as np
import pytest
import soundfile

from facetalk_ros.cli import main
from facetalk_ros.commands.progress import ProgressBar

pytest.importorskip('aggdraw', reason="needs aggdraw, the extra 'video'")
image = pytest.importorskip('PIL.Image', reason="needs Pillow, the extra 'video'")


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / 'sound.wav'
    soundfile.write(path, 0.1 * np.sin(np.arange(8000) / 9).astype(np.float32), 16000)
    return path


@pytest.mark.parametrize(
    ('options', 'complaint'),
    [
        (['--face', 'grumpy'], "no face 'grumpy'; there are friendly, human"),
        (['--face', 'nowhere.yaml'], 'nowhere.yaml: no such file'),
        (['--face', 'own.yaml'], "own.yaml:2: hair: a face has no key 'hair'"),
        (['--size', '8'], '--size 8: must be 16 to 4096'),
        (['--size', '99', '--out', 'face.mp4'], '--size 99: .* even for a video'),
        (['--fps', '24.5', '--out', 'face.mp4'], '--fps 24.5: a video has a whole number'),
    ],
)
def test_what_cannot_be_drawn_is_told_before_the_work(
    options, complaint, sound, tmp_path, monkeypatch, capsys
):
    if 'face.mp4' in options:
        pytest.importorskip('av', reason="needs PyAV, the extra 'video'")
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'own.yaml').write_text('view: [0, 0, 1, 1]\nhair: brown\n')
    assert main(['animate', str(sound), '--out', 'face.png', *options]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    assert re.search(complaint, error), error
    assert not (tmp_path / 'face.png').exists()


def test_a_face_and_a_size_can_be_chosen(sound, tmp_path, capsys):
    for face in ('friendly', 'human'):
        out = tmp_path / f'{face}.gif'
        assert (
            main(['animate', str(sound), '--face', face, '--size', '48', '--out', str(out)]) == 0
        )
    capsys.readouterr()
    with image.open(tmp_path / 'friendly.gif') as one, image.open(tmp_path / 'human.gif') as other:
        assert one.size == other.size == (48, 48)
        pictures = [np.asarray(i.convert('RGB'), np.int16) for i in (one, other)]
    assert np.abs(pictures[0] - pictures[1]).mean() > 10


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_one_line_on_a_terminal_that_goes_away(monkeypatch):
    monkeypatch.setattr(sys, 'stderr', Terminal())
    with ProgressBar('face.mp4') as bar:
        for done in range(1, 101):
            bar.show(done, 100)
    told = sys.stderr.getvalue()
    assert 'face.mp4 [' in told
    assert '100%' in told
    assert '\n' not in told
    assert told.endswith('\r\033[K')


def test_progress_is_silent_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, 'stderr', io.StringIO())
    with ProgressBar('face.mp4') as bar:
        bar.show(1, 2)
    assert sys.stderr.getvalue() == ''
