# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Speech from flite (Debian package ``flite``), which states when each phone is spoken."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import soundfile

from .corpus import Clip
from .phone_names import FESTVOX, Phone, to_arpabet

FLITE_VOICES = ('awb', 'rms', 'slt', 'kal16')
LICENCE = 'BSD-like (CMU flite voices)'


def synthesise(
    text: str, voice: str, stretch: float, folder: Path, pitch: float = 1.0, name: str = ''
) -> Clip:
    """Speak a sentence.

    Args:
        text: what to say.
        voice: one of FLITE_VOICES.
        stretch: how much longer than usual it lasts.
        folder: where the sound is written.
        pitch: the pitch over the voice's own.
        name: of the clip and its file; '' for one that is not taken.

    Raises:
        subprocess.CalledProcessError: flite failed.
        FileNotFoundError: flite is not installed.
        ValueError: it spoke nothing.

    """
    path = folder / f'{name}.wav'
    if not name:
        with tempfile.NamedTemporaryFile(dir=folder, suffix='.wav', delete=False) as f:
            path = Path(f.name)
    settings = ['--setf', f'duration_stretch={stretch}', '--setf', f'f0_shift={pitch}']
    spoken = subprocess.run(
        ['flite', '-voice', voice, *settings, '-t', text, '-o', str(path), '-psdur'],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    segments: list[Phone] = []
    start_s = 0.0
    for name, end in re.findall(r'(\S+):([\d.]+)', spoken.stdout):
        segments.append((name, start_s, float(end)))
        start_s = float(end)
    phones, _ = to_arpabet(segments, FESTVOX)
    if not phones:
        raise ValueError(f'flite {voice} spoke nothing for {text!r}')
    return Clip(
        path.stem, path, f'flite_{voice}', f'flite {voice}', LICENCE, 'train', text, phones,
        duration_s=soundfile.info(path).duration,
    )  # fmt: skip
