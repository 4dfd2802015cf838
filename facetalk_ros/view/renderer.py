# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Drawing a face into pictures, with Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import numpy.typing as npt

try:
    from PIL import Image, ImageDraw
except ImportError as error:
    raise ImportError(
        "pictures need Pillow: install the extra 'video', pip install 'facetalk_ros[video]'"
    ) from error

from .face_model import FaceModel, Layer
from .outlines import Box, Outlines, Points

_BATCH = 64
_NOWHERE: Box = (0, 0, 0, 0)
# Smaller than this, in view units squared, is nothing: shut lips, folds at rest.
_NO_AREA = 0.05
# What one more patch costs, in pixels of the canvas that could be drawn in the same time.
_PATCH_COST = 200_000


class FaceRenderer:
    """Draws poses of one face as square RGB pictures. Same pose, same pixels.

    Only what differs from the pose before is drawn anew, which is most of the speed. What is
    drawn anew always starts at the same column: Pillow rounds the slanted edges of a polygon
    differently elsewhere, and a picture would depend on the one before it.
    """

    def __init__(self, face: FaceModel, size: int = 512, supersample: int = 4) -> None:
        """Prepare the curves and everything that never moves.

        Args:
            face: what to draw.
            size: width and height of a picture [pixels], 16 to 4096.
            supersample: edges are smoothed by drawing this many times larger, 1 to 8.

        Raises:
            ValueError: size or supersample out of range.

        """
        if not 16 <= size <= 4096:
            raise ValueError(f'size {size} is outside 16 to 4096')
        if not 1 <= supersample <= 8:
            raise ValueError(f'supersample {supersample} is outside 1 to 8')
        self.size = size
        self._face = face
        self._supersample = supersample
        scale = size * supersample / (face.view[2] - face.view[0])
        self._outlines = Outlines(face, scale)
        self._no_area = _NO_AREA * scale**2
        self._clip_left = [self._leftmost(layer, scale) for layer in face.layers]
        self._index = {layer.name: i for i, layer in enumerate(face.layers)}
        self._backdrop = _gradient(face, size * supersample)
        still = self._draw_still_layers()
        self._order = [i for i in _clips_together(face.layers) if i >= still]
        # the pose before the first: nothing to be seen
        self._points = np.full((self._outlines.count, 2), -1, np.int32)
        self._shown: list[int] = []
        self._boxes: list[Box] = [_NOWHERE] * len(face.layers)
        self._picture = self._backdrop.reduce(supersample)

    def images(self, weights: npt.ArrayLike) -> Iterator[Image.Image]:
        """Yield one RGB picture per pose.

        Args:
            weights: float [n, 52] in ARKIT_NAMES order.

        Raises:
            ValueError: another shape.

        """
        poses = np.asarray(weights, np.float32)
        for start in range(0, len(poses), _BATCH):
            control = self._face.control_points(poses[start : start + _BATCH])
            points, areas = self._outlines.polygons(control)
            for pose_points, pose_areas in zip(points, areas, strict=True):
                self._advance(pose_points, pose_areas >= self._no_area)
                yield self._picture.copy()

    def image(self, weights: npt.ArrayLike) -> Image.Image:
        """Return the picture of one pose, weights float [52] in ARKIT_NAMES order."""
        return next(self.images(np.asarray(weights, np.float32)[None]))

    def _leftmost(self, layer: Layer, scale: float) -> int:
        """Return a column of the canvas that a filled layer never goes beyond to the left."""
        parts = [self._face.curves[name].points for name, _ in layer.path]
        rest = np.concatenate([self._face.rest[part, 0] for part in parts])
        moves = np.concatenate([self._face.moves[:, part, 0] for part in parts], axis=1)
        farthest = float((rest + moves.clip(max=0).sum(0)).min()) - self._face.view[0]
        # a spline goes beyond its control points by less than an eighth of their distance
        return max(0, int(farthest * scale - 0.02 * self.size * self._supersample))

    def _draw_still_layers(self) -> int:
        """Draw the first layers into the backdrop, up to one that moves; return how many."""
        moving = np.abs(self._face.moves).max(axis=(0, 2)) > 0
        control = self._face.control_points(np.zeros((1, len(self._face.moves)), np.float32))
        points, _ = self._outlines.polygons(control)
        for i, layer in enumerate(self._face.layers):
            if layer.clip or any(moving[self._face.curves[n].points].any() for n, _ in layer.path):
                return i
            polygon = points[0, self._outlines.parts[i]]
            _fill(self._backdrop, polygon, layer.color)
        return len(self._face.layers)

    def _advance(self, points: Points, visible: npt.NDArray[np.bool_]) -> None:
        """Bring the picture from the pose before to this one."""
        boxes: list[Box] = [
            (b[0], b[1], b[2], b[3]) for b in self._outlines.boxes(points).tolist()
        ]
        for i, layer in enumerate(self._face.layers):
            if not visible[i]:
                boxes[i] = _NOWHERE
            elif layer.clip is not None:
                boxes[i] = _intersection(boxes[i], boxes[self._index[layer.clip]])
        shown = [i for i in self._order if _area(boxes[i])]
        dirty = self._dirty(points, shown, boxes)
        self._points, self._shown, self._boxes = points, shown, boxes
        for patch in dirty:
            self._draw_patch(patch)

    def _dirty(self, points: Points, shown: list[int], boxes: list[Box]) -> list[Box]:
        """Return where this pose may differ from the one before, in boxes of whole pixels."""
        side = self.size * self._supersample
        appearing = set(shown) ^ set(self._shown)
        either = {*shown, *self._shown}
        found: list[Box] = []
        for i, changed in self._outlines.changes(self._points, points):
            if i in either:
                box = _union(boxes[i], self._boxes[i])
                if i not in appearing:
                    box = _intersection(box, changed)
                box = _intersection(box, (0, 0, side, side))
                if _area(box):
                    _, top, right, bottom = _to_grid(box, self._supersample)
                    _add(found, (0, top, right, bottom))
        return found

    def _draw_patch(self, patch: Box) -> None:
        layers = self._face.layers
        shown = [i for i in self._shown if _area(_intersection(self._boxes[i], patch)) > 0]
        canvas = self._backdrop.crop(patch)
        local = self._points - np.array(patch[:2], np.int32)
        for clip, run in groupby(shown, key=lambda i: layers[i].clip):
            if clip is None:
                for i in run:
                    _fill(canvas, local[self._outlines.parts[i]], layers[i].color)
            else:
                self._draw_clipped(canvas, patch, self._index[clip], list(run))
        small = canvas.reduce(self._supersample)
        self._picture.paste(small, (0, patch[1] // self._supersample))

    def _draw_clipped(self, canvas: Image.Image, patch: Box, clip: int, run: list[int]) -> None:
        _, top, right, bottom = _intersection(self._boxes[clip], patch)
        left = self._clip_left[clip]
        place = (left, top - patch[1])
        inside = canvas.crop((*place, right, bottom - patch[1]))
        local = self._points - np.array([left, top], np.int32)
        mask = Image.new('L', inside.size)
        _fill(mask, local[self._outlines.parts[clip]], 255)
        for i in run:
            _fill(inside, local[self._outlines.parts[i]], self._face.layers[i].color)
        canvas.paste(inside, place, mask)


def _fill(canvas: Image.Image, polygon: Points, color: tuple[int, ...] | int) -> None:
    blend = isinstance(color, tuple) and color[3] < 255
    draw = ImageDraw.Draw(canvas, 'RGBA' if blend else None)
    draw.polygon(polygon.ravel().tolist(), fill=color)


def _gradient(face: FaceModel, side: int) -> Image.Image:
    above, below = (np.array(c[:3], np.float32) for c in face.background)
    mix = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    column = np.rint(above + mix * (below - above)).astype(np.uint8)
    return Image.fromarray(np.repeat(column[:, None], side, axis=1))


def _clips_together(layers: tuple[Layer, ...]) -> list[int]:
    """Return the order of drawing: of clipped layers in a row, those of one clip together.

    The eyes' layers come in pairs; each change of clip costs a mask.
    """
    order: list[int] = []
    for clipped, run in groupby(range(len(layers)), key=lambda i: layers[i].clip is not None):
        indices = list(run)
        order += sorted(indices, key=lambda i: str(layers[i].clip)) if clipped else indices
    return order


def _to_grid(box: Box, step: int) -> Box:
    left, top, right, bottom = box
    return (
        left // step * step,
        top // step * step,
        -(-right // step) * step,
        -(-bottom // step) * step,
    )


def _intersection(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _union(a: Box, b: Box) -> Box:
    if not (_area(a) and _area(b)):
        return a if _area(a) else b
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _area(box: Box) -> int:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _add(patches: list[Box], box: Box) -> None:
    """Add a box to what is to be drawn; patches that are cheaper in one become one."""
    for i, patch in enumerate(patches):
        both = _union(patch, box)
        if _area(both) <= _area(patch) + _area(box) + _PATCH_COST:
            del patches[i]
            _add(patches, both)
            return
    patches.append(box)
