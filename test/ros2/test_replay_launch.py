# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""replay.launch.py on real ROS 2: a played bag gives what the offline replay gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDS = 'needs ROS 2: source its setup file and the workspace first'
pytest.importorskip('rclpy', reason=NEEDS)
pytest.importorskip('rosbag2_interfaces', reason=NEEDS)
if shutil.which('ros2') is None:
    pytest.skip(NEEDS, allow_module_level=True)

BAGS = Path(__file__).parents[1] / 'data' / 'bags'
PATIENCE_S = 180


def facetalk(*args: str) -> None:
    subprocess.run(['ros2', 'run', 'facetalk_ros', 'facetalk', *args], check=True)


def launch(env: dict[str, str], **arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ['ros2', 'launch', 'facetalk_ros', 'replay.launch.py',
         *(f'{name}:={value}' for name, value in arguments.items())],
        env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


@pytest.mark.parametrize('rate', [0.5, 1.0, 2.0, 4.0])
def test_played_at_any_rate(rate: float, graph_env: dict[str, str], tmp_path: Path) -> None:
    # not chunk_mcap: its text was recorded 1 ms after the sound that it decides
    pytest.importorskip('audio_common_msgs', reason='audio_common_msgs was not built')
    bag = BAGS / 'audio_common_sqlite3'
    golden, junit = tmp_path / 'golden.mcap', tmp_path / 'report.xml'
    facetalk('replay', str(bag), '--expect', str(golden), '--update-golden')
    done = launch(graph_env, bag=bag, rate=rate, expect=golden, junit=junit)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'failures="0"' in junit.read_text()


def test_a_difference_is_the_exit_code(graph_env: dict[str, str], tmp_path: Path) -> None:
    golden, params = tmp_path / 'golden.mcap', tmp_path / 'talk.yaml'
    params.write_text('talk:\n  ros__parameters:\n    gain:\n      jawOpen: 0.5\n')
    facetalk('replay', str(BAGS / 'chunk_mcap'), '--params-file', str(params),
             '--expect', str(golden), '--update-golden')  # fmt: skip
    env = {**os.environ, **graph_env}
    done = launch(env, bag=BAGS / 'chunk_mcap', rate=2.0, expect=golden)
    assert done.returncode == 1
    assert 'jawOpen' in done.stdout + done.stderr
