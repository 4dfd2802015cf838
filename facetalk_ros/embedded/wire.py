# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Raw CDR in and out of Cyclone DDS, shaped as rmw_cyclonedds shapes it.

cyclonedds has no public call for bytes that are serialised already; its private _clayer has. The
dependency is therefore pinned below the next major version and test/embedded checks the calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import cyclonedds.idl as idl
import cyclonedds.idl.types as idl_types
from cyclonedds._clayer import ddspy_take, ddspy_write
from cyclonedds.core import (
    DDSException,
    InstanceState,
    Policy,
    Qos,
    SampleState,
    ViewState,
)
from cyclonedds.idl._main import IdlMeta
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration
from rosbags.interfaces import Nodetype

from .exceptions import GraphError, InvalidHandle
from .messages import EMPTY_FIELD
from .qos import HistoryPolicy, QoSProfile
from .registry import Registry
from .session import Session

# the first two bytes of the GUID of everything that Cyclone DDS owns (RTPS vendor id 1.16)
CYCLONE_VENDOR = b'\x01\x10'
_ANY_STATE = SampleState.Any | ViewState.Any | InstanceState.Any
# annotated as classes, meant to be indexed
_BOUNDED_STRING: Any = idl_types.bounded_str
_ARRAY: Any = idl_types.array
_SEQUENCE: Any = idl_types.sequence
_PRIMITIVES: dict[str, Any] = {
    'bool': bool,
    'byte': idl_types.uint8,
    **{
        name: getattr(idl_types, name)
        for name in (
            *('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64'),
            *('float32', 'float64'),
        )
    },
}
_structs: dict[tuple[Registry, str, bool], Any] = {}
_structs_lock = threading.RLock()


def dds_type_name(ros_type: str) -> str:
    """Return the DDS name, for example 'std_msgs::msg::dds_::String_'."""
    package, kind, name = ros_type.split('/')
    return f'{package}::{kind}::dds_::{name}_'


def ros_type_name(dds_type: str) -> str | None:
    """Inverse of dds_type_name; None when the name is not a ROS one."""
    parts = dds_type.split('::')
    if len(parts) != 4 or parts[2] != 'dds_' or not parts[3].endswith('_'):
        return None
    return f'{parts[0]}/{parts[1]}/{parts[3][:-1]}'


def dds_struct(registry: Registry, ros_type: str, header: bool = False) -> Any:
    """Describe a type to Cyclone, which wants a description even for raw bytes.

    header puts the request header of rmw_cyclonedds before the fields.
    """
    key = (registry, ros_type, header)
    with _structs_lock:
        if key not in _structs:
            package, kind, name = ros_type.split('/')
            fields: dict[str, Any] = {}
            if header:
                fields = {'header_guid': idl_types.uint64, 'header_sequence': idl_types.int64}
            for field, desc in registry.store.fielddefs[ros_type][1]:
                fields[field] = _dds_field(registry, desc)
            _structs[key] = IdlMeta.__new__(  # type: ignore[no-untyped-call]
                IdlMeta,
                f'{name}_',
                (idl.IdlStruct,),
                {
                    '__annotations__': fields or {EMPTY_FIELD: idl_types.uint8},
                    '__idl_typename__': f'{package}.{kind}.dds_.{name}_',
                    '__idl_annotations__': {'extensibility': 'final'},
                    '__idl_field_annotations__': {},
                    '__module__': __name__,
                },
            )
        return _structs[key]


def _dds_field(registry: Registry, desc: Any) -> Any:
    kind, detail = desc
    if kind == Nodetype.BASE:
        base, limit = detail
        if base == 'string':
            return _BOUNDED_STRING[limit] if limit else str
        return _PRIMITIVES[base]
    if kind == Nodetype.NAME:
        return dds_struct(registry, detail)
    inner, size = _dds_field(registry, detail[0]), detail[1]
    if kind == Nodetype.ARRAY:
        return _ARRAY[inner, size]
    return _SEQUENCE[inner, size] if size else _SEQUENCE[inner]


def dds_qos(profile: QoSProfile, user_data: str, lifespan_s: float | None = None) -> Qos:
    """Map a profile the way rmw_cyclonedds does."""
    history = (
        Policy.History.KeepAll
        if profile.history == HistoryPolicy.KEEP_ALL
        else Policy.History.KeepLast(profile.depth or 1)
    )
    policies = [
        history,
        Policy.Reliability.BestEffort
        if profile.best_effort
        else Policy.Reliability.Reliable(duration(infinite=True)),
        Policy.WriterDataLifecycle(autodispose=False),
        # plain CDR is what every ROS middleware reads
        Policy.DataRepresentation(use_cdrv0_representation=True, use_xcdrv2_representation=False),
        Policy.Userdata(user_data.encode()),
    ]
    if profile.transient_local:
        policies += [
            Policy.Durability.TransientLocal,
            Policy.DurabilityService(0, history, -1, -1, -1),
        ]
    else:
        policies.append(Policy.Durability.Volatile)
    if lifespan_s is not None:
        policies.append(Policy.Lifespan(duration(seconds=lifespan_s)))
    return Qos(*policies)


class RawWriter:
    """Writes CDR bytes to one DDS topic."""

    def __init__(self, session: Session, dds_topic: str, struct: Any, qos: Qos) -> None:
        self._session = session
        try:
            topic = Topic(session.participant, dds_topic, struct)
            self._entity: Any = DataWriter(session.publisher, topic, qos=qos)
        except DDSException as error:
            raise GraphError(f'cannot create a writer on {dds_topic!r}: {error}') from None
        self.guid: bytes = self._entity.guid.bytes
        self._token = session.watch(self._entity, None)

    @property
    def entity(self) -> Any:
        """The DDS entity; raises InvalidHandle after close()."""
        if self._entity is None:
            raise InvalidHandle('the publisher was destroyed, or its context was shut down')
        return self._entity

    def write(self, data: bytes) -> None:
        """Write CDR with its header; raises GraphError when DDS refuses it."""
        result = ddspy_write(self.entity._ref, data + b'\0' * (-len(data) & 3))
        if result < 0:
            raise GraphError(f'cannot write: {DDSException(result)}')

    def wait_for_acks(self, timeout_ns: int) -> bool:
        """Wait until all reliable readers have everything; False at the timeout."""
        result = self.entity._wait_for_acks(self.entity._ref, timeout_ns)
        if result not in (0, DDSException.DDS_RETCODE_TIMEOUT):
            raise GraphError(f'cannot wait for acknowledgements: {DDSException(result)}')
        return bool(result == 0)

    def close(self) -> None:
        """Free the DDS writer; more than once is harmless."""
        self._session.unwatch(self._token)
        # the last reference deletes it, and its topic when nobody else uses that
        self._entity = None


class RawReader:
    """Takes CDR bytes from one DDS topic."""

    def __init__(
        self,
        session: Session,
        dds_topic: str,
        struct: Any,
        qos: Qos,
        on_data: Callable[[], None],
    ) -> None:
        self._session = session
        try:
            topic = Topic(session.participant, dds_topic, struct)
            self._entity: Any = DataReader(session.subscriber, topic, qos=qos)
        except DDSException as error:
            raise GraphError(f'cannot create a reader on {dds_topic!r}: {error}') from None
        self.guid: bytes = self._entity.guid.bytes
        self._token = session.watch(self._entity, on_data)

    @property
    def entity(self) -> Any:
        """The DDS entity; raises InvalidHandle after close()."""
        if self._entity is None:
            raise InvalidHandle('the subscription was destroyed, or its context was shut down')
        return self._entity

    def take(self, limit: int = 1) -> list[tuple[bytes, Any]]:
        """Take up to limit samples as (CDR, SampleInfo); empty when there is none."""
        entity = self._entity
        if entity is None:
            return []
        while True:
            taken = ddspy_take(entity._ref, _ANY_STATE, limit)
            if isinstance(taken, int):
                raise GraphError(f'cannot take: {DDSException(taken)}')
            valid = [(bytes(data), info) for data, info in taken if info.valid_data]
            if valid or not taken:
                return valid

    def writer_of(self, info: Any) -> Any:
        """Return what is known of the writer of a sample; None when it is gone."""
        return self.entity.get_matched_publication_data(info.publication_handle)

    def writer_vendor(self, info: Any) -> bytes:
        """Return the vendor id (2 bytes) of the writer of a sample; empty when it is gone."""
        endpoint = self.writer_of(info)
        return b'' if endpoint is None else bytes(endpoint.key.bytes[:2])

    def close(self) -> None:
        """Free the DDS reader; more than once is harmless."""
        self._session.unwatch(self._token)
        self._entity = None
