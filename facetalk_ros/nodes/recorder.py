# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Listens to a face on the graph and keeps what it says, for a summary and for files."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..export import Audio
from ..motion.keys import KeyKind, KeyMotion
from ..ros.messages import get_message
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ..stream import Frame
from .any_subscription import AnySubscription
from .audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, BadAudioMessage, PcmAdapter

_NS = 1_000_000_000
_AUDIO_QOS = QoSProfile(depth=200, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
#: The recording ends here; longer ones are for `ros2 bag record`.
LONGEST_S = 600.0


class _Received(NamedTuple):
    stamp_ns: int
    arrived_ns: int
    weights: Any


class Recorder(Node):
    """Keeps Blendshapes, KeyMotions and audio; times count from the first audio sample."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('recorder', **kwargs)
        self.is_full = False
        self.speaking: bool | None = None
        self._received: list[_Received] = []
        self._keys: list[Any] = []
        self._samples: list[tuple[int, Any]] = []
        self._rate_hz = 0
        self._first_ns = 0
        self._audio_info: Any = None
        self._adapter = PcmAdapter()
        qos = QoSProfile(depth=1000)
        self.create_subscription(
            get_message('facetalk_ros/msg/Blendshapes'), 'blendshapes', self._on_pose, qos
        )
        self.create_subscription(
            get_message('facetalk_ros/msg/KeyMotions'), 'key_motions', self._on_keys, qos
        )
        self.create_subscription(
            get_message('std_msgs/msg/Bool'), 'is_speaking', self._on_speaking, _LATCHED
        )
        self._audio = AnySubscription(
            self, 'audio', AUDIO_TYPES, 'auto', self._on_audio, _AUDIO_QOS, self._on_audio_type
        )
        self.create_timer(0.5, self._audio.poll)

    @property
    def has_face(self) -> bool:
        """Whether any frame came."""
        return bool(self._received)

    @property
    def heard_s(self) -> float:
        """Length of the audio that came, from its first sample on."""
        return self._samples[-1][0] / self._rate_hz if self._samples else 0.0

    @property
    def shown_s(self) -> float:
        """Time of the last frame after the first audio sample."""
        if not (self._received and self._samples):
            return 0.0
        return (self._received[-1].stamp_ns - self._first_ns) / _NS

    def frames(self) -> list[Frame]:
        """Return the frames from the first audio sample on."""
        return [
            Frame((r.stamp_ns - self._first_ns) / _NS, np.asarray(r.weights, np.float32))
            for r in self._received
            if self._samples and r.stamp_ns >= self._first_ns
        ]

    def delays_s(self, look_ahead_s: float) -> list[float]:
        """Return how long after its stamp each frame came whose look-ahead was filled with sound.

        The last frames before the sound ends wait for it to be known that no more comes.
        """
        end_ns = (self.heard_s - look_ahead_s) * _NS
        return [
            (r.arrived_ns - r.stamp_ns) / _NS
            for r in self._received
            if self._samples and 0 <= r.stamp_ns - self._first_ns < end_ns
        ]

    def keys(self) -> list[KeyMotion]:
        """Return the key motions from the first audio sample on."""
        if not self._samples:
            return []
        stamped = [(k.time.sec * _NS + k.time.nanosec - self._first_ns, k) for k in self._keys]
        return [
            KeyMotion(
                ns / _NS,
                KeyKind(k.kind),
                k.phone,
                k.from_text,
                np.asarray(k.weights, np.float32),
                k.word,
            )
            for ns, k in stamped
            if ns >= 0
        ]

    def audio(self) -> Audio | None:
        """Return the sound, its gaps filled with silence; None when there was none."""
        if not self._samples:
            return None
        sound = np.zeros((self._samples[-1][0], self._samples[0][1].shape[1]), np.int16)
        for end, samples in self._samples:
            sound[end - len(samples) : end] = samples
        return Audio(sound, self._rate_hz)

    def _on_pose(self, message: Any) -> None:
        now_ns = int(self.get_clock().now().nanoseconds)
        stamp = message.header.stamp
        self.is_full = self.is_full or self.shown_s > LONGEST_S
        if not self.is_full:
            received = _Received(stamp.sec * _NS + stamp.nanosec, now_ns, message.weights)
            if not self._samples:
                # the idle face before any sound is of no interest
                self._received.clear()
                self._keys.clear()
            self._received.append(received)

    def _on_keys(self, message: Any) -> None:
        if not self.is_full:
            self._keys.extend(message.keys)

    def _on_speaking(self, message: Any) -> None:
        self.speaking = message.data

    def _on_audio_type(self, type_name: str) -> None:
        if self._audio_info is None and type_name.startswith('audio_common_msgs/msg/AudioData'):
            self._audio_info = self.create_subscription(
                get_message(AUDIO_INFO_TYPE), 'audio_info', self._on_audio_info, _LATCHED
            )

    def _on_audio_info(self, message: Any) -> None:
        try:
            self._adapter.set_info(message)
        except BadAudioMessage as error:
            self.get_logger().warning(str(error))

    def _on_audio(self, message: Any) -> None:
        try:
            pcm, stamp_ns = self._adapter.convert(message)
        except BadAudioMessage:
            return  # the talk node tells
        samples = Audio(pcm.samples, pcm.rate_hz).as_int16()
        if self.is_full or not len(samples):
            return
        if not self._samples:
            now_ns = int(self.get_clock().now().nanoseconds)
            self._first_ns = stamp_ns or now_ns
            self._rate_hz = pcm.rate_hz
        elif pcm.rate_hz != self._rate_hz or samples.shape[1] != self._samples[0][1].shape[1]:
            self.get_logger().warning('the format of the audio changed: the recording ends')
            self.is_full = True
            return
        end = (self._samples[-1][0] if self._samples else 0) + len(samples)
        if stamp_ns:
            at = round((stamp_ns - self._first_ns) * self._rate_hz / _NS)
            end = max(end, at + len(samples))
        if end > LONGEST_S * self._rate_hz:
            self.is_full = True
        else:
            self._samples.append((end, samples))
