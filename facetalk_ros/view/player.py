# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Plays a recorded run to the pages of a view server, over and over. No ROS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.actuators import ActuatorMap
from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.face import ARKIT_NAMES
from facetalk_ros.motion.keys import KeyMotion
from facetalk_ros.recording import RecordedText, Recording

from .server.page_messages import Overlay, Request, Reset
from .server.server import ViewServer

_NS = 1_000_000_000
# What is told is told so long before its time.
_LEAD_S = 0.3
_TICK_S = 0.05
# Between the end and the next beginning.
_PAUSE_S = 1.0
_BLOCK_S = 0.25


class _Pose(NamedTuple):
    weights: npt.NDArray[np.float32]


class _Joints(NamedTuple):
    positions_rad: npt.NDArray[np.float32]


class _Event(NamedTuple):
    time_s: float
    what: _Pose | Pcm | _Joints | KeyMotion | RecordedText


class Player:
    """Feeds a server; the first page that connects starts it, and it waits while there is none.

    Args:
        recording: what is played.
        actuators: the map whose joints are shown, or None.

    """

    def __init__(self, recording: Recording, actuators: ActuatorMap | None = None) -> None:
        events = [
            *(_Event(float(t), _Pose(w))
              for t, w in zip(recording.frame_times_s, recording.weights, strict=True)),
            *_sound(recording),
            *(_Event(key.time_s, key) for key in recording.keys),
            *(_Event(text.time_s, text) for text in recording.text),
            *_joints(recording, actuators),
        ]  # fmt: skip
        self._events = sorted(events, key=lambda event: event.time_s)
        self._lock = threading.Lock()
        self._overlays: dict[int, npt.NDArray[np.float32]] = {}
        self._overlay = np.zeros(len(ARKIT_NAMES), np.float32)
        self._again = threading.Event()

    def put(self, page: int, request: Request) -> None:
        """Take a request of a page: what it adds to the face, or to begin again."""
        if isinstance(request, Reset):
            self._again.set()
        elif isinstance(request, Overlay):
            with self._lock:
                self._overlays[page] = request.weights
                if not request.weights.any():
                    del self._overlays[page]
                added = sum(self._overlays.values(), np.zeros(len(ARKIT_NAMES), np.float32))
                self._overlay = np.clip(added, -1, 1)

    def play(self, server: ViewServer, stop: Callable[[], bool], *, once: bool = False) -> None:
        """Play until ``stop``, which is asked often, says so; with ``once`` to the end."""
        while not stop():
            if not server.client_count:
                time.sleep(_TICK_S)
            elif self._play_once(server, stop) and once:
                return

    def _play_once(self, server: ViewServer, stop: Callable[[], bool]) -> bool:
        """Return whether the end was reached."""
        self._again.clear()
        first_s, last_s = self._events[0].time_s, self._events[-1].time_s
        began_s = time.monotonic() - first_s
        start_ns = time.time_ns() + round((_LEAD_S - first_s) * _NS)
        waiting = iter(self._events)
        event = next(waiting, None)
        while not stop() and server.client_count and not self._again.is_set():
            now_s = time.monotonic() - began_s
            while event is not None and event.time_s <= now_s:
                self._tell(server, start_ns + round(event.time_s * _NS), event)
                event = next(waiting, None)
            if now_s > last_s + _LEAD_S + _PAUSE_S:
                return True
            time.sleep(_TICK_S)
        return False

    def _tell(self, server: ViewServer, stamp_ns: int, event: _Event) -> None:
        what = event.what
        if isinstance(what, _Pose):
            server.frame(stamp_ns, np.clip(what.weights + self._overlay, 0, 1))
        elif isinstance(what, Pcm):
            server.audio(stamp_ns, what.samples, what.rate_hz)
        elif isinstance(what, _Joints):
            server.positions(stamp_ns, what.positions_rad)
        elif isinstance(what, KeyMotion):
            server.keys([(stamp_ns, what.phone, what.word, what.kind.name.lower())])
        else:
            server.text(stamp_ns, what.text)


def _sound(recording: Recording) -> Iterator[_Event]:
    """Return the sound in pieces, each to be told at its time."""
    for start_s, pcm in recording.audio:
        step = max(1, int(_BLOCK_S * pcm.rate_hz))
        for start in range(0, len(pcm.samples), step):
            block = Pcm(pcm.samples[start : start + step], pcm.rate_hz)
            yield _Event(start_s + start / pcm.rate_hz, block)


def _joints(recording: Recording, actuators: ActuatorMap | None) -> Iterator[_Event]:
    """Return all joints at each set point: a trajectory's first point, the rest is a plan."""
    if actuators is None:
        return
    index = {joint.name: i for i, joint in enumerate(actuators.joints)}
    latency_s = {group.topic: group.latency_s for group in actuators.groups}
    positions = np.array([joint.neutral_rad for joint in actuators.joints], np.float32)
    moves = [
        (trajectory, latency_s.get(topic, 0.0))
        for topic, trajectories in recording.joint_trajectories.items()
        for trajectory in trajectories
        if len(trajectory.times_s) and index.keys() >= set(trajectory.joint_names)
    ]
    for trajectory, late_s in sorted(moves, key=lambda move: float(move[0].times_s[0])):
        indices = [index[name] for name in trajectory.joint_names]
        if np.isfinite(trajectory.positions[0]).all():
            positions[indices] = trajectory.positions[0]
            yield _Event(float(trajectory.times_s[0]) + late_s, _Joints(positions.copy()))
