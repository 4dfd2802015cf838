# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far a replay may be from its golden bag."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX, ARKIT_NAMES, sides

#: The shapes that are reported together: by the word that their names begin with.
SHAPE_GROUPS: Mapping[str, tuple[str, ...]] = {
    group: tuple(name for name in ARKIT_NAMES if name.startswith(group))
    for group in ('brow', 'eye', 'cheek', 'nose', 'jaw', 'mouth', 'tongue')
}
ALL, JOINTS = 'all', 'joints'

# onnxruntime's kernels differ between processors in the last bits; a weight of 0.01 is not seen.
_WEIGHT = 0.01
_JOINT_RAD = 0.01
_TIME_MS = 1.0
# is_speaking has no stamp: it is placed by the frames around it, which leave in bursts when a bag
# is played fast.
_SPEAKING_S = 0.15


def _weights() -> npt.NDArray[np.float64]:
    return np.full(len(ARKIT_NAMES), _WEIGHT)


@dataclass(frozen=True)
class Tolerances:
    """What is still the same.

    Attributes:
        weights: float64 [52], for each shape.
        joints_rad: for the joints of trajectories [rad].
        time_s: for presentation times: whatever lies this close in time is compared with.

    """

    weights: npt.NDArray[np.float64] = field(default_factory=_weights)
    joints_rad: float = _JOINT_RAD
    time_s: float = _TIME_MS / 1e3

    @property
    def speaking_s(self) -> float:
        """For the times at which is_speaking changes, which are only roughly known."""
        return max(self.time_s, _SPEAKING_S)


def tolerances(
    values: float | Mapping[str, float] | None = None, time_ms: float | None = None
) -> Tolerances:
    """Return tolerances.

    Args:
        values: one for all shapes, or by name: a shape (``jawOpen``), a pair without its side
            (``mouthSmile``), a group (brow, eye, cheek, nose, jaw, mouth, tongue), ``all``, or
            ``joints`` [rad]. The narrower name wins. None: 0.01 of everything.
        time_ms: for times [ms]; None is 1.

    Raises:
        ValueError: an unknown name, or a number that is negative or not finite.

    """
    given = {} if values is None else values if isinstance(values, Mapping) else {ALL: values}
    for name, value in (*given.items(), *(() if time_ms is None else (('time', time_ms),))):
        if not 0 <= value < math.inf:
            raise ValueError(f'tolerance {name}={value!r}: expected a number of 0 or more')
    weights = _weights()
    joints_rad = _JOINT_RAD
    # the widest first, so that the narrower overwrite it
    for name, value in sorted(given.items(), key=lambda item: -len(_shapes(item[0]))):
        weights[[ARKIT_INDEX[shape] for shape in _shapes(name)]] = value
        if name == JOINTS:
            joints_rad = value
    return Tolerances(weights, joints_rad, (_TIME_MS if time_ms is None else time_ms) / 1e3)


def parse_tolerances(texts: Sequence[str], time_ms: float | None = None) -> Tolerances:
    """Return the tolerances of ``0.02`` and ``NAME=0.05``; see tolerances().

    Raises:
        ValueError: naming what cannot be used.

    """
    return tolerances(dict(_pairs(texts)), time_ms)


def _pairs(texts: Sequence[str]) -> Iterator[tuple[str, float]]:
    for text in texts:
        name, sign, number = text.rpartition('=')
        try:
            yield (name if sign else ALL), float(number)
        except ValueError:
            raise ValueError(f'tolerance {text!r}: expected a number or NAME=NUMBER') from None


def _shapes(name: str) -> tuple[str, ...]:
    if name == ALL:
        return ARKIT_NAMES
    if name == JOINTS:
        return ()
    if name in SHAPE_GROUPS:
        return SHAPE_GROUPS[name]
    try:
        return sides(name)
    except ValueError:
        raise ValueError(
            f'tolerance of {name!r}: expected an ARKit shape, {", ".join(SHAPE_GROUPS)}, {ALL} '
            f'or {JOINTS}'
        ) from None
