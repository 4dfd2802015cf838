# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Services talk to Cyclone DDS only: others lay out their frames differently and misread ours.

No other vendor's DDS is at hand, so the tests declare Cyclone's own vendor id foreign on one side;
all else is real traffic.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from facetalk_ros.embedded import service as service_module
from facetalk_ros.embedded import wire
from facetalk_ros.embedded.context import Context
from facetalk_ros.embedded.executors import SingleThreadedExecutor
from facetalk_ros.embedded.graph import endpoint_user_data
from facetalk_ros.embedded.node import Node
from facetalk_ros.embedded.qos import QoSProfile
from facetalk_ros.embedded.registry import get_service, registries

FOREIGN_VENDOR = b'\x01\x0f'  # eProsima, Fast DDS
AddTwoInts = get_service('example_interfaces/srv/AddTwoInts')


@pytest.fixture
def node(graph_env: dict[str, str]) -> Iterator[Node]:
    with Context() as context:
        yield Node('node', context=context)


@pytest.fixture
def executor(node: Node) -> SingleThreadedExecutor:
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    return executor


def raw_pair(node: Node, user_data: str) -> tuple[wire.RawWriter, wire.RawReader]:
    """Return the two endpoints of a server of /add, with a given user data."""
    context, registry = node.context, registries()[0]
    qos = wire.dds_qos(QoSProfile(depth=10), user_data)
    request, response = AddTwoInts.Request.ros_type, AddTwoInts.Response.ros_type
    return (
        wire.RawWriter(
            context.session,
            'rr/addReply',
            wire.dds_struct(registry, response, header=True),
            qos,
        ),
        wire.RawReader(
            context.session,
            'rq/addRequest',
            wire.dds_struct(registry, request, header=True),
            qos,
            lambda: None,
        ),
    )


def test_our_own_endpoints_have_the_vendor_id(node: Node) -> None:
    publisher = node.create_publisher(AddTwoInts.Request, 'x', 10)
    assert publisher.writer.guid[:2] == wire.CYCLONE_VENDOR


def test_the_server_drops_requests_of_others(
    node: Node,
    executor: SingleThreadedExecutor,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked: list[Any] = []

    def answer(request: Any, response: Any) -> Any:
        asked.append(request)
        return response

    node.create_service(AddTwoInts, 'add', answer)
    client = node.create_client(AddTwoInts, 'add')
    assert client.wait_for_service(10)
    monkeypatch.setattr(service_module, 'CYCLONE_VENDOR', FOREIGN_VENDOR)
    future = client.call_async(AddTwoInts.Request(a=1))
    executor.spin_until_future_complete(future, 0.3)
    assert asked == []
    assert not future.done()
    assert 'dropped a request to /add' in capfd.readouterr().err
    monkeypatch.undo()  # the same request again, from a friend
    future = client.call_async(AddTwoInts.Request(a=2))
    executor.spin_until_future_complete(future, 10)
    assert [r.a for r in asked] == [2]


def test_the_client_does_not_see_servers_of_others(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.create_service(AddTwoInts, 'add', lambda _, response: response)
    client = node.create_client(AddTwoInts, 'add')
    assert client.wait_for_service(10)
    monkeypatch.setattr(service_module, 'CYCLONE_VENDOR', FOREIGN_VENDOR)
    assert not client.service_is_ready()
    assert not client.wait_for_service(0.05)


def test_the_client_drops_answers_of_others(
    node: Node, executor: SingleThreadedExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Any, response: Any) -> Any:
        monkeypatch.setattr(service_module, 'CYCLONE_VENDOR', FOREIGN_VENDOR)
        return response

    node.create_service(AddTwoInts, 'add', answer)
    client = node.create_client(AddTwoInts, 'add')
    assert client.wait_for_service(10)
    future = client.call_async(AddTwoInts.Request())
    executor.spin_until_future_complete(future, 0.3)
    assert not future.done()


def test_a_server_must_name_itself_on_both_endpoints(node: Node) -> None:
    # rmw_cyclonedds does since Foxy; what does not is something else that uses Cyclone DDS
    client = node.create_client(AddTwoInts, 'add')
    anonymous = raw_pair(node, endpoint_user_data('RIHS01_0'))
    assert not client.wait_for_service(0.3)
    assert client.endpoints.writer.entity.get_matched_subscriptions()
    named = raw_pair(node, endpoint_user_data('RIHS01_0', 'serviceid=1.2.3;'))
    assert client.wait_for_service(10)
    named[0].close()  # a server that can hear but not answer
    deadline_s = time.monotonic() + 10  # the news of it travels
    while client.service_is_ready() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not client.service_is_ready()
    for endpoint in (*anonymous, *named):
        endpoint.close()


def test_an_answer_to_somebody_else_is_not_taken(
    node: Node, executor: SingleThreadedExecutor
) -> None:
    client = node.create_client(AddTwoInts, 'add')
    writer, reader = raw_pair(node, endpoint_user_data('RIHS01_0', 'serviceid=1.2.3;'))
    assert client.wait_for_service(10)
    future = client.call_async(AddTwoInts.Request())
    registry = registries()[0]
    answer = registry.serialize(AddTwoInts.Response(sum=5))
    while not (taken := reader.take()):
        executor.spin_once(timeout_sec=0.01)
    identity, number, _ = service_module.unpack_frame(taken[0][0])
    for wrong in ((identity + 1, number), (identity, number + 1)):
        writer.write(service_module.pack_frame(*wrong, answer))
    executor.spin_until_future_complete(future, 0.2)
    assert not future.done()
    writer.write(service_module.pack_frame(identity, number, answer))
    executor.spin_until_future_complete(future, 10)
    assert future.result().sum == 5


def test_a_client_does_not_grow_when_nobody_answers(node: Node) -> None:
    client = node.create_client(AddTwoInts, 'add')
    futures = [client.call_async(AddTwoInts.Request()) for _ in range(1010)]
    assert [f.cancelled() for f in futures] == [True] * 10 + [False] * 1000
    assert len(client._pending) == 1000
    node.destroy_client(client)
    assert all(f.cancelled() for f in futures)
