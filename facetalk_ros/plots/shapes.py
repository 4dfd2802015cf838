# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which shapes are worth a curve, and how two runs differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..export.track import Track, poses_at
from ..face.names import ARKIT_INDEX, ARKIT_NAMES, sides
from ..recording import Recording
from .model import Line, Panel, PlotError

_MOST_SHAPES = 6
# The two sides of a pair that stay this close are drawn as one.
_SAME = 0.02
# Left and right of these are ways to go, not sides of the face.
_DIRECTIONS = ('jaw', 'mouth')
# What stays below this all the time does not move.
_STILL = 0.02


class Group(NamedTuple):
    """Shapes that share a panel: one, or the two sides of a pair.

    Attributes:
        name: of the shape, or what the names of the pair have in common.
        members: the ARKit names of the curves.

    """

    name: str
    members: tuple[str, ...]

    @property
    def title(self) -> str:
        """What to call the panel."""
        merged = len(self.members) == 1 and self.members[0] != self.name
        return f'{self.name} L, R' if merged else self.name

    def label(self, member: str) -> str:
        """Return what a member is called within its panel."""
        return member.removeprefix(self.name) or member


def named_shapes(
    names: Sequence[str], recordings: Sequence[Recording], from_s: float, to_s: float
) -> list[Group]:
    """Return the panels for shapes that were asked for; a pair's name without side means both.

    Raises:
        PlotError: a name that is no ARKit shape.

    """
    weights = np.concatenate([_weights(recording, from_s, to_s) for recording in recordings])
    try:
        return [_group(name, sides(name), weights) for name in dict.fromkeys(names)]
    except ValueError as error:
        raise PlotError(str(error)) from None


def main_shapes(recordings: Sequence[Recording], from_s: float, to_s: float) -> list[Group]:
    """Return the shapes that move most, by their standard deviation over the range.

    Eyes count half: how they blink and look says little about speech.
    """
    weights = np.concatenate([_weights(recording, from_s, to_s) for recording in recordings])
    if not len(weights):
        return []
    spread = weights.std(0)
    spread[[i for i, name in enumerate(ARKIT_NAMES) if name.startswith('eye')]] *= 0.5
    moves = weights.max(0) - weights.min(0) > _STILL
    found: list[tuple[float, Group]] = []
    for name in ARKIT_NAMES:
        base = name.removesuffix('Left')
        if base in _DIRECTIONS or name.removesuffix('Right') in _DIRECTIONS:
            base = name
        elif name.endswith('Right'):
            continue  # told with its left side
        columns = [ARKIT_INDEX[member] for member in sides(base)]
        if moves[columns].any():
            found.append((float(spread[columns].max()), _group(base, sides(base), weights)))
    found.sort(key=lambda entry: -entry[0])
    return [group for _, group in found[:_MOST_SHAPES]]


def _group(name: str, members: tuple[str, ...], weights: npt.NDArray[np.float32]) -> Group:
    """Return a panel's shapes; sides that move alike are one curve."""
    columns = [ARKIT_INDEX[member] for member in members]
    if (
        len(columns) == 2
        and name not in _DIRECTIONS
        and np.abs(np.diff(weights[:, columns])).max(initial=0.0) < _SAME
    ):
        members = members[:1]
    return Group(name, members)


def _weights(recording: Recording, from_s: float, to_s: float) -> npt.NDArray[np.float32]:
    times = recording.frame_times_s
    return recording.weights[(times >= from_s) & (times <= to_s)]


class Difference(NamedTuple):
    """How far two runs are apart, of all 52 shapes; ``values`` is the largest at each time."""

    times_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]
    shapes: Sequence[str]
    rms: float

    def panel(self) -> Panel:
        """Return it as a strip of the plot."""
        high = max(0.01, float(self.values.max()))
        line = Line('largest of 52', 0, self.times_s, self.values)
        return Panel('curve', 'difference', 'weight', 0.0, high * 1.1, [line], filled=True)

    def notes(self) -> list[tuple[str, str]]:
        """Return it in words."""
        worst = int(self.values.argmax())
        where = f'{self.shapes[worst]} at {self.times_s[worst]:.3f} s'
        return [
            ('largest difference', f'{self.values[worst]:.4f} ({where})'),
            ('rms difference', f'{self.rms:.5f} over 52 shapes'),
        ]


def difference(
    expected: Recording, actual: Recording, from_s: float, to_s: float
) -> Difference | None:
    """Compare two runs where both have frames; None when they nowhere do.

    The second run is interpolated to the times of the first.
    """
    if not len(expected.frame_times_s) or not len(actual.frame_times_s):
        return None
    start_s = max(from_s, expected.frame_times_s[0], actual.frame_times_s[0])
    end_s = min(to_s, expected.frame_times_s[-1], actual.frame_times_s[-1])
    inside = (expected.frame_times_s >= start_s) & (expected.frame_times_s <= end_s)
    times = expected.frame_times_s[inside]
    if not len(times):
        return None
    strict = np.flatnonzero(np.diff(actual.frame_times_s, prepend=-np.inf) > 0)
    track = Track(actual.frame_times_s[strict], actual.weights[strict])
    apart = np.abs(poses_at(track, times) - expected.weights[inside])
    worst = apart.argmax(1)
    return Difference(
        times, apart.max(1), [ARKIT_NAMES[i] for i in worst], float(np.sqrt((apart**2).mean()))
    )
