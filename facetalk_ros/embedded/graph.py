# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What ROS tools see of us, and what we see of the others."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from cyclonedds.builtin import (
    BuiltinDataReader,
    BuiltinTopicDcpsParticipant,
    BuiltinTopicDcpsPublication,
    BuiltinTopicDcpsSubscription,
)
from cyclonedds.core import InstanceState, Policy

from .names import join
from .qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from .registry import get_message, gid_length, registry_of
from .wire import RawReader, RawWriter, dds_qos, dds_struct, ros_type_name

if TYPE_CHECKING:
    from .context import Context

_TYPE = 'rmw_dds_common/msg/ParticipantEntitiesInfo'
_TOPIC = 'ros_discovery_info'
_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# how many participants can announce themselves between two questions about the graph
_READ_QOS = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_MAX_ENDPOINTS = 10_000


class TopicEndpointInfo(NamedTuple):
    """One publisher or subscription; rclpy.topic_endpoint_info.TopicEndpointInfo."""

    node_name: str
    node_namespace: str
    topic_type: str
    endpoint_gid: list[int]
    qos_profile: QoSProfile


class _Endpoint(NamedTuple):
    guid: bytes
    topic: str
    type_name: str
    qos: Any


def endpoint_user_data(type_hash: str, service: str = '') -> str:
    """Return the user data of an endpoint; service is 'serviceid=..;' or 'clientid=..;'."""
    return f'{service}typehash={type_hash};'


def user_data_of(qos: Any) -> dict[str, str]:
    """Return the key=value; pairs that ROS puts into the user data of a DDS entity."""
    if Policy.Userdata not in qos:
        return {}
    text = qos[Policy.Userdata].data.decode('utf-8', 'replace')
    return dict(pair.split('=', 1) for pair in text.split(';') if '=' in pair)


class Graph:
    """Announces the nodes of a context and answers questions about all nodes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._message: Any = get_message(_TYPE)
        self._registry = registry_of(self._message)
        self._gid_length = gid_length()
        self._lock = threading.RLock()
        self._batch = 0
        self._others: dict[bytes, Any] = {}
        self._guid: bytes = context.session.participant.guid.bytes
        struct = dds_struct(self._registry, _TYPE)
        user = endpoint_user_data(self._registry.type_hash(_TYPE))
        session = context.session
        self._writer = RawWriter(session, _TOPIC, struct, dds_qos(_QOS, user))
        self._reader = RawReader(
            session, _TOPIC, struct, dds_qos(_READ_QOS, user), context.note_match
        )
        participant = session.participant
        self._participants = _Discovered(participant, BuiltinTopicDcpsParticipant)
        self._publications = _Discovered(participant, BuiltinTopicDcpsPublication)
        self._subscriptions = _Discovered(participant, BuiltinTopicDcpsSubscription)

    def close(self) -> None:
        """Leave the discovery topic."""
        with self._lock:
            self._writer.close()
            self._reader.close()
            for discovered in (self._participants, self._publications, self._subscriptions):
                discovered.close()

    # announcing

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Announce once at the end instead of after every endpoint."""
        with self._lock:
            self._batch += 1
        try:
            yield
        finally:
            with self._lock:
                self._batch -= 1
            self.announce()

    def announce(self) -> None:
        """Tell the graph which nodes and endpoints this context has."""
        with self._lock:
            if not self._batch and self._context.ok():
                self._writer.write(self._registry.serialize(self.describe()))

    def describe(self) -> Any:
        """Return what announce() sends: rmw_dds_common/msg/ParticipantEntitiesInfo."""
        node_info = get_message('rmw_dds_common/msg/NodeEntitiesInfo')
        return self._message(
            gid=self._gid(self._guid),
            node_entities_info_seq=[
                node_info(
                    node_namespace=node.get_namespace(),
                    node_name=node.get_name(),
                    reader_gid_seq=[self._gid(r.guid) for r in node.raw_readers()],
                    writer_gid_seq=[self._gid(w.guid) for w in node.raw_writers()],
                )
                for node in list(self._context.nodes)
            ],
        )

    def _gid(self, guid: bytes) -> Any:
        data = np.frombuffer(guid.ljust(self._gid_length, b'\0'), np.uint8)
        return get_message('rmw_dds_common/msg/Gid')(data=data)

    # asking

    def _node_infos(self) -> list[tuple[str, str, Any]]:
        """Return (name, namespace, NodeEntitiesInfo) of every node that is there now."""
        with self._lock:
            for data, _ in self._reader.take(1000):
                try:
                    message: Any = self._registry.deserialize(data, _TYPE)
                except ValueError:
                    continue  # another distribution's layout
                self._others[message.gid.data.tobytes()[:16]] = message
            alive = {p.key.bytes for p in self._participants.alive()}
            self._others = {g: m for g, m in self._others.items() if g in alive}
            self._others[self._guid] = self.describe()
            return [
                (info.node_name, info.node_namespace, info)
                for message in self._others.values()
                for info in message.node_entities_info_seq
            ]

    def nodes(self) -> list[tuple[str, str]]:
        """Return (name, namespace) of every node."""
        return sorted((name, namespace) for name, namespace, _ in self._node_infos())

    def _endpoints(self, publishers: bool) -> list[_Endpoint]:
        discovered = self._publications if publishers else self._subscriptions
        with self._lock:
            found = discovered.alive()
        return [_Endpoint(e.key.bytes, e.topic_name, e.type_name, e.qos) for e in found]

    def names_and_types(self, services: bool = False) -> list[tuple[str, list[str]]]:
        """Return the topics, or services, with the types that they are used with."""
        found: dict[str, set[str]] = {}
        for endpoint in self._endpoints(True) + self._endpoints(False):
            ros_type = ros_type_name(endpoint.type_name)
            name = endpoint.topic
            if ros_type is None:
                continue
            if services and name.startswith('rq/') and name.endswith('Request'):
                key, ros_type = name[2 : -len('Request')], ros_type.removesuffix('_Request')
            elif not services and name.startswith('rt/'):
                key = name[2:]
            else:
                continue
            found.setdefault(key, set()).add(ros_type)
        return [(name, sorted(types)) for name, types in sorted(found.items())]

    def count(self, topic: str, publishers: bool) -> int:
        """Return how many publishers or subscriptions a topic has."""
        return sum(e.topic == f'rt{topic}' for e in self._endpoints(publishers))

    def endpoint_infos(self, topic: str, publishers: bool) -> list[TopicEndpointInfo]:
        """Return the publishers or subscriptions of a topic."""
        owners: dict[bytes, tuple[str, str]] = {}
        for name, namespace, info in self._node_infos():
            for gid in info.writer_gid_seq if publishers else info.reader_gid_seq:
                owners[gid.data.tobytes()[:16]] = (name, namespace)
        unknown = ('_NODE_NAME_UNKNOWN_', '_NODE_NAMESPACE_UNKNOWN_')
        return [
            TopicEndpointInfo(
                *owners.get(e.guid, unknown),
                ros_type_name(e.type_name) or e.type_name,
                list(e.guid),
                _profile(e.qos),
            )
            for e in self._endpoints(publishers)
            if e.topic == f'rt{topic}'
        ]

    def fully_qualified(self) -> list[str]:
        """Return the full names of all nodes."""
        return [join(namespace, name) for name, namespace in self.nodes()]


class _Discovered:
    """The participants or endpoints that DDS knows of now.

    Each sample is taken once and kept: the cyclonedds package loses memory with every sample that
    it reads; asking for all each time was measured to cost 6 kB a question on a small graph.
    """

    def __init__(self, participant: Any, topic: Any) -> None:
        self._reader: Any = BuiltinDataReader(participant, topic)
        self._alive: dict[int, Any] = {}

    def alive(self) -> list[Any]:
        """Return the samples of those that are there."""
        for sample in self._reader.take(_MAX_ENDPOINTS) if self._reader is not None else ():
            info = sample.sample_info
            if info.instance_state == InstanceState.Alive and info.valid_data:
                self._alive[info.instance_handle] = sample
            elif info.instance_state != InstanceState.Alive:
                self._alive.pop(info.instance_handle, None)
        return list(self._alive.values())

    def close(self) -> None:
        """Let go of the reader."""
        self._reader = None
        self._alive.clear()


def _profile(qos: Any) -> QoSProfile:
    return QoSProfile(
        # writers do not tell the others how much they keep
        depth=qos[Policy.History].depth if Policy.History.KeepLast in qos else 0,
        reliability=ReliabilityPolicy.BEST_EFFORT
        if Policy.Reliability.BestEffort in qos
        else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL
        if Policy.Durability.TransientLocal in qos
        else DurabilityPolicy.VOLATILE,
    )
