# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Draws face.png, the picture at the head of the README: both faces in six poses."""

from pathlib import Path

import numpy as np
from PIL import Image

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view import load_face
from facetalk_ros.view.renderer import FaceRenderer

SIZE = 256
BOTH = ('mouthSmile', 'mouthUpperUp', 'cheekSquint', 'eyeWide', 'browOuterUp', 'browDown',
        'mouthStretch', 'eyeSquint', 'eyeLookUp', 'mouthFrown')  # fmt: skip
# weights, and roll, pitch, yaw of the head [rad]
POSES: tuple[tuple[dict[str, float], tuple[float, float, float]], ...] = (
    ({'mouthSmile': 0.35}, (0.0, 0.0, 0.0)),
    ({'jawOpen': 0.6, 'mouthSmile': 0.2}, (0.0, 0.0, 0.0)),
    ({'mouthPucker': 0.8, 'jawOpen': 0.15, 'eyeLookInLeft': 0.5, 'eyeLookOutRight': 0.5},
     (0.0, 0.05, -0.3)),
    ({'mouthSmile': 0.9, 'jawOpen': 0.35, 'cheekSquint': 0.6, 'mouthUpperUp': 0.3},
     (0.12, 0.0, 0.1)),
    ({'browInnerUp': 0.8, 'browOuterUp': 0.8, 'eyeWide': 0.7, 'jawOpen': 0.4, 'mouthFunnel': 0.4},
     (0.0, -0.08, 0.0)),
    ({'eyeBlinkLeft': 1.0, 'mouthSmileLeft': 0.9, 'mouthSmileRight': 0.3, 'cheekSquintLeft': 0.6},
     (-0.1, 0.0, 0.25)),
)  # fmt: skip


def weights(pose: dict[str, float]) -> np.ndarray:
    """Return float32 [52]; names without a side stand for both."""
    found = np.zeros(len(ARKIT_INDEX), np.float32)
    for name, value in pose.items():
        for own in (f'{name}Left', f'{name}Right') if name in BOTH else (name,):
            found[ARKIT_INDEX[own]] = value
    return found


picture = Image.new('RGB', (len(POSES) * SIZE, 2 * SIZE))
for row, face in enumerate(('friendly', 'human')):
    renderer = FaceRenderer(load_face(face), SIZE)
    for column, (pose, head_rad) in enumerate(POSES):
        picture.paste(renderer.image(weights(pose), head_rad), (column * SIZE, row * SIZE))
picture.save(Path(__file__).with_name('face.png'), optimize=True)
