# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A clip spoken to a view server, at its own pace, as the talk node would have it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facetalk_ros import FaceStream
from facetalk_ros.audio.files import read_audio
from facetalk_ros.stream import Frame
from facetalk_ros.view.server.server import ViewServer

LEAD_S = 0.08  # how long before they are due poses are fed, as the look-ahead leaves them


@dataclass
class Clip:
    """Speech, and the face that goes with it.

    Attributes:
        samples: int16 [n, channels].
        frames: at 60 fps; the times of these and of the keys count from the first sample.
        keys: (time_s, phone, word, kind).

    """

    samples: npt.NDArray[np.int16]
    rate_hz: int
    text: str
    frames: list[Frame]
    keys: list[tuple[float, str, str, str]]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


def read_clip(audio: Path, text: Path) -> Clip:
    pcm, _ = read_audio(audio)
    stream = FaceStream()
    stream.push_text(text.read_text('utf-8'))
    frames = stream.push_audio(pcm.samples, pcm.rate_hz) + stream.finish()
    keys = [(k.time_s, k.phone, k.word, k.kind.name.lower()) for k in stream.take_keys()]
    samples = np.asarray(pcm.samples).reshape(len(pcm.samples), -1)
    ints = np.rint(samples.clip(-1, 1) * 32767).astype(np.int16)
    return Clip(ints, pcm.rate_hz, text.read_text('utf-8').strip(), frames, keys)


class Talker(threading.Thread):
    """Feeds a server in real time, again and again until it is closed."""

    def __init__(self, server: ViewServer, clip: Clip, joints: int = 0) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._clip = clip
        self._joints = joints
        self._ended = threading.Event()
        self.rounds = 0

    def close(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.is_set():
            self._speak(time.time_ns() + 200_000_000)
            self.rounds += 1

    def _speak(self, start_ns: int) -> None:
        clip, server = self._clip, self._server
        block = clip.rate_hz // 50
        events = [(frame.time_s, 'frame', i) for i, frame in enumerate(clip.frames)]
        events += [(i / clip.rate_hz, 'audio', i) for i in range(0, len(clip.samples), block)]
        events += [(time_s - 0.1, 'key', i) for i, (time_s, *_) in enumerate(clip.keys)]
        events += [(t, 'stats', t) for t in range(int(clip.duration_s))]
        server.text(start_ns, clip.text)
        for time_s, kind, i in sorted(events):
            stamp_ns = start_ns + round(time_s * 1e9)
            if self._ended.wait(max(0.0, (stamp_ns - time.time_ns()) / 1e9 - LEAD_S)):
                return
            if kind == 'frame':
                sway = 0.1 * np.sin([time_s * 1.3, time_s * 1.9, time_s * 0.9])
                server.frame(stamp_ns, clip.frames[i].weights, tuple(sway))
                if self._joints:
                    phase = time_s * (1 + np.arange(self._joints) / self._joints)
                    server.positions(stamp_ns, (0.5 * np.sin(2 * phase)).astype(np.float32))
            elif kind == 'audio':
                server.audio(stamp_ns, clip.samples[i : i + block], clip.rate_hz)
            elif kind == 'key':
                key_s, *rest = clip.keys[i]
                server.keys([(start_ns + round(key_s * 1e9), *rest)])
            else:
                server.stats({'latency_ms': 62.0 + i, 'late': 0, 'dropped': 0, 'fps': 60.0,
                              'speaking': True})  # fmt: skip
        server.stats({'latency_ms': 62.0, 'late': 0, 'dropped': 0, 'fps': 60.0, 'speaking': False})
