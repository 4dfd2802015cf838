# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A face as data: control points, what each ARKit shape adds to them, and what is drawn of them.

The file format and the rule of drawing are described at the head of face_file.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_NAMES

_Array = npt.NDArray[np.float32]
_Indices = npt.NDArray[np.intp]

#: A drawing turns no further than this up, down and aside: beyond it the layers come apart.
HEAD_LIMIT_RAD = 0.6


@dataclass(frozen=True)
class Curve:
    """A spline: which control points it goes through, and whether it closes."""

    points: slice
    closed: bool


@dataclass(frozen=True)
class Layer:
    """One thing to draw.

    Attributes:
        name: of the layer.
        path: names of curves and whether each is walked backwards; one curve for a stroke.
        stroke: a brush stroke as wide as the curve's points say; else the path's inside.
        color: red, green, blue, alpha, 0 to 255.
        clip: name of the layer within which alone it shows, or None.
        soft: the share of a fill's size over which its edge fades.

    """

    name: str
    path: tuple[tuple[str, bool], ...]
    stroke: bool
    color: tuple[int, int, int, int]
    clip: str | None
    soft: float = 0.0


@dataclass(frozen=True)
class Contact:
    """Two rows of control points that touch but never cross, upper above lower.

    Attributes:
        upper: indices [n] of control points.
        lower: indices [n] of their partners.
        with_upper: indices [k, n] of points that go where `upper` goes.
        with_lower: likewise for `lower`.
        slack: a gap below it is shut; from twice the slack on a gap stays as it is.

    """

    upper: _Indices
    lower: _Indices
    with_upper: _Indices
    with_lower: _Indices
    slack: float


@dataclass(frozen=True)
class FaceModel:
    """A face that a renderer can draw.

    Attributes:
        view: left, top, right, bottom of what is shown; y points down.
        background: colours at the top and at the bottom.
        curves: by name.
        layers: in the order of drawing.
        contacts: see Contact.
        rest: float32 [points, 3]: x, y and stroke width at rest.
        moves: float32 [52, points, 3]: what each shape adds at weight 1, in ARKIT_NAMES order.
        pivot: about which the head turns.
        depths: float32 [points, 2]: how far each point lies in front of the pivot, and its share
            of the head's motion.

    """

    view: tuple[float, float, float, float]
    background: tuple[tuple[int, int, int, int], tuple[int, int, int, int]]
    curves: dict[str, Curve]
    layers: tuple[Layer, ...]
    contacts: tuple[Contact, ...]
    rest: _Array
    moves: _Array
    pivot: tuple[float, float]
    depths: _Array

    def control_points(
        self, weights: npt.ArrayLike, head_rad: npt.ArrayLike = (0.0, 0.0, 0.0)
    ) -> _Array:
        """Return the control points of poses: one sum, the contacts, the turn of the head.

        Args:
            weights: float [n, 52] in ARKIT_NAMES order; beyond 0 to 1 they are clipped.
            head_rad: roll, pitch, yaw of the head as REP-103 has them [rad], [3] or [n, 3]; pitch
                and yaw beyond HEAD_LIMIT_RAD are clipped.

        Returns:
            float32 [n, points, 3].

        Raises:
            ValueError: another shape, or a number that is not finite.

        """
        w = np.asarray(weights, np.float32)
        if w.ndim != 2 or w.shape[1] != len(ARKIT_NAMES):
            raise ValueError(f'weights of shape {w.shape}, not [n, 52]')
        head = np.asarray(head_rad, np.float32)
        if head.shape not in ((3,), (len(w), 3)):
            raise ValueError(f'head angles of shape {head.shape}, not [3] or [{len(w)}, 3]')
        if not (np.isfinite(w).all() and np.isfinite(head).all()):
            raise ValueError('a weight or head angle that is not finite')
        flat = self.moves.reshape(len(ARKIT_NAMES), -1)
        points = (np.clip(w, 0.0, 1.0) @ flat + self.rest.reshape(-1)).reshape(len(w), -1, 3)
        for contact in self.contacts:
            _touch(points, contact)
        if head.any():
            self._turn(points, np.broadcast_to(head, (len(w), 3)))
        return points

    def _turn(self, points: _Array, head_rad: _Array) -> None:
        """Turn the head, as seen from far ahead of it."""
        roll, pitch, yaw = head_rad.T[..., None]
        pitch, yaw = (np.clip(a, -HEAD_LIMIT_RAD, HEAD_LIMIT_RAD) for a in (pitch, yaw))
        x, y = points[..., 0] - self.pivot[0], points[..., 1] - self.pivot[1]
        z, follow = self.depths.T
        aside = x * np.cos(yaw) + z * np.sin(yaw)
        ahead = z * np.cos(yaw) - x * np.sin(yaw)
        down = y * np.cos(pitch) + ahead * np.sin(pitch)
        points[..., 0] += follow * (aside * np.cos(roll) + down * np.sin(roll) - x)
        points[..., 1] += follow * (down * np.cos(roll) - aside * np.sin(roll) - y)


def _touch(points: _Array, contact: Contact) -> None:
    """Shut small gaps, and put the two rows on their middle where they would cross."""
    upper, lower = points[:, contact.upper, :2], points[:, contact.lower, :2]
    middle = (upper + lower) / 2
    gap = lower[..., 1] - upper[..., 1]
    gap = np.minimum(gap, 2 * np.maximum(gap - contact.slack, 0.0)).clip(0.0)
    new_upper, new_lower = middle.copy(), middle
    # sideways they meet only while they touch; the transition takes two slacks
    apart = np.minimum(gap / (2 * contact.slack), 1.0) * (lower[..., 0] - upper[..., 0]) / 2
    new_upper[..., 0] -= apart
    new_lower[..., 0] += apart
    new_upper[..., 1] -= gap / 2
    new_lower[..., 1] += gap / 2
    for rows, old, new in (
        (np.vstack([contact.upper, contact.with_upper]), upper, new_upper),
        (np.vstack([contact.lower, contact.with_lower]), lower, new_lower),
    ):
        for row in rows:
            points[:, row, :2] += new - old
