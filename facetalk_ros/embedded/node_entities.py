# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The part of a node's interface that makes and frees publishers, timers and so on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from .clock import Clock, ROSClock
from .context import Context, Waitable
from .duration import NANOSECONDS
from .guard_condition import GuardCondition
from .names import RemapRule
from .node_base import NodeBase
from .publisher import Publisher
from .qos import QoSProfile, as_profile, qos_profile_services_default
from .qos_overriding_options import QoSOverridingOptions, overridden_profile
from .service import Client, Service
from .subscription import Subscription
from .timer import Timer
from .wire import RawReader, RawWriter

if TYPE_CHECKING:
    from .executors import SingleThreadedExecutor
    from .node import Node


class NodeEntities(NodeBase):
    """Owns the publishers, subscriptions, services, clients, timers and guard conditions."""

    def __init__(
        self, node_name: str, namespace: str, context: Context, remappings: list[RemapRule]
    ) -> None:
        super().__init__(node_name, namespace, context, remappings)
        self.executor: SingleThreadedExecutor | None = None
        # what may have work for the executor; guarded by the context's condition
        self.ready: dict[Waitable, None] = {}
        self.active_timers: set[Timer] = set()
        self._publishers: list[Publisher] = []
        self._subscriptions: list[Subscription] = []
        self._services: list[Service] = []
        self._clients: list[Client] = []
        self._guards: list[GuardCondition] = []
        self._destroyed = False
        self._clock = ROSClock()

    @property
    def _node(self) -> Node:
        return cast('Node', self)

    def get_clock(self) -> Clock:
        """Return the node's clock: system time, or simulated time with use_sim_time."""
        return self._clock

    def raw_readers(self) -> list[RawReader]:
        """Return the DDS readers, for the graph."""
        both: list[Service | Client] = [*self._services, *self._clients]
        return [s.reader for s in self._subscriptions] + [s.endpoints.reader for s in both]

    def raw_writers(self) -> list[RawWriter]:
        """Return the DDS writers, for the graph."""
        both: list[Service | Client] = [*self._services, *self._clients]
        return [p.writer for p in self._publishers] + [s.endpoints.writer for s in both]

    def create_publisher(
        self,
        msg_type: Any,
        topic: str,
        qos_profile: QoSProfile | int,
        *,
        qos_overriding_options: QoSOverridingOptions | None = None,
    ) -> Publisher:
        """Publish on a topic."""
        self.context.check()
        name = self.resolve_topic_name(topic)
        profile = overridden_profile(
            self._node, 'publisher', name, as_profile(qos_profile), qos_overriding_options
        )
        publisher = Publisher(self._node, msg_type, name, profile)
        self._publishers.append(publisher)
        self.context.graph.announce()
        return publisher

    def create_subscription(
        self,
        msg_type: Any,
        topic: str,
        callback: Callable[..., None],
        qos_profile: QoSProfile | int,
        *,
        qos_overriding_options: QoSOverridingOptions | None = None,
        raw: bool = False,
    ) -> Subscription:
        """Subscribe to a topic; with raw the callback gets CDR bytes. See Subscription."""
        self.context.check()
        _check_callback(callback)
        name = self.resolve_topic_name(topic)
        profile = overridden_profile(
            self._node, 'subscription', name, as_profile(qos_profile), qos_overriding_options
        )
        subscription = Subscription(self._node, msg_type, name, callback, profile, raw)
        self._subscriptions.append(subscription)
        self.context.graph.announce()
        return subscription

    def create_service(
        self,
        srv_type: Any,
        srv_name: str,
        callback: Callable[[Any, Any], Any],
        *,
        qos_profile: QoSProfile = qos_profile_services_default,
    ) -> Service:
        """Serve: callback(request, response) fills and returns the response."""
        self.context.check()
        _check_callback(callback)
        service = Service(self._node, srv_type, srv_name, callback, qos_profile)
        self._services.append(service)
        self.context.graph.announce()
        return service

    def create_client(
        self,
        srv_type: Any,
        srv_name: str,
        *,
        qos_profile: QoSProfile = qos_profile_services_default,
    ) -> Client:
        """Make a client of a service."""
        self.context.check()
        client = Client(self._node, srv_type, srv_name, qos_profile)
        self._clients.append(client)
        self.context.graph.announce()
        return client

    def create_timer(
        self,
        timer_period_sec: float,
        callback: Callable[[], None] | None,
        *,
        clock: Clock | None = None,
        autostart: bool = True,
    ) -> Timer:
        """Call back each period of a clock, by default the node's."""
        if callback is not None:
            _check_callback(callback)
        period_ns = int(float(timer_period_sec) * NANOSECONDS)
        timer = Timer(self._node, callback, period_ns, clock or self._clock, autostart)
        with self.context.condition:
            self.active_timers.add(timer)
            self.context.condition.notify_all()
        return timer

    def create_guard_condition(self, callback: Callable[[], None]) -> GuardCondition:
        """Make something that any thread can trigger to have the executor call back."""
        _check_callback(callback)
        guard = GuardCondition(self._node, callback)
        self._guards.append(guard)
        return guard

    @property
    def publishers(self) -> Iterable[Publisher]:
        """The publishers."""
        return iter(self._publishers)

    @property
    def subscriptions(self) -> Iterable[Subscription]:
        """The subscriptions."""
        return iter(self._subscriptions)

    @property
    def services(self) -> Iterable[Service]:
        """The services."""
        return iter(self._services)

    @property
    def clients(self) -> Iterable[Client]:
        """The clients."""
        return iter(self._clients)

    @property
    def timers(self) -> Iterable[Timer]:
        """The timers."""
        return iter(list(self.active_timers))

    def _destroy(self, entity: Any, entities: list[Any]) -> bool:
        if entity not in entities:
            return False
        entities.remove(entity)
        with self.context.condition:
            self.ready.pop(entity, None)
        entity.destroy()
        if not self._destroyed and not isinstance(entity, GuardCondition):
            self.context.graph.announce()
        return True

    def destroy_publisher(self, publisher: Publisher) -> bool:
        """Free a publisher; False when it is not this node's."""
        return self._destroy(publisher, self._publishers)

    def destroy_subscription(self, subscription: Subscription) -> bool:
        """Free a subscription; False when it is not this node's."""
        return self._destroy(subscription, self._subscriptions)

    def destroy_service(self, service: Service) -> bool:
        """Free a service; False when it is not this node's."""
        return self._destroy(service, self._services)

    def destroy_client(self, client: Client) -> bool:
        """Free a client; False when it is not this node's."""
        return self._destroy(client, self._clients)

    def destroy_guard_condition(self, guard: GuardCondition) -> bool:
        """Free a guard condition; False when it is not this node's."""
        return self._destroy(guard, self._guards)

    def destroy_timer(self, timer: Timer) -> bool:
        """Free a timer; False when it is not this node's."""
        with self.context.condition:
            if timer not in self.active_timers:
                return False
            self.active_timers.discard(timer)
        timer.destroy()
        return True

    def _destroy_entities(self) -> None:
        for timer in list(self.active_timers):
            self.destroy_timer(timer)
        for entities in (
            self._guards,
            self._clients,
            self._services,
            self._subscriptions,
            self._publishers,
        ):
            for entity in list(entities):
                self._destroy(entity, entities)


def _check_callback(callback: object) -> None:
    if not callable(callback):
        raise TypeError(f'not callable: {callback!r}')
    if inspect.iscoroutinefunction(callback):
        raise TypeError('coroutines as callbacks are not supported by the embedded graph')
