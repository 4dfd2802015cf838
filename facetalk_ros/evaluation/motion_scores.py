# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How near made motion is to what cameras saw: the measures of clips, gathered by speaker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from .acceleration import jitter
from .animation import Animation, Progress, animate, animate_clips
from .clip_score import (
    CHANNELS,
    JITTER_MOTIONS,
    LAG_CHANNELS,
    LIP_GAP,
    ClipScore,
    Weights,
    score_clip,
)
from .closure import ClosureCounts
from .envelope import Signal
from .lag import best_lag
from .tracked import TrackedClip

#: What stands for a speaker where all clips count together.
ALL = 'all'


@dataclass
class MotionScores:
    """Measures of animated clips; any motion will do, whatever made it.

    Attributes:
        clips: the measures of the clips by speaker.

    """

    clips: defaultdict[str, list[ClipScore]] = field(default_factory=lambda: defaultdict(list))

    def add(self, time_s: Signal, weights: Weights, clip: TrackedClip) -> None:
        """Measure a clip: times [s], float64 [frames], and weights, float32 [frames, 52].

        Raises:
            ValueError: not as many times as weights, or none.

        """
        self.clips[clip.speaker].append(score_clip(time_s, weights, clip))

    def report(self) -> dict[str, Any]:
        """Return all figures, as JSON has them: None for what cannot be told.

        - ``speakers``: by speaker, and for ``all`` clips together: the number of ``clips``; means
          over clips of ``r`` by channel; ``lag``, the one at which the mean over clips is best;
          ``misalignment_s``, means over clips;
          ``jitter`` and ``jitter_scaled``, percentiles of the acceleration over all frames in
          speech; ``loudness`` and ``closures`` as ``ClipScore`` has them.
        - ``mean_of_speakers``: r by channel, the mean of the speakers' means.

        Raises:
            ValueError: no clip was added.

        """
        if not self.clips:
            raise ValueError('no clip was measured')
        rows = {speaker: _row(self.clips[speaker]) for speaker in sorted(self.clips)}
        everyone = [score for speaker in rows for score in self.clips[speaker]]
        return {
            'speakers': {**rows, ALL: _row(everyone)},
            'mean_of_speakers': _means((row['r'] for row in rows.values()), CHANNELS),
        }


def score_clips(
    clips: Sequence[TrackedClip],
    with_text: bool,
    animation: Animation = animate,
    jobs: int = 1,
    progress: Progress | None = None,
) -> MotionScores:
    """Animate clips, each once, and measure them; arguments as of ``animate_clips``.

    Raises:
        ValueError: less than one job, a file that is no sound, or an animation of no frames.

    """
    scores = MotionScores()
    motions = animate_clips(clips, with_text, animation, jobs, progress)
    for clip, motion in zip(clips, motions, strict=True):
        scores.add(*motion, clip)
    return scores


def _row(scores: Sequence[ClipScore]) -> dict[str, Any]:
    lags = {
        name: best_lag([score.by_lag[name] for score in scores if name in score.by_lag])
        for name in LAG_CHANNELS
    }
    moving = {
        name: [score.accelerations[name] for score in scores if name in score.accelerations]
        for name in JITTER_MOTIONS
    }
    closures: defaultdict[str, ClosureCounts] = defaultdict(ClosureCounts)
    for score in scores:
        for of, counts in score.closures.items():
            closures[of] += counts
    return {
        'clips': len(scores),
        'r': _means((score.r for score in scores), CHANNELS),
        'lag': {name: lag._asdict() for name, lag in lags.items() if lag is not None},
        'misalignment_s': _means((score.misalignment_s for score in scores), LAG_CHANNELS),
        'jitter': {
            # of different units
            name: _known(jitter(clips, scaled=False))
            for name, clips in moving.items()
            if name != LIP_GAP and clips
        },
        'jitter_scaled': {
            name: _known(jitter(clips, scaled=True)) for name, clips in moving.items() if clips
        },
        'loudness': _means((score.loudness for score in scores), ('made', 'seen')),
        'closures': {of: closure_row(counts) for of, counts in closures.items()},
    }


def closure_row(counts: ClosureCounts) -> dict[str, float | None]:
    """Return counts with their rates, as JSON has them: None for a rate of nothing."""
    return asdict(counts) | _known(
        {'closure_rate': counts.closure_rate, 'wrong_rate': counts.wrong_rate}
    )


def _means(rows: Iterable[dict[str, float]], names: Sequence[str]) -> dict[str, float]:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if np.isfinite(value):
                values[name].append(value)
    return {name: float(np.mean(values[name])) for name in names if name in values}


def _known(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in figures.items()}
