# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest


def test_spin_once_runs_one_callback(graph: Any, node: Any) -> None:
    ran: list[str] = []
    for name in 'ab':
        node.create_timer(0.0, lambda name=name: ran.append(name))
    for count in (1, 2, 3, 4):
        graph.rclpy.spin_once(node, timeout_sec=1.0)
        assert len(ran) == count
    assert set(ran) == {'a', 'b'}  # neither starves


def test_spin_once_ends_at_its_timeout(graph: Any, node: Any) -> None:
    for timeout in (0, 0.01):
        graph.rclpy.spin_once(node, timeout_sec=timeout)


def test_spin_ends_when_the_future_is_done(graph: Any, node: Any) -> None:
    future = graph.task.Future()
    node.create_timer(0.01, lambda: future.set_result(7))
    graph.rclpy.spin_until_future_complete(node, future, timeout_sec=10)
    assert future.done()
    assert future.result() == 7


def test_another_thread_completes_the_future(graph: Any, node: Any) -> None:
    future = graph.task.Future()
    threading.Timer(0.05, future.set_result, ['from afar']).start()
    graph.rclpy.spin_until_future_complete(node, future, timeout_sec=10)
    assert future.result() == 'from afar'


def test_futures_carry_exceptions_and_can_be_cancelled(graph: Any) -> None:
    future = graph.task.Future()
    assert not future.done()
    future.set_exception(LookupError('boom'))
    assert future.done()
    assert isinstance(future.exception(), LookupError)
    with pytest.raises(LookupError, match='boom'):
        future.result()
    other = graph.task.Future()
    other.cancel()
    assert other.cancelled()


def test_a_guard_condition_is_triggered_from_any_thread(graph: Any, node: Any) -> None:
    ran: list[str] = []
    guard = node.create_guard_condition(lambda: ran.append(threading.current_thread().name))
    threading.Timer(0.02, guard.trigger).start()
    graph.spin_until(node, lambda: ran)
    assert ran == [threading.current_thread().name]
    assert node.destroy_guard_condition(guard)


def test_one_executor_for_two_nodes(graph: Any) -> None:
    executor = graph.executors.SingleThreadedExecutor()
    ran: set[str] = set()
    nodes = [graph.node.Node(name) for name in ('one', 'two')]
    for node in nodes:
        node.create_timer(0.005, lambda node=node: ran.add(node.get_name()))
        assert executor.add_node(node)
    assert not executor.add_node(nodes[0])
    while len(ran) < 2:
        executor.spin_once(timeout_sec=1)
    executor.remove_node(nodes[0])
    ran.clear()
    for _ in range(3):
        executor.spin_once(timeout_sec=1)
    assert ran == {'two'}
    assert executor.shutdown()


def test_shutdown_from_another_thread_ends_spin(graph: Any, node: Any) -> None:
    threading.Timer(0.05, graph.rclpy.try_shutdown).start()
    # which of the two ways out depends on where in its loop the shutdown meets it
    with contextlib.suppress(graph.executors.ExternalShutdownException):
        graph.rclpy.spin(node)
    assert not graph.rclpy.ok()


def test_shutdown_in_a_callback_ends_spin(graph: Any, node: Any) -> None:
    node.create_timer(0.01, graph.rclpy.try_shutdown)
    graph.rclpy.spin(node)
    assert not graph.rclpy.ok()


def test_a_context_with_its_own_executor(idle_graph: Any) -> None:
    done = idle_graph.task.Future()
    with idle_graph.context.Context() as context:
        assert context.ok()
        node = idle_graph.node.Node('face', context=context)
        node.create_timer(0.01, lambda: done.done() or done.set_result(1))
        with idle_graph.executors.SingleThreadedExecutor(context=context) as executor:
            executor.add_node(node)
            executor.spin_until_future_complete(done, 10)
        assert done.done()
        node.destroy_node()
    assert not context.ok()
    assert not idle_graph.rclpy.ok()


def test_an_executor_needs_init(idle_graph: Any) -> None:
    with pytest.raises((idle_graph.exceptions.NotInitializedException, TypeError)):
        idle_graph.executors.SingleThreadedExecutor()


def test_a_node_may_be_destroyed_in_its_own_callback(graph: Any, node: Any) -> None:
    other = graph.node.Node('other')
    executor = graph.executors.SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(other)
    done = graph.task.Future()

    def leave() -> None:
        node.destroy_node()
        done.set_result(None)

    node.create_timer(0.01, leave)
    executor.spin_until_future_complete(done, 10)
    assert done.done()
    executor.spin_once(timeout_sec=0)
