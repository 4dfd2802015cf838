# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a node is called, and what it can see of the graph."""

from __future__ import annotations

from abc import ABC

from . import names
from .context import Context
from .graph import TopicEndpointInfo
from .names import RemapRule


class NodeBase(ABC):  # noqa: B024 - not to be used by itself
    """The name and namespace of a node, name resolution, and questions about the graph."""

    def __init__(
        self, node_name: str, namespace: str, context: Context, remappings: list[RemapRule]
    ) -> None:
        self.context = context
        self._remappings = remappings
        self._name, self._namespace = names.remap_node(
            remappings,
            names.validate_node_name(node_name),
            names.validate_namespace(namespace),
        )

    def get_name(self) -> str:
        """Return the name, after remapping."""
        return self._name

    def get_namespace(self) -> str:
        """Return the namespace, after remapping."""
        return self._namespace

    def get_fully_qualified_name(self) -> str:
        """Return namespace and name."""
        return names.join(self._namespace, self._name)

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
