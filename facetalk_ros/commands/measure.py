# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What `facetalk bench` measures, and how."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.pcm import Pcm
from ..expression.speed import measure_plan_ms
from ..face.names import ARKIT_NAMES
from ..motion.expression import ExpressionMotion
from ..motion.idle import IdleLife
from ..motion.settings import FaceSettings
from ..stream import FaceStream
from ..stream_batch import StreamBatch

Measured = dict[str, Any]

_STEP_S = 0.02
_RUNS = 3
_BATCH = 8
_FRAMES = 3600
_TIMEOUT_S = 60.0
# Domains that a robot hardly uses; 101 is the last one that is safe on Linux.
_DOMAINS = range(80, 102)

# The start is that of a user's own program: interpreter, imports, models, the first frame.
# Linux counts in ru_maxrss what the parent held when it forked, so the kernel's own mark is read.
_START_PROGRAM = """
import json, re, resource, sys, time
from pathlib import Path
from facetalk_ros.audio.files import AudioFile
from facetalk_ros.stream import FaceStream
stream, first_s = FaceStream(), None
with AudioFile(sys.argv[1]) as audio:
    for block in audio.blocks(0.02):
        if stream.push_audio(block.samples, block.rate_hz) and first_s is None:
            first_s = time.time()
stream.finish()
status = Path('/proc/self/status')
if status.exists():
    peak = int(re.search(r'VmHWM:\\s+(\\d+) kB', status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == 'darwin' else 1024
print(json.dumps([first_s, peak]))
"""


def measure_engine(pcm: Pcm, text: str) -> Measured:
    """Measure FaceStream by itself: speed in 20 ms chunks, look-ahead in 1 ms chunks."""
    with_text = min((_timed(pcm, text) for _ in range(_RUNS)), key=sum)
    without = min((_timed(pcm, '') for _ in range(_RUNS)), key=sum)
    factor = sum(with_text) / pcm.duration_s
    return {
        'real_time_factor': factor,
        'real_time_factor_without_text': sum(without) / pcm.duration_s,
        'streams_per_core': 1.0 / factor,
        'streams_per_core_batched': _BATCH * pcm.duration_s / _batched_s(pcm, text),
        'look_ahead_ms': _look_ahead_s(pcm, text) * 1e3,
        'look_ahead_without_text_ms': _look_ahead_s(pcm, '') * 1e3,
        # without the text at the beginning and the many steps at the end
        'step_p50_ms': float(np.percentile(with_text[1:-1], 50)) * 1e3,
        'step_p99_ms': float(np.percentile(with_text[1:-1], 99)) * 1e3,
    }


def _timed(pcm: Pcm, text: str) -> list[float]:
    """Return the times that the text, each push and the end took."""
    stream, size = FaceStream(), round(_STEP_S * pcm.rate_hz)
    started_s = time.perf_counter()
    if text:
        stream.push_text(text)
    times_s = [time.perf_counter() - started_s]
    started_s = time.perf_counter()
    for at in range(0, len(pcm.samples), size):
        stream.push_audio(pcm.samples[at : at + size], pcm.rate_hz)
        now_s = time.perf_counter()
        times_s.append(now_s - started_s)
        started_s = now_s
    stream.finish()
    return [*times_s, time.perf_counter() - started_s]


def _batched_s(pcm: Pcm, text: str) -> float:
    """Return how long _BATCH streams together take, each as _timed measures one alone."""
    size, shortest_s = round(_STEP_S * pcm.rate_hz), math.inf
    for _ in range(_RUNS):
        batch = StreamBatch([FaceStream() for _ in range(_BATCH)])
        started_s = time.perf_counter()
        for stream in batch.streams:
            if text:
                stream.push_text(text)
        for at in range(0, len(pcm.samples), size):
            batch.push_audio([pcm.samples[at : at + size]] * _BATCH, pcm.rate_hz)
        batch.finish()
        shortest_s = min(shortest_s, time.perf_counter() - started_s)
    return shortest_s


def _look_ahead_s(pcm: Pcm, text: str) -> float:
    """Return the most sound that had to be pushed beyond a frame's time to get it."""
    stream, size = FaceStream(), pcm.rate_hz // 1000
    if text:
        stream.push_text(text)
    longest_s = 0.0
    for at in range(0, len(pcm.samples), size):
        for frame in stream.push_audio(pcm.samples[at : at + size], pcm.rate_hz):
            pushed_s = min(at + size, len(pcm.samples)) / pcm.rate_hz
            longest_s = max(longest_s, pushed_s - frame.time_s)
    return longest_s


def measure_expression() -> Measured:
    """Measure what the text and idle life cost, in processor time of one thread."""
    plan = measure_plan_ms()
    idle, expression, settings = IdleLife(0), ExpressionMotion(), FaceSettings()
    expression.feel(np.full(len(ARKIT_NAMES), 0.5), 0.4)
    pose = np.zeros(len(ARKIT_NAMES), np.float32)
    started_s = time.thread_time()
    for k in range(_FRAMES):
        moved = pose + expression.advance(k / 60, 1 / 60, speaking=True)
        idle.add(moved, k / 60, 1 / 60, 'speaking', settings)
    taken_s = time.thread_time() - started_s
    return {
        'plan_p50_ms': plan['p50'],
        'plan_p99_ms': plan['p99'],
        'alive_frame_ms': taken_s / _FRAMES * 1e3,
    }


def measure_start(path: Path) -> Measured:
    """Measure a fresh process: time to its first frame, and its peak memory."""
    started_s = time.time()
    done = subprocess.run(
        [sys.executable, '-c', _START_PROGRAM, str(path)],
        capture_output=True, text=True, timeout=_TIMEOUT_S, check=True,
    )  # fmt: skip
    first_s, peak_bytes = json.loads(done.stdout)
    return {'start_up_s': first_s - started_s, 'peak_memory_mb': peak_bytes / 1e6}


def measure_graph(path: Path, text: str, duration_s: float) -> Measured:
    """Measure messages through a talk node in a process of its own, at real-time pace.

    Raises:
        RuntimeError: no face came.
        ImportError: there is no graph.

    """
    with own_graph():
        node = subprocess.Popen(
            [sys.executable, '-m', 'facetalk_ros.cli', 'talk'], stdout=subprocess.DEVNULL
        )
        try:
            delays_s, cpu_share = _listen(path, text, duration_s, lambda: process_cpu_s(node.pid))
            delays_ms = np.array(delays_s) * 1e3
        finally:
            node.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                node.wait(5.0)
            node.kill()
    p50, p99 = np.percentile(delays_ms, (50, 99))
    look_ahead_ms = FaceStream().look_ahead_s * 1e3
    return {
        'graph_sound_to_face_p50_ms': float(p50),
        'graph_sound_to_face_p99_ms': float(p99),
        'graph_beyond_look_ahead_p50_ms': float(p50) - look_ahead_ms,
        'graph_beyond_look_ahead_p99_ms': float(p99) - look_ahead_ms,
        **({'graph_cpu_share': cpu_share} if cpu_share is not None else {}),
    }


def process_cpu_s(pid: int) -> float | None:
    """Return the processor time that a process has used; None where the system does not tell."""
    try:
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@contextlib.contextmanager
def own_graph() -> Iterator[None]:
    """Join a graph that nobody else is on; processes started within are on it too."""
    # the environment is read when the graph is joined
    scope = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'ROS_DOMAIN_ID': str(random.choice(_DOMAINS)),
    }
    before = {name: os.environ.get(name) for name in scope}
    os.environ.update(scope)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _listen(
    path: Path, text: str, duration_s: float, cpu_s: Callable[[], float | None]
) -> tuple[list[float], float | None]:
    """Play the sound to a node.

    Returns:
        How long after its stamp each frame came, in seconds, and the share of a core that the
        node used meanwhile.

    """
    from ..nodes.audio_source import AudioSource
    from ..nodes.recorder import Recorder
    from ..nodes.sound_sources import FileSource
    from ..ros import rclpy
    from ..ros.executors import SingleThreadedExecutor

    rclpy.init(args=[])
    source = FileSource(str(path))
    try:
        executor = SingleThreadedExecutor()
        recorder, player = Recorder(), AudioSource(source, text=text, tick_s=0.001)
        # the recorder listens to the sound as well, so matching means nothing: its face does
        executor.add_node(recorder)
        _spin_until(executor, lambda: recorder.has_face, _TIMEOUT_S, 'no face came')
        executor.add_node(player)
        _spin_until(executor, lambda: player.sent_s > 0, _TIMEOUT_S, 'nobody listened')
        used_s, began_s = cpu_s(), time.monotonic()
        _spin_until(executor, lambda: recorder.shown_s > player.sent_s > 0 and player.ended,
                    _TIMEOUT_S + duration_s, 'the face stopped')  # fmt: skip
        now_s, passed_s = cpu_s(), time.monotonic() - began_s
        share = None if used_s is None or now_s is None else (now_s - used_s) / passed_s
        return recorder.delays_s(FaceStream().look_ahead_s), share
    finally:
        source.close()
        rclpy.try_shutdown()


def _spin_until(executor: Any, done: Callable[[], bool], limit_s: float, what: str) -> None:
    end_s = time.monotonic() + limit_s
    while not done():
        executor.spin_once(timeout_sec=0.1)
        if time.monotonic() > end_s:
            raise RuntimeError(f'{what} within {limit_s:g} s')
