# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The view node: the face of the graph in a browser, and what pages ask for on the graph."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..actuators import load_map
from ..face import ARKIT_INDEX, ARKIT_NAMES
from ..motion.keys import KeyKind
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ..view.server.page_messages import Request
from ..view.server.scene import Abilities, Scene, load_faces, map_joints
from ..view.server.server import ViewServer
from .any_subscription import AnySubscription
from .declared_parameters import DeclaredParameters
from .run_node import run_node
from .statistics import Statistics
from .talk_parameters import TEXT_TYPES
from .text_messages import BadTextMessage, TextAdapter
from .view_joints import ViewJoints
from .view_parameters import SPECS
from .view_requests import ViewRequests
from .view_sound import ViewSound

# Looking on must not hold up who speaks, so nothing is asked for again.
_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_NS = 1_000_000_000
_STATS_S = 0.5
# A source sends its text 0.2 s after the first who reads it was found, which may be another.
_POLL_S = 0.1
_RATE_OVER_S = 2.0
# The head moves on its own, without frames, when none came for so long.
_FRAMES_FLOW_NS = _NS // 10
_LONGEST_TEXT = 2000
_KINDS = {int(kind): kind.name.lower() for kind in KeyKind}

Head = tuple[float, float, float]


class ViewNode(Node):
    """Subscribes to a face and serves it to browsers; see the README for all names.

    Raises:
        OSError, ValueError: an address, file or parameter that cannot be used.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('view', **kwargs)
        self._server: ViewServer | None = None
        try:
            self._start(DeclaredParameters(self, SPECS).values)
        except BaseException:
            self.destroy_node()
            raise

    def _start(self, values: dict[str, Any]) -> None:
        self.stats = Statistics()
        actuators = load_map(values['map']) if values['map'] else None
        self._text = AnySubscription(
            self, 'text', TEXT_TYPES, 'auto', self._on_text, QoSProfile(depth=10)
        )
        self._requests = ViewRequests(self, self._notice, lambda: self._text.type_name)
        face, faces = load_faces(values['face'])
        self._server = ViewServer(
            Scene(
                face, faces,
                Abilities(
                    overlay=True, say=True, reset=True, expressions=self._requests.expressions
                ),
                self.get_namespace().strip('/'),
            ),
            now_ns=self._now_ns, on_request=self._on_request, host=values['host'],
            port=values['port'], token=values['token'],
            avatar=Path(values['avatar']) if values['avatar'] else None,
        )  # fmt: skip
        self._order: npt.NDArray[np.intp] | None = None
        self._weights = np.zeros(len(ARKIT_NAMES), np.float32)
        self._frame_ns = 0
        self._heads: deque[tuple[int, Head]] = deque(maxlen=256)
        self._frame_times_s: deque[float] = deque(maxlen=1000)
        self._speaking = False
        self._talk: dict[str, float | None] = {}
        self._texts = TextAdapter()
        self._sound = ViewSound(self, self.server.audio, self._bad)
        for kind, topic, callback, qos in (
            ('facetalk_ros/msg/Blendshapes', 'blendshapes', self._on_frame, _QOS),
            ('facetalk_ros/msg/BlendshapeNames', 'blendshape_names', self._on_names, _LATCHED),
            ('facetalk_ros/msg/KeyMotions', 'key_motions', self._on_keys, _QOS),
            ('std_msgs/msg/Bool', 'is_speaking', self._on_speaking, _LATCHED),
            ('geometry_msgs/msg/QuaternionStamped', 'head_pose', self._on_head, _QOS),
            ('diagnostic_msgs/msg/DiagnosticArray', '/diagnostics', self._on_diagnostics, _QOS),
        ):
            try:
                self.create_subscription(get_message(kind), topic, callback, qos)
            except ModuleNotFoundError as error:  # geometry_msgs is not in every ROS 2
                self._bad(f'{topic}: {error}')
        if actuators is not None:
            self.server.joints(map_joints(actuators))
            ViewJoints(self, actuators, self.server.positions, self._bad)
        self.create_timer(_POLL_S, self._poll_text)
        self.create_timer(_STATS_S, self._on_stats)

    @property
    def server(self) -> ViewServer:
        """The server of the pages."""
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        """Where a browser finds the page; the token is in it, so it is for eyes, not for logs."""
        return self.server.url

    def close(self) -> None:
        """Take back what pages have added to the face, end the server and leave the graph."""
        self._requests.close()
        self.destroy_node()

    def destroy_node(self) -> None:
        """End the server and leave the graph."""
        if self._server is not None:
            self._server.close()
        super().destroy_node()

    # from the graph

    def _on_names(self, message: Any) -> None:
        names = list(message.names)
        self._order = None
        if names != list(ARKIT_NAMES):
            # a shape that the sender does not have takes the weight at the end, which is 0
            position = {name: i for i, name in enumerate(names)}
            self._order = np.array([position.get(name, len(names)) for name in ARKIT_NAMES])
            if not any(name in ARKIT_INDEX for name in names):
                self._bad('blendshape_names: none of the 52 ARKit names')

    def _on_frame(self, message: Any) -> None:
        weights = np.asarray(message.weights, np.float32)
        if self._order is not None:
            if len(weights) < self._order.max():
                self._bad(f'blendshapes: {len(weights)} weights are less than there are names')
                return
            weights = np.append(weights, np.float32(0))[self._order]
        if weights.shape != self._weights.shape or not np.isfinite(weights).all():
            self._bad(f'blendshapes: not {len(ARKIT_NAMES)} finite weights')
            return
        stamp = message.header.stamp
        self._frame_ns, self._weights = int(stamp.sec * _NS + stamp.nanosec), weights
        self._frame_times_s.append(time.monotonic())
        self.server.frame(self._frame_ns, weights, self._head(self._frame_ns))

    def _on_head(self, message: Any) -> None:
        q, stamp = message.quaternion, message.header.stamp
        head = roll_pitch_yaw(float(q.x), float(q.y), float(q.z), float(q.w))
        if head is None:
            self._bad('head_pose: not a rotation')
            return
        stamp_ns = int(stamp.sec * _NS + stamp.nanosec) or self._now_ns()
        if self._heads and stamp_ns < self._heads[-1][0]:
            self._heads.clear()  # the clock has gone back
        self._heads.append((stamp_ns, head))
        if stamp_ns - self._frame_ns > _FRAMES_FLOW_NS or stamp_ns < self._frame_ns - _NS:
            self.server.frame(stamp_ns, self._weights, head)

    def _head(self, stamp_ns: int) -> Head:
        """Return the newest pose of the head that is not after a time; else the oldest."""
        for head_ns, head in reversed(self._heads):
            if head_ns <= stamp_ns:
                return head
        return self._heads[0][1] if self._heads else (0.0, 0.0, 0.0)

    def _on_keys(self, message: Any) -> None:
        self.server.keys(
            [
                (key.time.sec * _NS + key.time.nanosec, key.phone, key.word,
                 _KINDS.get(key.kind, ''))
                for key in message.keys
            ]
        )  # fmt: skip

    def _on_text(self, message: Any) -> None:
        try:
            text = self._texts.convert(message)
        except BadTextMessage as error:
            self._bad(f'text: {error}')
            return
        if text is not None:
            self.server.text(text.stamp_ns or self._now_ns(), text.text[:_LONGEST_TEXT])

    def _on_speaking(self, message: Any) -> None:
        self._speaking = bool(message.data)

    def _on_diagnostics(self, message: Any) -> None:
        talk = self.resolve_service_name('talk')[1:]
        for status in message.status:
            if status.name == f'{talk}: face':
                self._talk = {item.key: _number(item.value) for item in status.values}

    def _poll_text(self) -> None:
        """Follow who else reads the text to another type.

        Not sooner: a source may begin as soon as anybody reads it, and then the talk node, which
        looks less often, would miss the text.
        """
        own = (self.get_name(), self.get_namespace())
        readers = self.get_subscriptions_info_by_topic(self.resolve_topic_name('text'))
        types = {r.topic_type for r in readers if (r.node_name, r.node_namespace) != own}
        if types != {self._text.type_name}:
            self._text.poll()

    def _on_stats(self) -> None:
        self._sound.poll()
        now_s = time.monotonic()
        while self._frame_times_s and self._frame_times_s[0] < now_s - _RATE_OVER_S:
            self._frame_times_s.popleft()
        self.server.stats(
            {
                'latency_ms': self._talk.get('latency p50 [ms]'),
                'latency_p99_ms': self._talk.get('latency p99 [ms]'),
                'real_time_factor': self._talk.get('real-time factor'),
                'late': self._talk.get('late frames'),
                'dropped': self.server.dropped,
                'fps': len(self._frame_times_s) / _RATE_OVER_S,
                'speaking': self._speaking,
                'pages': self.server.client_count,
            }
        )

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _bad(self, problem: str) -> None:
        if self.stats.bad(problem.partition(':')[0], problem):
            self.get_logger().warning(problem)

    # from the pages

    def _on_request(self, page: int, request: Request) -> None:
        self._requests.put(page, request)

    def _notice(self, text: str) -> None:
        self.server.notice(text)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def roll_pitch_yaw(x: float, y: float, z: float, w: float) -> Head | None:
    """Return rotations about x, y and z in radians (REP 103, fixed axes); None for no rotation."""
    length = math.sqrt(x * x + y * y + z * z + w * w)
    if not 0.5 < length < 2.0:  # also NaN
        return None
    x, y, z, w = x / length, y / length, z / length, w / length
    return (
        math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x)))),
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    )


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; its address is printed."""
    return run_node('view', ViewNode, args, lambda node: print(f'open {node.url}', flush=True))


if __name__ == '__main__':
    sys.exit(main())
