# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What reaches the network, and the calls of cyclonedds that the graph leans on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cyclonedds._clayer as clayer
import pytest
from cyclonedds.core import Policy
from cyclonedds.domain import Domain

from facetalk_ros.embedded.context import Context
from facetalk_ros.embedded.exceptions import GraphError, InvalidHandle
from facetalk_ros.embedded.graph import user_data_of
from facetalk_ros.embedded.node import Node
from facetalk_ros.embedded.qos import DurabilityPolicy, QoSProfile
from facetalk_ros.embedded.registry import get_message, get_service, registries
from facetalk_ros.embedded.service import pack_frame, unpack_frame
from facetalk_ros.embedded.wire import dds_struct, dds_type_name, ros_type_name

String = get_message('std_msgs/msg/String')


@pytest.fixture
def context(graph_env: dict[str, str]) -> Iterator[Context]:
    with Context() as context:
        yield context


def endpoints(node: Node, publishers: bool) -> dict[str, object]:
    return {e.topic: e for e in node.context.graph._endpoints(publishers)}


def test_the_private_calls_of_cyclonedds_are_there() -> None:
    # cyclonedds offers nothing public for bytes; hence also the pin below version 12
    assert callable(clayer.ddspy_write)
    assert callable(clayer.ddspy_take)


def test_type_names_both_ways() -> None:
    assert dds_type_name('std_msgs/msg/String') == 'std_msgs::msg::dds_::String_'
    assert ros_type_name('std_srvs::srv::dds_::Trigger_Request_') == 'std_srvs/srv/Trigger_Request'
    assert ros_type_name('DDS::Thing') is None


def test_every_type_can_be_described_to_dds() -> None:
    for registry in registries():
        for name in registry.store.fielddefs:
            struct = dds_struct(registry, name)
            struct.__idl__.populate()
            # a dot in the Python name becomes :: in DDS
            assert struct.__idl_typename__.replace('.', '::') == dds_type_name(name)


def test_a_service_frame_carries_the_header_of_rmw_cyclonedds() -> None:
    cdr = bytes.fromhex('00010000 0100000000000000 0200000000000000')
    frame = pack_frame(0x1122334455667788, 5, cdr)
    assert frame.hex() == (
        '000100008877665544332211050000000000000001000000000000000200000000000000'
    )
    assert unpack_frame(frame) == (0x1122334455667788, 5, cdr)
    big_endian = bytes.fromhex('00000000 1122334455667788 0000000000000005 00000001')
    assert unpack_frame(big_endian)[:2] == (0x1122334455667788, 5)


@pytest.mark.parametrize(
    'frame', [b'', b'\0\1\0\0', b'\0\1\0\0' + 15 * b'x', b'\0\7\0\0' + 16 * b'x']
)
def test_what_is_no_service_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError, match='service frame'):
        unpack_frame(frame)


_ANNOUNCEMENT = """
from facetalk_ros.embedded.registry import get_message, gid_length, serialize_message
gid = get_message('rmw_dds_common/msg/Gid')(data=bytes(range(1, gid_length() + 1)))
node = get_message('rmw_dds_common/msg/NodeEntitiesInfo')(
    node_namespace='/', node_name='ab', reader_gid_seq=[gid])
info = get_message('rmw_dds_common/msg/ParticipantEntitiesInfo')(
    gid=gid, node_entities_info_seq=[node])
print(serialize_message(info).hex())
"""


@pytest.mark.parametrize(('distro', 'gid_bytes'), [('humble', 24), ('jazzy', 16)])
def test_the_announcement_of_each_distribution(distro: str, gid_bytes: int) -> None:
    # one type store per process, hence a child
    gid = bytes(range(1, gid_bytes + 1)).hex()
    result = subprocess.run(
        [sys.executable, '-c', _ANNOUNCEMENT],
        env={**os.environ, 'ROS_DISTRO': distro},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (
        result.stdout.strip()
        == (
            '00010000' + gid + '01000000'
            '02000000'
            '2f000000'  # '/' with its end, padded
            '03000000'
            '61620000'  # 'ab'
            '01000000' + gid + '00000000'
        )
    )


def test_a_domain_can_be_created_once_but_is_shared(context: Context) -> None:
    number = context.get_domain_id()
    with pytest.raises(Exception, match='PRECONDITION'):
        Domain(number, '')
    with Context() as second:
        assert second.get_domain_id() == number
        Node('one', context=context)
        Node('two', context=second)
    Node('three', context=context)  # the domain outlives its second user


def test_one_domain_has_one_configuration(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_STATIC_PEERS', '127.0.0.1')
    with pytest.raises(GraphError, match='another configuration'):
        Context().init([])


def test_a_bad_cyclone_configuration_is_named(
    graph_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('CYCLONEDDS_URI', '<CycloneDDS><Nonsense>1</Nonsense></CycloneDDS>')
    with pytest.raises(GraphError, match='CYCLONEDDS_URI'):
        Context().init([])


def test_participants_and_endpoints_carry_what_ros_tools_read(context: Context) -> None:
    node = Node('node', context=context)
    node.create_publisher(String, 'chat', 10)
    node.create_service(get_service('std_srvs/srv/Trigger'), 'go', lambda _, r: r)
    node.create_client(get_service('std_srvs/srv/Trigger'), 'call')
    participant = context.graph._participants.alive()[0]
    assert participant.qos[Policy.Userdata].data == b'enclave=/;'
    writers, readers = endpoints(node, True), endpoints(node, False)
    chat = writers['rt/chat']
    assert user_data_of(chat.qos) == {  # type: ignore[attr-defined]
        'typehash': 'RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18'
    }
    assert chat.type_name == 'std_msgs::msg::dds_::String_'  # type: ignore[attr-defined]
    requests, replies = readers['rq/goRequest'], writers['rr/goReply']
    assert requests.type_name == 'std_srvs::srv::dds_::Trigger_Request_'  # type: ignore[attr-defined]
    assert replies.type_name == 'std_srvs::srv::dds_::Trigger_Response_'  # type: ignore[attr-defined]
    identity = user_data_of(requests.qos)['serviceid']  # type: ignore[attr-defined]
    assert len(identity.split('.')) == 16
    assert user_data_of(replies.qos)['serviceid'] == identity  # type: ignore[attr-defined]
    assert 'clientid' in user_data_of(writers['rq/callRequest'].qos)  # type: ignore[attr-defined]


def test_qos_is_mapped_as_rmw_cyclonedds_does(context: Context) -> None:
    node = Node('node', context=context)
    latched = QoSProfile(depth=3, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_publisher(String, 'latched', latched)
    qos = endpoints(node, True)['rt/latched'].qos  # type: ignore[attr-defined]
    assert Policy.Durability.TransientLocal in qos
    assert Policy.History.KeepLast(3) in qos
    assert qos[Policy.DurabilityService].history == Policy.History.KeepLast(3)
    assert qos[Policy.WriterDataLifecycle].autodispose is False
    assert qos[Policy.DataRepresentation].use_cdrv0_representation
    assert not qos[Policy.DataRepresentation].use_xcdrv2_representation


def test_all_is_freed(context: Context) -> None:
    def entities() -> int:
        found = 0
        session = context.session
        for parent in (session.publisher, session.subscriber, session.participant):
            found += parent._get_children(parent._ref, None, 0)
        return found

    before = entities()
    for _ in range(3):
        node = Node('node', context=context)
        publisher = node.create_publisher(String, 'chat', 10)
        node.create_subscription(String, 'chat', print, 10)
        node.create_client(get_service('std_srvs/srv/Trigger'), 'go')
        assert entities() > before
        node.destroy_publisher(publisher)
        with pytest.raises(InvalidHandle):
            publisher.publish(String())
        node.destroy_node()
        assert entities() == before
    assert context.nodes == []


def test_contexts_come_and_go_without_leaving_threads(graph_env: dict[str, str]) -> None:
    def threads() -> int:
        return len(list(Path('/proc/self/task').iterdir()))

    counts = []
    for _ in range(3):
        with Context() as context:
            Node('node', context=context)
        counts.append(threads())
    assert counts[0] == counts[-1]
