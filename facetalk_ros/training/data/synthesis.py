# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Speaks sentences with every speech synthesiser that is installed, in many voices."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from . import espeak, festival, flite
from .corpus import Clip

# Of ten sentences so many are spoken by espeak-ng, whose voices are formants: the others were
# recorded from people.
_ESPEAK_OF_TEN = 3
# festival reads Latin-1.
_PLAIN_QUOTES = str.maketrans('‘’“”–—', '\'\'""--')
_STRETCH = (0.8, 1.3)
_PITCH = (0.8, 1.25)


def speak_sentences(
    lines: Sequence[str], count: int, folder: Path, seed: int
) -> tuple[list[Clip], list[str]]:
    """Speak sentences with exact phone timings, by turns of all installed voices.

    Args:
        lines: the sentences; they repeat when there are fewer than ``count``.
        count: how many clips to make.
        folder: where the sounds are written.
        seed: draws sentences, rates and pitches; the files bear it in their names.

    Returns:
        The clips, and a line for each engine that is missing, each sentence that failed and each
        foreign phone that has no label.

    Raises:
        ValueError: there are no sentences or no engine.

    """
    plain = [line.translate(_PLAIN_QUOTES) for line in lines]
    sentences = [' '.join(line.split()) for line in plain if line.strip()]
    if not sentences:
        raise ValueError('no sentences to speak')
    voices, skipped = _voices()
    if not voices:
        raise ValueError('no speech synthesiser: install flite, festival or espeak-ng')
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    order = [int(i) for i in rng.permutation(len(sentences))]
    clips: list[Clip | None] = []
    later: list[tuple[int, festival.Request]] = []
    unknown: set[str] = set()
    for i, (at, (engine, voice)) in enumerate(
        islice(zip(cycle(order), cycle(voices), strict=False), count)
    ):
        text, stretch = sentences[at], float(np.exp(rng.uniform(*np.log(_STRETCH))))
        pitch = float(np.exp(rng.uniform(*np.log(_PITCH))))
        clips.append(None)
        if engine == 'festival':
            later.append((i, festival.Request(text, voice, stretch, pitch)))
            continue
        try:
            if engine == 'flite':
                clips[i] = flite.synthesise(
                    text, voice, stretch, folder, pitch, f'flite-{seed}-{i}'
                )
            else:
                sound = folder / f'espeak-{seed}-{i}.wav'
                clips[i], names = espeak.synthesise(text, voice, stretch, pitch, sound)
                unknown |= {f'espeak {voice}: no label for {name!r}' for name in names}
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            skipped.append(f'{engine} {voice}, {text!r}: {error}')
    if later:
        spoken = festival.speak([r for _, r in later], folder / f'festival-{seed}')
        for (i, _), found in zip(later, spoken, strict=True):
            if isinstance(found, str):
                skipped.append(found)
            else:
                clips[i] = found
    return [clip for clip in clips if clip is not None], skipped + sorted(unknown)


def _voices() -> tuple[list[tuple[str, str]], list[str]]:
    """Return (engine, voice) in turns, and a line for each that is missing."""
    recorded: list[tuple[str, str]] = []
    missing = []
    if shutil.which('flite'):
        recorded += [('flite', voice) for voice in flite.FLITE_VOICES]
    else:
        missing.append('flite is not installed')
    found = festival.installed_voices()
    recorded += [('festival', voice) for voice in found]
    missing += [
        f'festival voice {voice} is not installed'
        for voice in festival.FESTIVAL_VOICES
        if voice not in found
    ]
    formants = [('espeak', voice) for voice in espeak.ESPEAK_VOICES]
    if not espeak.is_installed():
        missing.append('espeak-ng is not installed')
        return recorded, missing
    if not recorded:
        return formants, missing
    turns: list[tuple[str, str]] = []
    people = cycle(recorded)
    # a round in which every espeak voice speaks once
    for i in range(0, len(formants), _ESPEAK_OF_TEN):
        turns += [*islice(people, 10 - _ESPEAK_OF_TEN), *formants[i : i + _ESPEAK_OF_TEN]]
    return turns, missing
