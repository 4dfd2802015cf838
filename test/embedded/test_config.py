# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from xml.etree import ElementTree

import pytest

from facetalk_ros.embedded.config import cyclone_config, domain_id


def parsed(**environ: str) -> ElementTree.Element:
    root = ElementTree.fromstring(cyclone_config(environ))
    domain = root.find('Domain')
    assert domain is not None
    return domain


def peers(domain: ElementTree.Element) -> list[str | None]:
    return [p.get('address') for p in domain.findall('Discovery/Peers/Peer')]


@pytest.mark.parametrize('reach', ['', 'SUBNET', 'LOCALHOST', 'OFF', 'SYSTEM_DEFAULT'])
def test_type_information_of_others_is_always_ignored(reach: str) -> None:
    # else no data flows to and from rmw_fastrtps on Fast DDS 3, although both sides match
    domain = parsed(ROS_AUTOMATIC_DISCOVERY_RANGE=reach)
    assert domain.findtext('Compatibility/IgnoreTypeInformation') == '1.15'


def test_the_subnet_is_the_default_and_needs_nothing() -> None:
    domain = parsed()
    assert domain.find('Discovery') is None
    assert domain.find('General') is None


def test_localhost() -> None:
    domain = parsed(ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST')
    assert domain.findtext('General/AllowMulticast') == 'false'
    assert domain.findtext('Discovery/ParticipantIndex') == 'auto'
    assert domain.findtext('Discovery/MaxAutoParticipantIndex') == '32'
    assert peers(domain) == ['localhost']


def test_static_peers_add_to_multicast() -> None:
    domain = parsed(ROS_STATIC_PEERS='robot.local; 10.0.0.7;')
    assert peers(domain) == ['robot.local', '10.0.0.7']
    assert domain.find('General/AllowMulticast') is None


def test_static_peers_are_found_from_localhost_too() -> None:
    domain = parsed(ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST', ROS_STATIC_PEERS='10.0.0.7')
    assert peers(domain) == ['localhost', '10.0.0.7']


def test_the_old_variable_overrides_both() -> None:
    domain = parsed(
        ROS_LOCALHOST_ONLY='1', ROS_STATIC_PEERS='10.0.0.7', ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET'
    )
    assert peers(domain) == ['localhost']
    assert domain.findtext('General/AllowMulticast') == 'false'


def test_off_meets_nobody_not_even_here() -> None:
    domain = parsed(ROS_AUTOMATIC_DISCOVERY_RANGE='OFF', ROS_STATIC_PEERS='10.0.0.7')
    assert (domain.findtext('Discovery/Tag') or '').startswith('ros_discovery_off_')
    assert peers(domain) == []


def test_system_default_leaves_discovery_to_the_user() -> None:
    domain = parsed(ROS_AUTOMATIC_DISCOVERY_RANGE='SYSTEM_DEFAULT', ROS_STATIC_PEERS='10.0.0.7')
    assert domain.find('Discovery') is None


def test_the_users_configuration_comes_last_and_wins() -> None:
    text = cyclone_config({'CYCLONEDDS_URI': 'file:///etc/cyclone.xml'})
    assert text.endswith('</CycloneDDS>,file:///etc/cyclone.xml')
    assert '<IgnoreTypeInformation>1.15<' in text


def test_a_peer_cannot_break_the_xml() -> None:
    assert peers(parsed(ROS_STATIC_PEERS='a"<b&')) == ['a"<b&']


def test_an_unknown_range_is_refused() -> None:
    with pytest.raises(ValueError, match='GALAXY'):
        cyclone_config({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'GALAXY'})


def test_domain_ids() -> None:
    assert domain_id({}) == 0
    assert domain_id({'ROS_DOMAIN_ID': ' 42 '}) == 42
    for bad in ('233', '-1', 'x', '1.5'):
        with pytest.raises(ValueError, match=bad):
            domain_id({'ROS_DOMAIN_ID': bad})
