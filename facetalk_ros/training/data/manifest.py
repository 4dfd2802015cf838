# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The one manifest format of all recordings: JSON lines, paths relative to the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .checks import Collected, one_line
from .motion import Motion
from .recording import Recording

#: The name that ``collect`` looks for.
MANIFEST_NAME = 'manifest.jsonl'
_FORMAT = 'facetalk recordings'
_VERSION = 1
_TEXTS = ('name', 'audio', 'speaker', 'source', 'licence', 'split', 'transcript')


def write_manifest(path: Path, recordings: Iterable[Recording]) -> None:
    """Write recordings, one a line, after a line with the format and its version.

    Raises:
        OSError: the file cannot be written.

    """
    lines = [json.dumps({'format': _FORMAT, 'version': _VERSION})]
    for recording in recordings:
        row: dict[str, Any] = {name: getattr(recording, name) for name in _TEXTS}
        row['audio'] = _relative(recording.audio, path.parent)
        row['language'] = recording.language
        row['duration_s'] = round(recording.duration_s, 4)
        row['phones'] = [[p, round(s, 4), round(e, 4)] for p, s, e in recording.phones]
        if recording.motion is not None:
            row['motion'] = _relative(recording.motion.file, path.parent)
            row['clip'] = recording.motion.clip
        lines.append(json.dumps(row, ensure_ascii=False))
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def read_manifest(path: Path) -> Collected:
    """Read what write_manifest writes; a line that cannot be used is listed.

    Raises:
        ValueError: it is no such manifest.

    """
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
        head = json.loads(lines[0])
        version = head['version'] if head['format'] == _FORMAT else None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ValueError(f'{path} is no manifest of recordings: {one_line(str(error))}') from error
    if version != _VERSION:
        raise ValueError(f'{path}: format {head["format"]!r} version {version}, not {_VERSION}')
    found = Collected()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            recording = _recording(json.loads(line), path.parent)
        except (ValueError, KeyError, TypeError) as error:
            detail = f'no {error}' if isinstance(error, KeyError) else str(error)
            found.skipped.append(one_line(f'{path.name}, line {number}: {detail}'))
        else:
            found.add(recording)
    return found


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _recording(row: Any, folder: Path) -> Recording:
    texts = {name: row[name] for name in _TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f'{name} is {text!r}, not text')
    motion = row.get('motion')
    return Recording(
        **{**texts, 'audio': folder / texts['audio']},
        phones=tuple((str(p), float(s), float(e)) for p, s, e in row.get('phones', ())),
        language=str(row.get('language', '')),
        motion=None if motion is None else Motion(folder / motion, str(row.get('clip', ''))),
    )
