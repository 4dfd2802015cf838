# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Sound on its way to the face: what came too early waits here, with its times."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from .audio.features import STEP_SAMPLES
from .audio.pcm import Samples
from .audio.resample import SPEECH_RATE_HZ
from .timeline import Span


class _Item(NamedTuple):
    samples: Samples
    span: Span


class WaitingSound:
    """A queue of sound that is handed out in steps when it is due.

    Attributes:
        queued: number, on the face's clock at 16 kHz, of the sample behind all that waits.
        fed: number of the next sample that is handed out.
        end_ns: ROS time of sample ``queued``; None while no time is known.
        fed_ns: ROS time of sample ``fed``.

    """

    def __init__(self, start: int) -> None:
        """Begin with sample number ``start``."""
        self._items: deque[_Item] = deque()
        self.queued = self.fed = start
        self.end_ns: int | None = None
        self.fed_ns: int | None = None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._items)

    @property
    def samples(self) -> int:
        """How much waits."""
        return self.queued - self.fed

    def begin(self, time_ns: int) -> None:
        """Say the ROS time of the next sample, when nothing waits and no time is known."""
        self.end_ns = self.fed_ns = time_ns

    def append(
        self, samples: Samples, start_ns: int, end_ns: int, *, due_ns: int,
        slack_ns: int | None, epoch: int,
    ) -> None:  # fmt: skip
        """Put sound behind what waits; see Span for its times."""
        span = Span(self.queued, len(samples), start_ns, end_ns, due_ns, slack_ns, epoch)
        if len(samples):
            self._items.append(_Item(samples, span))
            self.queued += len(samples)
        self.end_ns = end_ns

    def take_step(self, until_ns: int) -> tuple[Samples, Span] | None:
        """Return the next step of sound, at most STEP_SAMPLES, if it is due at ``until_ns``."""
        if not self._items or self._items[0].span.due_ns > until_ns:
            return None
        samples, span = self._items.popleft()
        n = min(STEP_SAMPLES, len(samples))
        if n < len(samples):
            middle_ns = span.stamp_ns(span.start + n)
            due_ns = span.due_ns + middle_ns - span.start_ns
            rest = replace(
                span, start=span.start + n, count=span.count - n, start_ns=middle_ns, due_ns=due_ns
            )
            self._items.appendleft(_Item(samples[n:], rest))
            span = replace(span, count=n, end_ns=middle_ns)
        self.fed, self.fed_ns = self.fed + n, span.end_ns
        return samples[:n], span

    def clear(self) -> float:
        """Forget all that waits; return how long it was, in seconds."""
        dropped_s = self.samples / SPEECH_RATE_HZ
        self._items.clear()
        self.queued, self.end_ns = self.fed, self.fed_ns
        return dropped_s

    def forget_times(self) -> None:
        """Let time begin anew, after ``clear``."""
        self.end_ns = self.fed_ns = None
