# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Speech clips with phone timings, from the folders that ``facetalk train`` reads."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ...audio.features import HOP_SAMPLES, SAMPLE_RATE_HZ
from ...speech.phones import PHONE_INDEX

#: Frames whose phone is not known carry this label and no loss.
UNKNOWN = -100
# The corpus word timings disagree with the phones by more than this: do not trust the phones.
_WORD_DEVIATION_MAX_S = 0.2


@dataclass(frozen=True)
class Clip:
    """One recording: where it is, who speaks, what is said and when each phone is spoken."""

    name: str
    audio: Path
    speaker: str
    source: str
    licence: str
    split: str
    transcript: str
    phones: tuple[tuple[str, float, float], ...]

    def samples(self) -> npt.NDArray[np.float32]:
        """Return the sound, float32 [n], mono at 16 kHz.

        Raises:
            ValueError: the file has another rate.

        """
        data, rate_hz = soundfile.read(self.audio, dtype='float32')
        if rate_hz != SAMPLE_RATE_HZ:
            raise ValueError(f'{self.audio}: {rate_hz} Hz, training data is 16000 Hz')
        return np.asarray(data if data.ndim == 1 else data.mean(1), np.float32)


def frame_labels(
    phones: tuple[tuple[str, float, float], ...], frames: int, stretch: float = 1.0
) -> npt.NDArray[np.int64]:
    """Return the phone index of every 10 ms frame, int64 [frames]; UNKNOWN outside the phones.

    Args:
        phones: (phone, start_s, end_s), ascending.
        frames: how many frames the clip has.
        stretch: the clip's length over its original length.

    """
    centres_s = (np.arange(frames) + 0.5) * HOP_SAMPLES / SAMPLE_RATE_HZ / stretch
    labels = np.full(frames, UNKNOWN, np.int64)
    for phone, start_s, end_s in phones:
        span = slice(*np.searchsorted(centres_s, (start_s, end_s)))
        labels[span] = PHONE_INDEX.get(phone, UNKNOWN)
    return labels


def read_speech(folder: Path) -> Iterator[Clip]:
    """Yield the aligned clips of a folder with manifest.csv, phones.csv and the audio."""
    phones: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
    with (folder / 'phones.csv').open(newline='') as f:
        for row in csv.DictReader(f):
            phones[row['id']].append((row['phone'], float(row['start_s']), float(row['end_s'])))
    with (folder / 'manifest.csv').open(newline='') as f:
        for row in csv.DictReader(f):
            if row['aligned'] == '1':
                yield Clip(
                    row['id'], folder / row['file'], row['speaker'], row['source'],
                    row['licence'], row['split'], row['transcript'], tuple(phones[row['id']]),
                )  # fmt: skip


def read_av(folder: Path) -> Iterator[Clip]:
    """Yield the clips of an audio-visual folder that have trustworthy phones."""
    phones: dict[str, dict[str, list[tuple[str, float, float]]]] = {}
    with (folder / 'manifest.csv').open(newline='') as f:
        for row in csv.DictReader(f):
            if not row['phones'] or float(row['phone_dev_s'] or 9) > _WORD_DEVIATION_MAX_S:
                continue
            if row['phones'] not in phones:
                phones[row['phones']] = json.loads((folder / row['phones']).read_text())
            aligned = phones[row['phones']].get(row['clip'])
            if aligned:
                yield Clip(
                    row['clip'], folder / row['audio'], row['speaker'], row['source'],
                    row['licence'], row['split'], row['transcript'],
                    tuple((p, float(s), float(e)) for p, s, e in aligned),
                )  # fmt: skip
