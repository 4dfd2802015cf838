# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A face that speaks: streaming audio and dialogue text in, facial poses out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .motion.settings import FaceSettings
    from .stream import FaceStream, Frame

__version__ = '0.1.0'
__all__ = ['FaceSettings', 'FaceStream', 'Frame', '__version__']


def __getattr__(name: str) -> Any:
    """Import the engine when it is asked for: the embedded graph and the tools need none of it."""
    if name in ('FaceStream', 'Frame'):
        from . import stream

        return getattr(stream, name)
    if name == 'FaceSettings':
        from .motion.settings import FaceSettings

        return FaceSettings
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
