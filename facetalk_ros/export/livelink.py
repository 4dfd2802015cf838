# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Poses as the CSV file of the Live Link Face app, which Unreal, Furhat and Blender tools read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

from .csv_table import Row, named_track, read_rows
from .target import whole_file
from .track import FrameLike, Track, as_track

#: Frames per second that the last field of a time code counts in, whatever the take's own rate.
TIMECODE_HZ = 60

_TIMECODE = re.compile(r'(\d+):(\d\d):(\d\d):(\d+(?:\.\d+)?)')
_DAY_S = 86400.0

# The app's own order: that of ARKIT_NAMES but for two pairs. Right comes first there.
_SWAPPED = {
    'jawLeft': 'jawRight',
    'jawRight': 'jawLeft',
    'mouthLeft': 'mouthRight',
    'mouthRight': 'mouthLeft',
}
_SHAPES = tuple(_SWAPPED.get(name, name) for name in ARKIT_NAMES)
_HEAD = ('HeadYaw', 'HeadPitch', 'HeadRoll')
_EYES = tuple(
    f'{side}Eye{turn}' for side in ('Left', 'Right') for turn in ('Yaw', 'Pitch', 'Roll')
)

# Eye rotation [rad] per look shape, a least-squares fit to a take of the app (3809 frames, range
# of motion; r squared 0.999 for pitch, 0.94 for yaw). Roll stays 0, the fit is poor (0.6).
_PITCH_PER_LOOK = {'Down': 0.62, 'Up': -0.45}
_YAW_PER_LOOK = {'In': 0.53, 'Out': -0.63}  # of the left eye; the right eye turns the other way

HEADER = (
    'Timecode',
    'BlendShapeCount',
    *(name[0].upper() + name[1:] for name in _SHAPES),
    *_HEAD,
    *_EYES,
)
_COUNT = len(HEADER) - 2


def write_livelink_csv(path: Path, frames: Sequence[FrameLike] | Track) -> None:
    """Write poses as a Live Link Face take that starts at midnight plus the first frame's time.

    Times are rounded to 1/60000 s, weights to ten decimals. The head does not turn; the eyes
    turn as the look shapes say.

    Raises:
        ValueError: see as_track; or a time before 0 or beyond a day.
        OSError: see whole_file.

    """
    track = as_track(frames)
    if track.times_s[0] < 0 or track.times_s[-1] >= _DAY_S - 1:
        raise ValueError(
            f'times {track.times_s[0]} to {track.times_s[-1]} s do not fit a time code of one day'
        )
    values = np.hstack(
        [
            track.weights[:, [ARKIT_INDEX[name] for name in _SHAPES]],
            np.zeros((len(track.weights), len(_HEAD)), np.float32),
            eye_rotations(track.weights),
        ]
    )
    with whole_file(path) as part, part.open('w', encoding='ascii', newline='\n') as out:
        out.write(','.join(HEADER) + '\n')
        row_format = ','.join(['%.10f'] * _COUNT)
        for time_s, row in zip(track.times_s, values, strict=True):
            out.write(f'{_timecode(time_s)},{_COUNT},{row_format % tuple(row)}\n')


def read_livelink_csv(path: Path, timecode_hz: float = TIMECODE_HZ) -> Track:
    """Read a take; its columns are found by name. Rows without a tracked face are left out.

    Args:
        path: the file.
        timecode_hz: what the frame field of the time code counts in.

    Returns:
        The track; times are seconds since midnight of the day the take began, as in the file.

    Raises:
        ValueError: not such a file (the message says where and why).
        OSError: the file cannot be read.

    """
    if not timecode_hz > 0:
        raise ValueError(f'timecode_hz {timecode_hz} is not positive')
    header, rows = read_rows(path)
    lower = [name.lower() for name in header[:2]]
    if lower != ['timecode', 'blendshapecount']:
        raise ValueError(f'{path}: the first columns are not Timecode and BlendShapeCount')
    tracked = [row for row in rows if row.cells[1:2] != ['0']]
    if not tracked:
        raise ValueError(f'{path}: no row has a tracked face')
    times = np.array([_seconds(path, row, timecode_hz) for row in tracked])
    # past midnight the time code starts again
    times[1:] += _DAY_S * np.cumsum(np.diff(times) < -_DAY_S / 2)
    return named_track(path, times, header, tracked)


def _timecode(time_s: float) -> str:
    thousandths = round(time_s * TIMECODE_HZ * 1000)
    seconds, thousandths = divmod(thousandths, TIMECODE_HZ * 1000)
    frame, thousandths = divmod(thousandths, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f'{hour:02d}:{minute:02d}:{second:02d}:{frame:02d}.{thousandths:03d}'


def _seconds(path: Path, row: Row, timecode_hz: float) -> float:
    match = _TIMECODE.fullmatch(row.cells[0].strip())
    if not match:
        raise ValueError(
            f'{path}, row {row.number}: {row.cells[0]!r} is no time code hh:mm:ss:ff.fff'
        )
    hour, minute, second = (int(group) for group in match.groups()[:3])
    return hour * 3600 + minute * 60 + second + float(match[4]) / timecode_hz


def eye_rotations(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the eyes' turns for float32 [n, 52], float32 [n, 6] [rad].

    They are yaw, pitch and roll of the left eye, then of the right one; to the face's right and
    down is positive.
    """
    turns = np.zeros((len(weights), len(_EYES)), np.float32)
    for i, (side, outward) in enumerate((('Left', 1.0), ('Right', -1.0))):
        for look, per in _YAW_PER_LOOK.items():
            turns[:, 3 * i] += outward * per * weights[:, ARKIT_INDEX[f'eyeLook{look}{side}']]
        for look, per in _PITCH_PER_LOOK.items():
            turns[:, 3 * i + 1] += per * weights[:, ARKIT_INDEX[f'eyeLook{look}{side}']]
    return turns
