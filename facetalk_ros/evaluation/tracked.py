# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Does the mouth open when a tracked speaker's does? Correlation with motion seen by a camera.

Pearson's r at zero lag, the mean over clips of one person, of ``jawOpen`` with the tracked
``jawOpen`` and of the lip aperture with the tracked gap between the inner lips.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..face.aperture import lip_aperture
from ..face.names import ARKIT_INDEX
from .animation import animate

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrackedClip:
    """A recording with what a camera saw of the speaker's mouth.

    Attributes:
        jaw_open: float64 [frames].
        lip_gap: float64 [frames], distance of the inner lips over that of the eye corners.

    """

    audio: Path
    speaker: str
    transcript: str
    fps: float
    jaw_open: Signal
    lip_gap: Signal


@dataclass
class Correlations:
    """Pearson's r of every clip that has any motion."""

    jaw_open: list[float] = field(default_factory=list)
    lip_gap: list[float] = field(default_factory=list)


def read_tracked(folder: Path, split: str) -> Iterator[TrackedClip]:
    """Yield the camera-tracked clips of a split.

    Raises:
        ValueError: the folder has another layout.

    """
    try:
        jaw = json.loads((folder / 'names.json').read_text())['arkit'].index('jawOpen')
        with (folder / 'manifest.csv').open(newline='', encoding='utf-8') as f:
            rows = [r for r in csv.DictReader(f) if r['split'] == split]
        tracks = {r['tracks']: np.load(folder / r['tracks']) for r in rows}
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f'{folder} is not a folder of tracked faces: {error}') from error
    for row in rows:
        track = tracks[row['tracks']]
        if 'lip_gap' not in track or not np.isfinite(track['lip_gap']).any():
            continue
        i = list(track['clips']).index(row['clip'])
        span = slice(track['offsets'][i], track['offsets'][i + 1])
        yield TrackedClip(
            folder / row['audio'],
            row['speaker'],
            row['transcript'],
            float(row['fps']),
            np.float64(track['arkit'][span, jaw]),
            np.float64(track['lip_gap'][span]),
        )


def correlate(clip: TrackedClip, with_text: bool, counts: Correlations) -> None:
    """Animate a clip and add its correlations; a signal that never moves has none."""
    times, weights = animate(clip.audio, clip.transcript if with_text else '')
    seen = np.arange(len(clip.jaw_open)) / clip.fps
    for made, tracked, found in (
        (weights[:, ARKIT_INDEX['jawOpen']], clip.jaw_open, counts.jaw_open),
        (lip_aperture(weights), clip.lip_gap, counts.lip_gap),
    ):
        shown = np.interp(seen, times, made)
        if shown.std() > 0 and tracked.std() > 0:
            found.append(float(np.corrcoef(shown, tracked)[0, 1]))


def correlation_report(
    folder: Path, split: str, with_text: bool, limit: int | None = None
) -> dict[str, Correlations]:
    """Return the correlations of a split by speaker.

    Raises:
        ValueError: the folder has another layout or no such split.

    """
    report: defaultdict[str, Correlations] = defaultdict(Correlations)
    for i, clip in enumerate(read_tracked(folder, split)):
        if limit is not None and i >= limit:
            break
        correlate(clip, with_text, report[clip.speaker])
    if not report:
        raise ValueError(f'{folder} has no tracked clips of split {split!r}')
    return dict(sorted(report.items()))
