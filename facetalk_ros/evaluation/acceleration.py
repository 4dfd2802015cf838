# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Does the face tremble? Accelerations of a motion beside those of the tracked face.

Both at the same rate and over the same frames: a second difference grows with the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: "No jitter" is judged by this percentile.
PERCENTILE = 95.0


def acceleration(motion: npt.ArrayLike, rate_hz: float) -> Signal:
    """Return the size of the second difference, per second squared, float64 [frames - 2].

    Args:
        motion: float [frames] or [frames, channels]; of several channels the Euclidean norm.
        rate_hz: frames a second.

    """
    frames = np.asarray(motion, np.float64)
    frames = frames[:, None] if frames.ndim == 1 else frames
    second = np.diff(frames, 2, axis=0) * rate_hz**2
    return np.asarray(np.linalg.norm(second, axis=1))


def deviation(motion: npt.ArrayLike) -> float:
    """Return the standard deviation; of several channels that of the distance from the mean."""
    frames = np.asarray(motion, np.float64)
    if not frames.size or not np.ptp(frames, axis=0).any():
        return 0.0
    return float(np.sqrt(np.var(frames, axis=0).sum()))


@dataclass(frozen=True)
class Accelerations:
    """Sizes of the accelerations of one clip's frames in speech, float64 [frames].

    Attributes:
        made, seen: in units of the motion.
        made_scaled, seen_scaled: of the motions over their own standard deviation in the clip.

    """

    made: Signal
    seen: Signal
    made_scaled: Signal
    seen_scaled: Signal


def compare_accelerations(
    made: npt.ArrayLike, seen: npt.ArrayLike, rate_hz: float, spoken: Mask
) -> Accelerations | None:
    """Return the accelerations of both, or None when one does not move.

    Args:
        made: float [frames] or [frames, channels].
        seen: the same shape.
        rate_hz: of both.
        spoken: bool [frames], which frames count.

    Raises:
        ValueError: the shapes differ.

    """
    made, seen = np.asarray(made, np.float64), np.asarray(seen, np.float64)
    if made.shape != seen.shape or len(spoken) != len(seen):
        raise ValueError(f'made {made.shape}, seen {seen.shape}, {len(spoken)} frames of speech')
    scales = deviation(made), deviation(seen)
    if not all(scales):
        return None
    a, b = (acceleration(motion, rate_hz)[spoken[1:-1]] for motion in (made, seen))
    return Accelerations(a, b, a / scales[0], b / scales[1])


def jitter(clips: Sequence[Accelerations], scaled: bool) -> dict[str, float]:
    """Return PERCENTILE over the frames of all clips: ``made``, ``seen`` and their ``ratio``.

    NaN when no frame is in speech.
    """
    made, seen = (
        np.concatenate([getattr(clip, name + ('_scaled' if scaled else '')) for clip in clips])
        if clips
        else np.zeros(0)
        for name in ('made', 'seen')
    )
    if not len(made):
        return dict.fromkeys(('made', 'seen', 'ratio'), float('nan'))
    a, b = float(np.percentile(made, PERCENTILE)), float(np.percentile(seen, PERCENTILE))
    return {'made': a, 'seen': b, 'ratio': a / b if b else float('nan')}
