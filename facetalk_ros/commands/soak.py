# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What `facetalk bench --soak` measures: hours of speech through a talk node, and what grows.

The node runs in a process of its own, under simulated time that goes on as soon as its face has
followed: faster than real time on a fast machine, slower on a slow one, with the same result.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..audio.files import read_audio
from ..audio.pcm import Pcm
from ..nodes.face_messages import FaceMessages
from ..ros import rclpy
from ..ros.messages import as_sequence, get_message
from ..ros.node import Node
from ..ros.qos import QoSProfile
from .measure import process_cpu_s

Measured = dict[str, Any]

_NS = 1_000_000_000
_FPS = 60
_CHUNK_NS = 20_000_000
_PAUSE_S = 0.6
_BEGIN_NS = 1000 * _NS
# Time stands still until the face is this near to the sound: its look-ahead, a step and a frame.
_BEHIND_NS = 160_000_000
_TIMEOUT_S = 60.0
# The face has settled when it kept up for 2 s; what was late before does not count.
_SETTLED_CHUNKS = 100
_WARM_UP = 0.1


class _Driver(Node):
    """Is the clock and the speaker, and listens to the face."""

    def __init__(self) -> None:
        super().__init__('soak')
        self.now_ns = _BEGIN_NS
        self.frames = self.lost = self.shown_ns = 0
        self.status: dict[str, str] = {}
        self._messages = FaceMessages(get_message, as_sequence)
        self._clock_type = get_message('rosgraph_msgs/msg/Clock')
        self._chunk_type = get_message('facetalk_ros/msg/AudioChunk')
        self._text_type = get_message('std_msgs/msg/String')
        self._clock_out = self.create_publisher(self._clock_type, '/clock', 10)
        self._audio_out = self.create_publisher(self._chunk_type, 'audio', QoSProfile(depth=50))
        self._text_out = self.create_publisher(self._text_type, 'text', 10)
        self.create_subscription(
            get_message('facetalk_ros/msg/Blendshapes'), 'blendshapes', self._on_face,
            QoSProfile(depth=500),
        )  # fmt: skip
        self.create_subscription(
            get_message('diagnostic_msgs/msg/DiagnosticArray'), '/diagnostics', self._on_status, 10
        )

    def _on_face(self, message: Any) -> None:
        stamp_ns = message.header.stamp.sec * _NS + message.header.stamp.nanosec
        if self.frames:
            self.lost += max(0, round((stamp_ns - self.shown_ns) * _FPS / _NS) - 1)
        self.frames, self.shown_ns = self.frames + 1, stamp_ns

    def _on_status(self, message: Any) -> None:
        self.status = {v.key: v.value for v in message.status[0].values}

    @property
    def is_heard(self) -> bool:
        """Whether the node listens to all that we say."""
        outs = (self._clock_out, self._audio_out, self._text_out)
        return all(out.get_subscription_count() for out in outs)

    @property
    def keeps_up(self) -> bool:
        """Whether the face has come to the sound that was sent."""
        return self.shown_ns >= self.now_ns - _BEHIND_NS

    def tell_time(self) -> None:
        """Publish the time."""
        self._clock_out.publish(self._clock_type(clock=self._messages.time(self.now_ns)))

    def say(self, text: str) -> None:
        """Publish text."""
        self._text_out.publish(self._text_type(data=text))

    def greet(self) -> bool:
        """Let a little time pass, in silence."""
        self.play(np.zeros(320, '<i2'), 16_000)
        return True

    def begin(self) -> None:
        """Count frames from here on."""
        self.frames = self.lost = 0

    def play(self, samples: npt.NDArray[np.int16], rate_hz: int) -> None:
        """Let time pass, and publish the sound of that time."""
        begun_ns = self.now_ns
        self.now_ns += len(samples) * _NS // rate_hz
        self.tell_time()
        self._audio_out.publish(
            self._chunk_type(
                header=self._messages.header(begun_ns), sample_rate=rate_hz, channels=1,
                encoding='S16LE', data=as_sequence(samples.view(np.uint8)),
            )
        )  # fmt: skip


def measure_soak(
    path: Path, text: str, minutes: float, progress: Callable[[str], None] | None = None
) -> Measured:
    """Let a talk node in a process of its own speak for so long; the graph must be private.

    Args:
        path: a recording that is spoken again and again.
        text: what is said in it, or ''.
        minutes: how much sound.
        progress: called with a line for each minute.

    Raises:
        RuntimeError: the node ended, or no face came.

    """
    # no chunk may be lost on the way: nothing is published live here
    command = [sys.executable, '-m', 'facetalk_ros.cli', 'talk', '--ros-args',
               '-p', 'use_sim_time:=true',
               '-p', 'qos_overrides./audio.subscription.reliability:=reliable']  # fmt: skip
    node = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    rclpy.init(args=[])
    try:
        driver = _Driver()
        return _soak(driver, node, _sound(path, text), minutes, progress or (lambda line: None))
    finally:
        rclpy.try_shutdown()
        node.terminate()
        try:
            node.wait(10.0)
        except subprocess.TimeoutExpired:
            node.kill()


def _sound(path: Path, text: str) -> Iterator[tuple[str, npt.NDArray[np.int16], int]]:
    """Yield chunks of 20 ms without end, each with the text that begins with it or ''."""
    pcm: Pcm = read_audio(path)[0]
    samples = np.clip(np.rint(pcm.samples.mean(1) * 32767), -32768, 32767).astype('<i2')
    samples = np.concatenate([samples, np.zeros(round(_PAUSE_S * pcm.rate_hz), '<i2')])
    size = pcm.rate_hz * _CHUNK_NS // _NS
    samples = samples[: len(samples) // size * size]
    while True:
        for at in range(0, len(samples), size):
            yield text if at == 0 else '', samples[at : at + size], pcm.rate_hz


def _soak(
    driver: _Driver, node: subprocess.Popen[bytes],
    sound: Iterator[tuple[str, npt.NDArray[np.int16], int]], minutes: float,
    progress: Callable[[str], None],
) -> Measured:  # fmt: skip
    def until(condition: Callable[[], object], what: str) -> None:
        end_s = time.monotonic() + _TIMEOUT_S
        while not condition():
            if node.poll() is not None:
                raise RuntimeError('the talk node ended')
            if time.monotonic() > end_s:
                raise RuntimeError(what)
            rclpy.spin_once(driver, timeout_sec=0.01)

    until(lambda: driver.is_heard, 'the talk node was not found')
    # the other side may learn of the match later: time goes on by itself until sound arrives
    until(lambda: driver.greet() and float(driver.status.get('clock chunks', 0)) > 0,
          'the talk node heard nothing')  # fmt: skip
    _settle(driver, until)
    driver.begin()
    late_before = int(driver.status['late frames'])
    began_ns, used_s = driver.now_ns, process_cpu_s(node.pid) or math.nan
    length_ns = round(minutes * 60 * _NS)
    period_ns = min(60 * _NS, length_ns // 10)
    look_ns = began_ns + max(round(length_ns * _WARM_UP), period_ns)
    answers_ms: list[float] = []  # from a chunk to its faces, by our own clock
    looks: list[tuple[float, float, float]] = []  # memory, and percentiles of the answers
    began_s = time.monotonic()
    while driver.now_ns < began_ns + length_ns:
        text, samples, rate_hz = next(sound)
        if text:
            driver.say(text)
        sent_s = time.monotonic()
        driver.play(samples, rate_hz)
        until(
            lambda: driver.keeps_up,
            f'the face stopped {(driver.now_ns - driver.shown_ns) / 1e6:.0f} ms behind the sound',
        )
        answers_ms.append((time.monotonic() - sent_s) * 1e3)
        if driver.now_ns >= look_ns:
            look_ns += period_ns
            looks.append((_resident_mb(node.pid), *np.percentile(answers_ms, (50, 99))))
            answers_ms.clear()
            progress(
                f'{(driver.now_ns - began_ns) / _NS / 60:.1f} min in '
                f'{(time.monotonic() - began_s) / 60:.1f}: {looks[-1][0]:.1f} MB, '
                f'{looks[-1][1]:.1f} ms to the face, {driver.lost} of {driver.frames} frames lost'
            )
    memory_mb, p50_ms, p99_ms = np.array(looks).T
    third = max(1, len(looks) // 3)  # neighbours on a busy machine differ more than its ends
    return {
        'soak_minutes': minutes,
        'soak_speed': minutes * 60 / (time.monotonic() - began_s),
        'soak_frames': driver.frames,
        'soak_lost_frames': driver.lost + int(driver.status['late frames']) - late_before,
        'soak_cpu_share': ((process_cpu_s(node.pid) or math.nan) - used_s) / (minutes * 60),
        'soak_memory_mb': float(memory_mb[0]),
        'soak_memory_growth_mb': float(memory_mb.max() - memory_mb[0]),
        'soak_answer_p50_first_ms': float(np.median(p50_ms[:third])),
        'soak_answer_p50_last_ms': float(np.median(p50_ms[-third:])),
        'soak_answer_p99_first_ms': float(np.median(p99_ms[:third])),
        'soak_answer_p99_last_ms': float(np.median(p99_ms[-third:])),
    }


def _settle(driver: _Driver, until: Callable[[Callable[[], object], str], None]) -> None:
    """Let silence pass until the face has kept up with it for a while."""

    def follows(wait_s: float) -> bool:
        end_s = time.monotonic() + wait_s
        until(lambda: driver.keeps_up or time.monotonic() > end_s, '')
        return driver.keeps_up

    in_time = 0
    for _ in range(20 * _SETTLED_CHUNKS):
        driver.greet()
        in_time = in_time + 1 if follows(1.0) else 0
        if in_time == _SETTLED_CHUNKS:
            return
        if not in_time:
            # sound that first came late is taken for that of another clock until it pauses
            for _ in range(_SETTLED_CHUNKS):
                driver.now_ns += _CHUNK_NS
                driver.tell_time()
                follows(0.005)
    raise RuntimeError('the face does not keep up with the sound')


def _resident_mb(pid: int) -> float:
    """Return the resident memory of a process; NaN where the system does not tell."""
    try:
        status = Path(f'/proc/{pid}/status').read_text()
    except OSError:
        return float('nan')
    return int(re.search(r'VmRSS:\s+(\d+) kB', status)[1]) / 1e3  # type: ignore[index]
