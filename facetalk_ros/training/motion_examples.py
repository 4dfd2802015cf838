# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Captured faces as the motion networks see them: features, phones as decided live, motion.

Phones come from the tracker that runs in the stream, frame by frame, so that the networks learn
with its delays and its mistakes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from ..audio.features import FRAMES_PER_STEP, HOP_SAMPLES, STEP_S, LogMel
from ..face.articulation import CHANNELS, channels_of
from ..face.pose_table import default_pose_table
from ..motion.learned import INSTANT_AGES_S, KEY_POSES, OLDEST_S, RISE_S, Spoken
from ..speech.acoustic import AcousticModel, Heard
from ..speech.g2p import text_to_phones
from ..speech.phones import SILENCE
from ..speech.tokens import Pause
from ..speech.tracker import PhoneTracker
from ..stream import BEGINS_AFTER_S, LAG_FRAMES
from .data.augment import Augmenter
from .data.baselines import Baseline, measure_baseline
from .data.motion import FaceTrack
from .data.recording import Recording

Floats = npt.NDArray[np.float32]

_TRUST = Path(__file__).with_name('channel_trust.yaml')
# After the sound the stream goes on until the last frame is out.
_TAIL_S = 0.4
# A usual face speaking reaches so much of what the table of poses shows.
_REACH_OF_TABLE = 0.6
# What the table never shows, a face does a little.
_REACH_AT_LEAST = 0.06
_CLOSED_PERCENTILE = 5.0
# Trackers show some shapes at a twentieth of their range (funnel of GRID: 0.02).
_GAIN_MAX = 20.0
# A channel that moves less than this in a whole clip was not measured there.
_STILL = 1e-4


@dataclass(frozen=True, eq=False)
class Told:
    """The phones of one clip, as they were decided.

    Attributes:
        at: int64 [N], which phone is spoken at each step.
        step: int64 [E], the step that decided each.
        phones: float16 [E, NEIGHBOURS * KNOWN_PHONES].
        told: float32 [E], whether text told it.
        start_s: float64 [E].
        keys: float32 [E, KEY_POSES * channels], the captured poses at its start, target and end.

    """

    at: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    phones: npt.NDArray[np.float16]
    told: Floats
    start_s: npt.NDArray[np.float64]
    keys: Floats

    def clock(self, steps: npt.NDArray[np.int64]) -> Floats:
        """Return the age of the phone at the instants of steps, float32 [n, INSTANTS]."""
        heard_s = (np.asarray(steps)[:, None] + 1) * STEP_S
        ages_s = heard_s - np.array(INSTANT_AGES_S) - self.start_s[self.at[steps], None]
        return np.asarray(np.clip(ages_s.astype(np.float32), 0.0, OLDEST_S))


@dataclass(frozen=True, eq=False)
class Example:
    """One clip.

    Attributes:
        features: float16 [N, features].
        motion: float32 [N, INSTANTS, channels], captured, of a usual face.
        sure: float32 [N, INSTANTS, channels], 0 where it was not measured, 1 where it can be
            believed, see ``trust``.
        told: with text, and without; a clip without text has the latter only.

    """

    recording: Recording
    features: npt.NDArray[np.float16]
    motion: Floats
    sure: Floats
    told: Mapping[str, Told]


def usual_reach() -> Floats:
    """Return how far each channel of a usual speaking face goes, float32 [channels]."""
    poses = np.stack([row.weights for row in default_pose_table().values()])
    reach = np.maximum(_REACH_OF_TABLE * channels_of(poses).max(0), _REACH_AT_LEAST)
    return np.asarray(reach, np.float32)


@functools.cache
def _trust_table() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = yaml.safe_load(_TRUST.read_text(encoding='utf-8'))
    return table


def trust(source: str) -> Floats:
    """Return how far a source is believed about each channel, float32 [channels], 0 to 1."""
    known = (row for name, row in _trust_table().items() if source.startswith(name))
    row = next(known, {})
    return np.array([row.get(channel, 1.0) for channel in CHANNELS], np.float32)


def articulated(track: FaceTrack) -> FaceTrack:
    """Return a track of the channels of learned motion instead of the 52 weights."""
    channels = channels_of(track.weights)
    valid = channels_of(track.valid[None].astype(np.float32))[0] > 0
    valid[0] = True
    if track.lip_gap is not None:
        channels[:, 0] = track.lip_gap
    valid &= np.ptp(channels, axis=0) > _STILL
    return FaceTrack(channels, valid, track.seen, track.fps)


def measure(recordings: Sequence[Recording], personal: bool) -> dict[str, Baseline]:
    """Return the rest and reach of each speaker in channels.

    Args:
        recordings: with motion.
        personal: take the weights as they are, as a face of ARKit measures them.

    """
    baselines = {}
    for speaker in sorted({r.speaker for r in recordings}):
        mine = [r for r in recordings if r.speaker == speaker]
        tracks = [(articulated(face), r.phones) for r in mine if (face := r.face()) is not None]
        found = measure_baseline(tracks)
        seen = np.concatenate([track.weights[track.seen] for track, _ in tracks])
        # lips are closed where they are least apart, not where a person rests them
        found.rest[0] = np.percentile(seen[:, 0], _CLOSED_PERCENTILE)
        reach = usual_reach() if personal else found.reach
        baselines[speaker] = Baseline(found.rest, reach, found.valid)
    return baselines


def follow(
    heard: Heard, model: AcousticModel, text: str, language: str = 'en'
) -> list[tuple[int, Spoken]]:
    """Return the phones of a clip as the stream decides them, each with its step."""
    tracker = PhoneTracker(model.log_prior, lag_frames=LAG_FRAMES)
    if text:
        spoken = text_to_phones(text, language)
        tracker.add_words([(w.phones, w.pause_after >= Pause.COMMA) for w in spoken.words])
    found: list[tuple[int, Spoken]] = [(0, Spoken(SILENCE, -1.0))]
    for step, frames in enumerate(heard.log_posteriors):
        if step < model.look_ahead_steps:
            continue
        for frame in frames:
            for start in tracker.push(frame):
                before = found[-1][1].phone
                begun = step
                while start.start_s > (begun + 1) * STEP_S - BEGINS_AFTER_S:
                    begun += 1
                found.append((begun, Spoken(
                    start.phone, start.start_s, before, start.upcoming, start.from_text,
                )))  # fmt: skip
    return found


def decided(found: list[tuple[int, Spoken]], steps: int, motion_at: Curve) -> Told:
    """Return phones as arrays.

    Args:
        found: ascending; the first is decided at step 0.
        steps: how many steps the clip has.
        motion_at: the captured face.

    """
    found = [(step, spoken) for step, spoken in found if step < steps]
    at = np.zeros(steps, np.int64)
    for i, (step, _) in enumerate(found):
        at[step:] = i
    starts = np.array([spoken.start_s for _, spoken in found])
    ends = np.append(starts[1:], steps * STEP_S)
    targets = np.minimum(starts + RISE_S, ends)
    keys = np.stack([motion_at(times) for times in (starts, targets, ends)], 1)
    return Told(
        at, np.array([step for step, _ in found]),
        np.stack([spoken.one_hot() for _, spoken in found]).astype(np.float16),
        np.array([spoken.told for _, spoken in found], np.float32), starts,
        keys.reshape(len(found), KEY_POSES * len(CHANNELS)),
    )  # fmt: skip


class Curve:
    """Captured channels at any time, held beyond the ends."""

    def __init__(
        self, channels: Floats, fps: float, stretch: float = 1.0, start_s: float = 0.0
    ) -> None:
        """Take float32 [T, channels] from a time on at a rate, of a clip that was made longer."""
        self._channels = channels
        self._times_s = start_s + np.arange(len(channels)) / fps * stretch

    def __call__(self, times_s: npt.NDArray[np.float64]) -> Floats:
        """Return float32 [n, channels]."""
        columns = [np.interp(times_s, self._times_s, c) for c in self._channels.T]
        return np.stack(columns, -1).astype(np.float32)

    @property
    def end_s(self) -> float:
        """When the last frame is."""
        return float(self._times_s[-1])


def example(
    recording: Recording, baseline: Baseline, model: AcousticModel, augment: Augmenter,
    clean: bool = True, muted: bool = False,
) -> Example:  # fmt: skip
    """Return a clip, or a variation of it, as the networks see it.

    Raises:
        ValueError: its sound or motion cannot be read.

    """
    face = recording.face()
    if face is None:
        raise ValueError(f'{recording.name}: no motion')
    track = articulated(face)
    varied = augment.vary(recording.samples(), clean, muted)
    tail = np.zeros(int(_TAIL_S / STEP_S) * FRAMES_PER_STEP * HOP_SAMPLES, np.float32)
    heard = model.whole(LogMel().whole(np.concatenate((varied.samples, tail))))
    pooled = np.maximum(baseline.pooled(track.weights, usual_reach(), _GAIN_MAX), 0)
    if muted:
        pooled[:] = 0.0
    motion_at = Curve(pooled, track.fps, varied.stretch)
    steps = len(heard.features)
    times_s = (np.arange(steps)[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)
    motion = np.stack([motion_at(t) for t in times_s.T], 1)
    seen_at = Curve(track.seen[:, None].astype(np.float32), track.fps, varied.stretch)
    inside = (times_s >= 0) & (times_s <= motion_at.end_s)
    inside &= np.stack([seen_at(t)[:, 0] for t in times_s.T], 1) > 0.99
    sure = inside[..., None] * (baseline.valid & track.valid) * trust(recording.source)
    told = {'sound': decided(follow(heard, model, ''), steps, motion_at)}
    language = recording.language or 'en'
    if recording.transcript and language.startswith('en') and not muted:
        found = follow(heard, model, recording.transcript, language)
        told['text'] = decided(found, steps, motion_at)
    return Example(
        recording, heard.features.astype(np.float16), motion, sure.astype(np.float32), told
    )
