# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The sound of the graph for the browser: `audio_out` where there is one, else `audio`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..audio.pcm import Samples
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from .any_subscription import AnySubscription
from .audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, BadAudioMessage, PcmAdapter

_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_NS = 1_000_000_000
# Messages without a stamp follow each other, unless they are this far from the present.
_FOLLOWS_NS = 3 * _NS // 10

Heard = Callable[[int, Samples, int], None]


class ViewSound:
    """Subscribes to the sound and passes it on with its time.

    Args:
        node: where to subscribe.
        heard: gets the stamp [ns] of the first sample, float32 [n, channels] and the rate [Hz].
        bad: told what is wrong with a message.

    """

    def __init__(self, node: Node, heard: Heard, bad: Callable[[str], None]) -> None:
        self._node, self._heard, self._bad = node, heard, bad
        self._topic = ''
        self._audio: AnySubscription | None = None
        self._info: Any = None
        self._adapter = PcmAdapter()
        self._next_ns = 0
        self.poll()

    def poll(self) -> None:
        """Look who publishes."""
        held_back = self._node.resolve_topic_name('audio_out')
        topic = 'audio_out' if self._node.count_publishers(held_back) else 'audio'
        if topic != self._topic:
            if self._audio is not None:
                self._audio.close()
            self._topic, self._adapter, self._next_ns = topic, PcmAdapter(), 0
            self._audio = AnySubscription(
                self._node, topic, AUDIO_TYPES, 'auto', self._on_audio, _QOS, self._on_type
            )
        elif self._audio is not None:
            self._audio.poll()

    def _on_type(self, type_name: str) -> None:
        if self._info is None and type_name.startswith('audio_common_msgs/msg/AudioData'):
            self._info = self._node.create_subscription(
                get_message(AUDIO_INFO_TYPE), 'audio_info', self._on_info, _LATCHED
            )

    def _on_info(self, message: Any) -> None:
        try:
            self._adapter.set_info(message)
        except BadAudioMessage as error:
            self._bad(f'audio_info: {error}')

    def _on_audio(self, message: Any) -> None:
        try:
            pcm, stamp_ns = self._adapter.convert(message)
        except BadAudioMessage as error:
            self._bad(f'{self._topic}: {error}')
            return
        if not stamp_ns:
            now_ns = int(self._node.get_clock().now().nanoseconds)
            follows = abs(self._next_ns - now_ns) < _FOLLOWS_NS
            stamp_ns = self._next_ns if follows else now_ns
        self._next_ns = stamp_ns + len(pcm.samples) * _NS // pcm.rate_hz
        self._heard(stamp_ns, pcm.samples, pcm.rate_hz)
