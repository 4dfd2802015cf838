# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Drives the clock of a node from /clock while use_sim_time is set, as rclpy.time_source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import ROSClock
from .duration import NANOSECONDS
from .parameter import Parameter
from .parameters import set_result
from .qos import qos_profile_clock
from .registry import get_message
from .subscription import Subscription

if TYPE_CHECKING:
    from .node import Node

USE_SIM_TIME = 'use_sim_time'


class TimeSource:
    """Owns the parameter use_sim_time and the subscription to /clock."""

    def __init__(self, node: Node, clock: ROSClock) -> None:
        self._node = node
        self._clock = clock
        self._subscription: Subscription | None = None
        node.add_on_set_parameters_callback(self._validate)
        node.add_post_set_parameters_callback(self._apply)
        node.declare_parameter(USE_SIM_TIME, False)

    def _validate(self, parameters: list[Parameter]) -> Any:
        for parameter in parameters:
            if parameter.name == USE_SIM_TIME and parameter.type_ != Parameter.Type.BOOL:
                return set_result(f'{USE_SIM_TIME} must be true or false')
        return set_result()

    def _apply(self, parameters: list[Parameter]) -> None:
        for parameter in parameters:
            if parameter.name == USE_SIM_TIME:
                self._switch(bool(parameter.value))

    def _switch(self, simulated: bool) -> None:
        if simulated and self._subscription is None:
            self._subscription = self._node.create_subscription(
                get_message('rosgraph_msgs/msg/Clock'), '/clock', self._on_clock, qos_profile_clock
            )
        elif not simulated and self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
        self._clock.set_active(simulated)
        self._node.context.wake()

    def _on_clock(self, message: Any) -> None:
        self._clock.set_simulated(message.clock.sec * NANOSECONDS + message.clock.nanosec)
