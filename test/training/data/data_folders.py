# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Small folders of every layout that is read."""

import csv
import json

import numpy as np
import soundfile

from facetalk_ros.export.csv_table import write_csv
from facetalk_ros.export.livelink import write_livelink_csv
from facetalk_ros.export.track import Track
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES

SPEECH = ('id', 'file', 'speaker', 'source', 'licence', 'split', 'transcript', 'aligned')
AV = (
    'clip', 'speaker', 'source', 'licence', 'split', 'language', 'transcript', 'audio', 'tracks',
    'phones', 'phone_dev_s',
)  # fmt: skip
# MediaPipe's order is another than ours
TRACKED = sorted(ARKIT_NAMES)


def table(path, header, rows):
    with path.open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])


def tone(path, seconds=1.0, rate_hz=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.sin(np.arange(round(seconds * rate_hz)) * 2 * np.pi * 200 / rate_hz) * 0.3
    soundfile.write(path, samples, rate_hz)


def moving(seconds=1.0, fps=60.0, start_s=0.0):
    """Return a track in which jawOpen ramps from 0 to 1 and nothing else moves but a smile."""
    times_s = start_s + np.arange(round(seconds * fps)) / fps
    weights = np.zeros((len(times_s), 52), np.float32)
    weights[:, ARKIT_INDEX['jawOpen']] = np.linspace(0, 1, len(times_s))
    weights[:, ARKIT_INDEX['mouthSmileLeft']] = 0.5 + 0.1 * np.sin(times_s)
    return Track(times_s, weights)


def speech_folder(folder):
    tone(folder / 'a.wav')
    tone(folder / 'b.wav')
    table(
        folder / 'manifest.csv',
        SPEECH,
        [
            ('a', 'a.wav', 'ann', 'vctk', 'CC BY', 'train', 'Hi', '1'),
            ('b', 'b.wav', 'bob', 'kerstin', 'CC0', 'dev', 'Hallo', '0'),
        ],
    )
    table(
        folder / 'phones.csv',
        ('id', 'phone', 'start_s', 'end_s'),
        [('a', 'SIL', 0, 0.2), ('a', 'HH', 0.2, 0.4), ('a', 'AY', 0.4, 0.9)],
    )


def av_folder(folder):
    """Write two clips of one speaker, 25 and 24 frames."""
    for name in ('one', 'two'):
        tone(folder / 'audio' / f'{name}.wav')
    (folder / 'tracks').mkdir()
    weights = np.random.default_rng(0).uniform(0, 1, (49, 52)).astype(np.float16)
    valid = np.array([name != 'tongueOut' for name in TRACKED])
    np.savez(
        folder / 'tracks' / 's1.npz',
        clips=['one', 'two'], offsets=[0, 25, 49], arkit=weights, missing=np.arange(49) == 3,
        lip_gap=np.linspace(0, 1, 49).astype(np.float16), fps=25.0, channel_valid=valid,
    )  # fmt: skip
    np.savez(
        folder / 'tracks' / 'rig.npz',
        clips=['rig'], offsets=[0, 30], arkit=weights[:30], missing=np.zeros(30, bool),
        lip_gap=np.full(30, np.nan, np.float16), fps=30.0, channel_valid=valid,
        rig116=np.zeros((30, 116), np.float16),
    )  # fmt: skip
    names = {'arkit': TRACKED, 'facegood_constant': ['jawLeft']}
    (folder / 'names.json').write_text(json.dumps(names))
    (folder / 'phones.json').write_text(
        json.dumps({'one': [['SIL', 0, 0.5], ['B', 0.5, 0.6]], 'two': [['B', 0, 1]]})
    )
    rest = ('GRID', 'CC BY', 'train', 'en-GB', 'bin blue')
    tracked = ('tracks/s1.npz', 'phones.json')
    table(
        folder / 'manifest.csv',
        AV,
        [
            ('one', 's1', *rest, 'audio/one.wav', *tracked, '0.05'),
            ('two', 's1', *rest, 'audio/two.wav', *tracked, '0.6'),
            ('rig', 'her', *rest, 'audio/one.wav', 'tracks/rig.npz', '', ''),
        ],
    )
    return weights


def capture_folder(folder):
    """Write a Live Link take, a table of our own, and sound with text."""
    folder.mkdir(parents=True)
    tone(folder / 'take.wav', 1.0, 48000)
    write_livelink_csv(folder / 'take.csv', moving(start_s=3600.0))
    (folder / 'take.txt').write_text(' Hello,\n there ')
    tone(folder / 'own.flac', 1.0, 22050)
    write_csv(folder / 'own.csv', moving())
