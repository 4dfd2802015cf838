# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""To look at a face: faces as data, and pictures of them."""

from .face_file import face_names, load_face
from .face_model import FaceModel

__all__ = ['FaceModel', 'face_names', 'load_face']
