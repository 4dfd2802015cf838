# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Made recordings of faces, and a small encoder that hears them."""

import numpy as np
import soundfile

from facetalk_ros.audio.files import read_audio
from facetalk_ros.export.csv_table import write_csv
from facetalk_ros.export.track import Track
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.training.data.motion import Motion
from facetalk_ros.training.data.recording import Recording

RATE_HZ = 16000


def face(seconds, fps, jaw_of, noise=0.002, seed=0, **shapes):
    """Return times [s] and weights [T, 52]: a jaw over time, trackers' noise.

    ``jaw_of`` takes times and returns 0 to 1; ``shapes`` are names and their shares of the jaw.
    """
    times_s = np.arange(round(seconds * fps)) / fps
    rng = np.random.default_rng(seed)
    weights = np.zeros((len(times_s), len(ARKIT_NAMES)), np.float32)
    jaw = jaw_of(times_s)
    weights[:, ARKIT_INDEX['jawOpen']] = jaw + noise * rng.random(len(times_s))
    for name, share in shapes.items():
        weights[:, ARKIT_INDEX[name]] = share * jaw + noise * rng.random(len(times_s))
    return times_s, weights


def chewing(hz=2.0, from_s=0.0):
    """Return a jaw that opens and closes, from a time on."""
    return lambda t: np.where(t >= from_s, 0.3 - 0.3 * np.cos(2 * np.pi * hz * (t - from_s)), 0)


def babble(path, seconds, hz=2.0, seed=0):
    """Write a hum that is loud where ``chewing(hz)`` is open."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hum = np.sin(2 * np.pi * 140 * t) + 0.5 * np.sin(2 * np.pi * 700 * t)
    noise = np.random.default_rng(seed).standard_normal(len(t))
    soundfile.write(path, 0.2 * hum * chewing(hz)(t) + 1e-3 * noise, RATE_HZ)


def recorded(folder, name, seconds=2.0, fps=50.0, jaw_of=None, sound=None, **about):
    """Write a recording with its motion; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    audio = folder / f'{name}.wav'
    if sound is None:
        babble(audio, seconds)
    else:
        samples = read_audio(sound)[0].samples[:, 0]
        seconds = len(samples) / RATE_HZ
        soundfile.write(audio, samples, RATE_HZ)
    shapes = about.pop('shapes', {'mouthLowerDownLeft': 0.5, 'mouthLowerDownRight': 0.5})
    times_s, weights = face(seconds, fps, jaw_of or chewing(), **shapes)
    write_csv(folder / f'{name}.csv', Track(times_s, weights))
    about = {'speaker': 'ann', 'transcript': '', 'language': 'en', **about}
    return Recording(
        name, audio, source='capture', licence='own', split='train',
        motion=Motion(folder / f'{name}.csv'), duration_s=seconds, **about,
    )  # fmt: skip
