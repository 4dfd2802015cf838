# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Publishers, as rclpy.publisher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .graph import endpoint_user_data
from .messages import Message
from .qos import QoSProfile
from .registry import registry_of
from .wire import RawWriter, dds_qos, dds_struct

if TYPE_CHECKING:
    from .node import Node


class Publisher:
    """Publishes messages of one type on one topic; made by Node.create_publisher."""

    def __init__(
        self,
        node: Node,
        msg_type: type[Message],
        topic: str,
        qos_profile: QoSProfile,
        lifespan_s: float | None = None,
    ) -> None:
        self._registry = registry_of(msg_type)
        self._node = node
        self.msg_type = msg_type
        self.topic_name = topic
        self.qos_profile = qos_profile
        ros_type = msg_type.ros_type
        self.writer = RawWriter(
            node.context.session,
            f'rt{topic}',
            dds_struct(self._registry, ros_type),
            dds_qos(
                qos_profile, endpoint_user_data(self._registry.type_hash(ros_type)), lifespan_s
            ),
        )

    @property
    def topic(self) -> str:
        """The fully qualified topic name."""
        return self.topic_name

    def publish(self, msg: Message | bytes) -> None:
        """Send a message, or CDR bytes as they are.

        Raises TypeError for another type and InvalidHandle after destruction or shutdown.
        """
        if isinstance(msg, self.msg_type):
            self.writer.write(self._registry.serialize(msg))
        elif isinstance(msg, bytes):
            if len(msg) < 4:
                raise TypeError(f'not CDR: {len(msg)} bytes')
            self.writer.write(msg)
        else:
            raise TypeError(f'expected {self.msg_type.ros_type}, got {type(msg).__name__}')

    def get_subscription_count(self) -> int:
        """Return how many subscriptions are matched now."""
        return len(self.writer.entity.get_matched_subscriptions())

    def wait_for_all_acked(self, timeout: Any = None) -> bool:
        """Wait until all reliable subscriptions have everything; False at the timeout.

        timeout is a Duration; None or a negative one waits for at most an hour.
        """
        nanoseconds = -1 if timeout is None else timeout.nanoseconds
        limit = nanoseconds if nanoseconds >= 0 else 3600 * 10**9
        return self.writer.wait_for_acks(limit)

    def destroy(self) -> None:
        """Free the publisher; Node.destroy_publisher also tells the graph."""
        self.writer.close()
