# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Measures the view server: python test/view/measure_server.py [PAGES] [SECONDS].

It is fed as a robot that speaks feeds it: 60 frames, 60 pieces of sound, 30 set points of 25
joints and 30 key motions a second. Pages are WebSocket clients in processes of their own; one more
stops reading, is cut, and comes back. Printed: CPU time of this process over wall time, the time
from frame() to a page's recv(), and resident memory at the beginning and at the end.
"""

from __future__ import annotations

import multiprocessing
import resource
import struct
import sys
import time
from multiprocessing.queues import Queue
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from view_client import Page

from facetalk_ros.view.server.scene import Scene, load_faces
from facetalk_ros.view.server.server import ViewServer

_FPS = 60


def _look(port: int, lags_ms: Queue[list[float]]) -> None:
    page = Page(SimpleNamespace(port=port))
    epoch_s = int(page.expect('hello')['epoch_ns']) / 1e9
    lags: list[float] = []
    try:
        while (frame := page.receive())[0] != 8:
            opcode, data = frame
            if opcode == 2 and data[0] == 1:
                lags.append((time.time() - epoch_s - struct.unpack_from('<d', data, 16)[0]) * 1e3)
    except (EOFError, ConnectionResetError):
        pass
    lags_ms.put(lags[_FPS:])


def _die(port: int) -> None:
    while True:
        page = Page(SimpleNamespace(port=port), receive_buffer=4096)
        time.sleep(12)
        page.close()


def _resident_mb() -> float:
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _feed(server: ViewServer, seconds: float) -> None:
    weights = np.random.default_rng(1).random(52, np.float32)
    sound = np.zeros((16_000 // _FPS, 1), np.int16)
    next_s = time.monotonic()
    for i in range(int(seconds * _FPS)):
        now_ns = time.time_ns()
        server.frame(now_ns, weights)
        server.audio(now_ns, sound, 16_000)
        if i % 2:
            server.positions(now_ns, weights[:25])
            server.keys([(now_ns, 'AH', 'hut', 'target')])
        next_s += 1 / _FPS
        time.sleep(max(0.0, next_s - time.monotonic()))


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    server = ViewServer(Scene(*load_faces()), now_ns=time.time_ns)
    spawn = multiprocessing.get_context('spawn')
    lags_ms: Queue[list[float]] = spawn.Queue()
    pages = [spawn.Process(target=_look, args=(server.port, lags_ms)) for _ in range(count)]
    dead = spawn.Process(target=_die, args=(server.port,), daemon=True)
    for process in (*pages, dead):
        process.start()
    while server.client_count < count + 1:
        time.sleep(0.05)
    _feed(server, 5)
    before_mb, began_s, cpu_s = _resident_mb(), time.monotonic(), time.process_time()
    _feed(server, seconds)
    share = (time.process_time() - cpu_s) / (time.monotonic() - began_s)
    after_mb, dropped = _resident_mb(), server.dropped
    dead.terminate()
    server.close()
    lags = np.concatenate([lags_ms.get(timeout=60) for _ in pages])
    p50, p95, p99 = np.percentile(lags, (50, 95, 99))
    print(f'{count} pages and a dead one: {share:.1%} of a core')
    print(f'frame() to recv() p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms')
    print(f'{before_mb:.1f} MB, {after_mb:.1f} MB after {seconds:g} s; {dropped} dropped')


if __name__ == '__main__':
    main()
