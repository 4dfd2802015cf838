# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Captured motion of a face, from tracks of a camera and from what a user captured."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...export.csv_table import read_csv
from ...export.json_reader import read_json
from ...export.livelink import TIMECODE_HZ, read_livelink_csv
from ...export.track import Track
from ...face.names import ARKIT_INDEX, ARKIT_NAMES

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

# A frame whose nearest captured one is further away than this share of a frame was not seen.
_NEAR = 0.75
# What the last field of a Live Link time code counts in, where it is not TIMECODE_HZ.
_TIMECODES_HZ = (24, 25, 30, 50, 60, 120, 240)
# Below this many frames the largest frame field does not tell what it counts in.
_TELLING_ROWS = 120
_FRAME_FIELD = re.compile(r'\d+:\d\d:\d\d:(\d+)')
# More frames than any take has: half a day at 120 fps. Beyond it times are not believed.
_FRAMES_MAX = 5_000_000
# What numpy, zip and json raise for a file that is missing, damaged or of another kind.
_DAMAGED = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_COMPANION_COLUMN = re.compile(r'time_s|timecode|blendshapecount|(head|lefteye|righteye)\w+', re.I)


@dataclass(frozen=True)
class Motion:
    """Where the motion of a recording is kept.

    Attributes:
        file: a .npz with the tracks of a speaker (the layout of ../shared/data/av), a Live Link
            Face .csv, the .csv of this package or its .json.
        clip: which clip of an .npz.

    """

    file: Path
    clip: str = ''


@dataclass(frozen=True, eq=False)
class FaceTrack:
    """A face over time; frame k is at k / fps, and 0 s is the first sample of the sound.

    Attributes:
        weights: float32 [T, 52] in ARKIT_NAMES order.
        valid: bool [52], False for a channel that this source does not measure.
        seen: bool [T], False where the tracker had no face: the weights are filled in there.
        fps: frames per second.
        lip_gap: float32 [T], distance of the inner lips over that of the outer eye corners, or
            None where it was not measured.

    """

    weights: Floats
    valid: Flags
    seen: Flags
    fps: float
    lip_gap: Floats | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.weights) / self.fps


def read_motion(motion: Motion) -> FaceTrack:
    """Read the motion of one recording.

    Raises:
        ValueError: missing, damaged, of another kind, or with values that are no numbers.

    """
    try:
        if motion.file.suffix == '.npz':
            written_ns = motion.file.stat().st_mtime_ns
            return _speaker(motion.file, written_ns).track(motion.clip)
        return _captured(motion.file)
    except OSError as error:
        raise ValueError(f'{motion.file}: {error.strerror or error}') from error


def unknown_columns(file: Path) -> tuple[str, ...]:
    """Return the columns of a .csv that are neither ARKit shapes nor known companions.

    Raises:
        OSError: the file cannot be read.

    """
    with file.open(encoding='utf-8-sig', errors='replace') as f:
        header = [name.strip() for name in f.readline().split(',')]
    return tuple(
        name
        for name in header
        if name[:1].lower() + name[1:] not in ARKIT_INDEX and not _COMPANION_COLUMN.fullmatch(name)
    )


class _Speaker:
    """The tracks of all clips of one speaker, in this package's order of shapes."""

    def __init__(self, path: Path) -> None:
        try:
            names = json.loads((path.parent.parent / 'names.json').read_text())
            with np.load(path) as tracks:
                found: dict[str, Any] = {name: tracks[name] for name in tracks.files}
            weights = np.asarray(found['arkit'], np.float32)
            self.clips = {str(name): i for i, name in enumerate(found['clips'])}
            self.offsets = [int(offset) for offset in found['offsets']]
            self.seen = ~np.asarray(found['missing'], np.bool_)
            self.fps = float(found['fps'])
            valid = np.asarray(found['channel_valid'], np.bool_)
            gap = np.asarray(found['lip_gap'], np.float32) if 'lip_gap' in found else None
            columns = [ARKIT_INDEX[name] for name in names['arkit']]
            # the rig of FACEGOOD has these poses, and no take of it moves them
            constant = names.get('facegood_constant', []) if 'rig116' in found else []
        except _DAMAGED as error:
            raise ValueError(f'{path} is no file of tracks: {error}') from error
        if weights.shape != (len(self.seen), len(columns)) or self.offsets[-1] != len(weights):
            raise ValueError(f'{path}: weights of shape {weights.shape}, {len(self.seen)} frames')
        self.path = path
        self.gap = gap
        self.weights = np.zeros((len(weights), len(ARKIT_NAMES)), np.float32)
        self.weights[:, columns] = weights
        self.valid = np.zeros(len(ARKIT_NAMES), np.bool_)
        self.valid[columns] = valid
        self.valid[[ARKIT_INDEX[name] for name in constant]] = False

    def track(self, clip: str) -> FaceTrack:
        if clip not in self.clips:
            raise ValueError(f'{self.path} has no clip {clip!r}')
        i = self.clips[clip]
        span = slice(self.offsets[i], self.offsets[i + 1])
        gap = self.gap[span] if self.gap is not None else None
        if gap is not None and not np.isfinite(gap).all():
            gap = None
        track = FaceTrack(self.weights[span], self.valid, self.seen[span], self.fps, gap)
        _check(track, f'{self.path}, clip {clip}')
        return track


@lru_cache(maxsize=64)
def _speaker(path: Path, written_ns: int) -> _Speaker:
    """Return the tracks of a file, read once while it stays the same."""
    return _Speaker(path)


def _captured(file: Path) -> FaceTrack:
    if file.suffix == '.json':
        return _even(read_json(file)[0], file)
    with file.open(encoding='utf-8-sig', errors='replace') as f:
        is_livelink = f.readline().lower().startswith('timecode,')
    if not is_livelink:
        return _even(read_csv(file), file)
    take = read_livelink_csv(file, _timecode_hz(file))
    # the app starts sound and face together
    return _even(Track(take.times_s - take.times_s[0], take.weights), file)


def _timecode_hz(file: Path) -> float:
    """Return what the frames of a take's time code count in: it never reaches that number."""
    fields = [int(n) for n in _FRAME_FIELD.findall(file.read_text('utf-8-sig', 'replace'))]
    if len(fields) < _TELLING_ROWS:
        return TIMECODE_HZ
    return next((hz for hz in _TIMECODES_HZ if hz > max(fields)), TIMECODE_HZ)


def _even(track: Track, file: Path) -> FaceTrack:
    """Put a track on even times from 0 s; where rows are missing it is filled in, unseen.

    A channel that never moves was not measured: trackers are never perfectly still.
    """
    times_s, weights = np.asarray(track.times_s, np.float64), track.weights
    if len(times_s) < 2:
        raise ValueError(f'{file}: {len(times_s)} frames')
    fps = float(1 / np.median(np.diff(times_s)))
    fps = round(fps) if abs(fps - round(fps)) < 0.02 * fps else fps
    if times_s[-1] * fps > _FRAMES_MAX:
        raise ValueError(f'{file}: it ends at {times_s[-1]:g} s, at {fps:g} frames per second')
    grid_s = np.arange(int(times_s[-1] * fps + 1e-3) + 1) / fps
    even = np.stack([np.interp(grid_s, times_s, channel) for channel in weights.T], 1)
    after = np.clip(np.searchsorted(times_s, grid_s), 1, len(times_s) - 1)
    away_s = np.minimum(abs(grid_s - times_s[after - 1]), abs(grid_s - times_s[after]))
    found = FaceTrack(
        even.astype(np.float32), np.ptp(weights, axis=0) > 0, away_s * fps <= _NEAR, float(fps)
    )
    _check(found, str(file))
    return found


def _check(track: FaceTrack, where: str) -> None:
    if len(track.weights) < 2:
        raise ValueError(f'{where}: {len(track.weights)} frames')
    if not np.isfinite(track.weights).all():
        raise ValueError(f'{where}: values that are no numbers')
    if not track.seen.any():
        raise ValueError(f'{where}: no frame with a face')
