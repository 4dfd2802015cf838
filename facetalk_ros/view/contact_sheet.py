# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Many poses of a face side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .face_model import FaceModel
from .picture_libraries import Image, ImageDraw, ImageFont
from .renderer import FaceRenderer

_COLUMNS = 8
_PAPER = (255, 255, 255)
_INK = (30, 36, 54)
_PALE_INK = (120, 128, 144)


class Label(NamedTuple):
    """What is written below a face; phone and word may be ''."""

    time_s: float
    phone: str = ''
    word: str = ''


def contact_sheet(
    face: FaceModel,
    weights: npt.ArrayLike,
    labels: Sequence[Label],
    size: int = 160,
    progress: Callable[[int, int], None] | None = None,
) -> Image.Image:
    """Return a picture of poses in rows of eight, each with its phone, word and time below.

    Args:
        face: what to draw.
        weights: float [n, 52] in ARKIT_NAMES order, n at least 1.
        labels: what to write below each.
        size: width and height of one face [pixels].
        progress: called with poses drawn and poses in all.

    Raises:
        ValueError: no poses, or not one label each.

    """
    poses = np.asarray(weights, np.float32)
    if len(poses) == 0 or len(poses) != len(labels):
        raise ValueError(f'{len(poses)} poses and {len(labels)} labels for a contact sheet')
    font = ImageFont.load_default(max(10, size // 9))
    line = size // 6
    lines = 2 if any(label.word for label in labels) else 1
    height = size + lines * line + line // 4
    columns = min(_COLUMNS, len(poses))
    rows = -(-len(poses) // columns)
    sheet = Image.new('RGB', (columns * size, rows * height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, image in enumerate(FaceRenderer(face, size).images(poses)):
        x, y = i % columns * size, i // columns * height
        sheet.paste(image, (x, y))
        label, middle = labels[i], y + size + line * 0.6
        draw.text((x + size * 0.06, middle), label.phone, _INK, font, anchor='lm')
        draw.text((x + size * 0.94, middle), f'{label.time_s:.2f} s', _PALE_INK, font, anchor='rm')
        word = label.word
        while word and draw.textlength(word, font) > size * 0.9:
            word = word[:-2] + '…' if len(word) > 2 else ''
        draw.text((x + size * 0.06, middle + line), word, _PALE_INK, font, anchor='lm')
        if progress is not None:
            progress(i + 1, len(poses))
    return sheet
