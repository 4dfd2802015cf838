# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From control points to the polygons of all layers, many poses at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel
from .splines import catmull_rom_basis, stroke_outline

Points = npt.NDArray[np.int32]
#: int32 [layers, 4]: left, top, right, bottom; right and bottom are not in. A box may be empty.
Boxes = npt.NDArray[np.int32]
#: Beyond any canvas.
FAR = 1 << 24

_STEPS = 6  # line pieces per spline segment: below a third of a pixel off at 512 pixels


class Outlines:
    """The polygons of a face's layers, one after the other in one array of points.

    Attributes:
        parts: for each layer, its slice of the points.
        count: number of points.

    """

    def __init__(self, face: FaceModel, scale: float) -> None:
        """Prepare the splines.

        Args:
            face: whose layers.
            scale: pixels per unit of the face's view.

        """
        self._face = face
        self._scale = scale
        self._origin = np.array(face.view[:2], np.float32)
        self._bases = {
            name: catmull_rom_basis(curve.points.stop - curve.points.start, curve.closed, _STEPS)
            for name, curve in face.curves.items()
        }
        lengths = [p.shape[1] for p in self._layer_polygons(face.rest[None])]
        ends = np.cumsum(lengths).tolist()
        self.parts = [slice(end - n, end) for end, n in zip(ends, lengths, strict=True)]
        self.count = ends[-1]
        self._starts = np.array([part.start for part in self.parts])
        # the points before and after each one along its polygon
        self._before = np.arange(self.count) - 1
        self._after = np.arange(self.count) + 1
        for part in self.parts:
            self._before[part.start] = part.stop - 1
            self._after[part.stop - 1] = part.start

    def polygons(self, control: npt.NDArray[np.float32]) -> tuple[Points, npt.NDArray[np.float64]]:
        """Return the polygons of poses in whole pixels, and their areas.

        Args:
            control: float32 [poses, control points, 3], see FaceModel.control_points.

        Returns:
            int32 [poses, count, 2], and float64 [poses, layers] in square pixels.

        """
        polygons = np.concatenate(self._layer_polygons(control), axis=1)
        points = np.floor((polygons - self._origin) * self._scale).astype(np.int32)
        after = points[:, self._after].astype(np.float64)
        cross = points[..., 0] * after[..., 1] - points[..., 1] * after[..., 0]
        return points, np.abs(np.add.reduceat(cross, self._starts, axis=1)) / 2

    def boxes(self, points: Points) -> Boxes:
        """Return what the layers cover."""
        return self._boxes(points, points)

    def changes(self, old: Points, new: Points) -> Boxes:
        """Return boxes that hold all differences between the layers of two poses.

        Between two polygons only what lies along edges with a moved end can differ.
        """
        moved = (old != new).any(-1)
        touched = (moved | moved[self._before] | moved[self._after])[:, None]
        low = np.where(touched, np.minimum(old, new), FAR)
        high = np.where(touched, np.maximum(old, new), -FAR)
        return self._boxes(low, high)

    def _boxes(self, low: Points, high: Points) -> Boxes:
        lowest = np.minimum.reduceat(low, self._starts)
        highest = np.maximum.reduceat(high, self._starts)
        return np.hstack([lowest, highest + 1])

    def _layer_polygons(self, control: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Return for each layer float32 [poses, n, 2] in units of the view."""
        lines = {
            name: self._bases[name] @ control[:, curve.points]
            for name, curve in self._face.curves.items()
        }
        polygons = []
        for layer in self._face.layers:
            if layer.stroke:
                polygons.append(stroke_outline(lines[layer.path[0][0]]))
            else:
                walked = [lines[name][:, :: -1 if back else 1, :2] for name, back in layer.path]
                polygons.append(np.concatenate(walked, axis=1))
        return polygons
