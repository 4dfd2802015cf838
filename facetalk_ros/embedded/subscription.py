# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Subscriptions, as rclpy.subscription."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .graph import endpoint_user_data
from .messages import Message
from .qos import QoSProfile
from .registry import registry_of
from .wire import RawReader, dds_qos, dds_struct

if TYPE_CHECKING:
    from .node import Node


class Subscription:
    """Calls back with each message of a topic; made by Node.create_subscription.

    A callback that takes two arguments gets the message's times too: a dict with
    ``source_timestamp``, the sender's wall clock when it was sent, and ``received_timestamp``,
    ours when it was taken, both in nanoseconds.
    """

    def __init__(
        self,
        node: Node,
        msg_type: type[Message],
        topic: str,
        callback: Callable[..., None],
        qos_profile: QoSProfile,
        raw: bool = False,
    ) -> None:
        self._registry = registry_of(msg_type)
        self._node = node
        self.msg_type = msg_type
        self.topic_name = topic
        self.callback = callback
        self._with_info = _takes_info(callback)
        self.qos_profile = qos_profile
        self.raw = raw
        context = node.context
        ros_type = msg_type.ros_type
        self.reader = RawReader(
            context.session,
            f'rt{topic}',
            dds_struct(self._registry, ros_type),
            dds_qos(qos_profile, endpoint_user_data(self._registry.type_hash(ros_type))),
            lambda: context.mark_ready(node, self),
        )

    @property
    def topic(self) -> str:
        """The fully qualified topic name."""
        return self.topic_name

    def get_publisher_count(self) -> int:
        """Return how many publishers are matched now."""
        return len(self.reader.entity.get_matched_publications())

    def take(self) -> Callable[[], None] | None:
        """Return the call with the next message, or None."""
        for data, sample in self.reader.take():
            info = (_message_info(sample),) if self._with_info else ()
            if self.raw:
                return functools.partial(self.callback, data, *info)
            try:
                message = self._registry.deserialize(data, self.msg_type.ros_type)
            except ValueError as error:
                # one bad publisher must not stop the node
                self._node.get_logger().warning(
                    f'dropped a message on {self.topic_name}: {error}', throttle_duration_sec=1.0
                )
                return _nothing
            return functools.partial(self.callback, message, *info)
        return None

    def destroy(self) -> None:
        """Free the subscription; Node.destroy_subscription also tells the graph."""
        self.reader.close()


def _nothing() -> None:
    """Stand for a sample that was dropped: there may be more behind it."""


def _takes_info(callback: Callable[..., None]) -> bool:
    """Whether a callback takes two arguments, not one; raises RuntimeError for neither."""
    signature = inspect.signature(callback)
    for arguments in ((None,), (None, None)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return len(arguments) == 2
    raise RuntimeError('a callback of a subscription takes the message, or message and info')


def _message_info(sample: Any) -> dict[str, int]:
    return {
        'source_timestamp': int(sample.source_timestamp),
        'received_timestamp': time.time_ns(),
    }
