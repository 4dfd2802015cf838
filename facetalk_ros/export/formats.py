# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which writer a file name asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .csv_table import write_csv
from .json_file import write_json
from .livelink import write_livelink_csv
from .mcap import write_mcap
from .target import check_target
from .track import Audio, FrameLike, KeyLike, Track

#: Known endings; the longer ones first, since a name may end with two of them.
SUFFIXES = ('.livelink.csv', '.csv', '.json', '.mcap')


def suffix_of(path: Path) -> str:
    """Return the ending that says how a file is to be written.

    Raises:
        ValueError: the name has none of the known endings.

    """
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise ValueError(f'{path.name}: the name must end with one of {", ".join(SUFFIXES)}')


def check_out(path: Path | str) -> None:
    """Check before the work that write_frames will be able to write this file.

    Raises:
        ValueError: the name has none of the known endings.
        OSError: the folder does not exist, or the path is a folder.

    """
    suffix_of(Path(path))
    check_target(Path(path))


def write_frames(
    path: Path | str,
    frames: Sequence[FrameLike] | Track,
    *,
    audio: Audio | None = None,
    keys: Sequence[KeyLike] = (),
) -> None:
    """Write frames in the format that the name's ending asks for; see SUFFIXES.

    The file appears whole or not at all, and equal input gives equal bytes. What a format has
    no place for (sound in a table) is left out.

    Args:
        path: the file; an existing one is replaced.
        frames: the poses, in order of time.
        audio: the sound, its first sample at 0 s of the audio clock.
        keys: the key motions that the poses pass through.

    Raises:
        ValueError: an unknown ending, no frames, or frames that as_track refuses.
        OSError: the folder does not exist, or the file cannot be written.

    """
    path = Path(path)
    check_out(path)
    match suffix_of(path):
        case '.csv':
            write_csv(path, frames)
        case '.livelink.csv':
            write_livelink_csv(path, frames)
        case '.json':
            write_json(path, frames, keys=keys)
        case '.mcap':
            write_mcap(path, frames, audio=audio, keys=keys)
