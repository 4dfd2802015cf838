# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Drawing a face into pictures, edges smoothed by how much of a pixel they cover (aggdraw)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel
from .outlines import GRID, Boxes, Outlines
from .picture_libraries import Image, aggdraw

Pixels = npt.NDArray[np.uint8]

_BATCH = 64
_TILES = 12  # a picture is looked at for changes in so many rows and columns
_TILE_PX = 16  # of whole multiples of it, so that clipped parts have few sizes, too
_CANVASES = 256  # kept for use again; to make one takes longer than to fill it
_WHITE = aggdraw.Brush(255)


class Region(NamedTuple):
    """A part of a picture [pixels]; right and bottom are not in."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> tuple[slice, slice]:
        """What it is of an array of rows."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class FaceRenderer:
    """Draws poses of one face as square RGB pictures.

    Same pose, same picture, whatever came before, but for a few of 255 levels in pixels at the
    border of what was drawn anew.
    Only what differs from the pose before is drawn anew, which is most of the speed.
    """

    def __init__(self, face: FaceModel, size: int = 512) -> None:
        """Prepare the curves and everything that never moves.

        Args:
            face: what to draw.
            size: width and height of a picture [pixels], 16 to 4096.

        Raises:
            ValueError: size out of range.

        """
        if not 16 <= size <= 4096:
            raise ValueError(f'size {size} is outside 16 to 4096')
        self._face = face
        self._size = size
        self._outlines = Outlines(face, size / (face.view[2] - face.view[0]))
        index = {layer.name: i for i, layer in enumerate(face.layers)}
        first = {piece.layer: i for i, piece in reversed(list(enumerate(self._outlines.pieces)))}
        # for each piece the piece within which it shows, or -1
        clips = [face.layers[piece.layer].clip for piece in self._outlines.pieces]
        self._clips = np.array([-1 if c is None else first[index[c]] for c in clips], np.intp)
        self._brushes = [
            aggdraw.Brush(face.layers[piece.layer].color[:3], piece.alpha)
            for piece in self._outlines.pieces
        ]
        self._order = np.array(_clips_together(self._clips.tolist()), np.intp)
        self._background = _gradient(face, size)
        self._picture = self._background.copy()
        # the pieces at the bottom that no shape moves, as they were drawn last
        self._still_pieces = self._count_still()
        self._still_end = max(
            (piece.points.stop for piece in self._outlines.pieces[: self._still_pieces]), default=0
        )
        self._still_points = np.zeros((0, 2), np.int32)
        self._backdrop = self._background
        self._nothing = np.zeros((size, size), np.uint8)
        self._tile = max(1, round(size / _TILES / _TILE_PX)) * _TILE_PX
        self._corner_lists: dict[int, list[float]] = {}  # of the pieces of this pose
        self._canvases: dict[tuple[str, tuple[int, int]], aggdraw.Draw] = {}
        # the pose before the first: nothing to be seen
        self._points = np.full((self._outlines.count, 2), -GRID, np.int32)
        self._boxes = self._outlines.boxes(self._points)

    def images(
        self, weights: npt.ArrayLike, head_rad: npt.ArrayLike = (0.0, 0.0, 0.0)
    ) -> Iterator[Image.Image]:
        """Yield one RGB picture per pose; arguments and errors as changes()."""
        for picture, _ in self.changes(weights, head_rad):
            yield Image.fromarray(picture)

    def image(
        self, weights: npt.ArrayLike, head_rad: npt.ArrayLike = (0.0, 0.0, 0.0)
    ) -> Image.Image:
        """Return the picture of one pose, weights float [52] in ARKIT_NAMES order."""
        return next(self.images(np.asarray(weights, np.float32)[None], head_rad))

    def changes(
        self, weights: npt.ArrayLike, head_rad: npt.ArrayLike = (0.0, 0.0, 0.0)
    ) -> Iterator[tuple[Pixels, list[Region]]]:
        """Yield for each pose the picture, and where it differs from the one before.

        Args:
            weights: float [n, 52] in ARKIT_NAMES order.
            head_rad: see FaceModel.control_points.

        Yields:
            uint8 [size, size, 3], which the next step overwrites, and regions that begin and end
            at even pixels (or at the edge).

        Raises:
            ValueError: another shape, or a number that is not finite.

        """
        poses = np.asarray(weights, np.float32)
        head = np.asarray(head_rad, np.float32)
        for start in range(0, len(poses), _BATCH):
            part = slice(start, start + _BATCH)
            turned = head[part] if head.ndim == 2 else head
            for points in self._outlines.points(self._face.control_points(poses[part], turned)):
                yield self._picture, self._advance(points)

    def _advance(self, points: npt.NDArray[np.int32]) -> list[Region]:
        """Bring the picture from the pose before to this one."""
        boxes = self._outlines.boxes(points)
        clipped = self._clips >= 0
        boxes[clipped] = _intersection(boxes[clipped], boxes[self._clips[clipped]])
        changed, dirty = self._outlines.changes(self._points, points)
        for piece in changed:
            self._corner_lists.pop(piece, None)
        regions = list(self._regions(dirty))
        same = np.array_equal(points[: self._still_end], self._points[: self._still_end])
        self._points, self._boxes = points, boxes
        first = self._choose_backdrop(same)
        for region in regions:
            self._draw(region, first)
        return regions

    def _regions(self, dirty: Boxes) -> Iterator[Region]:
        """Yield a few regions of whole tiles that hold all boxes."""
        count = -(-self._size // self._tile)
        low = (dirty[:, :2] // self._tile).clip(0, count)
        high = (-(-dirty[:, 2:] // self._tile)).clip(0, count)
        # +1 where a box begins, -1 where it ends, and the sums along both axes count the boxes
        step = count + 1
        corners = np.concatenate(
            [low[:, 1] * step + low[:, 0], high[:, 1] * step + high[:, 0],
             low[:, 1] * step + high[:, 0], high[:, 1] * step + low[:, 0]]
        )  # fmt: skip
        signs = np.repeat([1.0, 1.0, -1.0, -1.0], len(dirty))
        counts = np.bincount(corners, signs, step * step).reshape(step, step)
        tiles = counts.cumsum(0).cumsum(1)[:-1, :-1] > 0.5
        for rows in _runs(np.asarray(tiles.any(1))):
            for columns in _runs(np.asarray(tiles[rows].any(0))):
                yield Region(
                    columns.start * self._tile,
                    rows.start * self._tile,
                    min(columns.stop * self._tile, self._size),
                    min(rows.stop * self._tile, self._size),
                )

    def _count_still(self) -> int:
        """Return how many pieces at the bottom no shape moves, of which none is clipped."""
        moving = np.abs(self._face.moves).max(axis=(0, 2)) > 0
        for i, piece in enumerate(self._outlines.pieces):
            path = self._face.layers[piece.layer].path
            if self._clips[i] >= 0 or any(
                moving[self._face.curves[name].points].any() for name, _ in path
            ):
                return i
        return len(self._outlines.pieces)

    def _choose_backdrop(self, same: bool) -> int:
        """Take the best backdrop for this pose; return the first piece that is not in it.

        While the head turns there is only the background; when it rests (`same` as before), what
        never moves is drawn into the backdrop once.
        """
        points = self._points[: self._still_end]
        if not np.array_equal(points, self._still_points):
            if not same:
                self._backdrop = self._background
                self._still_points = points[:0]
                return 0
            whole = Region(0, 0, self._size, self._size)
            canvas = self._canvas('RGB', whole, self._background)
            for i in range(self._still_pieces):
                canvas.polygon(self._corners(i), None, self._brushes[i])
            drawn = np.frombuffer(canvas.tobytes(), np.uint8)
            self._backdrop, self._still_points = drawn.reshape(self._picture.shape), points
        return self._still_pieces

    def _draw(self, region: Region, first: int) -> None:
        boxes = _intersection(self._boxes, np.array(region, np.int32))
        order = self._order[self._order >= first]
        shown = order[_any_area(boxes)[order]].tolist()
        canvas = self._canvas('RGB', region, self._backdrop)
        for clipped, run in groupby(shown, key=lambda i: self._clips[i] >= 0):
            if not clipped:
                for i in run:
                    canvas.polygon(self._corners(i), None, self._brushes[i])
                continue
            self._take(canvas, region)
            for clip, pieces in groupby(run, key=self._clips.__getitem__):
                window = _aligned(boxes[clip], region)
                inside = self._canvas('RGB', window, self._picture)
                for i in pieces:
                    inside.polygon(self._corners(i), None, self._brushes[i])
                mask = self._canvas('L', window, self._nothing)
                mask.polygon(self._corners(int(clip)), None, _WHITE)
                self._take(inside, window, mask)
            canvas.frombytes(self._picture[region.area].tobytes())
        self._take(canvas, region)

    def _corners(self, piece: int) -> list[float]:
        """Return a piece's polygon as a list, which aggdraw takes faster than an array."""
        found = self._corner_lists.get(piece)
        if found is None:
            points = self._points[self._outlines.pieces[piece].points]
            found = self._corner_lists[piece] = (points / GRID).ravel().tolist()
        return found

    def _take(
        self, canvas: aggdraw.Draw, region: Region, mask: aggdraw.Draw | None = None
    ) -> None:
        """Put what was drawn into the picture, where a mask lets it through."""
        drawn = np.frombuffer(canvas.tobytes(), np.uint8).reshape(*region.shape, 3)
        if mask is not None:
            share = np.frombuffer(mask.tobytes(), np.uint8).reshape(*region.shape, 1)
            below = self._picture[region.area].astype(np.int16)
            # to the nearest 1/255, as floats would but faster
            drawn = (below + ((drawn - below) * share.astype(np.int32) + 127) // 255).astype(
                np.uint8
            )
        self._picture[region.area] = drawn

    def _canvas(self, mode: str, region: Region, pixels: Pixels) -> aggdraw.Draw:
        """Return pixels of a region to draw on, in coordinates of the whole picture."""
        canvas = self._canvases.get((mode, region.shape))
        if canvas is None:
            if len(self._canvases) >= _CANVASES:
                self._canvases.pop(next(iter(self._canvases)))
            canvas = aggdraw.Draw(mode, region.shape[::-1])
            self._canvases[mode, region.shape] = canvas
        canvas.frombytes(pixels[region.area].tobytes())
        canvas.settransform((1, 0, -region.left, 0, 1, -region.top))
        return canvas


def _aligned(box: Boxes, within: Region) -> Region:
    """Return a box made larger to where regions may begin and end."""
    left, top, right, bottom = box.tolist()
    return Region(
        max(left // _TILE_PX * _TILE_PX, within.left),
        max(top // _TILE_PX * _TILE_PX, within.top),
        min(-(-right // _TILE_PX) * _TILE_PX, within.right),
        min(-(-bottom // _TILE_PX) * _TILE_PX, within.bottom),
    )


def _gradient(face: FaceModel, side: int) -> Pixels:
    above, below = (np.array(c[:3], np.float32) for c in face.background)
    mix = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    column = np.rint(above + mix * (below - above)).astype(np.uint8)
    return np.repeat(column[:, None], side, axis=1)


def _clips_together(clips: list[int]) -> list[int]:
    """Return the order of drawing: of clipped pieces in a row, those of one clip together.

    The eyes' layers come in pairs; each change of clip costs a mask.
    """
    order: list[int] = []
    for clipped, run in groupby(range(len(clips)), key=lambda i: clips[i] >= 0):
        pieces = list(run)
        order += sorted(pieces, key=lambda i: clips[i]) if clipped else pieces
    return order


def _runs(marked: npt.NDArray[np.bool_]) -> list[slice]:
    """Return where marks follow each other."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]))).tolist()
    return [slice(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _intersection(a: Boxes, b: Boxes) -> Boxes:
    low = np.maximum(a[..., :2], b[..., :2])
    return np.concatenate([low, np.minimum(a[..., 2:], b[..., 2:])], axis=-1)


def _any_area(boxes: Boxes) -> npt.NDArray[np.bool_]:
    return np.asarray((boxes[..., :2] < boxes[..., 2:]).all(-1))
