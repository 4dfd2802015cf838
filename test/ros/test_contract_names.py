# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

STRING = 'std_msgs/msg/String'


@pytest.mark.parametrize(
    ('topic', 'expected'),
    [
        ('chat', '/robot/head/chat'),
        ('a/b', '/robot/head/a/b'),
        ('/chat', '/chat'),
        ('~/chat', '/robot/head/face/chat'),
        ('{node}/chat', '/robot/head/face/chat'),
    ],
)
def test_names_are_relative_absolute_or_private(graph: Any, topic: str, expected: str) -> None:
    node = graph.node.Node('face', namespace='robot/head')
    assert node.get_namespace() == '/robot/head'
    assert node.get_fully_qualified_name() == '/robot/head/face'
    assert node.resolve_topic_name(topic) == expected
    assert node.create_publisher(graph.msg(STRING), topic, 10).topic_name == expected


@pytest.mark.parametrize('name', ['', '1face', 'fa ce', 'face!', 'a/b', 'x' * 300])
def test_bad_node_names(graph: Any, name: str) -> None:
    with pytest.raises(graph.exceptions.InvalidNodeNameException):
        graph.node.Node(name)


@pytest.mark.parametrize('namespace', ['/a b', '/1a', '/a//b', '/a/'])
def test_bad_namespaces(graph: Any, namespace: str) -> None:
    with pytest.raises(graph.exceptions.InvalidNamespaceException):
        graph.node.Node('face', namespace=namespace)


@pytest.mark.parametrize('topic', ['', 'a b', '1a', 'a//b', '~chat', 'a/'])
def test_bad_topic_names(graph: Any, node: Any, topic: str) -> None:
    with pytest.raises((graph.exceptions.NameValidationException, ValueError)):
        node.create_publisher(graph.msg(STRING), topic, 10)


def test_remapping(idle_graph: Any) -> None:
    graph = idle_graph
    graph.rclpy.init(
        args=[
            *('--ros-args', '-r', 'chat:=talk', '-r', '~/in:=/other', '-r', '__ns:=/robot'),
            *('-r', 'face:__node:=head', '-r', 'go:=stop', '-r', 'nobody:chat:=lost'),
        ]
    )
    node = graph.node.Node('face')
    assert node.get_fully_qualified_name() == '/robot/head'
    assert node.resolve_topic_name('chat') == '/robot/talk'
    assert node.resolve_topic_name('/robot/chat') == '/robot/talk'
    assert node.resolve_topic_name('/chat') == '/chat'
    assert node.resolve_topic_name('~/in') == '/other'
    assert node.resolve_service_name('go') == '/robot/stop'
    trigger = graph.srv('std_srvs/srv/Trigger')
    client = node.create_client(trigger, 'go')
    assert (client.srv_name, client.service_name) == ('go', '/robot/stop')
    service = node.create_service(trigger, '~/in', print)
    assert (service.srv_name, service.service_name) == ('~/in', '/other')


def test_a_node_takes_arguments_of_its_own(graph: Any) -> None:
    node = graph.node.Node('face', cli_args=['--ros-args', '-r', 'chat:=talk', '-p', 'a:=3'])
    assert node.resolve_topic_name('chat') == '/talk'
    assert node.declare_parameter('a', 1).value == 3


def test_a_node_needs_init(idle_graph: Any) -> None:
    with pytest.raises(idle_graph.exceptions.NotInitializedException):
        idle_graph.node.Node('face')


def test_init_is_once_and_can_be_again(idle_graph: Any) -> None:
    rclpy = idle_graph.rclpy
    assert not rclpy.ok()
    rclpy.init(args=[])
    assert rclpy.ok()
    with pytest.raises(RuntimeError):
        rclpy.init(args=[])
    rclpy.shutdown()
    assert not rclpy.ok()
    with pytest.raises(RuntimeError):
        rclpy.shutdown()
    rclpy.try_shutdown()
    rclpy.init(args=[])
    idle_graph.node.Node('face').destroy_node()
