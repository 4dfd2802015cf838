# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Real DDS traffic between two processes."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pytest


def test_topics_cross_in_both_directions(graph: Any, node: Any) -> None:
    kind = graph.msg('sensor_msgs/msg/JointState')
    received: list[Any] = []
    publisher = node.create_publisher(kind, 'forth', 100)
    subscription = node.create_subscription(kind, 'back', received.append, 100)
    graph.start_peer('echo')
    graph.spin_until(node, publisher.get_subscription_count)
    graph.spin_until(node, lambda: node.count_publishers(subscription.topic_name))
    values = np.random.default_rng(1).normal(size=(20, 52))
    for k, row in enumerate(values):
        message = kind(name=[f'shape{i}' for i in range(52)], position=row.tolist())
        message.header.stamp.sec = k
        publisher.publish(message)
    graph.spin_until(node, lambda: len(received) == 20)
    assert [m.header.stamp.sec for m in received] == list(range(20))
    np.testing.assert_array_equal([np.asarray(m.position) for m in received], values)


def test_what_was_latched_before_we_came(graph: Any, node: Any) -> None:
    child = graph.start_peer('echo')
    assert child.stdout.readline() == 'ready\n'
    received: list[str] = []
    latched = graph.qos.QoSProfile(depth=1, durability=graph.qos.DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_subscription(
        graph.msg('std_msgs/msg/String'), 'greeting', lambda m: received.append(m.data), latched
    )
    graph.spin_until(node, lambda: received == ['hello'])


def test_services_and_parameters_cross(graph: Any, node: Any) -> None:
    graph.start_peer('echo', '--ros-args', '-r', '__ns:=/far', '-p', 'gain:=2.5')
    add = graph.srv('example_interfaces/srv/AddTwoInts')
    client = node.create_client(add, '/far/add')
    assert graph.call(node, client, add.Request(a=40, b=2)).sum == 42
    get = graph.srv('rcl_interfaces/srv/GetParameters')
    client = node.create_client(get, '/far/echo/get_parameters')
    (value,) = graph.call(node, client, get.Request(names=['gain'])).values
    assert value.double_value == 2.5


def test_a_managed_node_is_driven_from_afar(graph: Any, node: Any) -> None:
    graph.start_peer('managed')
    change = graph.srv('lifecycle_msgs/srv/ChangeState')
    transition = graph.msg('lifecycle_msgs/msg/Transition')
    client = node.create_client(change, '/managed/change_state')
    for number in (transition.TRANSITION_CONFIGURE, transition.TRANSITION_ACTIVATE):
        request = change.Request(transition=transition(id=number))
        assert graph.call(node, client, request).success
    get = graph.srv('lifecycle_msgs/srv/GetState')
    client = node.create_client(get, '/managed/get_state')
    assert graph.call(node, client, get.Request()).current_state.label == 'active'


def test_nodes_come_into_view_and_go(graph: Any, node: Any) -> None:
    child = graph.start_peer('silent', '--ros-args', '-r', '__ns:=/far')
    graph.spin_until(
        node, lambda: ('silent', '/far') in [n[:2] for n in node.get_node_names_and_namespaces()]
    )
    child.send_signal(signal.SIGINT)
    child.wait(20)
    graph.spin_until(node, lambda: 'silent' not in node.get_node_names())


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signals_end_a_node_cleanly(graph: Any, number: signal.Signals) -> None:
    if graph.backend == 'rclpy':
        pytest.skip('rclpy 7.1.3 may raise, hang or crash here; test/nodes tests our handlers')
    child = graph.start_peer('silent')
    assert child.stdout.readline() == 'ready\n'
    child.send_signal(number)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert out == 'ended\n'
    assert 'Traceback' not in err
