# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Lip closure on a folder of speech with phone timings, through the streaming engine."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .animation import animate
from .closure import ClosureCounts, count_closures

Phones = list[tuple[str, float, float]]


@dataclass(frozen=True)
class AlignedClip:
    """A recording with its transcript and the times of its phones."""

    name: str
    audio: Path
    source: str
    transcript: str
    phones: Phones


def read_clips(folder: Path, split: str) -> Iterator[AlignedClip]:
    """Yield the aligned clips of a split from a folder with manifest.csv and phones.csv.

    Raises:
        ValueError: the folder has another layout.

    """
    for name in ('manifest.csv', 'phones.csv'):
        if not (folder / name).is_file():
            raise ValueError(f'{folder} has no {name}: not a speech folder')
    phones: defaultdict[str, Phones] = defaultdict(list)
    with (folder / 'phones.csv').open(newline='', encoding='utf-8') as f:
        for row in csv.DictReader(f):
            phones[row['id']].append((row['phone'], float(row['start_s']), float(row['end_s'])))
    with (folder / 'manifest.csv').open(newline='', encoding='utf-8') as f:
        for row in csv.DictReader(f):
            if row['split'] == split and row['id'] in phones:
                yield AlignedClip(
                    row['id'], folder / row['file'], row['source'], row['transcript'],
                    phones[row['id']],
                )  # fmt: skip


def closure_report(
    folder: Path, split: str, with_text: bool, limit: int | None = None
) -> dict[str, ClosureCounts]:
    """Return the closures of all clips of a split by source, and in all under ``all``.

    Raises:
        ValueError: the folder has another layout or no such split.

    """
    report: defaultdict[str, ClosureCounts] = defaultdict(ClosureCounts)
    for i, clip in enumerate(read_clips(folder, split)):
        if limit is not None and i >= limit:
            break
        times, weights = animate(clip.audio, clip.transcript if with_text else '')
        counts = count_closures(times, weights, clip.phones)
        report[clip.source] += counts
        report['all'] += counts
    if not report:
        raise ValueError(f'{folder} has no aligned clips of split {split!r}')
    return dict(sorted(report.items()))
