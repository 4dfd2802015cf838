# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the motion networks make of clips, and how far it follows the captured faces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from ..audio.features import STEP_S
from ..face.articulation import CHANNELS
from ..motion.learned import INSTANT_AGES_S
from .motion_examples import Example, articulated
from .motion_fit import Trainer

Floats = npt.NDArray[np.float32]
_REPORTED = ('aperture', 'jawOpen', 'mouthFunnel', 'mouthLowerDown', 'mouthRollLower')


def motion_of(trainer: Trainer, example: Example, mode: str) -> tuple[Floats, Floats]:
    """Return the times [s], float32 [T], and the channels, float32 [T, channels], of a clip.

    Args:
        trainer: has the networks; they are left in evaluation mode.
        example: the clip.
        mode: a key of ``example.told``.

    """
    told = example.told[mode]
    steps = np.arange(len(example.features))
    features = torch.from_numpy(example.features.astype(np.float32))[None]
    phones = torch.from_numpy(told.phones[told.at].astype(np.float32))[None]
    by_text = torch.from_numpy(told.told[told.at, None])[None]
    clock = torch.from_numpy(told.clock(steps))[None]
    trainer.keys.eval()
    trainer.completion.eval()
    with torch.no_grad():
        keys = trainer.keys(features[:, told.step[told.at]], phones, by_text)
        state = torch.zeros(1, trainer.completion.state_size)
        poses, _, _ = trainer.completion(features, phones, by_text, clock, keys, state)
    times_s = (steps[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)
    return times_s.ravel().astype(np.float32), poses[0].numpy().reshape(-1, len(CHANNELS))


def correlations(trainer: Trainer, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Return Pearson's r of the main channels by speaker and mode, the mean over clips."""
    found: defaultdict[str, list[list[float]]] = defaultdict(list)
    places = [CHANNELS.index(name) for name in _REPORTED]
    for e in examples:
        face = e.recording.face()
        if face is None:
            continue
        track = articulated(face)
        at_s = np.arange(len(track.weights)) / track.fps
        for mode in e.told:
            times_s, made = motion_of(trainer, e, mode)
            row = []
            for c in places:
                shown = np.interp(at_s, times_s, made[:, c])
                moves = track.valid[c] and shown.std() > 0 and track.weights[:, c].std() > 0
                row.append(
                    float(np.corrcoef(shown, track.weights[:, c])[0, 1]) if moves else np.nan
                )
            found[f'{e.recording.speaker}, {mode}'].append(row)
    report = {}
    for name, rows in sorted(found.items()):
        values = np.array(rows)
        report[name] = {
            channel: round(float(np.nanmean(values[:, i])), 3)
            for i, channel in enumerate(_REPORTED)
            if np.isfinite(values[:, i]).any()
        }
    return report
