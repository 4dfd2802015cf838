# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Nodes, as rclpy.node."""

from __future__ import annotations

import contextlib
from typing import Any

from .arguments import parse_arguments
from .context import Context, get_default_context
from .duration import NANOSECONDS
from .exceptions import GraphError, InvalidHandle
from .logging import LoggingSeverity, RcutilsLogger, add_sink, remove_sink
from .node_entities import NodeEntities
from .node_parameters import NodeParameters
from .parameter import Parameter
from .parameter_services import ParameterService
from .publisher import Publisher
from .qos import qos_profile_rosout_default
from .registry import get_message
from .time_source import TimeSource

__all__ = ['Node']

# how long /rosout keeps a line for tools that come late, as in ROS
_ROSOUT_LIFESPAN_S = 10.0


class Node(NodeEntities, NodeParameters):
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
        context = get_default_context() if context is None else context
        context.check()
        local = parse_arguments(cli_args)
        sources = [local, context.arguments] if use_global_arguments else [local]
        remappings = [rule for source in sources for rule in source.remappings]
        NodeEntities.__init__(self, node_name, namespace or '/', context, remappings)
        full = self.get_fully_qualified_name()
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

    def get_logger(self) -> RcutilsLogger:
        """Return the node's logger."""
        return self._logger

    def destroy_node(self) -> None:
        """Free all that the node has, and leave the graph; again is harmless."""
        if self._destroyed:
            return
        self._destroyed = True
        remove_sink(self._logger.name, self._log_to_rosout)
        if self.executor is not None:
            self.executor.remove_node(self)
        self._destroy_entities()
        if self in self.context.nodes:
            self.context.nodes.remove(self)
            self.context.graph.announce()
