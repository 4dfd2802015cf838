# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Camera-tracked ARKit weights with sound and word times: manifest.csv, names.json, tracks/."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...face.names import ARKIT_INDEX, ARKIT_NAMES, LOWER_FACE_NAMES, UPPER_FACE_NAMES
from .clip import FaceClip, Floats, Layout, Regions, Word, check_words, read_sound, spread_words

#: The shapes that pull the corners of the mouth: zygomaticus, triangularis and risorius.
CORNER_NAMES = tuple(
    f'mouth{pull}{side}' for pull in ('Smile', 'Frown', 'Dimple') for side in ('Left', 'Right')
)
# GRID's word times count in 1/25000 s.
_ALIGN_UNITS_HZ = 25000.0


def arkit_regions() -> Regions:
    """Return the regions of the 52 ARKit weights; the lips are the lower face but its corners."""

    def places(names: tuple[str, ...]) -> npt.NDArray[np.int64]:
        return np.array(sorted(ARKIT_INDEX[name] for name in names), np.int64)

    lips = tuple(name for name in LOWER_FACE_NAMES if name not in CORNER_NAMES)
    return Regions(
        len(ARKIT_NAMES), 1, places(lips), places(UPPER_FACE_NAMES), places(CORNER_NAMES)
    )


def _aligned(path: Path) -> tuple[Word, ...]:
    words = []
    try:
        for line in path.read_text().splitlines():
            start, end, text = line.split()
            if text not in ('sil', 'sp'):
                words.append(
                    Word(text, float(start) / _ALIGN_UNITS_HZ, float(end) / _ALIGN_UNITS_HZ)
                )
    except (OSError, ValueError) as error:
        raise ValueError(f'{path} is no word alignment: {error}') from error
    return check_words(tuple(words), path)


class _Speaker:
    """The tracks of one speaker, in this package's order, with the weights at rest."""

    def __init__(self, path: Path, names: list[str]) -> None:
        try:
            track = np.load(path)
            weights = np.asarray(track['arkit'], np.float32)
            self.seen = ~track['missing']
            self.clips = {str(name): i for i, name in enumerate(track['clips'])}
            self.offsets = track['offsets']
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise ValueError(f'{path} is no track: {error}') from error
        if weights.shape != (len(self.seen), len(names)) or self.offsets[-1] != len(weights):
            raise ValueError(f'{path}: weights of shape {weights.shape}, {len(self.seen)} frames')
        self.weights = np.zeros((len(weights), len(ARKIT_NAMES)), np.float32)
        for column, name in enumerate(names):
            if name in ARKIT_INDEX:
                self.weights[:, ARKIT_INDEX[name]] = weights[:, column]
        # baselines are personal: between speakers they differ by more than a face moves
        self.rest = np.asarray(np.median(self.weights[self.seen], axis=0), np.float32)


def _clip(folder: Path, row: dict[str, Any], speaker: _Speaker) -> FaceClip:
    name = row['clip']
    if name not in speaker.clips:
        raise ValueError(f'{name}: not in {row["tracks"]}')
    i = speaker.clips[name]
    span = slice(int(speaker.offsets[i]), int(speaker.offsets[i + 1]))
    motion: Floats = speaker.weights[span] - speaker.rest
    if len(motion) < 2 or not np.isfinite(motion).all():
        raise ValueError(f'{name}: {len(motion)} frames, or values that are no numbers')
    samples = read_sound(folder / row['audio'])
    fps = float(row['fps'])
    difference_s = len(samples) / 16000 - len(motion) / fps
    if abs(difference_s) > 0.25:
        raise ValueError(f'{name}: sound and motion differ by {difference_s:+.2f} s')
    words = (
        _aligned(folder / row['word_align'])
        if row['word_align']
        else spread_words(row['transcript'].split(), samples)
    )
    return FaceClip(
        name, row['speaker'], row['split'], samples, motion, speaker.rest, speaker.seen[span],
        fps, words,
    )  # fmt: skip


def read_tracked_faces(folder: Path, language: str = 'en') -> Layout:
    """Read a folder of tracked faces; what cannot be used is listed and skipped.

    Args:
        folder: with manifest.csv, names.json, audio, tracks and word alignments.
        language: only clips in this language; '' for all.

    Raises:
        ValueError: the folder has another layout or holds no usable clip.

    """
    try:
        names = json.loads((folder / 'names.json').read_text())['arkit']
        with (folder / 'manifest.csv').open(newline='', encoding='utf-8') as f:
            rows = [row for row in csv.DictReader(f) if row['language'].startswith(language)]
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f'{folder} is not a folder of tracked faces: {error}') from error
    layout = Layout([], arkit_regions(), 25.0)
    speakers: dict[str, _Speaker | str] = {}
    for row in rows:
        try:
            path = row['tracks']
            if path not in speakers:
                try:
                    speakers[path] = _Speaker(folder / path, names)
                except ValueError as error:
                    speakers[path] = str(error)
            speaker = speakers[path]
            if isinstance(speaker, str):
                raise ValueError(f'{row["clip"]}: {speaker}')
            layout.clips.append(_clip(folder, row, speaker))
        except (ValueError, KeyError) as error:
            layout.skipped.append(f'{row.get("clip")}: {error}')
    if not layout.clips:
        raise ValueError(f'{folder} has no usable clip; {len(layout.skipped)} skipped')
    return layout
