# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Messages of the input that are sent on when their face has come out."""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

# As many as 5 ms chunks of the sound that may wait.
_MAX_KEPT = 180_000


class HeldBack(NamedTuple):
    """A message of the input whose face has come out, and the time its sound is to be heard."""

    stamp_ns: int
    message: Any


class HeldBackMessages:
    """A queue of messages by the sample of the face's clock that each begins with."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, HeldBack]] = deque(maxlen=_MAX_KEPT)

    def keep(self, sample: int, held_back: HeldBack) -> None:
        """Put a message behind the others; the oldest gives way when too many wait."""
        self._waiting.append((sample, held_back))

    def take_before(self, sample: float) -> list[HeldBack]:
        """Return those that begin before ``sample``."""
        taken = []
        while self._waiting and self._waiting[0][0] < sample:
            taken.append(self._waiting.popleft()[1])
        return taken

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
