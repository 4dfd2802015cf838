# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Services and their clients, as rclpy.service and rclpy.client.

rmw_cyclonedds puts a request header (uint64 client, int64 number) before the payload; other
middlewares do not, and misread each other's frames (rmw_cyclonedds #184, #577: a Fast DDS server
may run out of memory). Both sides here therefore talk to Cyclone DDS only.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .exceptions import InvalidHandle
from .graph import endpoint_user_data, user_data_of
from .messages import Message
from .qos import QoSProfile
from .registry import Registry, registry_of
from .task import Future
from .wire import CYCLONE_VENDOR, RawReader, RawWriter, dds_qos, dds_struct

if TYPE_CHECKING:
    from .context import Context
    from .node import Node

_ENCAPSULATION = b'\x00\x01\x00\x00'  # plain CDR, little-endian
_HEADER_BYTES = 16
# a server that never answers must not make a client grow
_MAX_PENDING = 1000
# A client that asks is known within this time, or gone.
_MATCH_S = 1.0
_MATCH_POLL_S = 0.005


def pack_frame(client: int, number: int, cdr: bytes) -> bytes:
    """Put the request header into little-endian CDR, after its four encapsulation bytes."""
    return _ENCAPSULATION + struct.pack('<Qq', client, number) + cdr[4:]


def unpack_frame(frame: bytes) -> tuple[int, int, bytes]:
    """Return (client, number, CDR without the header); raises ValueError."""
    if len(frame) < 4 + _HEADER_BYTES or frame[:1] != b'\0' or frame[1] > 1:
        raise ValueError(f'not a service frame: {len(frame)} bytes')
    order = '<' if frame[1] else '>'
    client, number = struct.unpack_from(f'{order}Qq', frame, 4)
    return client, number, frame[:4] + frame[4 + _HEADER_BYTES :]


class _Endpoints:
    """The writer and the reader that a service, or a client, consists of."""

    def __init__(
        self, node: Node, srv_type: Any, name: str, qos: QoSProfile, owner: Any, server: bool
    ) -> None:
        context = node.context
        self.request: type[Message] = srv_type.Request
        self.response: type[Message] = srv_type.Response
        self.registry: Registry = registry_of(self.request)
        role = 'serviceid' if server else 'clientid'
        identity = _identity(context)
        user = f'{role}={".".join(f"{b:x}" for b in identity)};'
        sent, received = (self.response, self.request) if server else (self.request, self.response)
        request_topic, reply_topic = f'rq{name}Request', f'rr{name}Reply'

        def options(message: type[Message]) -> tuple[Any, Any]:
            described = dds_struct(self.registry, message.ros_type, header=True)
            type_hash = self.registry.type_hash(message.ros_type)
            return described, dds_qos(qos, endpoint_user_data(type_hash, user))

        self.writer = RawWriter(
            context.session,
            reply_topic if server else request_topic,
            *options(sent),
        )
        self.reader = RawReader(
            context.session,
            request_topic if server else reply_topic,
            *options(received),
            lambda: context.mark_ready(node, owner),
        )

    def close(self) -> None:
        self.writer.close()
        self.reader.close()


def _identity(context: Context) -> bytes:
    number = next(context.endpoint_numbers)
    guid: bytes = context.session.participant.guid.bytes
    return guid[:12] + struct.pack('>I', number)


class Service:
    """Answers requests with a callback; made by Node.create_service.

    srv_name is the name as given, service_name the resolved one.
    """

    def __init__(
        self,
        node: Node,
        srv_type: Any,
        name: str,
        callback: Callable[[Any, Any], Any],
        qos: QoSProfile,
    ) -> None:
        self._node = node
        self.srv_type = srv_type
        self.srv_name = name
        self.service_name = node.resolve_service_name(name)
        self.callback = callback
        self.endpoints = _Endpoints(node, srv_type, self.service_name, qos, self, server=True)

    def take(self) -> Callable[[], None] | None:
        """Return the call that answers the next request, or None."""
        for frame, info in self.endpoints.reader.take():
            caller = self.endpoints.reader.writer_of(info)
            if caller is None or caller.key.bytes[:2] != CYCLONE_VENDOR:
                return self._dropped('its client does not use Cyclone DDS')
            caller_id = user_data_of(caller.qos).get('clientid', '')
            try:
                client, number, cdr = unpack_frame(frame)
                request = self.endpoints.registry.deserialize(cdr, self.endpoints.request.ros_type)
            except ValueError as error:
                return self._dropped(str(error))
            return functools.partial(self._answer, caller_id, client, number, request)
        return None

    def _dropped(self, reason: str) -> Callable[[], None]:
        self._node.get_logger().warning(
            f'dropped a request to {self.service_name}: {reason}', throttle_duration_sec=1.0
        )
        return lambda: None

    def _answer(self, caller_id: str, client: int, number: int, request: Message) -> None:
        response = self.callback(request, self.endpoints.response())
        if not isinstance(response, self.endpoints.response):
            raise TypeError(
                f'the callback of {self.service_name} returned {type(response).__name__}, '
                f'expected {self.endpoints.response.ros_type}'
            )
        cdr = self.endpoints.registry.serialize(response)
        # the callback may have destroyed the service, or shut everything down
        with contextlib.suppress(InvalidHandle):
            self._wait_until_matched(caller_id)
            self.endpoints.writer.write(pack_frame(client, number, cdr))

    def _wait_until_matched(self, caller_id: str) -> None:
        """Wait until the client's reader is known: who asks may know us before we know all of it.

        An answer that is written earlier is lost.
        """
        end_s = time.monotonic() + _MATCH_S
        while caller_id and time.monotonic() < end_s and self._node.context.ok():
            entity: Any = self.endpoints.writer.entity
            for handle in entity.get_matched_subscriptions():
                endpoint = entity.get_matched_subscription_data(handle)
                if endpoint is None:
                    continue
                if user_data_of(endpoint.qos).get('clientid') == caller_id:
                    return
            time.sleep(_MATCH_POLL_S)

    def destroy(self) -> None:
        """Free the service; Node.destroy_service also tells the graph."""
        self.endpoints.close()


class Client:
    """Calls a service; made by Node.create_client.

    srv_name is the name as given, service_name the resolved one.
    """

    def __init__(self, node: Node, srv_type: Any, name: str, qos: QoSProfile) -> None:
        self._node = node
        self.srv_type = srv_type
        self.srv_name = name
        self.service_name = node.resolve_service_name(name)
        self.endpoints = _Endpoints(node, srv_type, self.service_name, qos, self, server=False)
        (self._id,) = struct.unpack('<Q', self.endpoints.writer.guid[8:])
        self._numbers = itertools.count(1)
        self._pending: dict[int, Future] = {}
        self._lock = threading.RLock()

    def service_is_ready(self) -> bool:
        """Whether a server that can be talked to is matched in both directions."""
        return bool(self._servers(requests=True) & self._servers(requests=False))

    def _servers(self, requests: bool) -> set[str]:
        if requests:
            entity: Any = self.endpoints.writer.entity
            handles, lookup = (
                entity.get_matched_subscriptions(),
                entity.get_matched_subscription_data,
            )
        else:
            entity = self.endpoints.reader.entity
            handles, lookup = (
                entity.get_matched_publications(),
                entity.get_matched_publication_data,
            )
        found = set()
        for handle in handles:
            endpoint = lookup(handle)
            if endpoint is not None and endpoint.key.bytes[:2] == CYCLONE_VENDOR:
                found.add(user_data_of(endpoint.qos).get('serviceid', ''))
        return found - {''}

    def wait_for_service(self, timeout_sec: float | None = None) -> bool:
        """Wait until the service is ready; False at the timeout or when the context ends."""
        context = self._node.context
        end = None if timeout_sec is None else time.monotonic() + timeout_sec
        while context.ok():
            seen = context.match_count
            if self.service_is_ready():
                return True
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            context.wait_for_match(seen, left)
        return False

    def call_async(self, request: Message) -> Future:
        """Send a request; the future gets the response while an executor spins.

        Raises TypeError for another type. Of more than 1000 unanswered requests the oldest is
        cancelled.
        """
        if not isinstance(request, self.endpoints.request):
            raise TypeError(
                f'expected {self.endpoints.request.ros_type}, got {type(request).__name__}'
            )
        cdr = self.endpoints.registry.serialize(request)
        future = Future()
        with self._lock:
            number = next(self._numbers)
            self._pending[number] = future
            oldest = next(iter(self._pending)) if len(self._pending) > _MAX_PENDING else None
        if oldest is not None:
            self._pending[oldest].cancel()
        future.add_done_callback(lambda _: self._forget(number))
        try:
            self.endpoints.writer.write(pack_frame(self._id, number, cdr))
        except InvalidHandle:
            self._forget(number)
            raise
        return future

    def _forget(self, number: int) -> None:
        with self._lock:
            self._pending.pop(number, None)

    def remove_pending_request(self, future: Future) -> None:
        """Stop waiting for the answer of one request."""
        with self._lock:
            for number, pending in list(self._pending.items()):
                if pending is future:
                    del self._pending[number]

    def take(self) -> Callable[[], None] | None:
        """Return the call that completes a future, or None."""
        for frame, info in self.endpoints.reader.take():
            if self.endpoints.reader.writer_vendor(info) != CYCLONE_VENDOR:
                return lambda: None
            try:
                client, number, cdr = unpack_frame(frame)
                future = self._pending.get(number) if client == self._id else None
                if future is None:
                    return lambda: None  # another client's answer, or one given up
                response = self.endpoints.registry.deserialize(
                    cdr, self.endpoints.response.ros_type
                )
            except ValueError as error:
                self._node.get_logger().warning(
                    f'dropped an answer of {self.service_name}: {error}', throttle_duration_sec=1.0
                )
                return lambda: None
            return functools.partial(future.set_result, response)
        return None

    def destroy(self) -> None:
        """Free the client and cancel what is unanswered."""
        for future in list(self._pending.values()):
            future.cancel()
        self.endpoints.close()
