# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Smooth curves through control points, and the outlines of brush strokes along them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[np.float32]


def catmull_rom_basis(points: int, closed: bool, steps: int) -> _Array:
    """Return the matrix that turns control points into points of a Catmull-Rom spline.

    Uniform, tension 0.5 (Catmull and Rom 1974). An open spline begins and ends at its end points,
    as if each neighbour were mirrored there.

    Args:
        points: number of control points, at least 2.
        closed: whether the last point joins the first.
        steps: points per segment.

    Returns:
        float32 [segments * steps (+ 1 when open), points].

    """
    t = np.arange(steps, dtype=np.float64) / steps
    # weights of the points before, at the start, at the end, and after the segment
    blend = 0.5 * np.stack(
        [
            -t + 2 * t**2 - t**3,
            2 - 5 * t**2 + 3 * t**3,
            t + 4 * t**2 - 3 * t**3,
            -(t**2) + t**3,
        ]
    )
    segments = points if closed else points - 1
    basis = np.zeros((segments * steps + (0 if closed else 1), points))
    for segment in range(segments):
        rows = slice(segment * steps, (segment + 1) * steps)
        for weights, point in zip(blend, range(segment - 1, segment + 3), strict=True):
            if closed or 0 <= point < points:
                basis[rows, point % points] += weights
            elif point < 0:
                basis[rows, 0] += 2 * weights
                basis[rows, 1] -= weights
            else:
                basis[rows, points - 1] += 2 * weights
                basis[rows, points - 2] -= weights
    if not closed:
        basis[-1, -1] = 1.0
    return basis.astype(np.float32)


def stroke_outline(line: _Array, cap_steps: int = 4) -> _Array:
    """Return the outline of a brush stroke with round ends.

    Args:
        line: float32 [..., n, 3]: x, y and the stroke's width along a line; where the width is 0
            or less there is no stroke.
        cap_steps: points between the sides at each end.

    Returns:
        float32 [..., 2 * (n + cap_steps), 2], a closed polygon.

    """
    # A part without width goes to the nearest point that has one, or a renderer that fills
    # polygons draws a hairline there.
    inked = line[..., 2] > 0
    last = np.maximum.accumulate(np.where(inked, np.arange(line.shape[-2]), -1), axis=-1)
    source = np.where(last >= 0, last, inked.argmax(-1)[..., None])
    line = np.take_along_axis(line, source[..., None], axis=-2)
    centre, half = line[..., :2], np.maximum(line[..., 2:], 0.0) / 2
    ahead = np.empty_like(centre)
    ahead[..., 1:-1, :] = centre[..., 2:, :] - centre[..., :-2, :]
    ahead[..., 0, :] = centre[..., 1, :] - centre[..., 0, :]
    ahead[..., -1, :] = centre[..., -1, :] - centre[..., -2, :]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-6)
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1)
    angle = np.pi * np.arange(1, cap_steps + 1, dtype=np.float32)[:, None] / (cap_steps + 1)
    cos, sin = np.cos(angle), np.sin(angle)
    end, start = slice(-1, None), slice(0, 1)
    return np.concatenate(
        [
            centre + half * aside,
            centre[..., end, :]
            + half[..., end, :] * (cos * aside[..., end, :] + sin * ahead[..., end, :]),
            (centre - half * aside)[..., ::-1, :],
            centre[..., start, :]
            - half[..., start, :] * (cos * aside[..., start, :] + sin * ahead[..., start, :]),
        ],
        axis=-2,
    )
