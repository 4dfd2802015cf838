# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_flood_in_both_directions_with_nodes_coming_and_going(graph_env: dict[str, str]) -> None:
    # with listeners, which cyclonedds calls on the threads of Cyclone, both processes soon stood
    # still for good: its write holds Python's lock while it waits for such a thread
    script = str(Path(__file__).with_name('busy_peer.py'))
    peers = [
        subprocess.Popen(
            [sys.executable, script, *topics], env=graph_env, stdout=subprocess.PIPE, text=True
        )
        for topics in (('there', 'back'), ('back', 'there'))
    ]
    try:
        assert [peer.communicate(timeout=90)[0] for peer in peers] == ['done\n', 'done\n']
    finally:
        for peer in peers:
            peer.kill()
