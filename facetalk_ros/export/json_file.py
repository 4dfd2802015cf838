# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Poses as JSON, with the key motions that they pass through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_NAMES

from .target import whole_file
from .track import FrameLike, KeyLike, Track, as_track


def write_json(
    path: Path, frames: Sequence[FrameLike] | Track, *, keys: Sequence[KeyLike] = ()
) -> None:
    """Write `{"names": [52], "frames": [{"time_s", "weights"}], "keys": [...]}`.

    Numbers have six decimals; a frame or key is one line. A key is `{"time_s", "phone", "kind",
    "from_text", "word", "weights"}` as in msg/KeyMotion.msg.

    Raises:
        ValueError: see as_track.
        OSError: see whole_file.

    """
    track = as_track(frames)
    frame_lines = [
        {'time_s': round(float(time_s), 6), 'weights': _rounded(row)}
        for time_s, row in zip(track.times_s, track.weights, strict=True)
    ]
    key_lines = [
        {
            'time_s': round(float(key.time_s), 6),
            'phone': key.phone,
            'kind': int(key.kind),
            'from_text': bool(key.from_text),
            'word': key.word,
            'weights': _rounded(key.weights),
        }
        for key in keys
    ]
    with whole_file(path) as part, part.open('w', encoding='utf-8', newline='\n') as out:
        out.write(f'{{"names": {json.dumps(ARKIT_NAMES)},\n')
        out.write(f'"frames": [{_lines(frame_lines)}],\n"keys": [{_lines(key_lines)}]}}\n')


def _rounded(row: npt.NDArray[np.float32]) -> list[float]:
    return np.round(np.asarray(row, np.float64), 6).tolist()  # type: ignore[no-any-return]


def _lines(entries: list[dict[str, Any]]) -> str:
    return ',\n'.join(json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries)
