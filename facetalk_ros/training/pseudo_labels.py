# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Phones of recordings without text, as a teacher hears them; what it is unsure of has no label.

Self-training, as in the noisy student of Xie et al. 2020: the teacher hears the clean sound and
further ahead, the student hears the same recording in noise and rooms.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from ..audio.features import FRAMES_PER_STEP, HOP_SAMPLES, MEL_BANDS, SAMPLE_RATE_HZ, LogMel
from ..speech.phone_loop import PhoneLoop
from ..speech.phones import PHONES
from .data.recording import Recording
from .models.acoustic import AcousticConfig, AcousticNet

# The search decides a frame this much later: the whole phone has been heard by then.
_LAG_FRAMES = 30
# Phones whose mean posterior is lower stay without a label.
_SURE = 0.6
_FRAME_S = HOP_SAMPLES / SAMPLE_RATE_HZ


def pseudo_label(teacher: AcousticNet, config: AcousticConfig, clip: Recording) -> Recording:
    """Return the clip with the phones that the teacher is sure of."""
    delay = config.look_ahead_steps
    tail = np.zeros((delay * FRAMES_PER_STEP + _LAG_FRAMES) * HOP_SAMPLES, np.float32)
    frames = LogMel().whole(np.concatenate((clip.samples(), tail)))
    x = torch.from_numpy(frames.reshape(1, -1, FRAMES_PER_STEP * MEL_BANDS))
    teacher.eval()
    with torch.no_grad():
        log_posteriors = teacher(x, torch.zeros(1, teacher.state_size))[0]
    heard = log_posteriors[0, delay:].reshape(-1, len(PHONES)).numpy()
    loop = PhoneLoop(_LAG_FRAMES)
    best = np.array([loop.push(frame) for frame in heard])[_LAG_FRAMES:]
    posteriors = np.exp(heard[: len(best)])
    edges = [0, *(np.flatnonzero(np.diff(best)) + 1), len(best)]
    phones = []
    for first, last in pairwise(edges):
        if last > first and posteriors[first:last, best[first]].mean() >= _SURE:
            phones.append((PHONES[best[first]], first * _FRAME_S, last * _FRAME_S))
    return replace(clip, phones=tuple(phones))
