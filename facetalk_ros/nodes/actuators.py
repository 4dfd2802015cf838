# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The actuator node: faces in, commands for the controllers of servos out. A lifecycle node."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..actuators import ActuatorMap, MapError
from ..ros.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from ..ros.messages import get_message, get_service
from ..ros.qos import DurabilityPolicy, QoSProfile
from ..ros.qos_overriding_options import QoSOverridingOptions
from .actuator_diagnostics import actuator_status
from .actuator_map_source import MapSource
from .actuator_motion import Motion
from .actuator_outputs import ActuatorOutputs
from .actuator_parameters import SPECS
from .actuator_schedule import Face, Schedule
from .declared_parameters import DeclaredParameters
from .face_input import BadFaceMessage, FaceInput, head_rad
from .joint_messages import JOINT_STATE_TYPE, known_efforts, known_positions
from .run_node import run_node
from .statistics import Statistics

_NS = 1_000_000_000
_FACE_QOS = QoSProfile(depth=200)
_STATE_QOS = QoSProfile(depth=5)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# A clock that goes back by less is only not quite even.
_JUMP_NS = 1_000_000
# What has been sent is sent again so often until the joints rest: a controller may begin late.
_REPEAT_S = 0.2
_HOME_S = 5.0
_FLUSH_S = 0.2


class ActuatorNode(LifecycleNode):
    """Moves servos after the face on its topics; see the README for all names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('actuators', **kwargs)
        self.stats = Statistics()
        self.motion: Motion | None = None
        self.problem = ''
        self._warning = ''
        self._active = False
        self._map: ActuatorMap | None = None
        self._checked_map: ActuatorMap | None = None
        self._maps = MapSource()
        self._outputs: ActuatorOutputs | None = None
        self._face = FaceInput()
        self._positions: dict[str, float] = {}
        self._inputs: list[Any] = []
        self._active_timers: list[Any] = []
        self._epoch_ns = self._last_ns = 0
        self._active_since_s = self._published_s = 0.0
        declared = DeclaredParameters(
            self, SPECS, on_change=self._apply_parameters, check=self._check_parameters
        )
        self._values: Mapping[str, Any] = declared.values
        self._enabled = bool(self._values['enabled_at_start'])
        self.create_service(get_service('std_srvs/srv/Trigger'), '~/reset', self._on_reset)
        self.create_service(get_service('std_srvs/srv/SetBool'), '~/enable', self._on_enable)
        self._diagnostics = self.create_publisher(
            get_message('diagnostic_msgs/msg/DiagnosticArray'), '/diagnostics', 10
        )
        self.create_timer(1.0, self._on_second)

    # parameters and map

    def _check_parameters(self, values: Mapping[str, Any]) -> str:
        self._checked_map = None
        if self._map is None:  # configure tells
            return ''
        try:
            self._checked_map = self._maps.read(values['map'])
        except MapError as error:
            return str(error)
        return ''

    def _apply_parameters(self, names: set[str]) -> None:
        if 'map' in names and self._checked_map is not None:
            self._use_map(self._checked_map)
        if 'publish_hz' in names and self._active:
            self._start_timers()

    def _use_map(self, actuator_map: ActuatorMap) -> None:
        self._map, self._warning = actuator_map, ''
        if self.motion is not None:
            self.motion.replace(actuator_map)
        elif self._outputs is not None:
            self._outputs.use(actuator_map)
        self.get_logger().info(f'map {actuator_map.name}: {len(actuator_map.joints)} joints')

    def _watch_map(self) -> None:
        if not self._maps.has_changed():
            return
        try:
            self._use_map(self._maps.read(self._maps.name))
        except MapError as error:
            self._warning = f'{error}; the map in use stays'
            self.get_logger().error(self._warning)

    # lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the map."""
        try:
            self._map = self._maps.read(self._values['map'])
        except MapError as error:
            self.problem = str(error)
            self.get_logger().error(self.problem)
            self.publish_diagnostics()
            return TransitionCallbackReturn.FAILURE
        self.problem = self._warning = ''
        self._outputs = ActuatorOutputs(self, self._map)
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen, and begin to move as soon as it is known where the joints are."""
        result = super().on_activate(state)
        self._face, self._positions = FaceInput(), {}
        self._last_ns, self._active_since_s = 0, time.monotonic()
        overrides = QoSOverridingOptions.with_default_policies()
        self._inputs = [
            self.create_subscription(
                get_message(kind), topic, callback, qos, qos_overriding_options=overrides
            )
            for kind, topic, callback, qos in (
                ('facetalk_ros/msg/BlendshapeNames', 'blendshape_names', self._on_names, _LATCHED),
                ('facetalk_ros/msg/Blendshapes', 'blendshapes', self._on_face, _FACE_QOS),
                ('geometry_msgs/msg/QuaternionStamped', 'head_pose', self._on_head, _FACE_QOS),
                (JOINT_STATE_TYPE, 'joint_states', self._on_joint_states, _STATE_QOS),
            )
        ]
        self._active = True
        self._start_timers()
        return result

    def _start_timers(self) -> None:
        for timer in self._active_timers:
            self.destroy_timer(timer)
        # twice as often as trajectories leave: what comes right after one waits half as long
        self._active_timers = [self.create_timer(0.5 / self._values['publish_hz'], self._on_tick)]
        if self._outputs is not None and self._outputs.has_forward:
            period_s = 1.0 / self._values['forward_hz']
            self._active_timers.append(self.create_timer(period_s, self._on_forward))

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the joints to rest, then be silent."""
        self._release()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of the map and the topics."""
        self._drop()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the joints to rest and let go of everything."""
        self._release()
        self._drop()
        return super().on_shutdown(state)

    def close(self) -> None:
        """End in order from any state: the joints come to rest; for Ctrl-C."""
        self.trigger_shutdown()
        self.destroy_node()

    def _release(self) -> None:
        """Send the joints to rest and stop listening; without effect when not active."""
        if not self._active:
            return
        assert self._outputs is not None
        self._active = False
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        for timer in self._active_timers:
            self.destroy_timer(timer)
        self._inputs, self._active_timers = [], []
        if self.motion is not None:
            now_s = self._time_s()
            self.motion.rest(now_s)
            self._send(self.motion, now_s)
            self._lead_home(self.motion, now_s)
            self._outputs.flush(_FLUSH_S)
            self.motion = None

    def _lead_home(self, motion: Motion, now_s: float) -> None:
        """Send forward controllers all of the way: they know no more than the next position."""
        assert self._outputs is not None
        began_s, passed_s = time.monotonic(), 0.0
        while self._outputs.has_forward and passed_s < _HOME_S:
            # on the wall clock: a simulated one stands while this runs
            self._outputs.positions(motion, now_s + passed_s)
            if motion.is_resting(now_s + passed_s):
                return
            time.sleep(1.0 / self._values['forward_hz'])
            passed_s = time.monotonic() - began_s

    def _drop(self) -> None:
        self._map = None
        if self._outputs is not None:
            self._outputs.close()
            self._outputs = None

    # time

    def _time_s(self) -> float:
        """Return the time since the epoch, which goes back when the clock does."""
        now_ns = int(self.get_clock().now().nanoseconds)
        if now_ns < self._last_ns - _JUMP_NS:
            self._epoch_ns -= self._last_ns - now_ns
            self._last_ns = now_ns
            if self.motion is not None:
                self.get_logger().warning('the clock went back: the joints stop')
                now_s = (now_ns - self._epoch_ns) / _NS
                self.motion.clock_jumped(now_s)
                self._send(self.motion, now_s)
        self._last_ns = max(self._last_ns, now_ns)
        return (self._last_ns - self._epoch_ns) / _NS

    def _since_epoch_s(self, stamp: Any) -> float:
        return float((stamp.sec * _NS + stamp.nanosec - self._epoch_ns) / _NS)

    def _begin(self) -> None:
        """Start to move, from where the joints are as far as that is known."""
        assert self._map is not None
        self._epoch_ns = self._last_ns = int(self.get_clock().now().nanoseconds)
        values = self._values
        self.motion = Motion(
            self._map, self._positions, 0.0,
            Schedule(
                late_s=values['late_s'], early_s=values['early_s'], depth=values['queue_depth']
            ),
        )  # fmt: skip
        self._send(self.motion, 0.0)

    def _is_known(self) -> bool:
        """Tell whether it is time to begin: all joints have told where they are, or never will."""
        assert self._map is not None
        waited_s = time.monotonic() - self._active_since_s
        return waited_s >= self._values['joint_states_wait_s'] or all(
            joint.name in self._positions for joint in self._map.joints
        )

    def _on_tick(self) -> None:
        if self.motion is None:
            # simulated time may not have begun
            if self.get_clock().now().nanoseconds and self._is_known():
                self._begin()
            return
        self._advance(self._time_s())

    def _on_forward(self) -> None:
        if self.motion is not None and self._outputs is not None:
            self._outputs.positions(self.motion, self._time_s())

    def _advance(self, now_s: float) -> None:
        """Command what is due and tell the controllers."""
        assert self.motion is not None
        passed_s = now_s - self._published_s
        if passed_s < 0.5 / self._values['publish_hz']:
            return
        due = self.motion.advance(now_s)
        if self._outputs is not None and self._outputs.map is not self.motion.map:
            self._outputs.use(self.motion.map)
            self._start_timers()
        if self.motion.changed or passed_s >= _REPEAT_S:
            self._send(self.motion, now_s)
        for frame in due:
            self.stats.published(now_s - frame.since_s, now_s - frame.face.stamp_s)

    def _send(self, motion: Motion, now_s: float) -> None:
        assert self._outputs is not None
        self._published_s, motion.changed = now_s, False
        self._outputs.trajectories(motion, now_s, self._epoch_ns, self._values['replacement'])

    # inputs

    def _on_names(self, message: Any) -> None:
        try:
            self._face.names(message)
        except BadFaceMessage as error:
            self._bad('blendshape_names', error)

    def _on_face(self, message: Any) -> None:
        if self.motion is None or not self._enabled:
            return
        now_s = self._time_s()
        try:
            weights = self._face.weights(message)
        except BadFaceMessage as error:
            self._bad('blendshapes', error)
            return
        self.motion.push(Face(self._since_epoch_s(message.header.stamp), weights, now_s))
        self._advance(now_s)

    def _on_head(self, message: Any) -> None:
        if self.motion is None or not self._enabled:
            return
        try:
            self.motion.push_head(self._since_epoch_s(message.header.stamp), head_rad(message))
        except BadFaceMessage as error:
            self._bad('head_pose', error)

    def _on_joint_states(self, message: Any) -> None:
        if self.motion is None:
            self._positions |= known_positions(message)
            return
        efforts = known_efforts(message)
        if efforts:
            self.motion.driver.effort(self._time_s(), efforts)

    def _bad(self, kind: str, problem: object) -> None:
        if self.stats.bad(kind, f'{kind}: {problem}'):
            self.get_logger().warning(self.stats.last_problem)

    # services

    def _rest(self) -> None:
        if self.motion is not None:
            now_s = self._time_s()
            self.motion.rest(now_s)
            self._send(self.motion, now_s)

    def _on_reset(self, request: Any, response: Any) -> Any:
        self._rest()
        response.success = self.motion is not None
        response.message = '' if response.success else 'the node is not active'
        return response

    def _on_enable(self, request: Any, response: Any) -> Any:
        if self._enabled and not request.data:
            self._rest()
        self._enabled = bool(request.data)
        response.success = True
        response.message = 'enabled' if self._enabled else 'disabled: the joints go to rest'
        return response

    # diagnostics

    def _on_second(self) -> None:
        if self._values['watch_map'] and self._map is not None:
            self._watch_map()
        self.publish_diagnostics()

    def publish_diagnostics(self) -> None:
        """Publish the state of the node; also a timer does it once a second."""
        state = 'active' if self._active else 'inactive'
        if self._active and self.motion is None:
            state = 'waiting for joint_states'
        status = actuator_status(
            self.get_fully_qualified_name(), self.stats, self.motion, state=state,
            enabled=self._enabled, map_file=self._maps.name,
            problem=self.problem, warning=self._warning,
        )  # fmt: skip
        array = get_message('diagnostic_msgs/msg/DiagnosticArray')()
        array.header.stamp = self.get_clock().now().to_msg()
        array.status = [status]
        self._diagnostics.publish(array)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; the joints are brought to rest then."""
    return run_node('actuators', ActuatorNode, args)


if __name__ == '__main__':
    sys.exit(main())
