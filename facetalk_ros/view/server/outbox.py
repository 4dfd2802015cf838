# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What waits to be sent to one page: bounded, and the newest stays."""

from __future__ import annotations

from collections import deque

from .protocol import Outgoing

#: More than this never waits for one page.
MOST_MESSAGES = 256
MOST_BYTES = 256 * 1024


class Outbox:
    """A queue that leaves out the oldest fleeting messages when it is full.

    A message that is not fleeting takes the place of one of its state that still waits, so that
    such cannot fill it.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: deque[Outgoing] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Outgoing) -> None:
        """Add a message; older ones may have to go for it."""
        if message.state and not message.fleeting:
            for waiting in self._waiting:
                if waiting.state == message.state and not waiting.fleeting:
                    self._remove(waiting)
                    break
        self._waiting.append(message)
        self._bytes += len(message.data)
        while len(self._waiting) > MOST_MESSAGES or self._bytes > MOST_BYTES:
            oldest = next((w for w in self._waiting if w.fleeting and w is not message), None)
            if oldest is None:
                return
            self._remove(oldest)
            self.dropped += 1

    def take(self) -> Outgoing | None:
        """Return the oldest message; None when none waits."""
        if not self._waiting:
            return None
        message = self._waiting.popleft()
        self._bytes -= len(message.data)
        return message

    def _remove(self, message: Outgoing) -> None:
        # the first that is equal is the oldest, and as good
        self._waiting.remove(message)
        self._bytes -= len(message.data)
