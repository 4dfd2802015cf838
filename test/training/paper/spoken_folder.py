# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Small made folders in the layout of BIWI and VOCASET whose lips follow the sound."""

import json

import numpy as np
import soundfile
from scan_folder import POINTS, write_scans


def write_spoken(folder, names, native_fps, seconds=1.0, phones=True):
    """Write a folder; a vowel is a tone, lips and brows move with it, by 0.02 and 0.01."""
    templates = write_scans(folder, names, native_fps, seconds)
    (folder / 'phones').mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    for name in names:
        samples = 0.001 * rng.standard_normal(int(16000 * seconds))
        times = np.arange(int(native_fps * seconds)) / native_fps
        opened, aligned, at_s = np.zeros(len(times)), [], 0.1
        while at_s + 0.25 < seconds:
            start_s, end_s = at_s, at_s + float(rng.uniform(0.15, 0.25))
            first, last = round(start_s * 16000), round(end_s * 16000)
            samples[first:last] += 0.2 * np.sin(0.3 * np.arange(last - first))
            opened += np.interp(
                times, (start_s - 0.05, start_s + 0.05, end_s - 0.05, end_s + 0.05), (0, 1, 1, 0)
            )
            aligned.append(['AA1', start_s, end_s])
            at_s = end_s + float(rng.uniform(0.1, 0.2))
        soundfile.write(folder / 'wav' / f'{name}.wav', samples, 16000)
        motion = np.zeros((len(times), POINTS, 3))
        motion[:, :3, 1] = -0.02 * opened[:, None]
        motion[:, 4:, 1] = 0.01 * opened[:, None]
        face = templates[name.rpartition('_')[0]].reshape(-1)
        stored = motion.reshape(len(times), -1) + face
        np.save(folder / 'vertices_npy' / f'{name}.npy', stored.astype(np.float32))
        if phones:
            (folder / 'phones' / f'{name}.json').write_text(json.dumps(aligned))
