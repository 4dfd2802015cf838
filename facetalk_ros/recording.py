# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What happened, read back: faces, key motions, sound, text and joints of a bag or a table."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .audio.pcm import Pcm
from .export.csv_table import read_csv
from .export.json_reader import read_json
from .export.livelink import read_livelink_csv
from .export.track import Track
from .face.names import ARKIT_NAMES
from .motion.keys import KeyMotion

#: The ends of names that read_recording takes, beside a folder that is a bag.
SUFFIXES = ('.mcap', '.db3', '.csv', '.json')

Times = npt.NDArray[np.float64]


class RecordingError(ValueError):
    """A recording that cannot be used; the text says which and why, in one line."""


class AudioBlock(NamedTuple):
    """Sound without a hole, and when its first sample is heard."""

    start_s: float
    pcm: Pcm

    @property
    def end_s(self) -> float:
        """When the sample after the last would be heard."""
        return self.start_s + self.pcm.duration_s


class RecordedText(NamedTuple):
    """A text and when it came."""

    time_s: float
    text: str


class RecordedTrajectory(NamedTuple):
    """A trajectory_msgs/JointTrajectory.

    Attributes:
        received_s: when it came.
        start_s: its stamp; a stamp of zero means at once, which is when it came.
        joint_names: n of them.
        times_s: float64 [k], start_s plus each point's time from there.
        positions: float64 [k, n]; NaN where a point tells none.
        velocities: float64 [k, n]; NaN where a point tells none.

    """

    received_s: float
    start_s: float
    joint_names: tuple[str, ...]
    times_s: Times
    positions: npt.NDArray[np.float64]
    velocities: npt.NDArray[np.float64]


class RecordedJoint(NamedTuple):
    """What joint_states told of a joint: three float64 [n]; NaN where it told nothing."""

    times_s: Times
    positions: npt.NDArray[np.float64]
    efforts: npt.NDArray[np.float64]


class RecordedHead(NamedTuple):
    """The poses of the head, ascending: float64 [n], and float64 [n, 3] roll, pitch, yaw [rad]."""

    times_s: Times
    roll_pitch_yaw: npt.NDArray[np.float64]

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Return the newest pose that is not after a time; before the first one straight ahead."""
        i = int(np.searchsorted(self.times_s, time_s, side='right'))
        if not i:
            return (0.0, 0.0, 0.0)
        roll, pitch, yaw = self.roll_pitch_yaw[i - 1]
        return (float(roll), float(pitch), float(yaw))


def _no_times() -> Times:
    return np.empty(0)


def _no_weights() -> npt.NDArray[np.float32]:
    return np.empty((0, len(ARKIT_NAMES)), np.float32)


def _no_head() -> RecordedHead:
    return RecordedHead(np.empty(0), np.empty((0, 3)))


@dataclass(frozen=True)
class Recording:
    """A recording on one time axis [s]; what it does not have is empty.

    0 s is the first sample of the sound; without sound the first frame's presentation time, and
    without both the first message. In a table it is what the table calls 0, and in a Live Link
    take its first frame.

    Attributes:
        path: what was read.
        start_ns: ROS time of 0 s; 0 where there is none.
        frame_times_s: float64 [n], presentation times, ascending.
        weights: float32 [n, 52] in ARKIT_NAMES order.
        frame_received_s: float64 [n], when the recorder got them; the presentation times where
            that is not known.
        keys: the key motions, ascending in time, on the same axis.
        audio: the sound as heard, ascending: the topic `audio_out` if there is any on it, else
            the topic `audio`.
        audio_topic: which topic the sound is from; '' without sound.
        joint_trajectories: by topic, as they came.
        joint_states: by joint.
        text: what was to be said.
        warnings: what could not be read.
        head: how the head was to be held.

    """

    path: Path
    start_ns: int = 0
    frame_times_s: Times = field(default_factory=_no_times)
    weights: npt.NDArray[np.float32] = field(default_factory=_no_weights)
    frame_received_s: Times = field(default_factory=_no_times)
    keys: Sequence[KeyMotion] = ()
    audio: Sequence[AudioBlock] = ()
    audio_topic: str = ''
    joint_trajectories: Mapping[str, Sequence[RecordedTrajectory]] = field(default_factory=dict)
    joint_states: Mapping[str, RecordedJoint] = field(default_factory=dict)
    text: Sequence[RecordedText] = ()
    warnings: Sequence[str] = ()
    head: RecordedHead = field(default_factory=_no_head)


def read_recording(path: Path | str, *, namespace: str | None = None) -> Recording:
    """Read a bag, or a table that `facetalk animate` or the Live Link Face app wrote.

    Args:
        path: a rosbag2 folder, .mcap, .db3, .csv (ours or Live Link's) or .json.
        namespace: which robot of a bag, for example '/robot1'; None is the only one there.

    Raises:
        RecordingError: it cannot be read, or it has several faces and no namespace is given.

    """
    path = Path(path)
    if path.is_dir() or path.suffix.lower() in ('.mcap', '.db3'):
        from .recording_bag import read_bag

        return read_bag(path, namespace)
    if path.suffix.lower() not in SUFFIXES:
        raise RecordingError(
            f'{path}: not a recording: expected a bag folder or {", ".join(SUFFIXES)}'
        )
    if namespace is not None:
        raise RecordingError(f'{path}: only a bag has namespaces, {namespace!r} has no meaning')
    try:
        return _read_table(path)
    except OSError as error:
        raise RecordingError(f'{path}: {(error.strerror or str(error)).lower()}') from None
    except ValueError as error:
        raise RecordingError(str(error)) from None


def _read_table(path: Path) -> Recording:
    if path.suffix.lower() == '.json':
        track, keys = read_json(path)
        return _of_track(path, track, sorted(keys, key=lambda key: key.time_s))
    with path.open('rb') as file:
        start = file.read(16).removeprefix(codecs.BOM_UTF8)
    if not start.lower().startswith(b'timecode'):
        return _of_track(path, read_csv(path))
    track = read_livelink_csv(path)  # whose times are those of a day
    return _of_track(path, Track(track.times_s - track.times_s[0], track.weights))


def _of_track(path: Path, track: Track, keys: Sequence[KeyMotion] = ()) -> Recording:
    return Recording(
        path, frame_times_s=track.times_s, weights=track.weights,
        frame_received_s=track.times_s.copy(), keys=keys,
    )  # fmt: skip
