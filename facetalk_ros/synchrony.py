# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far the face in a recording is off its sound: by its stamps, and by what it shows.

Offsets are time of the face minus time of the sound: positive when the face comes late. By
content they are found without stamps' help: the engine makes the face of the recorded sound
anew, which leads the sound by as much as lips do, and the recorded face is laid over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .audio.pcm import Pcm
from .face.aperture import lip_aperture
from .face.names import ARKIT_INDEX, LOWER_FACE_NAMES
from .motion.settings import FaceSettings
from .recording import AudioBlock, RecordedTrajectory, Recording
from .stream import FaceStream

#: What viewers do not notice: ITU-R BT.1359-1, figure 2, as time of the face minus sound.
ACCEPTED_MS = (-125.0, 45.0)
#: More sound than this is not looked at.
LONGEST_S = 900.0

_RATE_HZ = 100.0
_FARTHEST_S = 0.5
_WINDOW_S, _HOP_S = 4.0, 1.0
# Text moves the lips a little earlier than the sound alone: so much on the clips of test/data.
_SYSTEMATIC_S = 0.008
# Windows in which the lips hardly move tell nothing, and neither do unlike faces.
_LEAST_MOTION = 0.02
_LEAST_LIKENESS = 0.5
# Blocks of sound this near are heard as one.
_JOINED_S = 0.5
_LOWER = [ARKIT_INDEX[name] for name in LOWER_FACE_NAMES]
_JAW_OPEN = ARKIT_INDEX['jawOpen']

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Percentiles in milliseconds, of ``count`` values."""

    p5_ms: float
    p50_ms: float
    p95_ms: float
    count: int

    @classmethod
    def of(cls, values_s: npt.ArrayLike) -> Spread:
        """Return the percentiles of at least one value in seconds."""
        values = np.asarray(values_s, np.float64)
        p5, p50, p95 = (float(p) for p in np.percentile(values, (5, 50, 95)) * 1e3)
        return cls(p5, p50, p95, len(values))

    @property
    def is_accepted(self) -> bool:
        """Whether nine tenths of the values lie within ACCEPTED_MS."""
        low, high = ACCEPTED_MS
        return low <= round(self.p5_ms, 3) and round(self.p95_ms, 3) <= high


@dataclass(frozen=True)
class Lag:
    """How far something follows the sound, by its content.

    Attributes:
        spread: over windows of 4 s.
        likeness: median correlation with what the sound asks for, 0.5 to 1.
        uncertainty_ms: standard error of the median, with what text may change.

    """

    spread: Spread
    likeness: float
    uncertainty_ms: float


@dataclass(frozen=True)
class Synchrony:
    """What was measured; None where it cannot be told.

    Attributes:
        arrival: when frames came, after their stamps; negative: before.
        content: the face on its stamps against the sound on its stamps.
        total: as somebody sees it who shows a frame at its stamp, or when it comes if that is
            later.
        joints: the joint that follows the sound best, by topic.

    """

    arrival: Spread | None
    content: Lag | None
    total: Spread | None
    joints: dict[str, tuple[str, Lag]] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether the face is in sync."""
        return self.total is not None and self.total.is_accepted


def measure_synchrony(recording: Recording) -> Synchrony:
    """Measure a recording that has frames and sound.

    Raises:
        ValueError: it has no frames, no sound, or no frame during the sound.

    """
    if not len(recording.frame_times_s):
        raise ValueError('there is no face in it')
    if not recording.audio:
        raise ValueError('there is no sound in it')
    start_s = recording.audio[0].start_s
    heard = _joined([b for b in recording.audio if b.start_s < start_s + LONGEST_S])
    times_s = recording.frame_times_s
    during = np.zeros(len(times_s), bool)
    for block in heard:
        during |= (times_s >= block.start_s) & (times_s < block.end_s)
    if not during.any():
        raise ValueError('no frame belongs to the sound: the stamps are of different clocks')
    delays_s = (recording.frame_received_s - times_s)[during]
    shown = np.column_stack([recording.weights[:, _LOWER], lip_aperture(recording.weights)])
    windows = _Windows()
    joint_windows: dict[tuple[str, str], _Windows] = {}
    for block in heard:
        grid_s, asked = _asked_for(block)
        face = _at(grid_s, times_s, shown.astype(np.float64))
        windows.compare(grid_s, asked[:, :-1], face)
        for topic, trajectories in recording.joint_trajectories.items():
            for name, curve in _joint_curves(grid_s, trajectories).items():
                windows_of = joint_windows.setdefault((topic, name), _Windows())
                windows_of.compare(grid_s, asked[:, -1:], curve[:, None], either_sign=True)
    lags_s = windows.nearest(times_s[during])
    late_s = np.maximum(delays_s, 0.0)
    return Synchrony(
        arrival=Spread.of(delays_s),
        content=windows.lag(),
        total=Spread.of(late_s if lags_s is None else late_s + lags_s),
        joints=_best_joints(joint_windows),
    )


def _joined(blocks: Sequence[AudioBlock]) -> list[AudioBlock]:
    """Join blocks of one rate with little between them; silence fills the holes."""
    joined: list[AudioBlock] = []
    for block in blocks:
        samples, rate_hz = block.pcm.samples.mean(1), block.pcm.rate_hz
        if joined and joined[-1].pcm.rate_hz == rate_hz:
            before = joined[-1]
            hole = round((block.start_s - before.end_s) * rate_hz)
            if hole < _JOINED_S * rate_hz:
                parts = (before.pcm.samples[:, 0], np.zeros(max(0, hole), np.float32),
                         samples[max(0, -hole):])  # fmt: skip
                whole = np.concatenate(parts)[:, None]
                joined[-1] = before._replace(pcm=Pcm(whole, rate_hz))
                continue
        joined.append(block._replace(pcm=Pcm(samples[:, None], rate_hz)))
    return joined


def _asked_for(block: AudioBlock) -> tuple[Curve, Curve]:
    """Return times on a grid and, at them, what the engine makes of the sound.

    The lower face, the lip aperture and, last, the jaw: float64 [n, 16 or so].
    """
    stream = FaceStream(settings=FaceSettings(blinks_per_minute=0.0))
    frames = stream.push_audio(block.pcm.samples, block.pcm.rate_hz) + stream.finish()
    weights = np.array([f.weights for f in frames])
    times_s = np.array([f.time_s for f in frames]) + block.start_s
    curves = np.column_stack(
        [weights[:, _LOWER], lip_aperture(weights), weights[:, _JAW_OPEN]]
    ).astype(np.float64)
    grid_s = np.arange(block.start_s, block.end_s, 1.0 / _RATE_HZ)
    return grid_s, _at(grid_s, times_s, curves)


def _at(grid_s: Curve, times_s: Curve, values: Curve) -> Curve:
    """Return curves at other times, [len(grid_s), channels]; outside they stand still."""
    return np.column_stack([np.interp(grid_s, times_s, column) for column in values.T])


def _joint_curves(grid_s: Curve, trajectories: Sequence[RecordedTrajectory]) -> dict[str, Curve]:
    """Return where each joint was told to be; a later trajectory replaces those before."""
    curves: dict[str, Curve] = {}
    for trajectory in trajectories:
        from_ = int(np.searchsorted(grid_s, trajectory.received_s))
        if not len(trajectory.times_s) or from_ == len(grid_s):
            continue
        for name, positions in zip(trajectory.joint_names, trajectory.positions.T, strict=True):
            curve = curves.setdefault(name, np.full(len(grid_s), positions[0]))
            known = ~np.isnan(positions)
            if known.any():
                curve[from_:] = np.interp(
                    grid_s[from_:], trajectory.times_s[known], positions[known]
                )
    return curves


class _Windows:
    """Lags of one set of curves behind another, window by window."""

    def __init__(self) -> None:
        self._middles_s: list[float] = []
        self._lags_s: list[float] = []
        self._likenesses: list[float] = []

    def compare(
        self, grid_s: Curve, asked: Curve, shown: Curve, *, either_sign: bool = False
    ) -> None:
        """Compare [n, channels] curves on a grid wherever ``asked`` moves."""
        size, reach = round(_WINDOW_S * _RATE_HZ), round(_FARTHEST_S * _RATE_HZ)
        if len(grid_s) < size + 2 * reach:
            size = len(grid_s) - 2 * reach  # the sound is short: one window
        if size < reach:
            return
        for at in range(reach, len(grid_s) - size - reach + 1, round(_HOP_S * _RATE_HZ)):
            wanted = asked[at : at + size]
            if wanted.std(0).max() < _LEAST_MOTION:
                continue
            scores = np.array([
                _likeness(wanted, shown[at + lag : at + lag + size])
                for lag in range(-reach, reach + 1)
            ])  # fmt: skip
            scores = np.abs(scores) if either_sign else scores
            best = int(np.argmax(scores))
            if scores[best] < _LEAST_LIKENESS or best in (0, 2 * reach):
                continue
            self._middles_s.append(float(grid_s[at + size // 2]))
            self._lags_s.append((best - reach + _vertex(scores[best - 1 : best + 2])) / _RATE_HZ)
            self._likenesses.append(float(scores[best]))

    def lag(self) -> Lag | None:
        """Return what all windows say; None without any."""
        if not self._lags_s:
            return None
        lags_s = np.array(self._lags_s)
        # windows overlap, so neighbours do not count as different ones
        independent = max(1.0, len(lags_s) * _HOP_S / _WINDOW_S)
        deviation_s = 1.4826 * float(np.median(np.abs(lags_s - np.median(lags_s))))
        uncertainty_s = np.hypot(1.2533 * deviation_s / np.sqrt(independent), _SYSTEMATIC_S)
        likeness = float(np.median(self._likenesses))
        return Lag(Spread.of(lags_s), likeness, float(uncertainty_s) * 1e3)

    def nearest(self, times_s: Curve) -> Curve | None:
        """Return the lag of the window around each time; None without any."""
        if not self._lags_s:
            return None
        middles_s = np.array(self._middles_s)
        after = np.searchsorted((middles_s[1:] + middles_s[:-1]) / 2.0, times_s)
        return np.array(self._lags_s)[after]


def _likeness(one: Curve, other: Curve) -> float:
    """Return the correlation of two sets of curves, all channels together."""
    one, other = one - one.mean(0), other - other.mean(0)
    scale = np.sqrt((one * one).sum() * (other * other).sum())
    return float((one * other).sum() / scale) if scale > 0 else 0.0


def _vertex(three: Curve) -> float:
    """Return where the parabola through three neighbours has its top, from the middle one."""
    before, middle, after = three
    bend = before - 2.0 * middle + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0


def _best_joints(found: dict[tuple[str, str], _Windows]) -> dict[str, tuple[str, Lag]]:
    best: dict[str, tuple[str, Lag]] = {}
    for (topic, name), windows in found.items():
        lag = windows.lag()
        if lag is not None and (topic not in best or lag.likeness > best[topic][1].likeness):
            best[topic] = (name, lag)
    return best
