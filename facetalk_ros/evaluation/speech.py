# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Lip closure on a folder of speech with phone timings, through the streaming engine."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .animation import Animation, Progress, animate, animate_clips
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


def read_clips(folder: Path, split: str, speakers: Collection[str] = ()) -> Iterator[AlignedClip]:
    """Yield the aligned clips of a split from a folder with manifest.csv and phones.csv.

    Args:
        folder: as ../shared/data/speech/README.md describes it.
        split: of the manifest.
        speakers: only these; all when empty.

    Raises:
        ValueError: the folder has another layout.

    """
    for name in ('manifest.csv', 'phones.csv'):
        if not (folder / name).is_file():
            raise ValueError(f'{folder} has no {name}: not a speech folder')
    phones: defaultdict[str, Phones] = defaultdict(list)
    try:
        with (folder / 'phones.csv').open(newline='', encoding='utf-8') as f:
            for row in csv.DictReader(f):
                span_s = float(row['start_s']), float(row['end_s'])
                phones[row['id']].append((row['phone'], *span_s))
        with (folder / 'manifest.csv').open(newline='', encoding='utf-8') as f:
            for row in csv.DictReader(f):
                if row['split'] != split or row['id'] not in phones:
                    continue
                if speakers and row['speaker'] not in speakers:
                    continue
                yield AlignedClip(
                    row['id'], folder / row['file'], row['source'], row['transcript'],
                    phones[row['id']],
                )  # fmt: skip
    except KeyError as error:
        raise ValueError(f'{folder} is not a speech folder: no column {error}') from error
    except (TypeError, ValueError) as error:
        raise ValueError(f'{folder} is not a speech folder: {error}') from error


def closure_report(
    folder: Path,
    split: str,
    with_text: bool,
    limit: int | None = None,
    speakers: Collection[str] = (),
    animation: Animation = animate,
    jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, ClosureCounts]:
    """Return the closures of all clips of a split by source, and in all under ``all``.

    Args:
        folder: of ``read_clips``.
        split: of the manifest.
        with_text: whether the animation is given what is said.
        limit: only the first so many clips.
        speakers: only these; all when empty.
        animation: see ``animate_clips``, also for ``jobs`` and ``progress``.
        jobs: how many processes.
        progress: told after every clip.

    Raises:
        ValueError: the folder has another layout or no such split.

    """
    clips = list(islice(read_clips(folder, split, speakers), limit))
    if not clips:
        of = f' and speakers {", ".join(speakers)}' if speakers else ''
        raise ValueError(f'{folder} has no aligned clips of split {split!r}{of}')
    report: defaultdict[str, ClosureCounts] = defaultdict(ClosureCounts)
    motions = animate_clips(clips, with_text, animation, jobs, progress)
    for clip, (times, weights) in zip(clips, motions, strict=True):
        counts = count_closures(times, weights, clip.phones)
        report[clip.source] += counts
        report['all'] += counts
    return dict(sorted(report.items()))
