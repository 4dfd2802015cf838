# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reads what json_file writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.motion.keys import KeyKind, KeyMotion

from .track import Track, as_track


def read_json(path: Path) -> tuple[Track, list[KeyMotion]]:
    """Read the poses and key motions of a JSON file.

    Weights are found by name, so their order does not matter; shapes that the file does not have
    are 0.

    Raises:
        ValueError: not such a file (the message says where and why).
        OSError: the file cannot be read.

    """
    try:
        content = json.loads(path.read_text('utf-8-sig'))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f'{path}: not a JSON file: {error}') from None
    where = 'names'
    try:
        columns = _columns(content['names'])
        where, n_shapes = 'frames', len(columns)
        track = as_track(
            Track(
                np.array([f['time_s'] for f in content['frames']], np.float64),
                _weights([f['weights'] for f in content['frames']], columns, n_shapes),
            )
        )
        where = 'keys'
        keys = [_key(key, columns, n_shapes) for key in content.get('keys', [])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        detail = f'no {error}' if isinstance(error, KeyError) else str(error)
        raise ValueError(f'{path}: {where}: {detail}') from None
    return track, keys


def _columns(names: Any) -> list[int]:
    """Return where each weight belongs in ARKIT_NAMES; -1 for no ARKit shape."""
    columns = [ARKIT_INDEX.get(name, -1) for name in names]
    if max(columns, default=-1) < 0:
        raise ValueError(f'none is an ARKit name such as {ARKIT_NAMES[0]}')
    known = [column for column in columns if column >= 0]
    if len(set(known)) < len(known):
        raise ValueError('a name occurs more than once')
    return columns


def _weights(rows: Sequence[Any], columns: list[int], n_shapes: int) -> npt.NDArray[np.float32]:
    values = np.array(rows, np.float32).reshape(-1, n_shapes) if rows else np.empty((0, n_shapes))
    if len(values) != len(rows):
        raise ValueError(f'weights that are not {n_shapes} numbers')
    found = np.zeros((len(rows), len(ARKIT_NAMES)), np.float32)
    used = [i for i, column in enumerate(columns) if column >= 0]
    found[:, [columns[i] for i in used]] = values[:, used]
    return found


def _key(key: Any, columns: list[int], n_shapes: int) -> KeyMotion:
    return KeyMotion(
        float(key['time_s']), KeyKind(key['kind']), str(key['phone']), bool(key['from_text']),
        _weights([key['weights']], columns, n_shapes)[0], str(key.get('word', '')),
    )  # fmt: skip
