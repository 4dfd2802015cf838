# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The drawn face as pictures: an animated GIF, and a contact sheet of its key motions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facetalk_ros.view.contact_sheet import contact_sheet
from facetalk_ros.view.face_model import FaceModel
from facetalk_ros.view.renderer import FaceRenderer

from .target import whole_file
from .track import FrameLike, KeyLike, Track, as_track, poses_at

#: A GIF has no sound and is held in memory whole while it is written.
GIF_LONGEST_S = 60.0
_GIF_FPS = 20  # GIF counts in 1/100 s
_SHEET_CELLS = 48
_TARGET = 1  # KeyMotion.TARGET


def write_gif(
    path: Path, frames: Sequence[FrameLike] | Track, face: FaceModel, *, size: int = 256
) -> None:
    """Write an animated GIF, 20 pictures per second, that starts at 0 s of the audio clock.

    Args:
        path: the file to write.
        frames: the poses, up to GIF_LONGEST_S.
        face: what to draw.
        size: width and height [pixels].

    Raises:
        ValueError: see as_track and FaceRenderer; or the poses last too long.
        OSError: see whole_file.

    """
    track = as_track(frames)
    if track.times_s[-1] > GIF_LONGEST_S:
        raise ValueError(
            f'{track.times_s[-1]:.0f} s is too long for a GIF ({GIF_LONGEST_S:.0f} s): use .mp4'
        )
    count = max(1, math.ceil(track.times_s[-1] * _GIF_FPS + 1e-6))
    images = FaceRenderer(face, size).images(poses_at(track, np.arange(count) / _GIF_FPS))
    first = next(images)
    with whole_file(path) as part:
        first.save(
            part,
            'GIF',
            save_all=True,
            append_images=images,
            duration=round(1000 / _GIF_FPS),
            loop=0,
        )


def write_contact_sheet(
    path: Path,
    frames: Sequence[FrameLike] | Track,
    face: FaceModel,
    *,
    keys: Sequence[KeyLike] = (),
    size: int = 160,
) -> None:
    """Write a PNG with the face at each phone's target, the phone and the time below.

    Without key motions the pictures are spread evenly over the track, as they are over the
    targets when there are more than 48.

    Args:
        path: the file to write.
        frames: the poses.
        face: what to draw.
        keys: the key motions that the poses pass through.
        size: width and height of one face [pixels].

    Raises:
        ValueError: see as_track and FaceRenderer.
        OSError: see whole_file.

    """
    track = as_track(frames)
    labels = sorted((float(key.time_s), key.phone) for key in keys if int(key.kind) == _TARGET)
    if not labels:
        labels = [(float(time_s), '') for time_s in track.times_s]
    chosen = np.linspace(0, len(labels) - 1, min(len(labels), _SHEET_CELLS)).round().astype(int)
    labels = [labels[i] for i in chosen]
    sheet = contact_sheet(face, poses_at(track, [time_s for time_s, _ in labels]), labels, size)
    with whole_file(path) as part:
        sheet.save(part, 'PNG')
