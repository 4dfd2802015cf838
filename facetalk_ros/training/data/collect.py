# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Recognises what a folder holds and reads it: one call for all that can be trained on."""

from __future__ import annotations

from pathlib import Path

from .capture import read_capture, sounds_in
from .checks import Collected, one_line
from .manifest import MANIFEST_NAME, read_manifest
from .tables import read_av, read_speech, read_table

# Folders of folders are followed so far.
_DEPTH = 3


def collect(folder: Path) -> Collected:
    """Read all recordings of a folder and of the folders in it.

    A folder is one with a ``manifest.jsonl``, one of ../shared/data (``manifest.csv``), or a
    user's capture: sound with motion and text beside it.

    Returns:
        The recordings that can be used, and one line for each thing that cannot.

    Raises:
        ValueError: there is no such folder.

    """
    if not folder.is_dir():
        raise ValueError(f'{folder} is no folder')
    found = _collect(folder, _DEPTH)
    if not found.recordings and not found.skipped:
        found.skipped.append(f'{folder}: no manifest and no sound in it')
    return found


def _collect(folder: Path, depth: int) -> Collected:
    found = Collected()
    try:
        known = _read(folder)
        if known is not None:
            return known
        if sounds_in(folder):
            found.extend(read_capture(folder))
        if depth > 0:
            for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
                if not inner.name.startswith('.'):
                    found.extend(_collect(inner, depth - 1))
    except (OSError, ValueError) as error:
        found.skipped.append(one_line(f'{folder.name}: {error}'))
    return found


def _read(folder: Path) -> Collected | None:
    """Read a folder with a manifest; None when it has none."""
    if (folder / MANIFEST_NAME).is_file():
        return read_manifest(folder / MANIFEST_NAME)
    table = folder / 'manifest.csv'
    if not table.is_file():
        return None
    rows = read_table(table, ())
    columns = set(rows[0]) if rows else set()
    if {'clip', 'tracks'} <= columns:
        return read_av(folder)
    return read_speech(folder)
