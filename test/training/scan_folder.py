# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Small made folders in the layout of BIWI and VOCASET."""

import pickle

import numpy as np
import soundfile

POINTS = 6


def write_scans(folder, names, native_fps, seconds=1.0):
    """Write a folder with faces of six vertices; return the subjects' templates."""
    rng = np.random.default_rng(3)
    for sub in ('wav', 'vertices_npy', 'regions', 'words', 'transcripts'):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    subjects = {name.rpartition('_')[0] for name in names}
    templates = {s: rng.standard_normal((POINTS, 3)) for s in sorted(subjects)}
    (folder / 'templates.pkl').write_bytes(pickle.dumps(templates))
    (folder / 'regions' / 'lve.txt').write_text('0, 1, 2')
    (folder / 'regions' / 'fdd.txt').write_text('4, 5')
    for name in names:
        sound = 0.1 * rng.standard_normal(int(16000 * seconds))
        soundfile.write(folder / 'wav' / f'{name}.wav', sound, 16000)
        offsets = 0.01 * rng.standard_normal((int(native_fps * seconds), POINTS * 3))
        vertices = offsets + templates[name.rpartition('_')[0]].reshape(-1)
        np.save(folder / 'vertices_npy' / f'{name}.npy', vertices)
    return templates
