# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How long a sentence's plan takes on this machine."""

from __future__ import annotations

import time

import numpy as np

from .plan import Planner

_SENTENCES = (
    'Hello.',
    'Where is the station?',
    'I am so glad that you could come to my birthday party!',
    'Please take the second door on the left, and then wait until your number is called.',
    'I told you not to touch my things, and you did it again, so do not tell me that you are '
    'sorry about the mess in the kitchen!',
)


def measure_plan_ms(rounds: int = 20) -> dict[str, float]:
    """Return how long sentences of 1 to 26 words take, from text to plan, on one thread.

    Returns:
        `p50` and `p99` in ms of processor time, so that other programs do not count.

    """
    planner = Planner()
    for text in _SENTENCES:  # what is loaded once is not a sentence's time
        planner.sentence(text)
    taken = []
    for _ in range(rounds):
        for text in _SENTENCES:
            started = time.thread_time()
            planner.sentence(text)
            taken.append(1e3 * (time.thread_time() - started))
    p50, p99 = np.percentile(taken, [50, 99])
    return {'p50': round(float(p50), 3), 'p99': round(float(p99), 3)}
