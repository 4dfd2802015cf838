# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Drawing a face into pictures, with Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel, Layer
from .outlines import FAR, Boxes, Outlines, Points
from .pillow import Image, ImageDraw

_BATCH = 64
# Smaller than this, in view units squared, is nothing: shut lips, folds at rest.
_NO_AREA = 0.05
# Bands nearer than this part of the picture are drawn as one: each costs about as much as that.
_BAND_GAP = 0.04
_NOWHERE = (FAR, FAR, -FAR, -FAR)


class FaceRenderer:
    """Draws poses of one face as square RGB pictures. Same pose, same pixels.

    Only what differs from the pose before is drawn anew, which is most of the speed: bands of
    the picture that all start at its left edge, because Pillow rounds the slanted edges of a
    polygon differently in another column, and a picture would depend on the one before it.
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
        self._face = face
        self._supersample = supersample
        self._side = size * supersample
        scale = self._side / (face.view[2] - face.view[0])
        self._outlines = Outlines(face, scale)
        self._no_area = _NO_AREA * scale**2
        index = {layer.name: i for i, layer in enumerate(face.layers)}
        self._clips = [-1 if layer.clip is None else index[layer.clip] for layer in face.layers]
        self._clip_left = [self._leftmost(layer, scale) for layer in face.layers]
        self._backdrop = _gradient(face, self._side)
        still = self._draw_still_layers()
        self._order = np.array([i for i in _clips_together(self._clips) if i >= still], np.intp)
        # the pose before the first: nothing to be seen
        self._points = np.full((self._outlines.count, 2), -1, np.int32)
        self._boxes = np.array([_NOWHERE] * len(face.layers), np.int32)
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
        return max(0, int(farthest * scale - 0.02 * self._side))

    def _draw_still_layers(self) -> int:
        """Draw the first layers into the backdrop, up to one that moves; return how many."""
        moving = np.abs(self._face.moves).max(axis=(0, 2)) > 0
        control = self._face.control_points(np.zeros((1, len(self._face.moves)), np.float32))
        points, _ = self._outlines.polygons(control)
        brush = _Brush(self._backdrop)
        for i, layer in enumerate(self._face.layers):
            if layer.clip or any(moving[self._face.curves[n].points].any() for n, _ in layer.path):
                return i
            brush.fill(points[0, self._outlines.parts[i]], layer.color)
        return len(self._face.layers)

    def _advance(self, points: Points, visible: npt.NDArray[np.bool_]) -> None:
        """Bring the picture from the pose before to this one."""
        boxes = self._outlines.boxes(points)
        boxes[~visible] = _NOWHERE
        clips = np.array(self._clips)
        boxes[clips >= 0] = _intersection(boxes[clips >= 0], boxes[clips[clips >= 0]])
        boxes = _intersection(boxes, np.array([0, 0, self._side, self._side], np.int32))
        boxes[~_any_area(boxes)] = _NOWHERE
        dirty = np.where(
            (_any_area(boxes) != _any_area(self._boxes))[:, None],
            _union(boxes, self._boxes),
            _intersection(
                self._outlines.changes(self._points, points), _union(boxes, self._boxes)
            ),
        )
        self._points, self._boxes = points, boxes
        for top, right, bottom in self._bands(dirty[_any_area(dirty)]):
            self._draw_band(top, right, bottom)

    def _bands(self, dirty: Boxes) -> Iterator[tuple[int, int, int]]:
        """Yield top, right and bottom of bands that hold all boxes, in whole pixels."""
        step, gap = self._supersample, round(_BAND_GAP * self._side)
        dirty = dirty[dirty[:, 1].argsort(kind='stable')]
        reach = np.maximum.accumulate(dirty[:, 3])
        for band in np.split(dirty, np.flatnonzero(dirty[1:, 1] > reach[:-1] + gap) + 1):
            if len(band):
                top, right, bottom = (
                    int(band[:, 1].min()),
                    int(band[:, 2].max()),
                    int(band[:, 3].max()),
                )
                yield top // step * step, -(-right // step) * step, -(-bottom // step) * step

    def _draw_band(self, top: int, right: int, bottom: int) -> None:
        band = np.array([0, top, right, bottom], np.int32)
        windows = _intersection(self._boxes, band)
        shown = self._order[_any_area(windows)[self._order]].tolist()
        canvas = self._backdrop.crop((0, top, right, bottom))
        local = self._points - np.array([0, top], np.int32)
        brush = _Brush(canvas)
        for clip, run in groupby(shown, key=lambda i: self._clips[i]):
            if clip < 0:
                for i in run:
                    brush.fill(local[self._outlines.parts[i]], self._face.layers[i].color)
            else:
                self._draw_clipped(canvas, top, windows[clip].tolist(), clip, list(run))
        small = canvas.reduce(self._supersample)
        self._picture.paste(small, (0, top // self._supersample))

    def _draw_clipped(
        self, canvas: Image.Image, band_top: int, window: list[int], clip: int, run: list[int]
    ) -> None:
        _, top, right, bottom = window
        left = self._clip_left[clip]
        inside = canvas.crop((left, top - band_top, right, bottom - band_top))
        local = self._points - np.array([left, top], np.int32)
        mask = Image.new('L', inside.size)
        ImageDraw.Draw(mask).polygon(local[self._outlines.parts[clip]].ravel().tolist(), fill=255)
        brush = _Brush(inside)
        for i in run:
            brush.fill(local[self._outlines.parts[i]], self._face.layers[i].color)
        canvas.paste(inside, (left, top - band_top), mask)


class _Brush:
    """Fills polygons of a picture, see-through colours blended."""

    def __init__(self, canvas: Image.Image) -> None:
        self._opaque = ImageDraw.Draw(canvas)
        self._blended = ImageDraw.Draw(canvas, 'RGBA')

    def fill(self, polygon: Points, color: tuple[int, int, int, int]) -> None:
        draw = self._opaque if color[3] == 255 else self._blended
        draw.polygon(polygon.ravel().tolist(), fill=color)


def _gradient(face: FaceModel, side: int) -> Image.Image:
    above, below = (np.array(c[:3], np.float32) for c in face.background)
    mix = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    column = np.rint(above + mix * (below - above)).astype(np.uint8)
    return Image.fromarray(np.repeat(column[:, None], side, axis=1))


def _clips_together(clips: list[int]) -> list[int]:
    """Return the order of drawing: of clipped layers in a row, those of one clip together.

    The eyes' layers come in pairs; each change of clip costs a mask.
    """
    order: list[int] = []
    for clipped, run in groupby(range(len(clips)), key=lambda i: clips[i] >= 0):
        layers = list(run)
        order += sorted(layers, key=lambda i: clips[i]) if clipped else layers
    return order


def _intersection(a: Boxes, b: Boxes) -> Boxes:
    low = np.maximum(a[..., :2], b[..., :2])
    return np.concatenate([low, np.minimum(a[..., 2:], b[..., 2:])], axis=-1)


def _union(a: Boxes, b: Boxes) -> Boxes:
    low = np.minimum(a[..., :2], b[..., :2])
    return np.concatenate([low, np.maximum(a[..., 2:], b[..., 2:])], axis=-1)


def _any_area(boxes: Boxes) -> npt.NDArray[np.bool_]:
    return np.asarray((boxes[..., :2] < boxes[..., 2:]).all(-1))
