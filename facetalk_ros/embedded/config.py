# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Cyclone DDS configuration from the environment variables that ROS 2 tools honour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

# Newer rmw_fastrtps (Fast DDS 3) announces type information that Cyclone takes for invalid; types
# with sequences then match on one side only and no data flows. ROS matches by name anyway.
IGNORE_TYPE_INFORMATION = (
    '<Compatibility><IgnoreTypeInformation>1.15</IgnoreTypeInformation></Compatibility>'
)
_RANGES = ('SUBNET', 'LOCALHOST', 'OFF', 'SYSTEM_DEFAULT')


def domain_id(environ: Mapping[str, str] = os.environ) -> int:
    """ROS_DOMAIN_ID, 0 when unset. Raises ValueError outside 0..232 (the RTPS port range)."""
    text = environ.get('ROS_DOMAIN_ID', '').strip() or '0'
    if not text.isdecimal() or int(text) > 232:
        raise ValueError(f'ROS_DOMAIN_ID={text!r} is not a number from 0 to 232')
    return int(text)


def cyclone_config(environ: Mapping[str, str] = os.environ) -> str:
    """Return the configuration for a domain: ours first, then CYCLONEDDS_URI, which wins.

    ROS_AUTOMATIC_DISCOVERY_RANGE limits who is found, ROS_STATIC_PEERS (separated by semicolons)
    names hosts to ask directly, and the older ROS_LOCALHOST_ONLY=1 overrides both, all as in
    rmw_cyclonedds. Raises ValueError for an unknown range.
    """
    reach = environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '') or 'SUBNET'
    if reach not in _RANGES:
        raise ValueError(
            f'ROS_AUTOMATIC_DISCOVERY_RANGE={reach!r} is not one of {", ".join(_RANGES)}'
        )
    peers = [p.strip() for p in environ.get('ROS_STATIC_PEERS', '').split(';') if p.strip()]
    if environ.get('ROS_LOCALHOST_ONLY') == '1':
        reach, peers = 'LOCALHOST', []
    parts = [IGNORE_TYPE_INFORMATION]
    if reach == 'OFF':
        # nobody else has this tag, so nobody answers
        parts.append('<General><AllowMulticast>false</AllowMulticast></General>')
        parts.append(
            '<Discovery><ParticipantIndex>none</ParticipantIndex>'
            f'<Tag>ros_discovery_off_{os.getpid()}</Tag></Discovery>'
        )
    elif reach == 'SYSTEM_DEFAULT':
        pass  # leaves everything to CYCLONEDDS_URI
    elif reach == 'LOCALHOST' or peers:
        if reach == 'LOCALHOST':
            parts.append('<General><AllowMulticast>false</AllowMulticast></General>')
            peers = ['localhost', *peers]
        listed = ''.join(f'<Peer address={quoteattr(peer)}/>' for peer in peers)
        parts.append(
            '<Discovery><ParticipantIndex>auto</ParticipantIndex>'
            '<MaxAutoParticipantIndex>32</MaxAutoParticipantIndex>'
            f'<Peers>{listed}</Peers></Discovery>'
        )
    ours = f'<CycloneDDS><Domain>{"".join(parts)}</Domain></CycloneDDS>'
    user = environ.get('CYCLONEDDS_URI', '').strip()
    return f'{ours},{user}' if user else ours
