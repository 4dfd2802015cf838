# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The topics that the talk node publishes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..held_back import HeldBack
from ..presentation import Presented, PresentedKey
from ..ros.lifecycle import LifecycleNode
from ..ros.messages import as_sequence, get_message
from ..ros.qos import DurabilityPolicy, QoSProfile
from ..ros.qos_overriding_options import QoSOverridingOptions
from .face_messages import FaceMessages

_LATCHED_TYPES = {
    'blendshape_names': 'facetalk_ros/msg/BlendshapeNames',
    'is_speaking': 'std_msgs/msg/Bool',
}
_STREAM_TYPES = {
    'blendshapes': 'facetalk_ros/msg/Blendshapes',
    'key_motions': 'facetalk_ros/msg/KeyMotions',
}


class TalkOutputs:
    """Publishers that speak only while the node is active.

    Raises:
        RuntimeError: a parameter asks for a quality of service that there is not.

    """

    def __init__(self, node: LifecycleNode, *, joint_state: bool, head_pose: bool) -> None:
        self._node = node
        self._messages = FaceMessages(get_message, as_sequence)
        self._audio_out: Any = None
        self._speaking: bool | None = None
        self._publishers: dict[str, Any] = {}
        streams = dict(_STREAM_TYPES)
        if head_pose:
            streams['head_pose'] = 'geometry_msgs/msg/QuaternionStamped'
        if joint_state:
            streams['blendshapes_joint_state'] = 'sensor_msgs/msg/JointState'
        try:
            for topic, name in (_LATCHED_TYPES | streams).items():
                self._publishers[topic] = node.create_lifecycle_publisher(
                    get_message(name), topic, _latched() if topic in _LATCHED_TYPES else _stream(),
                    qos_overriding_options=QoSOverridingOptions.with_default_policies(),
                )  # fmt: skip
        except Exception:
            self.close()
            raise

    def start(self, now_ns: int) -> None:
        """Publish what is latched."""
        self._publishers['blendshape_names'].publish(self._messages.names(now_ns))
        self._speaking = None
        self.is_speaking(False)

    def frames(self, frames: Sequence[Presented]) -> None:
        """Publish frames."""
        joint_state = self._publishers.get('blendshapes_joint_state')
        head_pose = self._publishers.get('head_pose')
        for frame in frames:
            # first, so that it is known to who gets the face
            if head_pose is not None:
                head_pose.publish(self._messages.head_pose(frame))
            self._publishers['blendshapes'].publish(self._messages.blendshapes(frame))
            if joint_state is not None:
                joint_state.publish(self._messages.joint_state(frame))

    def keys(self, now_ns: int, keys: Sequence[PresentedKey], utterance_id: str) -> None:
        """Publish the key motions decided at ``now_ns``."""
        message = self._messages.key_motions(now_ns, keys, utterance_id)
        self._publishers['key_motions'].publish(message)

    def is_speaking(self, speaking: bool) -> None:
        """Publish whether the face speaks, when that changes."""
        if speaking != self._speaking:
            self._speaking = speaking
            self._publishers['is_speaking'].publish(self._messages.is_speaking(speaking))

    def open_audio_out(self, message_type: Any) -> None:
        """Publish audio_out with the type of the input."""
        self._close_audio_out()
        self._audio_out = self._node.create_publisher(
            message_type, 'audio_out', _stream(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )  # fmt: skip

    def audio(self, held_back: HeldBack) -> None:
        """Publish a message of the input, stamped with the time at which it is to be heard."""
        if self._audio_out is None:
            return
        message, stamp = held_back.message, self._messages.time(held_back.stamp_ns)
        if hasattr(message, 'header'):
            message.header.stamp = stamp
        elif hasattr(message, 'timestamp'):
            message.timestamp = stamp
        self._audio_out.publish(message)

    def close(self) -> None:
        """Stop publishing."""
        self._close_audio_out()
        for publisher in self._publishers.values():
            self._node.destroy_lifecycle_publisher(publisher)
        self._publishers.clear()

    def _close_audio_out(self) -> None:
        if self._audio_out is not None:
            self._node.destroy_publisher(self._audio_out)
            self._audio_out = None


# A profile for each: parameters change the profile that is given.


def _stream() -> QoSProfile:
    return QoSProfile(depth=50)


def _latched() -> QoSProfile:
    return QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
