# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Nodes, as rclpy.node."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from . import names
from .arguments import parse_arguments
from .clock import Clock, ROSClock
from .context import Context, Waitable, get_default_context
from .duration import NANOSECONDS
from .exceptions import GraphError, InvalidHandle
from .graph import TopicEndpointInfo
from .guard_condition import GuardCondition
from .logging import LoggingSeverity, RcutilsLogger, add_sink, remove_sink
from .node_parameters import NodeParameters
from .parameter import Parameter
from .parameter_services import ParameterService
from .publisher import Publisher
from .qos import (
    QoSProfile,
    as_profile,
    qos_profile_rosout_default,
    qos_profile_services_default,
)
from .registry import get_message
from .service import Client, Service
from .subscription import Subscription
from .time_source import TimeSource
from .timer import Timer
from .wire import RawReader, RawWriter

if TYPE_CHECKING:
    from .executors import SingleThreadedExecutor

__all__ = ['Node']

# how long /rosout keeps a line for tools that come late, as in ROS
_ROSOUT_LIFESPAN_S = 10.0


class Node(NodeParameters):
    """A node of the ROS graph.

    Raises InvalidNodeNameException, InvalidNamespaceException, NotInitializedException, and for
    bad overrides InvalidParameterTypeException.
    """

    def __init__(
        self,
        node_name: str,
        *,
        context: Context | None = None,
        cli_args: list[str] | None = None,
        namespace: str | None = None,
        use_global_arguments: bool = True,
        enable_rosout: bool = True,
        start_parameter_services: bool = True,
        parameter_overrides: list[Parameter] | None = None,
        allow_undeclared_parameters: bool = False,
        automatically_declare_parameters_from_overrides: bool = False,
    ) -> None:
        self.context = get_default_context() if context is None else context
        self.context.check()
        local = parse_arguments(cli_args)
        sources = [local, self.context.arguments] if use_global_arguments else [local]
        self._remappings = [rule for source in sources for rule in source.remappings]
        self._name, self._namespace = names.remap_node(
            self._remappings,
            names.validate_node_name(node_name),
            names.validate_namespace(namespace or '/'),
        )
        self.executor: SingleThreadedExecutor | None = None
        self.ready: dict[Waitable, None] = {}
        self.timers_set: set[Timer] = set()
        self._publishers: list[Publisher] = []
        self._subscriptions: list[Subscription] = []
        self._services: list[Service] = []
        self._clients: list[Client] = []
        self._guards: list[GuardCondition] = []
        self._destroyed = False
        self._clock = ROSClock()
        full = names.join(self._namespace, self._name)
        self._logger = RcutilsLogger(full[1:].replace('/', '.'))
        values: dict[str, Any] = {}
        for source in reversed(sources):  # the node's own arguments have the last word
            values.update(source.overrides_for(self._name, self._namespace))
        overrides = {name: Parameter(name, value=value) for name, value in values.items()}
        overrides.update({p.name: p for p in parameter_overrides or ()})
        NodeParameters.__init__(self, overrides, allow_undeclared_parameters)
        self.context.nodes.append(self)
        try:
            with self.context.graph.batch():
                self._rosout: Publisher | None = None
                if enable_rosout and all(s.enable_rosout for s in sources):
                    self._start_rosout()
                self._start_parameter_events()
                self._time_source = TimeSource(self, self._clock)
                if start_parameter_services:
                    ParameterService(self, self._store)
                if automatically_declare_parameters_from_overrides:
                    for name, parameter in overrides.items():
                        if not self.has_parameter(name):
                            self.declare_parameter(name, parameter.value)
        except BaseException:
            self.destroy_node()
            raise

    def _start_rosout(self) -> None:
        message = get_message('rcl_interfaces/msg/Log')
        self._rosout = Publisher(
            self, message, '/rosout', qos_profile_rosout_default, _ROSOUT_LIFESPAN_S
        )
        self._publishers.append(self._rosout)
        add_sink(self._logger.name, self._log_to_rosout)

    def _log_to_rosout(
        self,
        severity: LoggingSeverity,
        name: str,
        text: str,
        time_ns: int,
        file: str,
        function: str,
        line: int,
    ) -> None:
        if self._rosout is None or self._destroyed:
            return
        stamp = get_message('builtin_interfaces/msg/Time')(
            sec=time_ns // NANOSECONDS, nanosec=time_ns % NANOSECONDS
        )
        text = text.encode('utf-8', 'replace').decode()
        # another thread may be shutting the graph down: a log line is no reason to fail
        with contextlib.suppress(InvalidHandle, GraphError):
            self._rosout.publish(
                self._rosout.msg_type(
                    stamp=stamp,
                    level=int(severity),
                    name=name,
                    msg=text,
                    file=file,
                    function=function,
                    line=line,
                )
            )

    # identity

    def get_name(self) -> str:
        """Return the name, after remapping."""
        return self._name

    def get_namespace(self) -> str:
        """Return the namespace, after remapping."""
        return self._namespace

    def get_fully_qualified_name(self) -> str:
        """Return namespace and name."""
        return names.join(self._namespace, self._name)

    def get_clock(self) -> Clock:
        """Return the node's clock: system time, or simulated time with use_sim_time."""
        return self._clock

    def get_logger(self) -> RcutilsLogger:
        """Return the node's logger."""
        return self._logger

    def resolve_topic_name(self, topic: str, *, only_expand: bool = False) -> str:
        """Return the full name of a topic, remapped unless only_expand."""
        full = names.expand(topic, self._name, self._namespace)
        if only_expand:
            return full
        return names.remap(full, self._remappings, self._name, self._namespace)

    def resolve_service_name(self, service: str, *, only_expand: bool = False) -> str:
        """Return the full name of a service, remapped unless only_expand."""
        full = names.expand(service, self._name, self._namespace, service=True)
        if only_expand:
            return full
        return names.remap(full, self._remappings, self._name, self._namespace)

    # entities

    def raw_readers(self) -> list[RawReader]:
        """Return the DDS readers, for the graph."""
        both: list[Service | Client] = [*self._services, *self._clients]
        return [s.reader for s in self._subscriptions] + [s.endpoints.reader for s in both]

    def raw_writers(self) -> list[RawWriter]:
        """Return the DDS writers, for the graph."""
        both: list[Service | Client] = [*self._services, *self._clients]
        return [p.writer for p in self._publishers] + [s.endpoints.writer for s in both]

    def create_publisher(
        self, msg_type: Any, topic: str, qos_profile: QoSProfile | int
    ) -> Publisher:
        """Publish on a topic."""
        self.context.check()
        publisher = Publisher(
            self, msg_type, self.resolve_topic_name(topic), as_profile(qos_profile)
        )
        self._publishers.append(publisher)
        self.context.graph.announce()
        return publisher

    def create_subscription(
        self,
        msg_type: Any,
        topic: str,
        callback: Callable[[Any], None],
        qos_profile: QoSProfile | int,
        *,
        raw: bool = False,
    ) -> Subscription:
        """Subscribe to a topic; with raw the callback gets CDR bytes."""
        self.context.check()
        _check_callback(callback)
        subscription = Subscription(
            self, msg_type, self.resolve_topic_name(topic), callback, as_profile(qos_profile), raw
        )
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
        name = self.resolve_service_name(srv_name)
        service = Service(self, srv_type, name, callback, qos_profile)
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
        client = Client(self, srv_type, self.resolve_service_name(srv_name), qos_profile)
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
        timer = Timer(self, callback, period_ns, clock or self._clock, autostart)
        with self.context.condition:
            self.timers_set.add(timer)
            self.context.condition.notify_all()
        return timer

    def create_guard_condition(self, callback: Callable[[], None]) -> GuardCondition:
        """Make something that any thread can trigger to have the executor call back."""
        _check_callback(callback)
        guard = GuardCondition(self, callback)
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
        return iter(list(self.timers_set))

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
            if timer not in self.timers_set:
                return False
            self.timers_set.discard(timer)
        timer.destroy()
        return True

    def destroy_node(self) -> None:
        """Free all that the node has, and leave the graph; again is harmless."""
        if self._destroyed:
            return
        self._destroyed = True
        remove_sink(self._logger.name, self._log_to_rosout)
        if self.executor is not None:
            self.executor.remove_node(self)
        for timer in list(self.timers_set):
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
        if self in self.context.nodes:
            self.context.nodes.remove(self)
            self.context.graph.announce()

    # the graph

    def get_node_names(self) -> list[str]:
        """Return the names of all nodes of the graph."""
        return [name for name, _ in self.context.graph.nodes()]

    def get_node_names_and_namespaces(self) -> list[tuple[str, str]]:
        """Return (name, namespace) of all nodes of the graph."""
        return self.context.graph.nodes()

    def get_topic_names_and_types(self) -> list[tuple[str, list[str]]]:
        """Return all topics with their types."""
        return self.context.graph.names_and_types()

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        """Return all services with their types."""
        return self.context.graph.names_and_types(services=True)

    def count_publishers(self, topic_name: str) -> int:
        """Return how many publishers a topic has in the graph."""
        return self.context.graph.count(self.resolve_topic_name(topic_name), publishers=True)

    def count_subscribers(self, topic_name: str) -> int:
        """Return how many subscriptions a topic has in the graph."""
        return self.context.graph.count(self.resolve_topic_name(topic_name), publishers=False)

    def get_publishers_info_by_topic(self, topic_name: str) -> list[TopicEndpointInfo]:
        """Return who publishes a topic, with type and QoS."""
        return self.context.graph.endpoint_infos(self.resolve_topic_name(topic_name), True)

    def get_subscriptions_info_by_topic(self, topic_name: str) -> list[TopicEndpointInfo]:
        """Return who subscribes to a topic, with type and QoS."""
        return self.context.graph.endpoint_infos(self.resolve_topic_name(topic_name), False)


def _check_callback(callback: object) -> None:
    if not callable(callback):
        raise TypeError(f'not callable: {callback!r}')
    if inspect.iscoroutinefunction(callback):
        raise TypeError('coroutines as callbacks are not supported by the embedded graph')
