# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What tests of more than one room need."""

from __future__ import annotations

import os
import random
import socket

import hypothesis
import pytest

# A busy machine is no failure. Where a failure keeps all from landing, the examples are always
# the same; everybody else tries new ones.
hypothesis.settings.register_profile('ours', deadline=None, derandomize='CI' in os.environ)
hypothesis.settings.load_profile('ours')

# the loopback interface without multicast: works in any container, and leaves nothing on the net
LOOPBACK_ONLY = (
    '<CycloneDDS><Domain><General><Interfaces><NetworkInterface name="lo"/></Interfaces>'
    '<AllowMulticast>false</AllowMulticast></General>'
    '<Discovery><ParticipantIndex>auto</ParticipantIndex>'
    '<MaxAutoParticipantIndex>32</MaxAutoParticipantIndex>'
    '<Peers><Peer address="localhost"/></Peers></Discovery></Domain></CycloneDDS>'
)
_SETTINGS = (
    'ROS_AUTOMATIC_DISCOVERY_RANGE',
    'ROS_STATIC_PEERS',
    'ROS_LOCALHOST_ONLY',
    'ROS_NAMESPACE',
)


@pytest.fixture
def graph_env(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the test a ROS graph of its own; the environment is returned for child processes."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('CYCLONEDDS_URI', LOOPBACK_ONLY)
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    monkeypatch.setenv('ROS_DOMAIN_ID', str(_free_domain()))
    return dict(os.environ)


def _free_domain() -> int:
    """Return a domain in the range that is safe on Linux whose first port nobody has."""
    for domain in random.sample(range(1, 102), 100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                # RTPS 9.6.1.1: metatraffic of the first participant
                probe.bind(('127.0.0.1', 7400 + 250 * domain + 10))
            except OSError:
                continue
            return domain
    raise RuntimeError('no ROS domain is free')
