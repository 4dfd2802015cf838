# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From control points to the polygons of all layers, many poses at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel, Layer
from .splines import catmull_rom_basis, stroke_outline

#: Corners of polygons lie on a grid of so many steps per pixel; the eye sees no finer.
GRID = 16
Points = npt.NDArray[np.int32]
#: int32 [n, 4]: left, top, right, bottom; right and bottom are not in. A box may be empty.
Boxes = npt.NDArray[np.int32]

# A spline becomes straight pieces nowhere farther from it than about so much [pixels].
_FLATNESS_PX = 0.12
_FAR = 1 << 24  # beyond any canvas
_SOFT_STEPS = 6  # see face_file.py


class Piece(NamedTuple):
    """One polygon to fill.

    Attributes:
        layer: the index of its layer.
        points: its slice of all points.
        alpha: 0 to 255.

    """

    layer: int
    points: slice
    alpha: int


class Outlines:
    """The polygons of a face, one after the other in one array of points.

    Attributes:
        pieces: what is filled, in the order of drawing; a soft layer has several.
        count: number of points.

    """

    def __init__(self, face: FaceModel, scale: float) -> None:
        """Prepare the splines.

        Args:
            face: whose layers.
            scale: pixels per unit of the face's view.

        """
        self._face = face
        self._scale = scale * GRID
        self._origin = np.array(face.view[:2], np.float32)
        self._bases = {
            name: catmull_rom_basis(
                curve.points.stop - curve.points.start,
                curve.closed,
                _steps(face.rest[curve.points, :2] * scale, curve.closed),
            )
            for name, curve in face.curves.items()
        }
        lengths = [p.shape[1] for p in self._polygons(face.rest[None])]
        ends = np.cumsum(lengths)
        slices = iter([slice(end - n, end) for end, n in zip(ends.tolist(), lengths, strict=True)])
        self.count = int(ends[-1])
        self.pieces = [
            Piece(index, next(slices), alpha)
            for index, layer in enumerate(face.layers)
            for alpha in _alphas(layer)
        ]
        self._starts = np.array([piece.points.start for piece in self.pieces])
        # the point after each one along its polygon
        self._after = np.arange(1, self.count + 1)
        self._after[ends - 1] = self._starts

    def points(self, control: npt.NDArray[np.float32]) -> Points:
        """Return the corners of the polygons of poses.

        Args:
            control: float32 [poses, control points, 3], see FaceModel.control_points.

        Returns:
            int32 [poses, count, 2] in GRID steps per pixel.

        """
        polygons = np.concatenate(self._polygons(control), axis=1)
        polygons -= self._origin
        polygons *= self._scale
        return np.rint(polygons, out=polygons).astype(np.int32)

    def boxes(self, points: Points) -> Boxes:
        """Return the pixels that each piece of a pose covers; a piece without area, none."""
        lowest = np.minimum.reduceat(points, self._starts)
        highest = np.maximum.reduceat(points, self._starts)
        boxes = np.hstack([lowest // GRID, -(-highest // GRID)])
        boxes[(lowest >= highest).any(-1)] = (_FAR, _FAR, -_FAR, -_FAR)
        return boxes

    def changes(self, old: Points, new: Points) -> tuple[list[int], Boxes]:
        """Return the pieces that differ in two poses, and boxes [pixels] that hold what differs.

        Between two polygons only what an edge with a moved end sweeps over can differ.
        """
        moved = (old != new).any(-1)
        edges = np.flatnonzero(moved | moved[self._after])
        ends = self._after[edges]
        corners = np.stack([old[edges], old[ends], new[edges], new[ends]])
        pieces = np.flatnonzero(np.logical_or.reduceat(moved, self._starts)).tolist()
        return pieces, np.hstack([corners.min(0) // GRID, -(-corners.max(0) // GRID)])

    def _polygons(self, control: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Return for each piece float32 [poses, n, 2] in units of the view."""
        lines = {
            name: self._bases[name] @ control[:, curve.points]
            for name, curve in self._face.curves.items()
        }
        polygons = []
        for layer in self._face.layers:
            if layer.stroke:
                polygons.append(stroke_outline(lines[layer.path[0][0]]))
                continue
            walked = [lines[name][:, :: -1 if back else 1, :2] for name, back in layer.path]
            polygon = np.concatenate(walked, axis=1)
            polygons.append(polygon)
            if layer.soft:
                corners = polygon.min(1, keepdims=True), polygon.max(1, keepdims=True)
                middle = (corners[0] + corners[1]) / 2
                for k in range(1, _SOFT_STEPS):
                    smaller = 1 - layer.soft * k / _SOFT_STEPS
                    polygons.append(middle + smaller * (polygon - middle))
        return polygons


def _steps(points: npt.NDArray[np.float32], closed: bool) -> int:
    """Return into how many pieces the way from one control point [pixels] to the next is cut."""
    if closed:
        points = np.concatenate([points[-1:], points, points[:1]])
    ways = np.diff(points, axis=0)
    lengths = np.linalg.norm(ways, axis=1)
    turns = np.abs(np.diff(np.unwrap(np.arctan2(ways[:, 1], ways[:, 0]))))
    # n pieces of an arc are length * turn / (8 n^2) off; a bend goes on into both its neighbours
    bend = float((np.maximum(lengths[1:], lengths[:-1]) * turns).max(initial=0.0))
    return int(np.clip(np.ceil(np.sqrt(bend / (8 * _FLATNESS_PX))), 2, 16))


def _alphas(layer: Layer) -> list[int]:
    """Return the alpha of each piece of a layer; painted together they give the layer's."""
    alpha = layer.color[3]
    if not layer.soft:
        return [alpha]
    return [round(255 * (1 - (1 - alpha / 255) ** (1 / _SOFT_STEPS)))] * _SOFT_STEPS
