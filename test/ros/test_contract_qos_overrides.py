# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from typing import Any

import pytest

STRING = 'std_msgs/msg/String'


def overrides(graph: Any, **values: Any) -> list[Any]:
    return [
        graph.parameter.Parameter(f'qos_overrides./chat.{name.replace("__", ".")}', value=value)
        for name, value in values.items()
    ]


def options(graph: Any, **kwargs: Any) -> Any:
    module = graph.qos_overriding_options
    return module.QoSOverridingOptions.with_default_policies(**kwargs)


def test_quality_of_service_is_taken_from_parameters(graph: Any) -> None:
    wanted = overrides(
        graph, publisher__reliability='best_effort', subscription__depth=3, publisher__depth=7
    )
    node = graph.node.Node('face', parameter_overrides=wanted)
    profile = graph.qos.QoSProfile
    publisher = node.create_publisher(
        graph.msg(STRING), 'chat', profile(depth=10), qos_overriding_options=options(graph)
    )
    subscription = node.create_subscription(
        graph.msg(STRING), 'chat', print, profile(depth=10), qos_overriding_options=options(graph)
    )
    assert publisher.qos_profile.depth == 7
    assert publisher.qos_profile.reliability == graph.qos.ReliabilityPolicy.BEST_EFFORT
    assert subscription.qos_profile.depth == 3
    assert subscription.qos_profile.reliability == graph.qos.ReliabilityPolicy.RELIABLE
    # tools see what there is and what was chosen
    name = 'qos_overrides./chat.subscription.history'
    assert node.get_parameter(name).value == 'keep_last'
    assert node.describe_parameter(name).read_only
    # who is made again gets the same
    node.destroy_publisher(publisher)
    again = node.create_publisher(
        graph.msg(STRING), 'chat', profile(depth=10), qos_overriding_options=options(graph)
    )
    assert again.qos_profile.depth == 7


def test_without_options_nothing_is_declared_or_changed(graph: Any) -> None:
    node = graph.node.Node('face', parameter_overrides=overrides(graph, publisher__depth=7))
    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    assert publisher.qos_profile.depth == 10
    assert not node.has_parameter('qos_overrides./chat.publisher.depth')


def test_an_identifier_tells_endpoints_of_one_topic_apart(graph: Any) -> None:
    wanted = overrides(graph, publisher_fast__depth=2)
    node = graph.node.Node('face', parameter_overrides=wanted)
    depths = []
    for entity_id in ('fast', 'slow'):
        publisher = node.create_publisher(
            graph.msg(STRING), 'chat', graph.qos.QoSProfile(depth=10),
            qos_overriding_options=options(graph, entity_id=entity_id),
        )  # fmt: skip
        depths.append(publisher.qos_profile.depth)
    assert depths == [2, 10]


def test_what_is_no_policy_or_is_not_allowed_is_refused(graph: Any) -> None:
    wanted = overrides(graph, publisher__reliability='sometimes', subscription__depth=3)
    node = graph.node.Node('face', parameter_overrides=wanted)
    with pytest.raises(RuntimeError, match='sometimes'):
        node.create_publisher(
            graph.msg(STRING), 'chat', graph.qos.QoSProfile(depth=10),
            qos_overriding_options=options(graph),
        )  # fmt: skip

    def deep_enough(profile: Any) -> Any:
        result = graph.msg('rcl_interfaces/msg/SetParametersResult')
        return result(successful=profile.depth >= 5, reason='depth below 5')

    with pytest.raises(
        graph.qos_overriding_options.InvalidQosOverridesError, match='depth below 5'
    ):
        node.create_subscription(
            graph.msg(STRING), 'chat', print, graph.qos.QoSProfile(depth=10),
            qos_overriding_options=options(graph, callback=deep_enough),
        )  # fmt: skip


def test_a_callback_with_two_arguments_learns_when_a_message_was_sent(
    graph: Any, node: Any
) -> None:
    received: list[Any] = []

    def on_message(message: Any, info: Any) -> None:
        received.append((message.data, info['source_timestamp']))

    publisher = node.create_publisher(graph.msg(STRING), 'chat', 10)
    node.create_subscription(graph.msg(STRING), 'chat', on_message, 10)
    graph.spin_until(node, publisher.get_subscription_count)
    before = time.time_ns()
    publisher.publish(graph.msg(STRING)(data='now'))
    after = time.time_ns()
    graph.spin_until(node, lambda: received)
    ((data, sent),) = received
    assert data == 'now'
    assert before <= sent <= after
