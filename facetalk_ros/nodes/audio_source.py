# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Plays a file or a microphone onto the graph, after the text that is spoken in it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..export import Audio
from ..ros.messages import as_sequence, get_message
from ..ros.node import Node
from ..ros.qos import QoSProfile
from .face_messages import FaceMessages
from .sound_sources import SoundSource

# Who listens may learn of us a little later than we of him, and a talk node beside another
# listener looks for us twice a second; what is sent before is lost.
_MATCH_LEAD_S = 0.7
# Text goes first, and gets this long to arrive.
_TEXT_LEAD_S = 0.1
# Somebody who listens is waited for this long.
_MATCH_S = 10.0
_UTTERANCE_ID = 'facetalk-source'


class AudioSource(Node):
    """Publishes AudioChunk on `audio` as it is spoken, and DialogueText on `text` before it.

    Args:
        source: the sound.
        text: what is said in it; '' for nothing.
        language: of the text, BCP 47.
        tick_s: a chunk may leave this much late.

    """

    def __init__(
        self, source: SoundSource, *, text: str = '', language: str = '', tick_s: float = 0.005,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__('audio_source', **kwargs)
        self.sent_s = 0.0
        self._source = source
        self._text, self._language = text, language
        self._messages = FaceMessages(get_message, as_sequence)
        self._chunk = get_message('facetalk_ros/msg/AudioChunk')
        self._dialogue_text = get_message('facetalk_ros/msg/DialogueText')
        self._audio_out = self.create_publisher(self._chunk, 'audio', QoSProfile(depth=50))
        self._text_out = self.create_publisher(self._dialogue_text, 'text', QoSProfile(depth=10))
        self._waits_until_s = time.monotonic() + _MATCH_S
        self._matched_s: float | None = None
        self._starts_s: float | None = None
        self._began_ns = 0
        self.create_timer(tick_s, self._tick)

    @property
    def ended(self) -> bool:
        """Whether all sound was sent."""
        return self._source.ended

    def _tick(self) -> None:
        now_s = time.monotonic()
        if self._starts_s is None:
            self._greet(now_s)
        elif now_s >= self._starts_s:
            chunks = self._source.due()
            if not self._began_ns:
                self._began_ns = int(self.get_clock().now().nanoseconds)
            for chunk in chunks:
                self._send(Audio(chunk.pcm.samples, chunk.pcm.rate_hz), chunk.start_ns)

    def _greet(self, now_s: float) -> None:
        """Wait for listeners, then send the text."""
        heard = self._audio_out.get_subscription_count()
        read = not self._text or self._text_out.get_subscription_count()
        if not (heard and read):
            if now_s < self._waits_until_s:
                return
            if self._matched_s is None:
                self.get_logger().warning(f'nobody listens after {_MATCH_S:g} s; playing anyway')
        self._matched_s = self._matched_s or now_s
        if now_s < self._matched_s + _MATCH_LEAD_S:
            return
        if self._text:
            self._text_out.publish(
                self._dialogue_text(
                    utterance_id=_UTTERANCE_ID, text=self._text, language=self._language, end=True
                )
            )
        self._starts_s = now_s + _TEXT_LEAD_S

    def _send(self, audio: Audio, start_ns: int) -> None:
        samples = audio.as_int16()
        self._audio_out.publish(
            self._chunk(
                header=self._messages.header(self._began_ns + start_ns),
                sample_rate=int(audio.rate_hz),
                channels=int(samples.shape[1]),
                encoding='S16LE',
                data=as_sequence(np.ascontiguousarray(samples, '<i2').reshape(-1).view(np.uint8)),
            )
        )
        self.sent_s = start_ns / 1e9 + len(samples) / audio.rate_hz
