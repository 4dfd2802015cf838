# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far the lips are apart, from ARKit weights: the one definition of closure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .names import ARKIT_INDEX, sides

#: Lips count as closed below this aperture (weights are 0..1).
LIPS_CLOSED_BELOW = 0.05

_JAW_OPEN = ARKIT_INDEX['jawOpen']
_MOUTH_CLOSE = ARKIT_INDEX['mouthClose']
_PARTED = [ARKIT_INDEX[n] for s in ('mouthLowerDown', 'mouthUpperUp') for n in sides(s)]
_PRESSED = [ARKIT_INDEX[n] for n in sides('mouthPress')]


def lip_aperture(weights: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the lip aperture of poses, as a fraction of a fully dropped jaw.

    ARKit defines ``mouthClose`` relative to ``jawOpen``: equal values keep the lips together
    while the jaw drops. The lips part by what the jaw opens and the lips do not make good, plus
    the lip raisers; pressing makes up for a little of it.

    Args:
        weights: float [..., 52] in ARKIT_NAMES order.

    Returns:
        float32 [...]; closed when below LIPS_CLOSED_BELOW.

    """
    w = np.asarray(weights, np.float32)
    parted = w[..., _PARTED].sum(-1) * 0.25
    jaw = np.maximum(w[..., _JAW_OPEN] - w[..., _MOUTH_CLOSE], 0.0)
    pressed = w[..., _PRESSED].sum(-1) * 0.125
    return np.asarray(np.maximum(jaw + parted - pressed, 0.0), np.float32)
