# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest

STRING = 'std_msgs/msg/String'


def test_messages_arrive_in_order(graph: Any, node: Any) -> None:
    received: list[str] = []
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    node.create_subscription(graph.msg(STRING), 'chat', lambda m: received.append(m.data), 10)
    graph.spin_until(node, publisher.get_subscription_count)
    for k in range(5):
        publisher.publish(graph.msg(STRING)(data=str(k)))
    graph.spin_until(node, lambda: len(received) == 5)
    assert received == list('01234')


def test_numbers_survive_exactly(graph: Any, node: Any) -> None:
    kind = graph.msg('sensor_msgs/msg/JointState')
    received: list[Any] = []
    publisher = node.create_publisher(kind, 'joints', 10)
    node.create_subscription(kind, 'joints', received.append, 10)
    graph.spin_until(node, publisher.get_subscription_count)
    message = kind(name=['jawOpen', 'é'], position=array.array('d', [0.1, -1e300]))
    message.velocity = [1.5]
    message.header.stamp.sec, message.header.stamp.nanosec = 7, 999_999_999
    publisher.publish(message)
    graph.spin_until(node, lambda: received)
    (got,) = received
    assert list(got.name) == ['jawOpen', 'é']
    assert np.asarray(got.position).dtype == np.float64
    assert list(got.position) == [0.1, -1e300]
    assert list(got.velocity) == [1.5]
    assert len(got.effort) == 0
    assert (got.header.stamp.sec, got.header.stamp.nanosec) == (7, 999_999_999)
    publisher.publish(got)  # what was received can be sent on
    graph.spin_until(node, lambda: len(received) == 2)


def test_what_was_latched_reaches_who_comes_late(graph: Any, node: Any) -> None:
    latched = graph.qos.QoSProfile(depth=2, durability=graph.qos.DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = node.create_publisher(graph.msg(STRING), 'names', latched)
    for text in 'abc':
        publisher.publish(graph.msg(STRING)(data=text))
    late: list[str] = []
    volatile: list[str] = []
    node.create_subscription(graph.msg(STRING), 'names', lambda m: volatile.append(m.data), 10)
    node.create_subscription(graph.msg(STRING), 'names', lambda m: late.append(m.data), latched)
    graph.spin_until(node, lambda: len(late) == 2)
    assert late == ['b', 'c']
    assert volatile == []


def test_a_reliable_reader_ignores_a_best_effort_writer(graph: Any, node: Any) -> None:
    best_effort = graph.qos.qos_profile_sensor_data
    loose: list[str] = []
    strict: list[str] = []
    publisher = node.create_publisher(graph.msg(STRING), 'sound', best_effort)
    node.create_subscription(graph.msg(STRING), 'sound', lambda m: strict.append(m.data), 10)
    node.create_subscription(
        graph.msg(STRING), 'sound', lambda m: loose.append(m.data), best_effort
    )
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(graph.msg(STRING)(data='x'))
    graph.spin_until(node, lambda: loose)
    assert publisher.get_subscription_count() == 1
    assert strict == []


def test_raw_subscriptions_get_cdr(graph: Any, node: Any) -> None:
    received: list[bytes] = []
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    node.create_subscription(graph.msg(STRING), 'chat', received.append, 10, raw=True)
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(graph.msg(STRING)(data='hi'))
    graph.spin_until(node, lambda: received)
    codec = graph.serialization()
    message = graph.msg(STRING)(data='hi')
    assert codec.deserialize_message(received[0], graph.msg(STRING)) == message
    publisher.publish(codec.serialize_message(message))  # and CDR can be published
    graph.spin_until(node, lambda: len(received) == 2)
    assert codec.deserialize_message(received[1], graph.msg(STRING)) == message


def test_only_the_last_are_kept_for_a_slow_reader(graph: Any, node: Any) -> None:
    received: list[str] = []
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 100)
    node.create_subscription(graph.msg(STRING), 'chat', lambda m: received.append(m.data), 3)
    graph.spin_until(node, publisher.get_subscription_count)
    for k in range(20):
        publisher.publish(graph.msg(STRING)(data=str(k)))
    publisher.wait_for_all_acked(graph.duration.Duration(seconds=5))
    graph.spin_until(node, lambda: received and received[-1] == '19')
    assert received == ['17', '18', '19']


def test_an_exception_of_a_callback_leaves_spin(graph: Any, node: Any) -> None:
    def fail(message: Any) -> None:
        raise LookupError(message.data)

    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    subscription = node.create_subscription(graph.msg(STRING), 'chat', fail, 10)
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(graph.msg(STRING)(data='boom'))
    with pytest.raises(LookupError, match='boom'):
        graph.rclpy.spin(node)
    # and the node lives on
    node.destroy_subscription(subscription)
    done: list[str] = []
    node.create_subscription(graph.msg(STRING), 'chat', lambda m: done.append(m.data), 10)
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(graph.msg(STRING)(data='fine'))
    graph.spin_until(node, lambda: done)


def test_destroyed_entities_leave_the_graph(graph: Any, node: Any) -> None:
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    subscription = node.create_subscription(graph.msg(STRING), 'chat', print, 10)
    graph.spin_until(node, publisher.get_subscription_count)
    assert node.destroy_subscription(subscription)
    graph.spin_until(node, lambda: not publisher.get_subscription_count())
    assert node.destroy_publisher(publisher)
    graph.spin_until(node, lambda: not node.count_publishers('chat'))
    node.destroy_node()
    node.destroy_node()


def test_a_wrong_message_type_is_refused(graph: Any, node: Any) -> None:
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    with pytest.raises(TypeError):
        publisher.publish(graph.msg('std_msgs/msg/Bool')())
    with pytest.raises(AttributeError):
        graph.msg(STRING)().text = 'x'


def test_a_profile_must_say_how_much_to_keep(graph: Any, node: Any) -> None:
    with pytest.raises(graph.qos.InvalidQoSProfileException):
        graph.qos.QoSProfile()
    with pytest.raises(TypeError):
        node.create_publisher(graph.msg(STRING), 'chat', 'ten')


def test_the_graph_names_topics_and_who_uses_them(graph: Any, node: Any) -> None:
    latched = graph.qos.QoSProfile(depth=1, durability=graph.qos.DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_publisher(graph.msg(STRING), 'names', latched)
    node.create_subscription(graph.msg('std_msgs/msg/Bool'), '~/switch', print, 10)
    graph.spin_until(node, lambda: node.count_publishers('names') == 1)
    graph.spin_until(node, lambda: node.count_subscribers('~/switch') == 1)
    topics = dict(node.get_topic_names_and_types())
    assert topics['/names'] == [STRING]
    assert topics['/contract/switch'] == ['std_msgs/msg/Bool']
    graph.spin_until(node, lambda: 'contract' in node.get_node_names())
    assert ('contract', '/') in [tuple(n[:2]) for n in node.get_node_names_and_namespaces()]
    (info,) = node.get_publishers_info_by_topic('names')
    assert (info.node_name, info.node_namespace, info.topic_type) == ('contract', '/', STRING)
    assert info.qos_profile.durability == graph.qos.DurabilityPolicy.TRANSIENT_LOCAL
    assert info.qos_profile.reliability == graph.qos.ReliabilityPolicy.RELIABLE
    (info,) = node.get_subscriptions_info_by_topic('~/switch')
    assert info.topic_type == 'std_msgs/msg/Bool'
    assert ('/contract/list_parameters', ['rcl_interfaces/srv/ListParameters']) in [
        (name, list(types)) for name, types in node.get_service_names_and_types()
    ]


def test_a_byte_is_bytes(graph: Any, node: Any) -> None:
    array, status = (graph.msg(f'diagnostic_msgs/msg/Diagnostic{n}') for n in ('Array', 'Status'))
    value = graph.msg('rcl_interfaces/msg/ParameterValue')
    assert (status().level, status.WARN) == (b'\0', b'\x01')
    assert status.get_fields_and_field_types()['level'] == 'octet'
    received: list[Any] = []
    publisher = node.create_publisher(array, 'diagnostics', 10)
    node.create_subscription(array, 'diagnostics', received.append, 10)
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(array(status=[status(level=status.ERROR), status(level=b'\xff')]))
    graph.spin_until(node, lambda: received)
    assert [s.level for s in received[0].status] == [b'\x02', b'\xff']
    serialization = graph.serialization()
    data = serialization.serialize_message(value(byte_array_value=[b'\0', b'\xff']))
    assert serialization.deserialize_message(data, value).byte_array_value == [b'\0', b'\xff']
    assert value().byte_array_value == []
