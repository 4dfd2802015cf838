# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.files import read_audio
from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.cli import main
from facetalk_ros.export import Audio, Track
from facetalk_ros.export.mcap import write_mcap
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.recording import AudioBlock, RecordedTrajectory, Recording
from facetalk_ros.stream import FaceStream
from facetalk_ros.synchrony import Spread, measure_synchrony

DATA = Path(__file__).parent / 'data'


def spoken(name):
    """Return sound, frame times and weights of a clip, whose offset is zero."""
    pcm, _ = read_audio(DATA / f'{name}.opus')
    stream = FaceStream()
    stream.push_text((DATA / f'{name}.txt').read_text('utf-8'))
    frames = stream.push_audio(pcm.samples, pcm.rate_hz) + stream.finish()
    return pcm, np.array([f.time_s for f in frames]), np.array([f.weights for f in frames])


@pytest.fixture(scope='module')
def amiable():
    return spoken('amiable')


def recording(pcm, times_s, weights, *, late_s=0.0, **more):
    return Recording(
        Path('x'), frame_times_s=times_s, weights=weights, frame_received_s=times_s + late_s,
        audio=[AudioBlock(0.0, pcm)], **more,
    )  # fmt: skip


@pytest.mark.parametrize('asked_ms', [-200, -130, -100, -40, 0, 30, 60, 200])
def test_the_offset_that_was_put_in_is_found(amiable, asked_ms):
    pcm, times_s, weights = amiable
    found = measure_synchrony(recording(pcm, times_s + asked_ms / 1e3, weights))
    assert found.content.spread.p50_ms == pytest.approx(asked_ms, abs=found.content.uncertainty_ms)
    assert found.content.uncertainty_ms < 15
    assert found.is_accepted == (-125 <= asked_ms <= 45)


def test_a_longer_clip_is_measured_in_windows_and_sound_in_blocks_is_joined():
    pcm, times_s, weights = spoken('sense')
    cuts = [0, 16_000, 40_000, len(pcm.samples)]
    blocks = [
        AudioBlock(a / pcm.rate_hz, Pcm(np.repeat(pcm.samples[a:b], 2, 1), pcm.rate_hz))
        for a, b in itertools.pairwise(cuts)
    ]
    blocks[1] = AudioBlock(blocks[1].start_s, Pcm(blocks[1].pcm.samples[:-160], pcm.rate_hz))
    found = measure_synchrony(
        Recording(
            Path('x'), frame_times_s=times_s, weights=weights, frame_received_s=times_s,
            audio=blocks,
        )
    )  # fmt: skip
    assert found.content.spread.count > 1
    assert abs(found.content.spread.p50_ms) < found.content.uncertainty_ms
    assert found.is_accepted


def test_a_face_of_other_sound_tells_nothing_about_the_offset(amiable):
    _, times_s, weights = amiable
    other, _ = read_audio(DATA / 'sense.opus')
    found = measure_synchrony(recording(other, times_s, weights))
    assert found.content is None
    assert found.total is not None  # its stamps still do


def test_frames_that_come_late_are_seen_late_and_early_ones_wait(amiable):
    pcm, times_s, weights = amiable
    late = measure_synchrony(recording(pcm, times_s, weights, late_s=0.1))
    assert late.arrival.p50_ms == pytest.approx(100)
    assert late.total.p50_ms == pytest.approx(100, abs=10)
    assert not late.is_accepted
    early = measure_synchrony(recording(pcm, times_s, weights, late_s=-0.2))
    assert early.arrival.p50_ms == pytest.approx(-200)
    assert early.is_accepted


def test_joints_are_measured_too(amiable):
    pcm, times_s, weights = amiable
    jaw = -0.5 * weights[:, ARKIT_INDEX['jawOpen']].astype(np.float64)
    lead_s, ahead = 0.06, 30
    trajectories = [
        RecordedTrajectory(
            times_s[k] - lead_s, times_s[k] - lead_s, ('still', 'jaw'),
            times_s[k : k + ahead] - lead_s,
            np.column_stack([np.zeros(len(jaw[k : k + ahead])), jaw[k : k + ahead]]),
            np.full((len(jaw[k : k + ahead]), 2), np.nan),
        )
        for k in range(0, len(times_s), 6)
    ]  # fmt: skip
    found = measure_synchrony(
        recording(pcm, times_s, weights, joint_trajectories={'/head': trajectories})
    )
    name, lag = found.joints['/head']
    assert name == 'jaw'
    assert lag.spread.p50_ms == pytest.approx(-60, abs=lag.uncertainty_ms + 5)


def test_what_has_nothing_to_measure_is_refused(amiable):
    pcm, times_s, weights = amiable
    with pytest.raises(ValueError, match='no face'):
        measure_synchrony(Recording(Path('x'), audio=[AudioBlock(0.0, pcm)]))
    with pytest.raises(ValueError, match='no sound'):
        measure_synchrony(
            Recording(Path('x'), frame_times_s=times_s, weights=weights, frame_received_s=times_s)
        )
    with pytest.raises(ValueError, match='different clocks'):
        measure_synchrony(recording(pcm, times_s + 1000, weights))


def test_the_verdict_is_about_nine_tenths():
    assert Spread.of([0.0] * 96 + [1.0] * 4).is_accepted
    assert not Spread.of([0.0] * 94 + [1.0] * 6).is_accepted
    assert Spread.of([-0.125, 0.045]).is_accepted


def test_the_command_says_pass_or_fail(amiable, tmp_path, capsys):
    pcm, times_s, weights = amiable
    for shift_s, code in ((0.0, 0), (0.2, 1)):
        bag = tmp_path / f'{code}.mcap'
        write_mcap(bag, Track(times_s + shift_s, weights), audio=Audio(pcm.samples, pcm.rate_hz))
        assert main(['sync', str(bag)]) == code
        out = capsys.readouterr().out
        assert ('pass' if code == 0 else 'FAIL') in out
        assert main(['sync', '--json', str(bag)]) == code
        facts = json.loads(capsys.readouterr().out)
        assert facts['pass'] == (code == 0)
        assert facts['content']['spread']['p50_ms'] == pytest.approx(shift_s * 1e3, abs=10)
    silent = tmp_path / 'silent.mcap'
    write_mcap(silent, Track(times_s, weights))
    assert main(['sync', str(silent)]) == 2
    assert main(['sync', str(tmp_path / 'none.mcap')]) == 2
    err = capsys.readouterr().err
    assert 'no sound' in err
    assert len(err.splitlines()) == 2
