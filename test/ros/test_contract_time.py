# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest


def test_time_arithmetic(graph: Any) -> None:
    time, duration, clock = graph.time.Time, graph.duration.Duration, graph.clock.ClockType
    start = time(seconds=1, nanoseconds=500_000_000, clock_type=clock.ROS_TIME)
    assert start.nanoseconds == 1_500_000_000
    assert start.seconds_nanoseconds() == (1, 500_000_000)
    later = start + duration(seconds=0.25)
    assert later.nanoseconds == 1_750_000_000
    assert (later - start) == duration(nanoseconds=250_000_000)
    assert (later - duration(seconds=1)).nanoseconds == 750_000_000
    assert start < later
    assert later >= start
    assert duration(seconds=-1) < duration()
    message = start.to_msg()
    assert (message.sec, message.nanosec) == (1, 500_000_000)
    assert time.from_msg(message) == start
    negative = duration(nanoseconds=-1).to_msg()
    assert (negative.sec, negative.nanosec) == (-1, 999_999_999)
    assert duration.from_msg(negative) == duration(nanoseconds=-1)


def test_times_of_two_clocks_do_not_mix(graph: Any) -> None:
    time, clock = graph.time.Time, graph.clock.ClockType
    a, b = time(clock_type=clock.ROS_TIME), time(clock_type=clock.STEADY_TIME)
    with pytest.raises(TypeError):
        _ = a - b
    with pytest.raises(TypeError):
        _ = a < b
    with pytest.raises(ValueError, match='negative'):
        time(nanoseconds=-1)


def test_clocks_run(graph: Any) -> None:
    for kind in ('SYSTEM_TIME', 'STEADY_TIME', 'ROS_TIME'):
        clock = graph.clock.Clock(clock_type=getattr(graph.clock.ClockType, kind))
        first, second = clock.now(), clock.now()
        assert second >= first
        assert first.clock_type == getattr(graph.clock.ClockType, kind)


class Simulation:
    """Publishes /clock and sees to it that the node has the time."""

    def __init__(self, graph: Any, node: Any) -> None:
        self.graph, self.node = graph, node
        self.kind = graph.msg('rosgraph_msgs/msg/Clock')
        self.owner = graph.node.Node('simulation')
        self.publisher = self.owner.create_publisher(self.kind, '/clock', 10)
        result = node.set_parameters([graph.parameter.Parameter('use_sim_time', value=True)])
        assert result[0].successful
        graph.spin_until(node, self.publisher.get_subscription_count)

    def set(self, seconds: float) -> None:
        stamp = self.graph.time.Time(seconds=seconds)
        self.publisher.publish(self.kind(clock=stamp.to_msg()))
        self.graph.spin_until(
            self.node, lambda: self.node.get_clock().now().nanoseconds == stamp.nanoseconds
        )


def test_the_node_follows_simulated_time(graph: Any, node: Any) -> None:
    simulation = Simulation(graph, node)
    assert node.get_clock().now().nanoseconds == 0
    simulation.set(100.5)
    simulation.set(100.25)
    node.set_parameters([graph.parameter.Parameter('use_sim_time', value=False)])
    assert node.get_clock().now().nanoseconds > 1e18


def test_use_sim_time_can_be_an_override(idle_graph: Any) -> None:
    idle_graph.rclpy.init(args=['--ros-args', '-p', 'use_sim_time:=true'])
    node = idle_graph.node.Node('contract')
    assert node.get_parameter('use_sim_time').value is True
    assert node.get_clock().now().nanoseconds == 0


def test_use_sim_time_must_be_a_bool(graph: Any, node: Any) -> None:
    (result,) = node.set_parameters([graph.parameter.Parameter('use_sim_time', value=1)])
    assert not result.successful


def test_timers_follow_simulated_time(graph: Any, node: Any) -> None:
    ticks: list[int] = []
    simulation = Simulation(graph, node)
    simulation.set(10.0)
    timer = node.create_timer(1.0, lambda: ticks.append(node.get_clock().now().nanoseconds))
    graph.rclpy.spin_once(node, timeout_sec=0.05)
    assert ticks == []
    simulation.set(10.9)
    graph.rclpy.spin_once(node, timeout_sec=0.05)
    assert ticks == []
    for now in (11.0, 12.0):
        simulation.set(now)
        graph.spin_until(node, lambda now=now: ticks and ticks[-1] == now * 1e9)
    simulation.set(20.5)  # what was missed is skipped
    graph.spin_until(node, lambda: len(ticks) == 3)
    graph.rclpy.spin_once(node, timeout_sec=0.05)
    assert len(ticks) == 3
    simulation.set(5.0)  # back in time: the next call is one period from there
    simulation.set(6.0)
    graph.spin_until(node, lambda: ticks[-1] == 6e9)
    timer.cancel()


def test_jumps_are_heard(graph: Any, node: Any) -> None:
    duration, change = graph.duration.Duration, graph.clock.ClockChange
    heard: list[Any] = []
    threshold = graph.clock.JumpThreshold(
        min_forward=duration(seconds=5), min_backward=duration(seconds=-2), on_clock_change=True
    )
    simulation = None
    handle = node.get_clock().create_jump_callback(
        threshold, pre_callback=lambda: heard.append('before'), post_callback=heard.append
    )
    simulation = Simulation(graph, node)
    assert heard[0] == 'before'
    assert heard[1].clock_change == change.ROS_TIME_ACTIVATED
    simulation.set(100.0)
    heard.clear()
    simulation.set(104.0)
    simulation.set(103.0)
    assert heard == []
    simulation.set(110.0)
    assert heard[-1].delta == duration(seconds=7)
    simulation.set(50.0)
    assert heard[-1].delta == duration(seconds=-60)
    handle.unregister()
    heard.clear()
    simulation.set(0.5)
    assert heard == []


def test_timers_can_be_stopped_and_started(graph: Any, node: Any) -> None:
    ticks: list[None] = []
    timer = node.create_timer(0.01, lambda: ticks.append(None))
    assert timer.timer_period_ns == 10_000_000
    graph.spin_until(node, lambda: len(ticks) >= 3)
    timer.cancel()
    assert timer.is_canceled()
    count = len(ticks)
    graph.rclpy.spin_once(node, timeout_sec=0.05)
    assert len(ticks) == count
    timer.reset()
    graph.spin_until(node, lambda: len(ticks) > count)
    assert node.destroy_timer(timer)
    assert not node.destroy_timer(timer)


def test_a_timer_on_another_clock(graph: Any, node: Any) -> None:
    ticks: list[None] = []
    steady = graph.clock.Clock(clock_type=graph.clock.ClockType.STEADY_TIME)
    Simulation(graph, node)  # stands still
    node.create_timer(0.01, lambda: ticks.append(None), clock=steady)
    graph.spin_until(node, lambda: len(ticks) >= 3)
