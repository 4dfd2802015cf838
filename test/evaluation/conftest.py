# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Made faces beside made video, and a folder of them as ../shared/data/av has it."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.evaluation.tracked import TrackedClip
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

DATA = Path(__file__).parents[1] / 'data'


def smooth(time_s, seed=0):
    """Return a movement of 0.5 to 4 Hz around 0.3."""
    rng = np.random.default_rng(seed)
    parts = (np.sin(2 * np.pi * (f * time_s + rng.random())) for f in (0.5, 1.3, 2.6, 4.0))
    return 0.3 + 0.06 * sum(parts)


def face(n, **shapes):
    weights = np.zeros((n, len(ARKIT_NAMES)), np.float32)
    for name, values in shapes.items():
        weights[:, ARKIT_INDEX[name]] = values
    return weights


@pytest.fixture
def video():
    """Return a function that makes a clip of four seconds whose jaw and lips move alike."""

    def make(speaker='one', fps=25.0, seed=0, measured=('jawOpen',), gap=True, **shapes):
        time_s = np.arange(round(4 * fps)) / fps
        jaw = shapes.pop('jawOpen', smooth(time_s, seed))
        return TrackedClip(
            f'{speaker}{seed}', Path('none.wav'), speaker, 'en', 'words', fps,
            face(len(time_s), jawOpen=jaw, **shapes), np.isin(ARKIT_NAMES, measured),
            np.asarray(jaw, np.float64) * 0.5 if gap else None, np.ones(801),
            (('SIL', 0.0, 0.5), ('AA', 0.5, 2.0), ('S', 2.0, 3.5), ('SIL', 3.5, 4.0)),
        )  # fmt: skip

    return make


@pytest.fixture
def tracked_folder(tmp_path):
    """Return a folder of two speakers of English, one clip each, and one of Mandarin."""
    folder = tmp_path / 'faces'
    folder.mkdir()
    names = sorted(ARKIT_NAMES)  # another order than ours
    (folder / 'names.json').write_text(json.dumps({'arkit': names, 'c_constant': ['mouthClose']}))
    rows = []
    for speaker, sound, language, fps in (
        ('a', 'amiable', 'en-GB', 25), ('b', 'amiable', 'en-GB', 25), ('c', 'sonnet', 'zh', 30),
    ):  # fmt: skip
        shutil.copy(DATA / f'{sound}.opus', folder / f'{speaker}.opus')
        arkit = np.zeros((90, 52), np.float16)
        for name, seed in (('jawOpen', 1), ('mouthClose', 2), ('mouthPucker', 3)):
            arkit[:, names.index(name)] = smooth(np.arange(90) / fps, seed)
        gap = np.full(90, np.nan) if language == 'zh' else smooth(np.arange(90) / fps, 4)
        np.savez(
            folder / f'{speaker}.npz', clips=np.array(['1']), offsets=np.array([0, 90]),
            arkit=arkit, lip_gap=np.float16(gap),
            channel_valid=np.array([name != 'tongueOut' for name in names]),
        )  # fmt: skip
        phones = [['SIL', 0, 0.4], ['AA', 0.4, 0.8], ['P', 0.8, 0.9], ['SIL', 0.9, 3]]
        (folder / f'{speaker}.json').write_text(json.dumps({'1': phones}))
        rows.append({
            'clip': '1', 'speaker': speaker, 'split': 'dev', 'language': language,
            'transcript': '' if language == 'zh' else 'He might even',
            'fps': fps, 'audio': f'{speaker}.opus', 'tracks': f'{speaker}.npz',
            'phones': '' if language == 'zh' else f'{speaker}.json',
            'phone_dev_s': {'a': '0.2', 'b': '0.21', 'c': ''}[speaker],
        })  # fmt: skip
    with (folder / 'manifest.csv').open('w', newline='') as f:
        table = csv.DictWriter(f, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder
