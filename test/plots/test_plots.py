# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Plots: what is chosen, what is drawn, and that nothing in a recording can do harm."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.cli import main
from facetalk_ros.export import write_frames
from facetalk_ros.export.track import Track
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.motion.keys import KeyKind, KeyMotion
from facetalk_ros.plots import JointLimits, PlotError, plot_difference, plot_recordings
from facetalk_ros.plots.report import make_report
from facetalk_ros.plots.shapes import difference
from facetalk_ros.recording import (
    AudioBlock,
    RecordedHead,
    RecordedJoint,
    RecordedTrajectory,
    Recording,
    read_recording,
)

RATE_HZ = 16000


def pose(**weights):
    found = np.zeros(52, np.float32)
    for name, value in weights.items():
        found[ARKIT_INDEX[name]] = value
    return found


def recording(name='run.mcap', *, word='hello', shift=0.0, joints=True):
    """Return two seconds in which the jaw and the smile move, with all that can be drawn."""
    times = np.arange(120) / 60
    jaw = 0.4 + 0.3 * np.sin(times * 9 + shift)
    smile = 0.2 + 0.1 * np.sin(times * 5)
    weights = np.array(
        [
            pose(jawOpen=a, mouthSmileLeft=b, mouthSmileRight=b, browDownLeft=0.5 * b)
            for a, b in zip(jaw, smile, strict=True)
        ]
    )
    keys = [
        KeyMotion(t + part, kind, phone, True, pose(jawOpen=0.5), said)
        for t, phone, said in ((0.1, 'HH', word), (0.3, 'AH', word), (0.8, 'SIL', ''))
        for part, kind in ((0.0, KeyKind.BOUNDARY), (0.05, KeyKind.TARGET))
    ]
    tone = 0.5 * np.sin(np.arange(RATE_HZ) * 0.2)[:, None].astype(np.float32)
    none = np.full((3, 1), np.nan)
    chunks = [
        RecordedTrajectory(t, t, ('jaw',), t + np.array([0.0, 0.1, 0.2]),
                           np.array([[t], [t + 0.1], [9.0]]), none)
        for t in (0.0, 0.2, 0.4)
    ]  # fmt: skip
    told = RecordedJoint(times, jaw, np.full(120, np.nan))
    return Recording(
        Path(name), 0, times, weights, times + 0.1, keys,
        [AudioBlock(0.0, Pcm(tone, RATE_HZ)), AudioBlock(1.5, Pcm(tone[:1600], RATE_HZ))],
        '/audio_out', {'/jaw/joint_trajectory': chunks} if joints else {},
        {'jaw': told, 'wheel': told} if joints else {},
    )  # fmt: skip


def panels(report):
    return {panel.title: panel for panel in report.panels}


def test_everything_there_is_gets_a_panel():
    report = make_report([recording()], limits={'jaw': JointLimits(-0.1, 1.0)})
    assert [p.title for p in report.panels] == [
        'sound (audio_out)', 'words', 'phones', 'jawOpen', 'mouthSmile L, R', 'browDown', 'jaw',
    ]  # fmt: skip
    assert (report.from_s, report.to_s) == (0.0, pytest.approx(119 / 60))
    found = panels(report)
    assert [tuple(s) for s in found['words'].spans] == [(0.1, 0.8, 'hello')]
    assert [s.text for s in found['phones'].spans] == ['HH', 'AH', '']
    jaw = found['jawOpen']
    assert jaw.dots[0].values == pytest.approx([0.5] * 6)
    assert list(jaw.dots[0].kinds) == [0, 1] * 3
    assert not found['mouthSmile L, R'].dots  # no key motion asks for it
    assert [line.label for line in found['browDown'].lines] == ['Left', 'Right']
    joint = found['jaw']
    assert [line.label for line in joint.lines] == ['measured', 'commanded']
    assert joint.limits == [('lower', -0.1), ('upper', 1.0)]
    assert joint.unit == 'rad'
    # a trajectory holds until the next one begins; the end of the last is its own
    commanded = joint.lines[1]
    np.testing.assert_allclose(commanded.times_s, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    np.testing.assert_allclose(commanded.values, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 9.0])


def test_joints_at_rest_are_told_in_words():
    moving = recording()
    still = RecordedJoint(np.arange(3.0), np.full(3, 0.2), np.full(3, np.nan))
    states = {**moving.joint_states, 'nose': still}
    report = make_report([replace(moving, joint_trajectories={}, joint_states=states)])
    assert [p.title for p in report.panels if p.unit == 'rad'] == ['jaw', 'wheel']
    assert dict(report.notes)['joints at rest'] == 'nose'
    # when none moves, they are what there is to see
    report = make_report([Recording(Path('rest.mcap'), joint_states={'nose': still})])
    assert [p.title for p in report.panels] == ['nose']


def test_the_head_has_a_panel_for_each_way_it_turns():
    times = np.arange(60) / 30
    turns = np.zeros((60, 3))
    turns[:, 1] = 0.1 * np.sin(times * 3)
    report = make_report([replace(recording(joints=False), head=RecordedHead(times, turns))])
    (pitch,) = [p for p in report.panels if p.title.startswith('head')]
    assert (pitch.title, pitch.unit) == ('head pitch', 'rad')
    np.testing.assert_array_equal(pitch.lines[0].values, turns[:, 1])


def test_the_sound_has_its_holes():
    sound = make_report([recording()]).sound
    assert sound.rate_hz == RATE_HZ
    assert np.abs(sound.samples[: RATE_HZ - 1]).max() > 0.4
    assert not sound.samples[RATE_HZ : int(1.5 * RATE_HZ) - 1].any()
    assert sound.samples[int(1.5 * RATE_HZ) : int(1.6 * RATE_HZ)].any()
    part = make_report([recording()], from_s=1.4, to_s=1.55)
    assert len(part.sound.samples) == pytest.approx(0.15 * RATE_HZ, abs=1)
    assert not part.sound.samples[: int(0.09 * RATE_HZ)].any()


def test_shapes_that_are_asked_for():
    report = make_report([recording()], shapes=['mouthSmile', 'jawOpen', 'eyeBlinkLeft'])
    titles = [p.title for p in report.panels if p.unit == 'weight']
    assert titles == ['mouthSmile L, R', 'jawOpen', 'eyeBlinkLeft']
    with pytest.raises(PlotError, match="unknown blendshape 'mouthWide'"):
        make_report([recording()], shapes=['mouthWide'])


def test_a_comparison_tells_what_differs():
    a, b = recording('a.mcap'), recording('b.mcap', shift=0.5)
    report = make_report([a, b])
    found = panels(report)
    assert [line.run for line in found['jawOpen'].lines] == [0, 1]
    assert list(found).count('words') == 1  # both say the same
    apart = np.abs(a.weights - b.weights)
    notes = dict(report.notes)
    assert notes['largest difference'].startswith(f'{apart.max():.4f} (jawOpen at ')
    assert float(notes['rms difference'].split()[0]) == pytest.approx(
        np.sqrt((apart**2).mean()), abs=1e-5
    )
    np.testing.assert_allclose(found['difference'].lines[0].values, apart.max(1), atol=1e-6)
    assert list(report.runs) == ['a.mcap', 'b.mcap']
    # of the same name they are told apart by their folders
    same = make_report([recording('x/a.mcap'), recording('y/a.mcap')])
    assert list(same.runs) == ['x/a.mcap', 'y/a.mcap']
    # other words get a line of their own
    other = make_report([a, recording('c.mcap', word='goodbye')])
    assert [p.title for p in other.panels].count('words') == 2


def test_runs_that_never_meet_have_no_difference():
    a = recording()
    late = replace(a, frame_times_s=a.frame_times_s + 100)
    assert difference(a, late, 0.0, 200.0) is None
    assert difference(a, replace(a, frame_times_s=np.empty(0)), 0.0, 2.0) is None
    # the second run has another rate and starts elsewhere
    half = replace(a, frame_times_s=a.frame_times_s[10::2], weights=a.weights[10::2])
    assert difference(a, half, 0.0, 2.0).values.max() < 0.02


@pytest.mark.parametrize('gone', ['frame_times_s', 'keys', 'audio', 'joint_trajectories'])
def test_what_is_there_is_drawn(gone, tmp_path):
    whole = recording()
    empty = {'frame_times_s': {'frame_times_s': np.empty(0), 'weights': np.empty((0, 52))},
             'keys': {'keys': []}, 'audio': {'audio': [], 'audio_topic': ''},
             'joint_trajectories': {'joint_trajectories': {}}}[gone]  # fmt: skip
    out = tmp_path / ('plot.png' if gone == 'keys' else 'plot.html')
    report = plot_recordings([replace(whole, **empty)], out)
    assert out.stat().st_size > 5000
    titles = [panel.title for panel in report.panels]
    assert ('words' in titles) == (gone != 'keys')
    assert ('sound (audio_out)' in titles) == (gone != 'audio')
    assert ('jawOpen' in titles) == (gone != 'frame_times_s')
    # without commands every joint that tells its position is shown
    assert ('wheel' in titles) == (gone == 'joint_trajectories')


def test_nothing_to_draw_is_one_clear_error(tmp_path):
    with pytest.raises(PlotError, match=r'empty\.mcap: nothing to draw'):
        plot_recordings([Recording(Path('empty.mcap'))], tmp_path / 'a.png')
    with pytest.raises(PlotError, match=r'it has 0\.00 to 1\.98 s'):
        plot_recordings([recording()], tmp_path / 'a.png', from_s=5.0)
    with pytest.raises(PlotError, match='nothing to draw between 50 and 60 s'):
        plot_recordings([recording()], tmp_path / 'a.png', from_s=50.0, to_s=60.0)
    # a stamp of another clock must not fill the memory
    astray = replace(recording(), frame_times_s=recording().frame_times_s + 1e9)
    with pytest.raises(PlotError, match='too much for a plot'):
        plot_recordings([astray], tmp_path / 'a.png')
    with pytest.raises(PlotError, match='must end with one of'):
        plot_recordings([recording()], tmp_path / 'a.pdf')
    with pytest.raises(ValueError, match='3 recordings'):
        plot_recordings([recording()] * 3, tmp_path / 'a.png')
    assert not list(tmp_path.iterdir())


def test_a_single_frame(tmp_path):
    one = Recording(Path('one.csv'), frame_times_s=np.array([0.5]),
                    weights=pose(jawOpen=0.5)[None], frame_received_s=np.array([0.5]))  # fmt: skip
    report = plot_recordings([one], tmp_path / 'a.png', shapes=['jawOpen'])
    assert report.to_s > report.from_s


HOSTILE = '</script><script>document.title="owned"</script><!--&$x^2$'


def test_a_picture(tmp_path):
    picture = recording('a$b_{.mcap', word=HOSTILE)
    limits = {'jaw': JointLimits(-0.1, 1.0)}
    for name in ('a.png', 'a.svg', 'b.svg'):
        plot_recordings([picture], tmp_path / name, limits=limits, from_s=0.0, to_s=1.0)
    assert (tmp_path / 'a.svg').read_bytes() == (tmp_path / 'b.svg').read_bytes()
    with Image.open(tmp_path / 'a.png') as image:
        drawn = np.asarray(image.convert('RGB'))
    assert drawn.shape[0] > 500
    assert drawn.shape[1] > 1000
    for colour in ((0x00, 0x72, 0xB2), (0x66, 0x66, 0x66), (0xDF, 0xE9, 0xF2)):
        assert (np.abs(drawn.astype(int) - colour).max(2) < 6).sum() > 100, colour
    svg = ET.parse(tmp_path / 'a.svg')
    assert not [e for e in svg.iter() if e.tag.endswith('script')]


def content(page):
    text = re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.S)[1]
    return json.loads(text)


def test_a_page(tmp_path):
    out, again = tmp_path / 'a.html', tmp_path / 'b.html'
    limits = {'jaw': JointLimits(-0.1, 1.0)}
    plot_recordings([recording()], out, limits=limits)
    plot_recordings([recording()], again, limits=limits)
    assert out.read_bytes() == again.read_bytes()
    page = out.read_text()
    told = content(page)
    assert [p['title'] for p in told['panels']][:3] == ['sound (audio_out)', 'words', 'phones']
    curve = next(p for p in told['panels'] if p['title'] == 'jawOpen')
    np.testing.assert_allclose(curve['lines'][0]['v'], recording().weights[:, 17], atol=1e-4)
    kind, _, data = told['sound'].partition(',')
    assert kind == 'data:audio/flac;base64'
    samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert rate_hz == RATE_HZ
    assert len(samples) == pytest.approx(119 / 60 * RATE_HZ, abs=1)
    # nothing is fetched from anywhere
    assert not re.search(r'(src|href)\s*=', page.replace(told['sound'], ''))
    assert '://' not in page
    assert "default-src 'none'" in page


def test_a_hostile_text_does_not_run(tmp_path):
    out = tmp_path / 'a.html'
    plot_recordings([recording(f'{HOSTILE.replace("/", "")}.mcap', word=HOSTILE)], out)
    page = out.read_text()
    assert page.count('<script') == page.count('</script>') == 2
    told = page.partition('id="report">')[2].partition('</script>')[0]
    assert not set(told) & set('<>&')
    words = next(p for p in content(page)['panels'] if p['title'] == 'words')
    assert words['spans'][0][2] == HOSTILE


def test_plot_difference_for_others(tmp_path):
    out = tmp_path / 'difference.png'
    report = plot_difference(recording(), recording(shift=0.3), ['jawOpen'], out)
    assert out.stat().st_size > 5000
    assert [p.title for p in report.panels if p.unit == 'weight'] == ['jawOpen', 'difference']


# ---- the command


@pytest.fixture
def table(tmp_path):
    given = recording(joints=False)
    path = tmp_path / 'face.json'
    write_frames(path, Track(given.frame_times_s, given.weights), keys=given.keys)
    return path


def plot(*args):
    return main(['plot', *map(str, args)])


def refused(capsys, *args):
    assert plot(*args) == 2
    err = capsys.readouterr().err
    assert err.count('\n') == 1, err
    return err


def test_the_command(table, tmp_path, capsys):
    out = tmp_path / 'a.html'
    assert plot(table, '--out', out) == 0
    told = capsys.readouterr().out
    assert 'words, phones, jawOpen, mouthSmile L, R' in told
    assert 'a.html' in told
    assert read_recording(table).keys[0].word == 'hello'
    part = ['--from', '0.5', '--to', '1', '--shapes', 'jawOpen, mouthSmile']
    assert plot(table, table, '--out', tmp_path / 'b.svg', *part) == 0
    told = capsys.readouterr().out
    assert '0.50 to 1.00 s' in told
    assert 'largest difference  0.0000' in told


def test_mistakes_get_one_line(table, tmp_path, capsys):
    out = tmp_path / 'a.html'
    assert 'no such' in refused(capsys, tmp_path / 'gone.mcap', '--out', out)
    assert 'must end with' in refused(capsys, table, '--out', tmp_path / 'a.pdf')
    assert 'no such folder' in refused(capsys, table, '--out', tmp_path / 'x' / 'a.png')
    assert 'unknown blendshape' in refused(capsys, table, '--out', out, '--shapes', 'jawWide')
    assert 'nothing between' in refused(capsys, table, '--out', out, '--from', '7', '--to', '6')
    assert 'nothing to draw' in refused(capsys, table, '--out', out, '--from', '60', '--to', '70')
    assert '--actuators' in refused(
        capsys, table, '--out', out, '--actuators', tmp_path / 'm.yaml'
    )
    assert 'namespace' in refused(capsys, table, '--out', out, '--namespace', '/a')
    assert not out.exists()


def test_limits_come_from_a_map(tmp_path, capsys):
    out = tmp_path / 'a.html'
    bag = Path(__file__).parents[1] / 'data' / 'bags' / 'chunk_mcap'
    assert plot(bag, '--out', out, '--actuators', 'jaw') == 0
    assert 'sound (audio)' in capsys.readouterr().out


def test_the_face_is_measured_against_the_sound(tmp_path, capsys):
    data = Path(__file__).parents[1] / 'data'
    face, out = tmp_path / 'face.mcap', tmp_path / 'face.html'
    assert main(['animate', str(data / 'amiable.opus'), '--out', str(face)]) == 0
    capsys.readouterr()
    assert plot(face, '--out', out) == 0
    told = capsys.readouterr().out
    offset_ms = float(re.search(r'face after sound +([+-]\d+) ms by content', told)[1])
    assert abs(offset_ms) < 20
    assert content(out.read_text())['notes'][0][0] == 'face after sound'
    assert plot(face, '--out', out, '--no-sync') == 0
    assert 'face after sound' not in capsys.readouterr().out
