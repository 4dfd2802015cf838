# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Makes motion of different people and trackers alike, and draws people evenly.

A tracker gives each face a resting expression and a reach of its own: between two people the
resting weights differ by more than one of them moves. Pooled motion is therefore the distance from
a person's rest in units of that person's reach, scaled to the reach of a usual person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...face.names import ARKIT_NAMES
from ...speech.phones import SILENCE
from .motion import FaceTrack, Flags, Floats
from .phone_names import Phone
from .recording import Recording

# Fewer silent frames than this do not tell a resting face.
_REST_FRAMES_MIN = 25
# Silence shorter than this is a closure between words, and its edges already move.
_SILENCE_MIN_S, _SILENCE_EDGE_S = 0.12, 0.04
# Without phones the rest is a low percentile: most shapes are at rest when they are least.
_REST_PERCENTILE = 10.0
_REACH_PERCENTILE = 98.0
#: A channel that reaches less than this from its rest tells of noise only.
REACH_MIN = 0.01
# A person of whom there is one calm clip has not shown their reach; more would be noise.
GAIN_MAX = 4.0
#: How many people stand behind a name of ../shared/data: its README says over 50.
CROWDS: Mapping[str, int] = {'pv_crowd': 50}


@dataclass(frozen=True, eq=False)
class Baseline:
    """How one person's face rests and how far it moves, as one tracker sees it.

    Attributes:
        rest: float32 [channels], the weights at rest; the 52 of ARKit or others.
        reach: float32 [channels], how far from rest the weights go.
        valid: bool [channels], False where nothing was measured or nothing moves.

    """

    rest: Floats
    reach: Floats
    valid: Flags

    def pooled(self, weights: Floats, usual_reach: Floats, gain_max: float = GAIN_MAX) -> Floats:
        """Return the motion of a usual person, of the shape of ``weights``; 0 if not valid.

        Args:
            weights: float32 [T, channels] of this person.
            usual_reach: float32 [channels], see usual_reach.
            gain_max: no motion is made larger than by this.

        """
        moved = (weights - self.rest) * self._gain(usual_reach, gain_max)
        return np.where(self.valid, moved, 0.0).astype(np.float32)

    def personal(self, motion: Floats, usual_reach: Floats) -> Floats:
        """Return float32 [T, 52], the weights of this person for pooled motion; not clipped."""
        gain = self._gain(usual_reach)
        moved = motion / np.where(gain > 0, gain, 1.0) + self.rest
        return np.where(self.valid & (gain > 0), moved, self.rest).astype(np.float32)

    def _gain(self, usual_reach: Floats, gain_max: float = GAIN_MAX) -> Floats:
        gain = usual_reach / np.maximum(self.reach, REACH_MIN)
        return np.asarray(np.minimum(gain, gain_max), np.float32)


def silent_frames(phones: Sequence[Phone], frames: int, fps: float) -> Flags:
    """Return bool [frames], which frames lie well within a silence."""
    times_s = np.arange(frames) / fps
    silent = np.zeros(frames, np.bool_)
    for phone, start_s, end_s in phones:
        if phone == SILENCE and end_s - start_s >= _SILENCE_MIN_S:
            silent |= (times_s >= start_s + _SILENCE_EDGE_S) & (times_s < end_s - _SILENCE_EDGE_S)
    return silent


def measure_baseline(tracks: Iterable[tuple[FaceTrack, Sequence[Phone]]]) -> Baseline:
    """Measure one person: the rest is the median over silent frames, robust against blinks.

    Where phones are not known, or silences are too few, it is a low percentile.

    Args:
        tracks: motion of this person, and the phones spoken meanwhile; () when unknown.

    Raises:
        ValueError: there is no frame with a face.

    """
    seen: list[Floats] = []
    silent: list[Floats] = []
    valid: Flags = np.zeros(1, np.bool_)
    for track, phones in tracks:
        seen.append(track.weights[track.seen])
        is_silent = silent_frames(phones, len(track.weights), track.fps)
        silent.append(track.weights[track.seen & is_silent])
        valid = valid | track.valid
    if not sum(map(len, seen)):
        raise ValueError('no frame with a face')
    weights, resting = np.concatenate(seen), np.concatenate(silent)
    if len(resting) >= _REST_FRAMES_MIN:
        rest = np.median(resting, axis=0)
    else:
        rest = np.percentile(weights, _REST_PERCENTILE, axis=0)
    reach = np.percentile(np.abs(weights - rest), _REACH_PERCENTILE, axis=0)
    return Baseline(
        rest.astype(np.float32), reach.astype(np.float32), valid & (reach >= REACH_MIN)
    )


def measure_baselines(
    recordings: Iterable[Recording],
) -> tuple[dict[str, Baseline], list[str]]:
    """Measure every speaker that has motion.

    Returns:
        The baselines by speaker, and a line for each recording whose motion cannot be read.

    """
    tracks: defaultdict[str, list[tuple[FaceTrack, Sequence[Phone]]]] = defaultdict(list)
    skipped = []
    for recording in recordings:
        try:
            track = recording.face()
        except ValueError as error:
            skipped.append(f'{recording.name}: {error}')
            continue
        if track is not None:
            tracks[recording.speaker].append((track, recording.phones))
    return {speaker: measure_baseline(found) for speaker, found in tracks.items()}, skipped


def usual_reach(baselines: Iterable[Baseline]) -> Floats:
    """Return float32 [52], the median reach over the people who move a channel; 0 if nobody."""
    found = list(baselines)
    usual = np.zeros(len(ARKIT_NAMES), np.float32)
    for channel in range(len(usual)):
        reaches = [b.reach[channel] for b in found if b.valid[channel]]
        if reaches:
            usual[channel] = np.median(reaches)
    return usual


def speaker_balanced(
    recordings: Sequence[Recording],
    power: float = 0.5,
    cap_s: float = float('inf'),
    crowds: Mapping[str, int] = CROWDS,
) -> npt.NDArray[np.float64]:
    """Return how often to draw each recording, float64 [n], the sum is 1.

    A speaker is drawn in proportion to ``amount ** power``, the recordings of a speaker in
    proportion to their lengths. With 0.5 a speaker of whom there is a hundred times as much is
    drawn ten times as often.

    Args:
        recordings: of a length that is not known, the average of the others is taken.
        power: 0 for all speakers alike, 1 for all seconds alike.
        cap_s: seconds beyond which more of a speaker does not count.
        crowds: how many people share a speaker's name, with equal amounts.

    Raises:
        ValueError: a power outside 0 to 1, or a cap that is not positive.

    """
    if not 0 <= power <= 1 or not cap_s > 0:
        raise ValueError(f'power {power} must be from 0 to 1, and the cap {cap_s} s positive')
    known = [r.duration_s for r in recordings if r.duration_s > 0]
    usual_s = float(np.mean(known)) if known else 1.0
    lengths_s = np.array([r.duration_s if r.duration_s > 0 else usual_s for r in recordings])
    total_s: defaultdict[str, float] = defaultdict(float)
    for recording, length_s in zip(recordings, lengths_s, strict=True):
        total_s[recording.speaker] += float(length_s)
    share = {}
    for speaker, amount_s in total_s.items():
        people = crowds.get(speaker, 1)
        share[speaker] = people * min(amount_s / people, cap_s) ** power
    per_second = np.array([share[r.speaker] / total_s[r.speaker] for r in recordings])
    weights = lengths_s * per_second
    return np.asarray(weights / weights.sum() if len(weights) else weights, np.float64)
