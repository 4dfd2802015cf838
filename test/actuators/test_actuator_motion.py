# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Real speech and faults through the node's motion and simulated controllers of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from controller import Kind
from simulation import Simulation

from facetalk_ros import FaceStream
from facetalk_ros.actuators import load_map, shipped_maps
from facetalk_ros.audio.files import read_audio
from facetalk_ros.face import ARKIT_INDEX

DATA = Path(__file__).parents[1] / 'data'
STEP_S = 0.02
Faces = list[tuple[float, float, Any]]


@pytest.fixture(scope='module')
def speech() -> Faces:
    """Return the face of sense.opus as it comes live: (arrival, stamp, weights)."""
    pcm, _ = read_audio(DATA / 'sense.opus')
    rate = pcm.rate_hz
    samples = pcm.samples[: 2 * rate]
    stream = FaceStream(fps=60)
    stream.push_text((DATA / 'sense.txt').read_text())
    step = int(STEP_S * rate)
    faces = []
    for begin in range(0, len(samples), step):
        frames = stream.push_audio(samples[begin : begin + step], rate)
        arrival_s = 1 + begin / rate + STEP_S
        faces += [(arrival_s, 1 + f.time_s, f.weights) for f in frames]
    return faces


def chewing(begin_s: float, end_s: float, ahead_s: float = 0.1) -> Faces:
    faces = []
    for i in range(int((end_s - begin_s) * 60)):
        weights = np.zeros(52, np.float32)
        weights[ARKIT_INDEX['jawOpen']] = 0.5 - 0.5 * np.cos(6 * np.pi * i / 60)
        stamp_s = begin_s + i / 60
        faces.append((stamp_s - ahead_s, stamp_s, weights))
    return faces


@pytest.mark.parametrize('name', shipped_maps())
def test_speech_is_smooth_on_every_map(name: str, speech: Faces) -> None:
    simulation = Simulation(load_map(name), hz=100.0)
    simulation.run(5.0, speech)
    simulation.check()
    assert simulation.rests()
    counts = simulation.schedule.counts
    assert counts.frames == len(speech)
    assert counts.dropped == 0


@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        ('replace', {'hz': 250.0}),
        ('replace', {'from_desired': True}),
        ('defer', {}),
        ('blend', {'replacement': 'splice', 'from_desired': True}),
    ],
)
def test_replacement_is_continuous_on_each_controller(
    kind: Kind, options: dict[str, Any], speech: Faces
) -> None:
    simulation = Simulation(load_map('jaw'), kind=kind, **options)
    simulation.keeps_plan = True
    simulation.run(5.0, speech)
    simulation.check()
    assert simulation.rests()
    times, positions = simulation.moved('mouth')
    assert np.ptp(positions) > 0.2
    # the controller does what was planned, ahead by the group's latency
    planned_s, planned = (np.array(part) for part in zip(*simulation.plan, strict=True))
    latency_s = simulation.map.groups[0].latency_s
    expected = np.interp(times + latency_s, planned_s, planned[:, 0])
    inside = times < planned_s[-1] - latency_s
    assert np.abs(positions[:, 0] - expected)[inside].max() < 0.02


def test_a_trajectory_that_starts_anew_would_be_seen(speech: Faces) -> None:
    """The bounds are such that the wrong form for a controller fails them."""
    simulation = Simulation(load_map('jaw'), kind='blend', replacement='splice')
    simulation.run(5.0, speech)
    with pytest.raises(AssertionError):
        simulation.check()


def test_pauses_and_bursts(speech: Faces) -> None:
    """Faces that come in lumps, late, or not at all for a while."""
    random = np.random.default_rng(3)
    held_until_s, faces = 0.0, []
    for arrival_s, stamp_s, weights in speech:
        if random.random() < 0.03:
            held_until_s = arrival_s + random.uniform(0.02, 0.9)
        faces.append((max(arrival_s, held_until_s), stamp_s, weights))
    simulation = Simulation(load_map('hobby_head'))
    simulation.run(6.0, faces)
    simulation.check()
    assert simulation.rests()
    counts = simulation.schedule.counts
    assert counts.dropped_late > 0
    assert counts.late > 0


def test_the_tail_leads_home_when_the_node_dies(speech: Faces) -> None:
    for dies_s in (2.0, 2.37):
        simulation = Simulation(load_map('jaw'))
        simulation.run(dies_s, speech)
        simulation.motion = None
        simulation.run(dies_s + 2.5)
        simulation.check()
        assert simulation.rests()


def test_clock_back_and_faces_after(speech: Faces) -> None:
    """A bag that loops: the stamps are those of the first time again."""
    simulation = Simulation(load_map('hobby_head'))
    simulation.run(3.0, speech)
    assert simulation.motion is not None
    simulation.motion.clock_jumped(simulation.now_s)
    simulation.tell()
    again = [(a + 2.0, s + 2.0, w) for a, s, w in speech if a > 1.0]
    simulation.run(6.0, again)
    simulation.check(velocity=1.3, acceleration=4.0)
    assert simulation.rests()
    assert simulation.motion.driver.counts.clock_jumps == 1


def test_begins_where_the_joints_are() -> None:
    simulation = Simulation(load_map('jaw'), positions={'jaw': 0.3})
    simulation.run(2.0)
    _, positions = simulation.moved('mouth')
    assert positions[0, 0] == pytest.approx(0.3)
    simulation.check()
    assert simulation.rests()


def test_reset_takes_back_what_waits() -> None:
    simulation = Simulation(load_map('jaw'))
    simulation.run(2.0, [(1.9, s, w) for _, s, w in chewing(2.0, 4.0)])
    assert simulation.motion is not None
    assert len(simulation.schedule) > 60
    simulation.motion.rest(simulation.now_s)
    simulation.tell()
    simulation.run(4.0)
    assert len(simulation.schedule) == 0
    simulation.check()
    times, positions = simulation.moved('mouth')
    assert np.abs(positions[times > 3.0]).max() < 1e-3


def test_another_map_takes_over_smoothly() -> None:
    simulation = Simulation(load_map('jaw'))
    simulation.run(2.0, chewing(1.0, 2.5))
    assert simulation.motion is not None
    before = simulation.motion.map
    simulation.motion.replace(load_map('jaw'))
    simulation.run(6.0, chewing(2.6, 4.0))
    assert simulation.motion.map is not before
    simulation.check()
    assert simulation.rests()


def test_the_head_moves_without_a_face() -> None:
    simulation = Simulation(load_map('head_25'))

    def turn(now_s: float) -> None:
        if 0.5 < now_s < 1.5 and simulation.motion is not None:
            simulation.motion.push_head(now_s, (0.0, 0.0, 0.2 * np.sin(6 * (now_s - 0.5))))

    simulation.run(3.5, at=turn)
    simulation.check()
    _, positions = simulation.moved('neck')
    assert np.ptp(positions) > 0.1
    assert simulation.rests()
