# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Managed nodes, as rclpy.lifecycle (design.ros2.org, "Managed nodes")."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from .lifecycle_machine import (
    FINAL_TRANSITION,
    STATES,
    TRANSITIONS,
    Outcome,
    Transition,
    transition_for,
)
from .managed_entity import (
    LifecyclePublisher,
    LifecycleState,
    ManagedEntity,
    TransitionCallbackReturn,
)
from .node import Node
from .publisher import Publisher
from .qos import QoSProfile, as_profile
from .qos_overriding_options import QoSOverridingOptions, overridden_profile
from .registry import get_message, get_service

__all__ = [
    'LifecycleNode',
    'LifecyclePublisher',
    'LifecycleState',
    'ManagedEntity',
    'Node',
    'Publisher',
    'State',
    'TransitionCallbackReturn',
]


class LifecycleNode(Node, ManagedEntity):
    """A node whose work is switched by transitions.

    Override on_configure() and so on, and call super() so that managed entities follow.
    """

    def __init__(
        self, node_name: str, *, enable_communication_interface: bool = True, **kwargs: Any
    ) -> None:
        self._state = 1
        self._managed: list[ManagedEntity] = []
        self._transition_event: Publisher | None = None
        super().__init__(node_name, **kwargs)
        if enable_communication_interface:
            with self.context.graph.batch():
                self._start_communication()

    def _start_communication(self) -> None:
        self._transition_event = self.create_publisher(
            get_message('lifecycle_msgs/msg/TransitionEvent'), '~/transition_event', 10
        )
        handlers: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
            'change_state': ('ChangeState', self._serve_change),
            'get_state': ('GetState', self._serve_state),
            'get_available_states': ('GetAvailableStates', self._serve_states),
            'get_available_transitions': ('GetAvailableTransitions', self._serve_transitions),
            'get_transition_graph': ('GetAvailableTransitions', self._serve_graph),
        }
        for name, (kind, handler) in handlers.items():
            self.create_service(get_service(f'lifecycle_msgs/srv/{kind}'), f'~/{name}', handler)

    # managed entities

    def create_lifecycle_publisher(
        self,
        msg_type: Any,
        topic: str,
        qos_profile: QoSProfile | int,
        *,
        qos_overriding_options: QoSOverridingOptions | None = None,
    ) -> LifecyclePublisher:
        """Publish on a topic while the node is active."""
        self.context.check()
        name = self.resolve_topic_name(topic)
        profile = overridden_profile(
            self, 'publisher', name, as_profile(qos_profile), qos_overriding_options
        )
        publisher = LifecyclePublisher(self, msg_type, name, profile)
        publisher._enabled = self._state == 3
        self._publishers.append(publisher)
        self._managed.append(publisher)
        self.context.graph.announce()
        return publisher

    def destroy_lifecycle_publisher(self, publisher: LifecyclePublisher) -> bool:
        """Free a publisher; False when it is not this node's."""
        if publisher in self._managed:
            self._managed.remove(publisher)
        return self.destroy_publisher(publisher)

    def add_managed_entity(self, entity: ManagedEntity) -> None:
        """Let something follow the transitions."""
        self._managed.append(entity)

    def _all_managed(self, callback: str, state: LifecycleState) -> TransitionCallbackReturn:
        for entity in list(self._managed):
            result: TransitionCallbackReturn = getattr(entity, callback)(state)
            if result != TransitionCallbackReturn.SUCCESS:
                return result
        return TransitionCallbackReturn.SUCCESS

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure the managed entities; override to load what the node needs."""
        return self._all_managed('on_configure', state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up the managed entities; override to free what on_configure() made."""
        return self._all_managed('on_cleanup', state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate the managed entities; override to start working."""
        return self._all_managed('on_activate', state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate the managed entities; override to stop working."""
        return self._all_managed('on_deactivate', state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Shut down the managed entities; override to free everything."""
        return self._all_managed('on_shutdown', state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Tell the managed entities; override to free everything after an error."""
        return self._all_managed('on_error', state)

    # transitions

    def trigger_configure(self) -> TransitionCallbackReturn:
        """Go from unconfigured to inactive; raises ValueError in another state."""
        return self._trigger('configure')

    def trigger_cleanup(self) -> TransitionCallbackReturn:
        """Go from inactive to unconfigured; raises ValueError in another state."""
        return self._trigger('cleanup')

    def trigger_activate(self) -> TransitionCallbackReturn:
        """Go from inactive to active; raises ValueError in another state."""
        return self._trigger('activate')

    def trigger_deactivate(self) -> TransitionCallbackReturn:
        """Go from active to inactive; raises ValueError in another state."""
        return self._trigger('deactivate')

    def trigger_shutdown(self) -> TransitionCallbackReturn:
        """Go to finalized; raises ValueError when there already."""
        return self._trigger('shutdown')

    def _trigger(self, label: str) -> TransitionCallbackReturn:
        transition = transition_for(self._state, 0, label)
        if transition is None:
            raise ValueError(f'no transition {label!r} from {STATES[self._state]!r}')
        return self._run(transition)

    def _run(self, transition: Transition) -> TransitionCallbackReturn:
        start = LifecycleState(STATES[self._state], self._state)
        self._enter(transition)
        result = self._call(transition.callback, start)
        self._enter(FINAL_TRANSITION[self._state, Outcome[result.name]])
        if result == TransitionCallbackReturn.ERROR:
            handled = self._call('on_error', start)
            self._enter(FINAL_TRANSITION[self._state, Outcome[handled.name]])
        return result

    def _call(self, callback: str, start: LifecycleState) -> TransitionCallbackReturn:
        try:
            return TransitionCallbackReturn(getattr(self, callback)(start))
        except Exception:  # as in rclpy, any exception of a callback is the outcome ERROR
            self.get_logger().error(f'{callback}() failed:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.ERROR

    def _enter(self, transition: Transition) -> None:
        before, self._state = self._state, transition.goal
        if self._transition_event is not None and self.context.ok():
            self._transition_event.publish(
                self._transition_event.msg_type(
                    timestamp=self.get_clock().now().nanoseconds,
                    transition=_transition_message(transition),
                    start_state=_state_message(before),
                    goal_state=_state_message(transition.goal),
                )
            )

    # services

    def _serve_change(self, request: Any, response: Any) -> Any:
        wanted = request.transition
        transition = transition_for(self._state, wanted.id, wanted.label)
        if transition is None:
            self.get_logger().error(
                f'no transition {wanted.label or wanted.id!r} from {STATES[self._state]!r}'
            )
            response.success = False
        else:
            response.success = self._run(transition) == TransitionCallbackReturn.SUCCESS
        return response

    def _serve_state(self, request: Any, response: Any) -> Any:
        response.current_state = _state_message(self._state)
        return response

    def _serve_states(self, request: Any, response: Any) -> Any:
        response.available_states = [_state_message(state) for state in STATES]
        return response

    def _serve_transitions(self, request: Any, response: Any) -> Any:
        response.available_transitions = [
            _description(t) for t in TRANSITIONS if t.start == self._state
        ]
        return response

    def _serve_graph(self, request: Any, response: Any) -> Any:
        response.available_transitions = [_description(t) for t in TRANSITIONS]
        return response


def _state_message(state: int) -> Any:
    return get_message('lifecycle_msgs/msg/State')(id=state, label=STATES[state])


def _transition_message(transition: Transition) -> Any:
    return get_message('lifecycle_msgs/msg/Transition')(id=transition.id, label=transition.label)


def _description(transition: Transition) -> Any:
    return get_message('lifecycle_msgs/msg/TransitionDescription')(
        transition=_transition_message(transition),
        start_state=_state_message(transition.start),
        goal_state=_state_message(transition.goal),
    )


# the names that rclpy.lifecycle has for them
State = LifecycleState
