# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""When each phone of a recording begins, by the aligner and the acoustic model of the stream."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ...audio.features import FRAMES_PER_STEP, SAMPLE_RATE_HZ, STEP_SAMPLES, LogMel
from ...speech.acoustic import AcousticModel, default_model
from ...speech.g2p import text_to_phones
from ...speech.phones import SILENCE
from ...speech.tokens import Pause
from ...speech.tracker import PhoneTracker

# The stream decides a frame when it has heard two more and passes over some phones; with 10 to 30
# more none of the 66 of test/data/sense.opus was passed over, with two 4 were.
_LAG_FRAMES = 20
# Silence after the sound in which the last decisions fall.
_TAIL_STEPS = _LAG_FRAMES // FRAMES_PER_STEP + 1


def phone_starts(
    samples: npt.NDArray[np.float32], text: str = '', model: AcousticModel | None = None
) -> Iterator[tuple[str, float]]:
    """Yield (phone, start_s), ascending: the text aligned to the sound, else what is heard.

    Args:
        samples: float32 [n], mono at 16 kHz.
        text: English; '' leaves it to the phone loop.
        model: another acoustic model than the one that ships.

    Yields:
        ARPAbet phones without stress, or SIL, the first at 0 s and no later than the sound's end.

    Raises:
        FileNotFoundError: the acoustic model is missing.

    """
    model = model or default_model()
    tracker = PhoneTracker(model.log_prior, lag_frames=_LAG_FRAMES)
    words = text_to_phones(text).words if text else ()
    tracker.add_words([(w.phones, w.pause_after >= Pause.COMMA) for w in words])
    steps = -(-len(samples) // STEP_SAMPLES) + model.look_ahead_steps + _TAIL_STEPS
    padded = np.zeros(steps * STEP_SAMPLES, np.float32)
    padded[: len(samples)] = samples
    mel = LogMel().whole(padded).reshape(steps, FRAMES_PER_STEP, -1)
    state = model.start()
    length_s = len(samples) / SAMPLE_RATE_HZ
    waiting = (SILENCE, 0.0)
    for step in range(steps):
        heard, state = model.step(mel[step], state)
        if step < model.look_ahead_steps:
            continue
        for frame in heard.log_posteriors:
            for start in tracker.push(frame):
                if start.start_s >= length_s:
                    continue
                if start.start_s > waiting[1]:
                    yield waiting
                waiting = (start.phone, start.start_s)
    yield waiting
