# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from facetalk_ros.embedded.context import Context
from facetalk_ros.embedded.executors import ExternalShutdownException, SingleThreadedExecutor
from facetalk_ros.embedded.node import Node
from facetalk_ros.embedded.registry import get_message


class CountingCondition(threading.Condition):
    """Counts how often somebody goes to sleep."""

    sleeps = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.sleeps += 1
        return super().wait(timeout)


@pytest.fixture
def context(graph_env: dict[str, str]) -> Iterator[Context]:
    context = Context()
    context.condition = CountingCondition()
    with context:
        yield context


def settle(executor: SingleThreadedExecutor) -> None:
    """Let discovery of our own endpoints pass, which wakes the executor."""
    condition: Any = executor.context.condition
    before = -1
    while before != condition.sleeps:
        before = condition.sleeps
        executor.spin_once(timeout_sec=0.1)
        before += 1  # the one sleep of this call


def test_an_idle_executor_sleeps_through(context: Context) -> None:
    node = Node('idle', context=context)
    node.create_subscription(get_message('std_msgs/msg/String'), 'chat', print, 10)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    settle(executor)
    condition: Any = context.condition
    condition.sleeps = 0
    executor.spin_once(timeout_sec=0.3)
    assert condition.sleeps == 1


def test_a_timer_wakes_the_executor_once_for_each_call(context: Context) -> None:
    node = Node('ticking', context=context)
    ticks: list[None] = []
    node.create_timer(0.05, lambda: ticks.append(None))
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    settle(executor)
    condition: Any = context.condition
    condition.sleeps = 0
    ticks.clear()
    while len(ticks) < 5:
        executor.spin_once(timeout_sec=5)
    assert condition.sleeps <= 2 * len(ticks)


def test_a_bad_message_is_dropped_and_the_node_goes_on(
    context: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    # text that is no UTF-8 is the one thing that Cyclone lets pass and Python cannot hold
    kind = get_message('std_msgs/msg/String')
    node = Node('node', context=context)
    received: list[str] = []
    publisher = node.create_publisher(kind, 'chat', 10)
    node.create_subscription(kind, 'chat', lambda m: received.append(m.data), 10)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    while not publisher.get_subscription_count():
        executor.spin_once(timeout_sec=0.01)
    publisher.publish(bytes.fromhex('00010000 03000000 fffe0000'))
    publisher.publish(kind(data='good'))
    for _ in range(100):
        executor.spin_once(timeout_sec=0.05)
        if received:
            break
    assert received == ['good']
    assert 'dropped a message on /chat' in capfd.readouterr().err


def test_who_was_not_woken_looks_again(context: Context) -> None:
    executor = SingleThreadedExecutor(context=context)
    # as a signal between Python's last look for one and the sleep
    threading.Timer(0.1, setattr, [context, '_valid', False]).start()
    with pytest.raises(ExternalShutdownException):
        executor.spin_once(timeout_sec=20)


def test_a_callback_may_shut_its_executor_down_but_not_spin_it(context: Context) -> None:
    node = Node('ending', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    refused: list[str] = []

    def end() -> None:
        try:
            executor.spin_once(timeout_sec=0)
        except RuntimeError as error:
            refused.append(str(error))
        assert executor.shutdown()

    node.create_timer(0.0, end)
    executor.spin()
    assert refused == ['Executor is already spinning']
    assert not executor.get_nodes()
