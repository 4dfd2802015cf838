# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the talk node counts and measures, for /diagnostics."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence

import numpy as np

# Latencies of about the last 15 s at 60 fps.
_KEPT = 1000
_LOG_EVERY_S = 1.0


class Statistics:
    """Counts and sliding measurements; nothing in it grows."""

    def __init__(self) -> None:
        self.bad_messages: Counter[str] = Counter()
        self.last_problem = ''
        self._latencies_s: deque[float] = deque(maxlen=_KEPT)
        self._delays_s: deque[float] = deque(maxlen=_KEPT)
        self._work: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._logged_s = -_LOG_EVERY_S
        self._lost = 0

    def published(self, latency_s: float, delay_s: float) -> None:
        """Note a frame: time since its audio message came, and since its stamp."""
        self._latencies_s.append(latency_s)
        self._delays_s.append(delay_s)

    def worked(self, compute_s: float, audio_s: float) -> None:
        """Note how long some audio took to compute."""
        if audio_s > 0:
            self._work.append((compute_s, audio_s))

    def bad(self, kind: str, problem: str) -> bool:
        """Count a bad message; True when it is time to log one: at most once a second."""
        self.bad_messages[kind] += 1
        self.last_problem = problem
        now_s = time.monotonic()
        if now_s - self._logged_s < _LOG_EVERY_S:
            return False
        self._logged_s = now_s
        return True

    def lost_since_last(self, total: int) -> int:
        """Return by how much a total has grown since the last call; it may begin anew."""
        before, self._lost = self._lost, total
        return max(0, total - before)

    @property
    def real_time_factor(self) -> float:
        """Compute time over audio time, lately; NaN before any audio."""
        audio_s = sum(audio for _, audio in self._work)
        return sum(compute for compute, _ in self._work) / audio_s if audio_s else float('nan')

    def latency_ms(self, percentile: float) -> float:
        """Return a percentile of the latencies lately; NaN before any."""
        return _percentile_ms(self._latencies_s, percentile)

    def delay_ms(self, percentile: float) -> float:
        """Return a percentile of publication time minus stamp lately; NaN before any."""
        return _percentile_ms(self._delays_s, percentile)


def _percentile_ms(values_s: Sequence[float] | deque[float], percentile: float) -> float:
    return float(np.percentile(list(values_s), percentile)) * 1e3 if values_s else float('nan')
