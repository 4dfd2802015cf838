# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far an animated face is from the captured one: LVE, FDD, MVE.

LVE and FDD are those of CodeTalker (Xing et al. 2023, ``cal_metric.py``): LVE is a *squared*
distance, FDD takes the standard deviation of the *squared* norm and keeps its sign. What is a
vertex there may as well be a blendshape weight, a point of one dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Motion = npt.NDArray[np.float32]
_Signal = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.int64]


def _squared(motion: Motion, points: _Indices) -> _Signal:
    """Return the squared norms [T, points] of a motion [T, V, D]."""
    return np.asarray(np.square(motion[:, points].astype(np.float64)).sum(2))


def lip_vertex_errors(truth: Motion, made: Motion, lips: _Indices) -> _Signal:
    """Return the largest squared distance of any lip vertex, float64 [T]; LVE is its mean.

    Args:
        truth: captured motion, float32 [T, V, D].
        made: animated motion of the same shape.
        lips: the lip vertices.

    """
    return np.asarray(_squared(truth - made, lips).max(1))


def face_dynamics_deviation(truth: Motion, made: Motion, upper: _Indices) -> float:
    """Return one clip's FDD, signed: positive when the animated upper face moves too little.

    Args:
        truth: captured offsets from the neutral face, float32 [T, V, D].
        made: animated offsets of the same shape.
        upper: the vertices of the upper face.

    """
    return float(_squared(truth, upper).std(0).mean() - _squared(made, upper).std(0).mean())


@dataclass
class MotionErrors:
    """Errors collected over clips.

    LVE and MVE weigh every frame alike, FDD every clip, as in the papers. MVE has more than one
    definition in the field; here it is the mean distance (not squared) of all vertices.

    Attributes:
        lips: the points of LVE.
        upper: the points of FDD and of the upper-face error.
        corners: mouth corners, measured by themselves; LVE is given without them as well.

    """

    lips: _Indices
    upper: _Indices
    corners: _Indices = field(default_factory=lambda: np.zeros(0, np.int64))
    _lip: list[_Signal] = field(default_factory=list)
    _upper: list[_Signal] = field(default_factory=list)
    _all: list[_Signal] = field(default_factory=list)
    _dynamics: list[float] = field(default_factory=list)
    _corners: list[_Signal] = field(default_factory=list)
    _lip_alone: list[_Signal] = field(default_factory=list)

    def add(self, truth: Motion, made: Motion) -> None:
        """Add a clip: offsets from the neutral face, both float32 [T, V, D].

        Raises:
            ValueError: the shapes differ or there is no frame.

        """
        if truth.shape != made.shape or truth.ndim != 3 or not len(truth):
            raise ValueError(
                f'captured {truth.shape}, animated {made.shape}: not the same [T, V, D]'
            )
        self._lip.append(lip_vertex_errors(truth, made, self.lips))
        self._upper.append(_squared(truth - made, self.upper).mean(1))
        self._all.append(np.sqrt(_squared(truth - made, np.arange(truth.shape[1]))).mean(1))
        self._dynamics.append(face_dynamics_deviation(truth, made, self.upper))
        if len(self.corners):
            alone = np.setdiff1d(self.lips, self.corners)
            self._corners.append(_squared(truth - made, self.corners).mean(1))
            self._lip_alone.append(lip_vertex_errors(truth, made, alone))

    def upper_by_clip(self) -> _Signal:
        """Return the mean squared distance of the upper-face points, float64 [clips]."""
        return np.array([frames.mean() for frames in self._upper])

    def report(self) -> dict[str, float]:
        """Return LVE, FDD (signed, and the mean of the clips' absolute ones), MVE, upper face.

        The upper-face and corner errors are mean squared distances.

        Raises:
            ValueError: no clip was added.

        """
        if not self._dynamics:
            raise ValueError('no clip was measured')
        dynamics = np.array(self._dynamics)
        report = {
            'lve': float(np.concatenate(self._lip).mean()),
            'fdd': float(dynamics.mean()),
            'fdd_abs': float(np.abs(dynamics).mean()),
            'mve': float(np.concatenate(self._all).mean()),
            'upper': float(np.concatenate(self._upper).mean()),
        }
        if self._corners:
            report['corners'] = float(np.concatenate(self._corners).mean())
            report['lve_without_corners'] = float(np.concatenate(self._lip_alone).mean())
        return report
