# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Phone posteriors as an acoustic model would give them, made by hand for the searches."""

from __future__ import annotations

import numpy as np
import pytest

from facetalk_ros.speech.phones import PHONE_INDEX, PHONES


class Speech:
    """What is said, frame by frame, and what a model that is right this often hears of it."""

    def __init__(self):
        self.frames = []
        self.starts = []  # (phone, frame), repeated phones not merged

    def say(self, *phones, frames=6):
        for phone in phones:
            self.starts.append((phone, len(self.frames)))
            self.frames += [PHONE_INDEX[phone]] * frames
        return self

    def log_posteriors(self, sure=0.9, noise=0.0, seed=0):
        """Return float32 [frames, 40]: ``sure`` for what is said, the rest for all others."""
        n = len(PHONES)
        out = np.full((len(self.frames), n), np.log((1 - sure) / (n - 1)), np.float32)
        out[np.arange(len(out)), self.frames] = np.log(sure)
        out += noise * np.random.default_rng(seed).standard_normal(out.shape).astype(np.float32)
        return out - np.log(np.exp(out).sum(1, keepdims=True))


@pytest.fixture
def speech():
    return Speech()
