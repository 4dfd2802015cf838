# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Many poses of a face side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel
from .picture_libraries import Image, ImageDraw, ImageFont
from .renderer import FaceRenderer

_COLUMNS = 8
_PAPER = (255, 255, 255)
_INK = (30, 36, 54)
_PALE_INK = (120, 128, 144)


def contact_sheet(
    face: FaceModel,
    weights: npt.ArrayLike,
    labels: Sequence[tuple[float, str]],
    size: int = 160,
) -> Image.Image:
    """Return a picture of poses in rows of eight, each with its label and time below.

    Args:
        face: what to draw.
        weights: float [n, 52] in ARKIT_NAMES order, n at least 1.
        labels: for each pose the time [s] and a short text.
        size: width and height of one face [pixels].

    Raises:
        ValueError: no poses, or not one label each.

    """
    poses = np.asarray(weights, np.float32)
    if len(poses) == 0 or len(poses) != len(labels):
        raise ValueError(f'{len(poses)} poses and {len(labels)} labels for a contact sheet')
    font = ImageFont.load_default(max(10, size // 10))
    line = size // 6
    columns = min(_COLUMNS, len(poses))
    rows = -(-len(poses) // columns)
    sheet = Image.new('RGB', (columns * size, rows * (size + line)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, image in enumerate(FaceRenderer(face, size).images(poses)):
        x, y = i % columns * size, i // columns * (size + line)
        sheet.paste(image, (x, y))
        time_s, text = labels[i]
        middle = y + size + line / 2
        draw.text((x + size * 0.05, middle), text, _INK, font, anchor='lm')
        draw.text((x + size * 0.95, middle), f'{time_s:.2f} s', _PALE_INK, font, anchor='rm')
    return sheet
