# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from typing import Any

import pytest


def test_lines_look_as_in_ros(graph: Any, capfd: pytest.CaptureFixture[str]) -> None:
    node = graph.node.Node('face', namespace='/robot')
    node.get_logger().warning('careful')
    node.get_logger().debug('unseen')
    err = capfd.readouterr().err
    assert re.search(r'\[WARN\] \[\d{10}\.\d{9}\] \[robot\.face\]: careful', err)
    assert 'unseen' not in err


def test_once_and_throttled(graph: Any, node: Any, capfd: pytest.CaptureFixture[str]) -> None:
    logger = node.get_logger()
    for k in range(5):
        logger.info(f'first {k}', once=True)
        logger.info(f'seldom {k}', throttle_duration_sec=1000.0)
        logger.info(f'always {k}')
        logger.info(f'later {k}', skip_first=True)
    err = capfd.readouterr().err
    assert re.findall(r'first \d', err) == ['first 0']
    assert re.findall(r'seldom \d', err) == ['seldom 0']
    assert re.findall(r'always \d', err) == [f'always {k}' for k in range(5)]
    assert re.findall(r'later \d', err) == [f'later {k}' for k in range(1, 5)]


def test_levels_are_set_on_the_command_line(
    idle_graph: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    idle_graph.rclpy.init(args=['--ros-args', '--log-level', 'chatty:=debug'])
    for name in ('chatty', 'quiet'):
        idle_graph.node.Node(name).get_logger().debug(f'from {name}')
    err = capfd.readouterr().err
    assert 'from chatty' in err
    assert 'from quiet' not in err


def test_levels_can_be_set_and_are_inherited(graph: Any, node: Any) -> None:
    severity = graph.logging.LoggingSeverity
    child = node.get_logger().get_child('part')
    child.set_level(severity.ERROR)
    assert child.get_effective_level() == severity.ERROR
    assert not child.is_enabled_for(severity.WARN)
    assert node.get_logger().is_enabled_for(severity.WARN)
    child.set_level(severity.UNSET)
    assert child.is_enabled_for(severity.WARN)


def test_rosout_has_it_too(graph: Any, node: Any) -> None:
    lines: list[Any] = []
    latched = graph.qos.QoSProfile(
        depth=100, durability=graph.qos.DurabilityPolicy.TRANSIENT_LOCAL
    )
    node.get_logger().error('before')
    node.create_subscription(graph.msg('rcl_interfaces/msg/Log'), '/rosout', lines.append, latched)
    graph.spin_until(node, lambda: lines)
    (line,) = lines
    assert (line.name, line.msg, line.level) == ('contract', 'before', 40)
    assert line.function == 'test_rosout_has_it_too'
    assert line.file.endswith('test_contract_logging.py')
    assert line.stamp.sec > 0
