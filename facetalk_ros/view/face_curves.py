# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reading the curves of a face file: their points, and what each shape adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX

from .face_errors import FaceError, at, flag, is_left, mapping, numbers

_Array = npt.NDArray[np.float32]

_CURVE = {'side', 'points', 'circle', 'closed', 'symmetric', 'depth', 'flat', 'follow', 'moves'}
_MOVE = {'x', 'y', 'width', 'grow'}
# eight points of a circle; a Catmull-Rom spline through them stays within 1 % of its radius
_CIRCLE = np.array([[np.sin(a), -np.cos(a)] for a in np.arange(8) * np.pi / 4])


class Shape(NamedTuple):
    """A curve as it is being read.

    Attributes:
        points: float32 [n, 3]: x, y, stroke width.
        depths: float32 [n, 2]: depth, and the share of the head's motion.
        closed: whether the last point joins the first.
        moves: float32 [n, 3] by shape.

    """

    points: _Array
    depths: _Array
    closed: bool
    moves: dict[str, _Array]


class Head(NamedTuple):
    """About what the head turns, and how round it is: x, y, rx, ry, rz."""

    pivot: tuple[float, float] = (0.0, 0.0)
    dome: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0, 0.0)

    def depth(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how far in front of the pivot points of the head lie."""
        x, y, rx, ry, rz = self.dome
        out = ((points[:, 0] - x) / rx) ** 2 + ((points[:, 1] - y) / ry) ** 2
        return rz * np.sqrt(np.maximum(0.0, 1.0 - out))


def read_head(data: object) -> Head:
    """Return what a file says about the head.

    Raises:
        FaceError: with the place.

    """
    head, found = mapping(data, 'head', {'pivot', 'dome'}), Head()
    if 'pivot' in head:
        with at('pivot'):
            x, y = numbers(head['pivot']).tolist()
        found = found._replace(pivot=(x, y))
    if 'dome' in head:
        with at('dome'):
            dome = numbers(head['dome'])
            if dome.shape != (5,) or not (dome[2:] > 0).all():
                raise FaceError('a dome is [x, y, rx, ry, rz], the radii above 0')
        found = found._replace(dome=tuple(dome.tolist()))
    return found


def read_curve(name: str, data: object, head: Head) -> dict[str, Shape]:
    """Return a curve, or the left and the right one, by name.

    Raises:
        FaceError: with the place.

    """
    curve = mapping(data, 'curve', _CURVE)
    if ('circle' in curve) == ('points' in curve):
        raise FaceError('has either points or a circle')
    points = _read_points(curve)
    moves = {}
    with at('moves'):
        for arkit, move in (curve.get('moves') or {}).items():
            with at(arkit):
                if arkit not in ARKIT_INDEX:
                    raise FaceError(f'{arkit!r} is none of the 52 ARKit names')
                moves[arkit] = _read_move(points, mapping(move, 'move', _MOVE))
    depths = np.column_stack(
        [_per_point(curve, key, default, len(points))
         for key, default in (('depth', 0.0), ('follow', 1.0))]
    )  # fmt: skip
    if not flag(curve, 'flat', False):
        depths[:, 0] += head.depth(points)
    closed = flag(curve, 'closed', 'circle' in curve)
    shape = Shape(points.astype(np.float32), depths.astype(np.float32), closed, moves)
    if is_left(curve):
        return {f'{name}_left': shape, f'{name}_right': _mirrored(shape)}
    if flag(curve, 'symmetric', True):
        shape = _both_sides(shape)
    return {name: shape}


def _read_points(curve: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """Return float64 [n, 3]."""
    if 'circle' in curve:
        with at('circle'):
            circle = numbers(curve['circle'])
            if circle.shape not in ((3,), (4,)):
                raise FaceError('a circle is [x, y, radius] or [x, y, x radius, y radius]')
        plane = circle[:2] + _CIRCLE * circle[2:]
        return np.column_stack([plane, np.zeros(len(plane))])
    with at('points'):
        given = curve['points']
        if not isinstance(given, list) or len(given) < 2:
            raise FaceError('a curve needs two or more points [x, y] or [x, y, width]')
        points = np.zeros((len(given), 3))
        for i, point in enumerate(given):
            with at(i):
                value = numbers(point)
                if value.shape not in ((2,), (3,)):
                    raise FaceError(f'{point} is no point [x, y] or [x, y, width]')
                points[i, : len(value)] = value
        return points


def _read_move(points: npt.NDArray[np.float64], move: Mapping[str, Any]) -> _Array:
    added = np.column_stack([_per_point(move, k, 0.0, len(points)) for k in ('x', 'y', 'width')])
    with at('grow'):
        grow = numbers(move.get('grow', 1.0))
        if grow.shape:
            raise FaceError('grow is one number')
    centre = (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    added[:, :2] += (grow - 1.0) * (points[:, :2] - centre)
    return added.astype(np.float32)


def _per_point(
    entry: Mapping[str, Any], key: str, default: float, count: int
) -> npt.NDArray[np.float64]:
    with at(key):
        value = numbers(entry.get(key, default))
        if value.shape not in ((), (count,)):
            raise FaceError(f'{key} has {value.size} numbers for {count} points')
        return np.broadcast_to(value, count)


def _other_side(arkit: str) -> str:
    for side, other in (('Left', 'Right'), ('Right', 'Left')):
        if arkit.endswith(side):
            return arkit.removesuffix(side) + other
    return arkit


def _mirrored(shape: Shape) -> Shape:
    flip = np.array([-1, 1, 1], np.float32)
    return Shape(
        shape.points * flip,
        shape.depths,
        shape.closed,
        {_other_side(arkit): move * flip for arkit, move in shape.moves.items()},
    )


def _both_sides(shape: Shape) -> Shape:
    """Add the Right moves to a curve that is symmetric and says only the Left ones."""
    mirrored = _mirrored(shape)
    distance = np.abs(shape.points[:, None] - mirrored.points[None]).max(-1)
    partner = distance.argmin(1)
    if distance.min(1).max() > 1e-4:
        lone = int(distance.min(1).argmax())
        where = ('points', lone)
        raise FaceError(
            f'point {shape.points[lone, :2].tolist()} has no mirror image; add symmetric: false',
            where,
        )
    moves = dict(shape.moves)
    for arkit, move in mirrored.moves.items():
        moves.setdefault(arkit, move[partner])
    return shape._replace(moves=moves)
