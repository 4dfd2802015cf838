# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What pages ask for, done on the graph: overlay, expression, text, reset."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..face import ARKIT_NAMES
from ..ros.messages import as_sequence, get_message, get_service
from ..ros.node import Node
from ..ros.qos import QoSProfile
from ..view.server.page_messages import Expression, Overlay, Request, Reset, Say
from .face_messages import FaceMessages

_QOS = QoSProfile(depth=10)
# Overlays are repeated, as talk drops one that it does not hear of for a second.
_REPEAT_S = 0.2
# What pages may ask for before the executor comes to it.
_MOST_WAITING = 64
# A publisher of ours needs this long at most to find who listens.
_MATCH_S = 2.0
# Who follows what is advertised on `text` shall not follow us for longer than it takes to hear us.
_TEXT_IDLE_S = 0.5
_ANSWER_S = 3.0

_EXPRESSION_TYPE = 'hri_msgs/msg/Expression'


class ViewRequests:
    """Takes requests from the server's thread and does them in the executor.

    Args:
        node: which publishes.
        notice: tells all pages what could not be done.
        text_type: returns the type that the topic `text` has now.

    """

    def __init__(
        self, node: Node, notice: Callable[[str], None], text_type: Callable[[], str]
    ) -> None:
        self._node, self._notice, self._text_type = node, notice, text_type
        self._messages = FaceMessages(get_message, as_sequence)
        self._lock = threading.Lock()
        self._overlays: dict[int, npt.NDArray[np.float32]] = {}
        self._waiting: deque[Request] = deque(maxlen=_MOST_WAITING)
        self._overlay = np.zeros(len(ARKIT_NAMES), np.float32)
        self._overlay_type = get_message('facetalk_ros/msg/Blendshapes')
        self._overlay_out = node.create_publisher(self._overlay_type, 'blendshapes_overlay', _QOS)
        self._expression_type = _expression_type()
        self._expression_out: Any = None
        if self._expression_type is not None:
            self._expression_out = node.create_publisher(self._expression_type, 'expression', _QOS)
        self._reset = node.create_client(get_service('std_srvs/srv/Trigger'), 'talk/reset')
        self._resetting: tuple[float, Any] | None = None
        self._texts: deque[str] = deque(maxlen=_MOST_WAITING)
        self._text_out: Any = None
        self._text_until_s = 0.0
        self._guard = node.create_guard_condition(self._work)
        node.create_timer(_REPEAT_S, self._tick)

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expressions that hri_msgs names; none without that package."""
        kind = self._expression_type
        names = (getattr(kind, name) for name in dir(kind) if name.isupper())
        return tuple(sorted(name for name in names if isinstance(name, str)))

    def put(self, page: int, request: Request) -> None:
        """Take a request of a page; from any thread."""
        with self._lock:
            if not isinstance(request, Overlay):
                self._waiting.append(request)
            elif request.weights.any():
                self._overlays[page] = request.weights
            else:
                self._overlays.pop(page, None)
        self._guard.trigger()

    def close(self) -> None:
        """Take back what was added to the face."""
        with self._lock:
            self._overlays.clear()
        self._work()

    # in the executor

    def _work(self) -> None:
        with self._lock:
            added = sum(self._overlays.values(), np.zeros(len(ARKIT_NAMES), np.float32))
            requests = list(self._waiting)
            self._waiting.clear()
        overlay = np.clip(added, -1, 1)
        if not np.array_equal(overlay, self._overlay):
            self._overlay = overlay
            self._publish_overlay()
        for request in requests:
            if isinstance(request, Expression):
                self._express(request)
            elif isinstance(request, Say):
                self._texts.append(request.text)
                self._say()
            elif isinstance(request, Reset):
                self._ask_reset()

    def _tick(self) -> None:
        if self._overlay.any():
            self._publish_overlay()
        if self._text_out is not None:
            self._say()
        if self._resetting is not None and time.monotonic() > self._resetting[0]:
            self._reset.remove_pending_request(self._resetting[1])
            self._resetting = None
            self._notice('The talk node does not answer.')

    def _publish_overlay(self) -> None:
        self._overlay_out.publish(
            self._overlay_type(
                header=self._messages.header(self._now_ns()), weights=as_sequence(self._overlay)
            )
        )

    def _express(self, request: Expression) -> None:
        if self._expression_out is None:
            self._notice('Expressions need hri_msgs, which is not installed here.')
        elif request.name not in self.expressions:
            self._notice('hri_msgs has no expression of this name.')
        elif not self._expression_out.get_subscription_count():
            self._notice(f'Nobody listens on {self._expression_out.topic_name}.')
        else:
            message = self._expression_type(
                header=self._messages.header(self._now_ns()), expression=request.name,
                confidence=request.intensity,
            )  # fmt: skip
            self._expression_out.publish(message)

    def _say(self) -> None:
        """Publish the texts as soon as somebody else than this node can hear them.

        With the type that the topic has: who follows what is advertised must not be led away
        from a dialogue by us, so there is a publisher only while it is needed.
        """
        now_s, kind = time.monotonic(), self._text_type()
        if self._texts and (self._text_out is None or self._text_out[0] != kind):
            self._drop_text_out()
            publisher = self._node.create_publisher(get_message(kind), 'text', _QOS)
            self._text_out, self._text_until_s = (kind, publisher), now_s + _MATCH_S
        if self._text_out is None:
            return
        publisher = self._text_out[1]
        if self._texts and publisher.get_subscription_count() > 1:  # one is ours
            while self._texts:
                publisher.publish(_text_message(kind, self._texts.popleft()))
            self._text_until_s = now_s + _TEXT_IDLE_S
        if now_s > self._text_until_s:
            if self._texts:
                self._texts.clear()
                self._notice(f'Nobody listens on {publisher.topic_name}.')
            self._drop_text_out()

    def _drop_text_out(self) -> None:
        if self._text_out is not None:
            self._node.destroy_publisher(self._text_out[1])
            self._text_out = None

    def _ask_reset(self) -> None:
        if self._resetting is not None:
            return
        if not self._reset.service_is_ready():
            self._notice('There is no talk node to reset.')
            return
        future = self._reset.call_async(get_service('std_srvs/srv/Trigger').Request())
        self._resetting = (time.monotonic() + _ANSWER_S, future)
        future.add_done_callback(self._on_reset)

    def _on_reset(self, future: Any) -> None:
        self._resetting = None
        if not future.cancelled() and not future.result().success:
            self._notice(f'Reset: {future.result().message}')

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)


def _expression_type() -> Any:
    try:
        return get_message(_EXPRESSION_TYPE)
    except ModuleNotFoundError:
        return None


def _text_message(kind: str, text: str) -> Any:
    message = get_message(kind)()
    if kind == 'hri_msgs/msg/LiveSpeech':
        message.final = text
    elif kind == 'facetalk_ros/msg/DialogueText':
        message.text, message.end = text, True
    else:
        message.data = text
    return message
