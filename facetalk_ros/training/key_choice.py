# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Other places for keys than the boundaries of phones, to find out what those are worth.

Keys that no phone gave are decided as late as those that one gave, and name no phone: to the
networks it is unknown. ``unnamed`` has the boundaries without the names of their phones, so that
placement and names can be told apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..audio.features import FRAMES_PER_STEP, STEP_S
from ..face.articulation import CHANNELS
from ..motion.learned import INSTANT_AGES_S, INSTANTS, Spoken
from .motion_examples import Curve, Example, Told, decided

#: Phones with the step that decided each; the first stands for what was before the sound.
Found = list[tuple[int, Spoken]]
Choice = Literal['boundaries', 'unnamed', 'uniform', 'random', 'none']
#: Every second frame of video at 25 frames a second.
UNIFORM_S = 0.08
#: The stream decides a phone in the first step that ends so long after its start, or later
#: (motion_examples.follow on GRID: 60 and 70 ms, on a grid of 10 ms).
DECIDED_AFTER_S = 0.06
_FRAME_S = STEP_S / FRAMES_PER_STEP
_UNKNOWN = ''


def _unnamed(start_s: float) -> Spoken:
    return Spoken(_UNKNOWN, start_s, before=_UNKNOWN)


def at_times(times_s: Sequence[float] | npt.NDArray[np.floating]) -> Found:
    """Return keys at times [s], ascending, each in the step that decides it."""
    found = none()
    for time_s in times_s:
        # half a frame less than the step's end is none of the grid's times
        step = math.ceil((time_s + DECIDED_AFTER_S - 0.5 * _FRAME_S) / STEP_S) - 1
        found.append((step, _unnamed(float(time_s))))
    return found


def none() -> Found:
    """Return one key before the sound and no more."""
    return [(0, _unnamed(-1.0))]


def uniform(steps: int) -> Found:
    """Return a key every UNIFORM_S of a clip of so many steps."""
    return at_times(np.arange(0.0, steps * STEP_S - DECIDED_AFTER_S, UNIFORM_S))


def random(steps: int, keys: int, rng: np.random.Generator) -> Found:
    """Return so many keys on different 10 ms frames of a clip of so many steps."""
    frames = max(int((steps * STEP_S - DECIDED_AFTER_S) / _FRAME_S), 1)
    drawn = rng.choice(frames, min(keys, frames), replace=False)
    return at_times(np.sort(drawn) * _FRAME_S)


def with_keys(examples: Sequence[Example], choice: Choice, seed: int) -> list[Example]:
    """Return clips whose keys are placed by a choice; features and motion are shared.

    Args:
        examples: of ``motion_examples.example``; 'boundaries' leaves them as they are.
        choice: all others know nothing of text.
        seed: of random places.

    Raises:
        ValueError: an unknown choice.

    """
    if choice == 'boundaries':
        return list(examples)
    return [
        replace(e, told={'sound': _told(e, choice, np.random.default_rng((seed, i)))})
        for i, e in enumerate(examples)
    ]


def _told(example: Example, choice: Choice, rng: np.random.Generator) -> Told:
    steps, heard = len(example.features), example.told['sound']
    if choice == 'unnamed':
        names = np.tile(_unnamed(0.0).one_hot(), (len(heard.step), 1))
        return replace(heard, phones=names.astype(np.float16), told=np.zeros_like(heard.told))
    if choice == 'uniform':
        found = uniform(steps)
    elif choice == 'random':
        found = random(steps, len(heard.step) - 1, rng)
    elif choice == 'none':
        found = none()
    else:
        raise ValueError(f'keys cannot be placed by {choice!r}')
    instants = example.motion.reshape(-1, len(CHANNELS))
    curve = Curve(instants, INSTANTS / STEP_S, start_s=STEP_S - INSTANT_AGES_S[0])
    told = decided(found, steps, curve)
    # a key before the sound that is all there is tells nothing
    return replace(told, keys=np.zeros_like(told.keys)) if choice == 'none' else told
