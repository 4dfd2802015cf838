# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of faces: blendshape names, orders, regions, lip aperture."""

from .aperture import LIPS_CLOSED_BELOW, lip_aperture
from .names import ARKIT_INDEX, ARKIT_NAMES, LOWER_FACE_NAMES, UPPER_FACE_NAMES, sides

__all__ = [
    'ARKIT_INDEX',
    'ARKIT_NAMES',
    'LIPS_CLOSED_BELOW',
    'LOWER_FACE_NAMES',
    'UPPER_FACE_NAMES',
    'lip_aperture',
    'sides',
]
