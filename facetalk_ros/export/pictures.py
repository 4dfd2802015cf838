# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The drawn face as pictures: an animated GIF, and a contact sheet of its key motions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from facetalk_ros.view.contact_sheet import Label, contact_sheet
from facetalk_ros.view.face_model import FaceModel
from facetalk_ros.view.picture_libraries import Image
from facetalk_ros.view.renderer import FaceRenderer

from .target import whole_file
from .track import FrameLike, KeyLike, Track, as_track, poses_at

#: A GIF has no sound and is held in memory whole while it is written.
GIF_LONGEST_S = 60.0
_GIF_FPS = 20  # GIF counts in 1/100 s
_SHEET_CELLS = 160
_EVEN_CELLS = 48  # where there are no key motions
_TARGET = 1  # KeyMotion.TARGET


def write_gif(
    path: Path,
    frames: Sequence[FrameLike] | Track,
    face: FaceModel,
    *,
    size: int = 256,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write an animated GIF, 20 pictures per second, that starts at 0 s of the audio clock.

    Args:
        path: the file to write.
        frames: the poses, up to GIF_LONGEST_S.
        face: what to draw.
        size: width and height [pixels].
        progress: called with pictures done and pictures in all.

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
    poses = poses_at(track, np.arange(count) / _GIF_FPS)

    def drawn() -> Iterator[Image.Image]:
        for done, image in enumerate(FaceRenderer(face, size).images(poses), start=1):
            yield image
            if progress is not None:
                progress(done, count)

    images = drawn()
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
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a PNG with the face at each phone's target, the phone, word and time below.

    Of more than 160 targets as many are shown, evenly spread; without key motions there are 48
    pictures, evenly spread over the track.

    Args:
        path: the file to write.
        frames: the poses.
        face: what to draw.
        keys: the key motions that the poses pass through.
        size: width and height of one face [pixels].
        progress: called with pictures done and pictures in all.

    Raises:
        ValueError: see as_track and FaceRenderer.
        OSError: see whole_file.

    """
    track = as_track(frames)
    targets = [key for key in keys if int(key.kind) == _TARGET]
    labels = sorted(Label(float(key.time_s), key.phone, key.word) for key in targets)
    cells = _SHEET_CELLS if labels else _EVEN_CELLS
    labels = labels or [Label(float(time_s)) for time_s in track.times_s]
    chosen = np.linspace(0, len(labels) - 1, min(len(labels), cells)).round().astype(int)
    labels = [labels[i] for i in chosen]
    poses = poses_at(track, [label.time_s for label in labels])
    sheet = contact_sheet(face, poses, labels, size, progress)
    with whole_file(path) as part:
        sheet.save(part, 'PNG')
