# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What an active talk node listens to: audio and text of any type, overlays, attention."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..audio.pcm import Pcm
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ..ros.qos_overriding_options import QoSOverridingOptions
from .any_subscription import AnySubscription
from .audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, BadAudioMessage, PcmAdapter
from .expression_messages import EXPRESSION_TYPE, wanted_expression
from .talk_parameters import TEXT_TYPES
from .text_messages import BadTextMessage, TextAdapter, TextInput

# Nobody needs to look for another publisher while audio comes.
_AUDIO_FLOWS_S = 1.0
# Clocks that differ by more do not tell what was sent before a reset.
_SHARED_CLOCK_NS = 10_000_000_000
# Text that was sent after the last sound that came waits for the sound before it, for so long.
_ORDER_S = 0.1
_MAX_UNORDERED_TEXTS = 100
_SEPARATE_FORMAT = ('audio_common_msgs/msg/AudioData', 'audio_common_msgs/msg/AudioDataStamped')


class Listener(Protocol):
    """Who gets what was heard."""

    def hear(self, pcm: Pcm, stamp_ns: int, message: Any) -> None:
        """Take a chunk of audio, its stamp (0: none) and the message it came in."""

    def refuse(self, pcm: Pcm) -> None:
        """Take note of audio that was sent before a reset."""

    def read(self, text: TextInput) -> None:
        """Take text; raises ValueError for timings that cannot be."""

    def add(self, weights: Any) -> None:
        """Take an overlay; raises ValueError for what is none."""

    def attend(self, attention: str) -> None:
        """Take what the robot does when it does not speak; raises ValueError for other words."""

    def express(self, family: str, intensity: float) -> None:
        """Take an expression that is asked for; '' lets the text say again."""

    def audio_type_is(self, type_name: str) -> None:
        """Learn the message type of the audio."""


class TalkInputs:
    """Subscriptions whose messages are converted, and counted where they are bad.

    Raises RuntimeError when a parameter asks for a quality of service that there is not.

    Args:
        node: where to subscribe.
        values: the talk node's parameters.
        listener: gets what was heard.
        bad: called with the kind of a message that cannot be used, and what is wrong.

    """

    def __init__(
        self, node: Node, values: Mapping[str, Any], listener: Listener,
        bad: Callable[[str, object], None],
    ) -> None:  # fmt: skip
        self._node = node
        self._listener = listener
        self._bad = bad
        self._adapter, self._texts = PcmAdapter(), TextAdapter()
        self._audio_info: Any = None
        self._heard_s = float('-inf')
        self._heard_ns = 0
        # text that overtook sound: when it was sent, until when it waits, and what it is
        self._early: deque[tuple[int, float, TextInput]] = deque(maxlen=_MAX_UNORDERED_TEXTS)
        self._reset_ns: int | None = None
        self._audio: AnySubscription | None = None
        self._text: AnySubscription | None = None
        self._others: list[Any] = []
        try:
            self._subscribe(values)
        except Exception:
            self.close()
            raise

    def _subscribe(self, values: Mapping[str, Any]) -> None:
        self._audio = AnySubscription(
            self._node, 'audio', AUDIO_TYPES, values['audio_type'], self._on_audio,
            QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT), self._on_audio_type,
            overridable=True,
        )  # fmt: skip
        self._text = AnySubscription(
            self._node, 'text', TEXT_TYPES, values['text_type'], self._on_text,
            QoSProfile(depth=10), overridable=True,
        )  # fmt: skip
        for kind, topic, callback in (
            ('facetalk_ros/msg/Blendshapes', 'blendshapes_overlay', self._on_overlay),
            ('std_msgs/msg/String', 'attention', self._on_attention),
            (EXPRESSION_TYPE, 'expression', self._on_expression),
        ):
            try:
                message_type = get_message(kind)
            except (ImportError, ValueError, AttributeError, LookupError):
                if kind != EXPRESSION_TYPE:
                    raise
                continue  # hri_msgs is not everywhere
            self._others.append(self._node.create_subscription(
                message_type, topic, callback, QoSProfile(depth=10),
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            ))  # fmt: skip

    @property
    def audio_type(self) -> str:
        """Message type of the audio that is listened to."""
        return self._audio.type_name if self._audio is not None else ''

    @property
    def problem(self) -> str:
        """What keeps a topic from being heard, or ''."""
        both = (self._audio, self._text)
        return '; '.join(s.problem for s in both if s is not None and s.problem)

    def poll(self) -> None:
        """Look whether other types are published; to be called now and then."""
        if self._audio is not None and time.monotonic() - self._heard_s > _AUDIO_FLOWS_S:
            self._audio.poll()
        if self._text is not None:
            self._text.poll()

    def reset(self) -> None:
        """Leave out what was sent before now and comes later."""
        self._texts.reset()
        self._early.clear()
        self._reset_ns = time.time_ns()

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in (self._audio, self._text):
            if subscription is not None:
                subscription.close()
        for subscription in self._others:
            self._node.destroy_subscription(subscription)
        self._others = []
        self._close_audio_info()

    def _close_audio_info(self) -> None:
        if self._audio_info is not None:
            self._node.destroy_subscription(self._audio_info)
            self._audio_info = None

    def _on_audio_type(self, type_name: str) -> None:
        """Listen to AudioInfo as well, when the audio does not tell its own format."""
        self._close_audio_info()
        if type_name in _SEPARATE_FORMAT:
            self._audio_info = self._node.create_subscription(
                get_message(AUDIO_INFO_TYPE), 'audio_info', self._on_audio_info,
                QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )  # fmt: skip
        self._listener.audio_type_is(type_name)

    def _on_audio_info(self, message: Any) -> None:
        try:
            self._adapter.set_info(message)
        except BadAudioMessage as error:
            self._bad('audio_info', error)

    def _on_audio(self, message: Any, info: Mapping[str, int]) -> None:
        try:
            pcm, stamp_ns = self._adapter.convert(message)
        except BadAudioMessage as error:
            self._bad('audio', error)
            return
        self._heard_s, self._heard_ns = time.monotonic(), info['source_timestamp']
        self.let_text_pass()
        if self._sent_before_reset(info):
            self._listener.refuse(pcm)
        else:
            self._listener.hear(pcm, stamp_ns, message)

    def _on_text(self, message: Any, info: Mapping[str, int]) -> None:
        if self._sent_before_reset(info):
            return
        try:
            text = self._texts.convert(message)
        except BadTextMessage as error:
            self._bad('text', error)
            return
        if text is not None:
            now_s = time.monotonic()
            flows = now_s - self._heard_s < _AUDIO_FLOWS_S
            until_s = now_s + _ORDER_S if flows else now_s
            self._early.append((info['source_timestamp'], until_s, text))
            self.let_text_pass()

    def let_text_pass(self) -> None:
        """Pass on text whose turn has come: topics are read one by one, not in the order sent.

        While sound comes, text waits for what was sent before it. To be called often.
        """
        while self._early:
            sent_ns, until_s, text = self._early[0]
            if sent_ns > self._heard_ns and time.monotonic() < until_s:
                return
            self._early.popleft()
            try:
                self._listener.read(text)
            except ValueError as error:
                self._bad('text', error)

    @property
    def is_heard(self) -> bool:
        """Whether sound came within the last moments, by the computer's clock."""
        return time.monotonic() - self._heard_s < _ORDER_S

    def _on_overlay(self, message: Any) -> None:
        try:
            self._listener.add(message.weights)
        except ValueError as error:
            self._bad('overlay', error)

    def _on_attention(self, message: Any) -> None:
        try:
            self._listener.attend(message.data)
        except ValueError as error:
            self._bad('attention', error)

    def _on_expression(self, message: Any) -> None:
        try:
            self._listener.express(*wanted_expression(message))
        except ValueError as error:
            self._bad('expression', error)

    def _sent_before_reset(self, info: Mapping[str, int]) -> bool:
        if self._reset_ns is None:
            return False
        return 0 < self._reset_ns - info['source_timestamp'] < _SHARED_CLOCK_NS
