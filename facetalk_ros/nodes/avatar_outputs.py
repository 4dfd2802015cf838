# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The avatar node: the graph's face to Unreal, VSeeFace, Warudo and others, by UDP."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, get_args

from ..export.avatar import PORTS, AvatarSender, AvatarTarget
from ..export.vmc import Shapes
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from .actuator_schedule import Face, Schedule
from .declared_parameters import DeclaredParameters
from .face_input import BadFaceMessage, FaceInput, HeadRad, head_rad
from .parameter_spec import Spec
from .run_node import run_node
from .statistics import Statistics

# Looking on must not hold up who speaks, so nothing is asked for again.
_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_NS = 1_000_000_000
# A face leaves at most this long after its time; a quarter of a frame.
_TICK_S = 0.004
_REPORT_S = 1.0
# A face this old is not worth sending; one this far ahead was stamped by another clock.
_LATE_S, _EARLY_S = 2.0, 5.0
# More than can wait in _EARLY_S at 60 fps.
_DEPTH = 600

#: All parameters by name; they say where the faces go, so none changes while the node runs.
SPECS = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            Spec('protocol', 'livelink', 'livelink: Live Link Face, for Unreal; vmc: VMC over '
                 'OSC, for VSeeFace, Warudo, VMagicMirror', choices=tuple(PORTS), read_only=True),
            Spec('host', '127.0.0.1', 'name or address of the machine that shows the avatar',
                 read_only=True),
            Spec('port', 0, f'its UDP port; 0: {PORTS["livelink"]} for livelink, {PORTS["vmc"]} '
                 'for vmc', (0, 65535), read_only=True),
            Spec('subject', 'facetalk', "the face's name in Unreal; livelink only",
                 read_only=True),
            Spec('shapes', 'arkit', 'vmc only. arkit: the 52 names, for avatars made for perfect '
                 'sync; vrm: A, I, U, E, O and blinks; both: for testing',
                 choices=get_args(Shapes), read_only=True),
        )
    }
)  # fmt: skip


class AvatarNode(Node):
    """Subscribes to a face and the pose of the head, and sends each when it is to be seen.

    What comes too late for its time is sent as much later as the others, so that the rhythm of
    speech stays.

    Args:
        target: where to send instead of where the parameters say.
        name: of the node.

    Raises:
        OSError, ValueError: a host, port or parameter that cannot be used.

    """

    def __init__(
        self, *, target: AvatarTarget | None = None, name: str = 'avatar', **kwargs: Any
    ) -> None:
        super().__init__(name, **kwargs)
        self.stats = Statistics()
        self.schedule = Schedule(late_s=_LATE_S, early_s=_EARLY_S, depth=_DEPTH)
        self._sender: AvatarSender | None = None
        try:
            self._sender = AvatarSender(target or _target(DeclaredParameters(self, SPECS).values))
            self._listen()
        except BaseException:
            self.destroy_node()
            raise

    def _listen(self) -> None:
        self._input = FaceInput()
        self._head: HeadRad = (0.0, 0.0, 0.0)
        self._counts = (0, 0)
        for kind, topic, callback, qos in (
            ('facetalk_ros/msg/Blendshapes', 'blendshapes', self._on_face, _QOS),
            ('facetalk_ros/msg/BlendshapeNames', 'blendshape_names', self._input.names, _LATCHED),
            ('geometry_msgs/msg/QuaternionStamped', 'head_pose', self._on_head, _QOS),
        ):
            try:
                message_type = get_message(kind)
            except ModuleNotFoundError as error:  # geometry_msgs is not in every ROS 2
                self._bad(topic, str(error))
                continue
            self.create_subscription(message_type, topic, self._guarded(topic, callback), qos)
        self.create_timer(_TICK_S, self._tick)
        self.create_timer(_REPORT_S, self._report)

    @property
    def sender(self) -> AvatarSender:
        """What sends, with its counts."""
        assert self._sender is not None
        return self._sender

    def close(self) -> None:
        """Leave the graph."""
        self.destroy_node()

    def destroy_node(self) -> None:
        """Let go of the socket and leave the graph."""
        if self._sender is not None:
            self._sender.close()
        super().destroy_node()

    def _guarded(self, topic: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        def take(message: Any) -> None:
            try:
                callback(message)
            except BadFaceMessage as error:
                self._bad(topic, str(error))

        return take

    def _on_face(self, message: Any) -> None:
        if not self._input.named:
            return  # the latched names come in a moment
        stamp = message.header.stamp
        now_s = self._now_s()
        stamp_s = stamp.sec + stamp.nanosec / _NS
        self.schedule.push(Face(stamp_s or now_s, self._input.weights(message), now_s))

    def _on_head(self, message: Any) -> None:
        self._head = head_rad(message)

    def _tick(self) -> None:
        now_s = self._now_s()
        due = list(self.schedule.take(now_s, 0.0, now_s))
        if due:  # of several the newest: only a pause of this process leaves more than one
            self.sender.send(due[-1].face.weights, self._head, due[-1].time_s)

    def _report(self) -> None:
        sent, failed = self.sender.sent, self.sender.failed
        if failed > self._counts[1]:
            self.get_logger().warning(
                f'{failed - self._counts[1]} poses could not be sent: {self.sender.problem}'
            )
        elif sent and not self._counts[0]:
            target = self.sender.target
            self.get_logger().info(f'sending to {target.host}, UDP port {target.port}')
        self._counts = (sent, failed)

    def _now_s(self) -> float:
        return int(self.get_clock().now().nanoseconds) / _NS

    def _bad(self, kind: str, problem: str) -> None:
        if self.stats.bad(kind, problem):
            self.get_logger().warning(f'{kind}: {problem}')


def _target(values: dict[str, Any]) -> AvatarTarget:
    protocol = values['protocol']
    return AvatarTarget(
        protocol, values['host'], values['port'] or PORTS[protocol], values['subject'],
        values['shapes'],
    )  # fmt: skip


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted."""
    return run_node('avatar', AvatarNode, args)


if __name__ == '__main__':
    sys.exit(main())
