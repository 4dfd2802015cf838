# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What pictures are made with, or what to do to get it."""

try:
    import aggdraw
    from PIL import Image, ImageDraw, ImageFont
except ImportError as error:
    raise ImportError(
        'pictures need Pillow and aggdraw: install the extra '
        "'video', pip install 'facetalk_ros[video]'"
    ) from error

__all__ = ['Image', 'ImageDraw', 'ImageFont', 'aggdraw']
