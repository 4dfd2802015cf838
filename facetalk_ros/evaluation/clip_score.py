# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One animated clip against the face that was seen: every measure that needs no other clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..face.aperture import LIPS_CLOSED_BELOW, lip_aperture
from ..face.names import ARKIT_INDEX, LOWER_FACE_NAMES, sides
from .acceleration import Accelerations, compare_accelerations
from .closure import GAP_CLOSED_BELOW, ClosureCounts, count_closed
from .envelope import Mask, Signal, envelope_times, spoken
from .lag import correlation_by_lag, pearson
from .tracked import TrackedClip
from .warping import misalignment_s

Weights = npt.NDArray[np.float32]

#: Our lip aperture beside the gap between the inner lips; no shape of its own.
LIP_GAP = 'lip_gap'
#: The lower face as one motion of all its shapes that were measured.
LOWER_FACE = 'lower_face'
#: What is correlated. A pair written without its side is the mean of both.
CHANNELS = (
    'jawOpen', LIP_GAP, 'mouthClose', 'mouthPucker', 'mouthFunnel', 'mouthLowerDown',
    'mouthUpperUp', 'mouthRollLower', 'mouthRollUpper', 'mouthPress', 'mouthStretch',
)  # fmt: skip
#: What a lag is searched for.
LAG_CHANNELS = ('jawOpen', LIP_GAP)
#: What may tremble. Aperture and gap differ in unit: only the scaled figures compare them.
JITTER_MOTIONS = ('jawOpen', LIP_GAP, LOWER_FACE)


@dataclass(frozen=True)
class ClipScore:
    """The measures of one clip.

    Attributes:
        r: Pearson's r by channel; only where both move.
        by_lag: r at each of ``LAGS_S`` by channel.
        misalignment_s: mean time between aligned frames by channel.
        accelerations: by motion.
        loudness: r of the lip aperture (``made``) and of the gap (``seen``) with the loudness of
            the sound, the SLCC of "Perceptually Accurate 3D Talking Head Generation" (CVPR 2025)
            with the envelope as loudness.
        closures: of the ``made`` face at its own rate, of that face ``sampled`` at the frames of
            the video, and as ``seen`` there; empty without phones to trust or a gap.

    """

    r: dict[str, float]
    by_lag: dict[str, Signal]
    misalignment_s: dict[str, float]
    accelerations: dict[str, Accelerations]
    loudness: dict[str, float]
    closures: dict[str, ClosureCounts]


def channel(weights: Weights, name: str) -> Signal:
    """Return one of CHANNELS, float64 [frames], of weights [frames, 52]."""
    if name == LIP_GAP:
        return np.asarray(lip_aperture(weights), np.float64)
    return np.asarray(weights[:, [ARKIT_INDEX[n] for n in sides(name)]].mean(1), np.float64)


def seen_channel(clip: TrackedClip, name: str) -> Signal | None:
    """Return one of CHANNELS as it was seen, float64 [frames], or None if it was not."""
    if name == LIP_GAP:
        return clip.lip_gap
    known = all(clip.measured[ARKIT_INDEX[n]] for n in sides(name))
    return channel(clip.weights, name) if known else None


def score_clip(time_s: Signal, weights: Weights, clip: TrackedClip) -> ClipScore:
    """Measure an animated clip.

    Args:
        time_s: float64 [frames], ascending, on the clock of the clip's sound.
        weights: float32 [frames, 52] in ARKIT_NAMES order, at any rate.
        clip: what was seen.

    Raises:
        ValueError: not as many times as weights, or none.

    """
    if weights.shape != (len(time_s), len(ARKIT_INDEX)) or not len(time_s):
        raise ValueError(f'{clip.name}: {len(time_s)} times, weights of shape {weights.shape}')
    seen_s = clip.time_s
    made: dict[str, Signal] = {}
    seen: dict[str, Signal] = {}
    by_lag = {}
    for name in CHANNELS:
        own, other = channel(weights, name), seen_channel(clip, name)
        if other is None:
            continue
        made[name], seen[name] = np.interp(seen_s, time_s, own), other
        if name in LAG_CHANNELS:
            by_lag[name] = correlation_by_lag(time_s, own, seen_s, other)
    r = {name: pearson(made[name], seen[name]) for name in seen}
    loud = np.interp(seen_s, envelope_times(clip.envelope), clip.envelope, right=0.0)
    pairs = {'made': made.get(LIP_GAP), 'seen': seen.get(LIP_GAP)}
    return ClipScore(
        {name: value for name, value in r.items() if np.isfinite(value)},
        {name: curve for name, curve in by_lag.items() if np.isfinite(curve).all()},
        {name: misalignment_s(made[name], seen[name], clip.fps) for name in by_lag},
        _accelerations(time_s, weights, clip, made, seen),
        {of: pearson(lips, loud) for of, lips in pairs.items() if lips is not None},
        _closures(time_s, weights, clip, made),
    )


def _accelerations(
    time_s: Signal, weights: Weights, clip: TrackedClip,
    made: dict[str, Signal], seen: dict[str, Signal],
) -> dict[str, Accelerations]:  # fmt: skip
    speech: Mask = spoken(clip.time_s, clip.phones, clip.envelope)
    lower = [ARKIT_INDEX[n] for n in LOWER_FACE_NAMES if clip.measured[ARKIT_INDEX[n]]]
    pairs: dict[str, tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]] = {
        name: (made[name], seen[name]) for name in JITTER_MOTIONS if name in seen
    }
    if lower:
        ours = [np.interp(clip.time_s, time_s, weights[:, i]) for i in lower]
        pairs[LOWER_FACE] = np.stack(ours, 1), clip.weights[:, lower]
    found = {name: compare_accelerations(*pair, clip.fps, speech) for name, pair in pairs.items()}
    return {name: value for name, value in found.items() if value is not None}


def _closures(
    time_s: Signal, weights: Weights, clip: TrackedClip, made: dict[str, Signal]
) -> dict[str, ClosureCounts]:
    if not clip.phones or clip.lip_gap is None:
        return {}
    lips = {
        'made': (time_s, lip_aperture(weights) < LIPS_CLOSED_BELOW),
        'sampled': (clip.time_s, made[LIP_GAP] < LIPS_CLOSED_BELOW),
        'seen': (clip.time_s, clip.lip_gap < GAP_CLOSED_BELOW),
    }
    return {of: count_closed(*closed, clip.phones) for of, closed in lips.items()}
