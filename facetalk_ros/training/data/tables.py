# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The folders of ../shared/data: speech with phones, speech without, and tracked faces."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from ...audio.features import SAMPLE_RATE_HZ
from .checks import Collected
from .motion import Motion
from .phone_names import Phone
from .recording import Recording

_SPEECH_COLUMNS = ('id', 'file', 'speaker', 'source', 'licence')
_AV_COLUMNS = ('clip', 'audio', 'speaker', 'source', 'licence', 'split', 'transcript', 'phones')
# The corpus word timings disagree with the phones by more than this: do not trust the phones.
_WORD_DEVIATION_MAX_S = 0.2


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file.

    Raises:
        ValueError: it cannot be read or lacks one of the columns.

    """
    try:
        with path.open(newline='', encoding='utf-8-sig') as f:
            reader = csv.DictReader(f, restval='', restkey='')
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(f'{path}: no column {", ".join(missing)}')
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f'{path}: {error}') from error


def read_speech(folder: Path) -> Collected:
    """Read a folder with manifest.csv, the sound, and phones.csv where phones are known.

    Raises:
        ValueError: a table cannot be read.

    """
    rows = read_table(folder / 'manifest.csv', _SPEECH_COLUMNS)
    found = Collected()
    phones, broken = _speech_phones(folder / 'phones.csv')
    for row in rows:
        name, is_aligned = row['id'], row.get('aligned') == '1'
        if name in broken:
            found.skipped.append(f'{name}: {broken[name]}')
            continue
        if is_aligned and name not in phones:
            found.skipped.append(f'{name}: aligned, but it has no phones')
            continue
        recording = Recording(
            name, folder / row['file'], row['speaker'], row['source'], row['licence'],
            row.get('split') or 'train', row.get('transcript') or '',
            tuple(phones[name]) if is_aligned else (), row.get('language') or '',
        )  # fmt: skip
        found.add(recording, SAMPLE_RATE_HZ)
    return found


def _speech_phones(path: Path) -> tuple[dict[str, list[Phone]], dict[str, str]]:
    """Return the phones by recording, and what is wrong with those that cannot be read."""
    phones: defaultdict[str, list[Phone]] = defaultdict(list)
    broken: dict[str, str] = {}
    if path.is_file():
        for row in read_table(path, ('id', 'phone', 'start_s', 'end_s')):
            try:
                phone = row['phone'], float(row['start_s']), float(row['end_s'])
            except ValueError as error:
                broken[row['id']] = f'{path.name}: {error}'
            else:
                phones[row['id']].append(phone)
    return phones, broken


def read_av(folder: Path) -> Collected:
    """Read a folder with manifest.csv, sound, tracks, and phones that may be trusted or not.

    Raises:
        ValueError: the manifest cannot be read.

    """
    found = Collected()
    files: dict[str, dict[str, list[Phone]] | str] = {}
    for row in read_table(folder / 'manifest.csv', _AV_COLUMNS):
        name, phones = row['clip'], row['phones']
        if phones and phones not in files:
            files[phones] = _av_phones(folder / phones)
        aligned = files.get(phones, {})
        if isinstance(aligned, str):
            found.skipped.append(f'{name}: {aligned}')
            continue
        tracks = row.get('tracks') or ''
        recording = Recording(
            name, folder / row['audio'], row['speaker'], row['source'], row['licence'],
            row['split'], row['transcript'],
            tuple(aligned.get(name, ())) if _trusted(row.get('phone_dev_s') or '') else (),
            row.get('language') or '', Motion(folder / tracks, name) if tracks else None,
        )  # fmt: skip
        found.add(recording, SAMPLE_RATE_HZ)
    return found


def _trusted(deviation_s: str) -> bool:
    try:
        return float(deviation_s) <= _WORD_DEVIATION_MAX_S
    except ValueError:
        return False


def _av_phones(path: Path) -> dict[str, list[Phone]] | str:
    """Return the phones by clip, or what is wrong with the file."""
    try:
        return {
            clip: [(str(phone), float(start), float(end)) for phone, start, end in phones]
            for clip, phones in json.loads(path.read_text()).items()
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return f'{path} has no phones: {error}'
