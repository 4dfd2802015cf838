# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A subscription to a topic whose message type is only known when somebody publishes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import QoSProfile
from ..ros.qos_overriding_options import QoSOverridingOptions


class AnySubscription:
    """Follows a topic with one of several types.

    A DDS subscription has one type, and some middlewares refuse two of different types on one
    topic in a process. So there is one at a time: first for the type that is likeliest, so that
    nothing of such a publisher is lost, and for another as soon as ``poll`` finds that only
    another one is advertised.

    Args:
        node: where to subscribe.
        topic: its name, before remapping.
        types: those that can be taken, the likeliest first.
        wanted: one of them, or 'auto'.
        callback: gets each message; with a second argument also its times.
        qos: the profile.
        on_type: called with the type when the subscription changes.
        overridable: whether parameters may change the profile.

    """

    def __init__(
        self, node: Node, topic: str, types: Sequence[str], wanted: str,
        callback: Callable[..., None], qos: QoSProfile,
        on_type: Callable[[str], None] | None = None, *, overridable: bool = False,
    ) -> None:  # fmt: skip
        self.type_name = ''
        self.problem = ''
        self._node = node
        self._topic = topic
        self._types = tuple(types)
        self._auto = wanted == 'auto'
        self._callback = callback
        self._qos = qos
        self._on_type = on_type
        self._options = QoSOverridingOptions.with_default_policies() if overridable else None
        self._subscription: Any = None
        self._subscribe(self._types[0] if self._auto else wanted)

    def poll(self) -> None:
        """Look at what is advertised, and change the type if only another one is."""
        if not self._auto:
            return
        resolved = self._node.resolve_topic_name(self._topic)
        infos = self._node.get_publishers_info_by_topic(resolved)
        advertised = {info.topic_type for info in infos}
        known = [name for name in self._types if name in advertised]
        if advertised and not known:
            self.problem = (
                f'{resolved} carries {", ".join(sorted(advertised))}; '
                f'known are {", ".join(self._types)}'
            )
        elif not known or self.type_name in known:
            self.problem = '' if self._subscription is not None else self.problem
        else:
            self._subscribe(known[0])

    def close(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def _subscribe(self, type_name: str) -> None:
        self.close()
        self.type_name, self.problem = type_name, ''
        try:
            message_type = get_message(type_name)
        except (ModuleNotFoundError, ValueError) as error:
            self.problem = f'{type_name}: {error}'
            return
        self._subscription = self._node.create_subscription(
            message_type,
            self._topic,
            self._callback,
            self._qos,
            qos_overriding_options=self._options,
        )
        if self._on_type is not None:
            self._on_type(type_name)
