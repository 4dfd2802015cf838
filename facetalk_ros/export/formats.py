# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which writer a file name asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from facetalk_ros.view import FaceModel, load_face

from .csv_table import write_csv
from .json_file import write_json
from .livelink import write_livelink_csv
from .mcap import write_mcap
from .target import check_target
from .track import Audio, FrameLike, KeyLike, Track

#: Known endings; the longer ones first, since a name may end with two of them.
SUFFIXES = ('.livelink.csv', '.csv', '.json', '.mcap', '.mp4', '.gif', '.png')


def suffix_of(path: Path | str) -> str:
    """Return the ending that says how a file is to be written.

    Raises:
        ValueError: the name has none of the known endings.

    """
    name = Path(path).name
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    raise ValueError(f'{name}: the name must end with one of {", ".join(SUFFIXES)}')


def check_out(path: Path | str) -> None:
    """Check before the work that write_frames will be able to write this file.

    Raises:
        ValueError: the name has none of the known endings.
        OSError: the folder does not exist, or the path is a folder.
        ImportError: a picture or video is asked for and the extra `video` is not installed.

    """
    suffix = suffix_of(path)
    check_target(Path(path))
    if suffix == '.mp4':
        from . import video  # noqa: F401
    elif suffix in ('.gif', '.png'):
        from . import pictures  # noqa: F401


def write_frames(
    path: Path | str,
    frames: Sequence[FrameLike] | Track,
    *,
    audio: Audio | None = None,
    keys: Sequence[KeyLike] = (),
    face: str | Path | FaceModel = 'friendly',
    size: int | None = None,
    fps: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write frames in the format that the name's ending asks for; see SUFFIXES.

    The file appears whole or not at all, and equal input gives equal bytes. What a format has
    no place for (sound in a table) is left out.

    Args:
        path: the file; an existing one is replaced.
        frames: the poses, in order of time.
        audio: the sound, its first sample at 0 s of the audio clock.
        keys: the key motions that the poses pass through.
        face: for pictures and videos, a face, the name of one that ships or the path of one.
        size: of a picture of the face [pixels]; 512 in a video, 256 in a GIF, 160 on a sheet.
        fps: pictures per second of a video (30).
        progress: called now and then with pictures done and pictures in all.

    Raises:
        ValueError: an unknown ending, no frames, frames that as_track refuses, or no such face.
        OSError: the folder does not exist, or the file cannot be written.
        ImportError: a picture or video is asked for and the extra `video` is not installed.

    """
    path = Path(path)
    check_out(path)
    drawn: dict[str, Any] = {'progress': progress} | ({'size': size} if size is not None else {})
    match suffix_of(path):
        case '.csv':
            write_csv(path, frames)
        case '.livelink.csv':
            write_livelink_csv(path, frames)
        case '.json':
            write_json(path, frames, keys=keys)
        case '.mcap':
            write_mcap(path, frames, audio=audio, keys=keys)
        case '.mp4':
            from .video import write_mp4

            rate: dict[str, Any] = {'fps': fps} if fps is not None else {}
            write_mp4(path, frames, _face(face), audio=audio, **rate, **drawn)
        case '.gif':
            from .pictures import write_gif

            write_gif(path, frames, _face(face), **drawn)
        case '.png':
            from .pictures import write_contact_sheet

            write_contact_sheet(path, frames, _face(face), keys=keys, **drawn)


def _face(face: str | Path | FaceModel) -> FaceModel:
    return face if isinstance(face, FaceModel) else load_face(face)
