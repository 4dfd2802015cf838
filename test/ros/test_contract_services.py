# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest


def add(request: Any, response: Any) -> Any:
    response.sum = request.a + request.b
    return response


@pytest.fixture
def kind(graph: Any) -> Any:
    return graph.srv('example_interfaces/srv/AddTwoInts')


def test_a_call_is_answered(graph: Any, node: Any, kind: Any) -> None:
    node.create_service(kind, 'add', add)
    client = node.create_client(kind, 'add')
    assert graph.call(node, client, kind.Request(a=2, b=-5)).sum == -3


def test_answers_find_their_requests(graph: Any, node: Any, kind: Any) -> None:
    node.create_service(kind, 'add', add)
    clients = [node.create_client(kind, 'add') for _ in range(2)]
    for client in clients:
        assert client.wait_for_service(timeout_sec=10)
    futures = [clients[k % 2].call_async(kind.Request(a=k, b=100)) for k in range(10)]
    graph.spin_until(node, lambda: all(f.done() for f in futures))
    assert [f.result().sum for f in futures] == list(range(100, 110))


def test_no_service_is_no_hang(graph: Any, node: Any, kind: Any) -> None:
    client = node.create_client(kind, 'nobody')
    assert not client.service_is_ready()
    assert not client.wait_for_service(timeout_sec=0.05)
    future = client.call_async(kind.Request())
    graph.rclpy.spin_until_future_complete(node, future, timeout_sec=0.05)
    assert not future.done()
    assert future.result() is None
    client.remove_pending_request(future)


def test_a_service_that_goes_is_missed(graph: Any, node: Any, kind: Any) -> None:
    service = node.create_service(kind, 'add', add)
    client = node.create_client(kind, 'add')
    assert client.wait_for_service(timeout_sec=10)
    assert node.destroy_service(service)
    graph.spin_until(node, lambda: not client.service_is_ready())
    assert node.destroy_client(client)


def test_an_exception_of_a_service_leaves_spin(graph: Any, node: Any, kind: Any) -> None:
    def fail(request: Any, response: Any) -> Any:
        raise LookupError('boom')

    node.create_service(kind, 'add', fail)
    client = node.create_client(kind, 'add')
    assert client.wait_for_service(timeout_sec=10)
    client.call_async(kind.Request())
    with pytest.raises(LookupError, match='boom'):
        graph.rclpy.spin(node)


def test_a_request_of_another_type_is_refused(graph: Any, node: Any, kind: Any) -> None:
    client = node.create_client(kind, 'add')
    with pytest.raises(TypeError):
        client.call_async(graph.srv('std_srvs/srv/Trigger').Request())


def test_a_callback_may_call_back_when_done(graph: Any, node: Any, kind: Any) -> None:
    node.create_service(kind, 'add', add)
    client = node.create_client(kind, 'add')
    assert client.wait_for_service(timeout_sec=10)
    sums: list[int] = []
    client.call_async(kind.Request(a=1, b=1)).add_done_callback(
        lambda future: sums.append(future.result().sum)
    )
    graph.spin_until(node, lambda: sums == [2])
