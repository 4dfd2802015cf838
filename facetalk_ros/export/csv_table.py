# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Poses as a plain CSV table: time_s and the 52 ARKit names."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

from .target import whole_file
from .track import FrameLike, Track, as_track

_TIME = 'time_s'


class Row(NamedTuple):
    """A row of a CSV file and its number; the header is row 1."""

    number: int
    cells: list[str]


def write_csv(path: Path, frames: Sequence[FrameLike] | Track) -> None:
    """Write a table: `time_s`, then the 52 names in ARKIT_NAMES order; six decimals.

    Raises:
        ValueError: see as_track.
        OSError: see whole_file.

    """
    track = as_track(frames)
    with whole_file(path) as part, part.open('w', encoding='ascii', newline='\n') as out:
        out.write(','.join((_TIME, *ARKIT_NAMES)) + '\n')
        table = np.column_stack([track.times_s, track.weights])
        np.savetxt(out, table, fmt='%.6f', delimiter=',')


def read_csv(path: Path) -> Track:
    """Read such a table; columns are found by name, so their order does not matter.

    Shapes that the table does not have are 0; columns that are no ARKit shape are left out.

    Raises:
        ValueError: not such a table (the message says where and why).
        OSError: the file cannot be read.

    """
    header, rows = read_rows(path)
    if _TIME not in header:
        raise ValueError(f'{path}: no column {_TIME}')
    times = numbers(path, header, rows, [_TIME])[:, 0]
    return named_track(path, times, header, rows)


def read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Return the header and the rows of a CSV file; empty rows are left out.

    Raises:
        ValueError: not text, no rows, or a name twice.
        OSError: the file cannot be read.

    """
    try:
        with path.open(encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(file)
            rows = [Row(i, cells) for i, cells in enumerate(reader, start=1) if cells]
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: not a CSV file: {error}') from error
    except csv.Error as error:  # which Python 3.10 raises for a NUL
        raise ValueError(f'{path}: row {reader.line_num}: {error}') from error
    if len(rows) < 2:
        raise ValueError(f'{path}: no rows')
    header = rows[0].cells
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise ValueError(f'{path}: column {twice!r} occurs more than once')
    return header, rows[1:]


def numbers(
    path: Path, header: list[str], rows: list[Row], names: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Return the named columns as float64 [rows, names].

    Raises:
        ValueError: a row has more or fewer cells than the header, or a cell is no finite number.

    """
    columns = [header.index(name) for name in names]
    values = np.empty((len(rows), len(columns)))
    for i, row in enumerate(rows):
        where = f'{path}, row {row.number}'
        if len(row.cells) != len(header):
            raise ValueError(f'{where}: {len(row.cells)} cells, the header has {len(header)}')
        try:
            values[i] = [float(row.cells[c]) for c in columns]
        except ValueError as error:
            raise ValueError(f'{where}: {error}') from error
        if not np.isfinite(values[i]).all():
            raise ValueError(f'{where}: a number that is not finite')
    return values


def named_track(
    path: Path, times_s: npt.NDArray[np.float64], header: list[str], rows: list[Row]
) -> Track:
    """Return the columns that bear ARKit names, camelCase or PascalCase, as a track.

    Raises:
        ValueError: no such column, a cell that is no finite number, or times that do not increase.

    """
    found = {name: name[:1].lower() + name[1:] for name in header}
    shapes = [name for name in header if found[name] in ARKIT_INDEX]
    if not shapes:
        raise ValueError(f'{path}: no column has an ARKit name such as {ARKIT_NAMES[0]}')
    weights = np.zeros((len(rows), len(ARKIT_NAMES)), np.float32)
    weights[:, [ARKIT_INDEX[found[name]] for name in shapes]] = numbers(path, header, rows, shapes)
    try:
        return as_track(Track(times_s, weights))
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error
