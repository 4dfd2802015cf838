# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A bag through the live talk node gives what the offline replay gives, at any rate."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.cli import main
from facetalk_ros.recording import read_recording

PLAYER = Path(__file__).with_name('bag_player.py')
PATIENCE_S = 120
ATTEMPTS = 4
NO_LOSS = [
    '-p', 'use_sim_time:=true',
    '-p', 'qos_overrides./audio.subscription.reliability:=reliable',
    '-p', 'qos_overrides./audio.subscription.depth:=5000',
]  # fmt: skip


def stamps_ns(recording):
    return recording.start_ns + np.rint(recording.frame_times_s * 1e9).astype(np.int64)


def play(bag, rate, out, golden, env):
    """Play a bag into a live talk node at a rate; return what the comparison said."""
    commands = [
        ['-m', 'facetalk_ros.cli', 'talk', '--ros-args', *NO_LOSS],
        [str(PLAYER), str(bag), str(rate)],
    ]
    members = [
        subprocess.Popen([sys.executable, *command], env=env, stdout=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        conducted = subprocess.run(
            [sys.executable, '-m', 'facetalk_ros.replaying.live', '--bag', str(bag), '--out',
             str(out), '--rate', str(rate), '--no-resume', '--', '--expect', str(golden),
             '--tolerance-ms', '10'],
            env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert members[1].wait(PATIENCE_S) == 0
    finally:
        for member in members:
            member.terminate()
            member.wait(PATIENCE_S)
    return conducted


@pytest.mark.parametrize('rate', [1, 4])
def test_live_is_as_offline(rate, bag, graph_env, tmp_path):
    golden = tmp_path / 'golden.mcap'
    assert main(['replay', str(bag), '--expect', str(golden), '--update-golden']) == 0
    # on a starved machine text may come behind the sound that it was sent before; not each time
    for attempt in range(ATTEMPTS):
        out = tmp_path / f'live_{attempt}'
        conducted = play(bag, rate, out, golden, graph_env)
        if conducted.returncode == 0:
            break
    assert conducted.returncode == 0, conducted.stdout + conducted.stderr
    expected, actual = read_recording(golden), read_recording(out)
    _, mine, theirs = np.intersect1d(stamps_ns(expected), stamps_ns(actual), return_indices=True)
    # but for the frames right before a sound begins the stamps are the same, too
    assert len(mine) > 0.8 * len(expected.frame_times_s)
    np.testing.assert_array_equal(expected.weights[mine], actual.weights[theirs])
