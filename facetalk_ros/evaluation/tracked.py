# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A folder of recordings with the faces that a camera saw: manifest.csv, names.json, tracks/."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ..audio.files import read_audio
from ..face.names import ARKIT_INDEX, ARKIT_NAMES
from .envelope import Mask, Phone, Signal, rms_envelope

# Phones whose words start further than this from the corpus's own are not to be trusted
# (../shared/data/av/README.md).
_PHONES_WITHIN_S = 0.2


@dataclass(frozen=True)
class TrackedClip:
    """A recording with what was seen of the speaker's face.

    Attributes:
        fps: rate of the face; frame k is at k / fps.
        weights: float32 [frames, 52] in ARKIT_NAMES order; where the tracker lost the face, its
            interpolation.
        measured: bool [52], which weights mean something and move in this source.
        lip_gap: float64 [frames], distance of the inner lips over that of the outer eye corners;
            None where it was not seen.
        envelope: of the sound, ``rms_envelope``.
        phones: empty where there are none, or none to be trusted.

    """

    name: str
    audio: Path
    speaker: str
    language: str
    transcript: str
    fps: float
    weights: npt.NDArray[np.float32]
    measured: Mask
    lip_gap: Signal | None
    envelope: Signal
    phones: tuple[Phone, ...] = ()

    @property
    def time_s(self) -> Signal:
        """The times of the frames, float64 [frames]."""
        return np.arange(len(self.weights)) / self.fps


class _Track:
    """The faces of one speaker, in this package's order of the weights."""

    def __init__(self, path: Path, names: list[str], constant: Collection[str]) -> None:
        try:
            with np.load(path) as track:
                weights = np.asarray(track['arkit'], np.float32)
                valid = np.asarray(track['channel_valid'], bool)
                self.clips = {str(name): i for i, name in enumerate(track['clips'])}
                self.offsets = np.asarray(track['offsets'], np.int64)
                self.lip_gap = np.asarray(track['lip_gap'], np.float64)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ValueError(f'{path} is no track: {_said(error)}') from error
        if (
            weights.shape != (len(self.lip_gap), len(names))
            or valid.shape != (len(names),)
            or len(self.offsets) != len(self.clips) + 1
            or self.offsets[-1] != len(weights)
        ):
            raise ValueError(f'{path} is no track: weights of shape {weights.shape}')
        self.weights = np.zeros((len(weights), len(ARKIT_NAMES)), np.float32)
        self.measured = np.zeros(len(ARKIT_NAMES), bool)
        for column, name in enumerate(names):
            if name in ARKIT_INDEX:
                i = ARKIT_INDEX[name]
                self.weights[:, i] = weights[:, column]
                moves = len(weights) > 0 and bool(np.ptp(weights[:, column]))
                self.measured[i] = valid[column] and moves and name not in constant


def read_tracked(
    folder: Path, split: str, speakers: Collection[str] = ()
) -> Iterator[TrackedClip]:
    """Yield the tracked clips of a split.

    Args:
        folder: as ../shared/data/av/README.md describes it.
        split: of the manifest.
        speakers: only these; all when empty.

    Raises:
        ValueError: the folder has another layout, or no such split or speaker.

    """
    try:
        names = json.loads((folder / 'names.json').read_text(encoding='utf-8'))
        order = [str(name) for name in names['arkit']]
        with (folder / 'manifest.csv').open(newline='', encoding='utf-8') as f:
            rows = [row for row in csv.DictReader(f) if row['split'] == split]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{folder} is not a folder of tracked faces: {_said(error)}') from error
    rows = _of_speakers(rows, speakers, f'{folder}, split {split!r}')
    tracks: dict[str, _Track] = {}
    phones: dict[str, Any] = {}
    for row in rows:
        try:
            path = row['tracks']
            if path not in tracks:
                # the names.json of a source lists what never moves in it
                constant = names.get(f'{row["speaker"]}_constant', ())
                tracks[path] = _Track(folder / path, order, constant)
            yield _clip(folder, row, tracks[path], phones)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f'{folder}, clip {row.get("clip")!r}: {_said(error)}') from error


def _said(error: Exception) -> str:
    return f'no {error}' if isinstance(error, KeyError) else str(error)


def _of_speakers(
    rows: list[dict[str, Any]], speakers: Collection[str], where: str
) -> list[dict[str, Any]]:
    known = sorted({row.get('speaker') or '' for row in rows})
    if not known:
        raise ValueError(f'{where}: no clips')
    unknown = sorted(set(speakers) - set(known))
    if unknown:
        raise ValueError(f'{where}: no speaker {unknown[0]!r}; there are {", ".join(known)}')
    return [row for row in rows if not speakers or row['speaker'] in speakers]


def _clip(folder: Path, row: dict[str, Any], track: _Track, phones: dict[str, Any]) -> TrackedClip:
    name = row['clip']
    if name not in track.clips:
        raise ValueError(f'not in {row["tracks"]}')
    i = track.clips[name]
    span = slice(int(track.offsets[i]), int(track.offsets[i + 1]))
    weights, gap, fps = track.weights[span], track.lip_gap[span], float(row['fps'])
    seen = not np.isnan(gap).all()
    if len(weights) < 3 or not np.isfinite(weights).all() or (seen and not np.isfinite(gap).all()):
        raise ValueError(f'{len(weights)} frames, or values that are no numbers')
    if not 0 < fps < float('inf'):
        raise ValueError(f'{fps} frames a second')
    sound, _ = read_audio(folder / row['audio'])
    return TrackedClip(
        name, folder / row['audio'], row['speaker'], row.get('language') or '',
        row['transcript'], fps, weights, track.measured, gap if seen else None,
        rms_envelope(sound.samples, sound.rate_hz), _phones(folder, row, phones),
    )  # fmt: skip


def _phones(folder: Path, row: dict[str, Any], known: dict[str, Any]) -> tuple[Phone, ...]:
    path = row.get('phones')
    if not path or float(row.get('phone_dev_s') or 'inf') > _PHONES_WITHIN_S:
        return ()
    if path not in known:
        known[path] = json.loads((folder / path).read_text(encoding='utf-8'))
    return tuple((str(p), float(a), float(b)) for p, a, b in known[path].get(row['clip'], ()))
