# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A callback that any thread can ask the executor to run, as rclpy.guard_condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node


class GuardCondition:
    """Runs its callback in the executor after trigger(); triggers in between count once."""

    def __init__(self, node: Node, callback: Callable[[], None] | None) -> None:
        self._node = node
        self.callback = callback
        self._triggered = False

    def trigger(self) -> None:
        """Ask for the callback; from any thread."""
        self._triggered = True
        self._node.context.mark_ready(self._node, self)

    def take(self) -> Callable[[], None] | None:
        """Return the callback when triggered."""
        triggered, self._triggered = self._triggered, False
        return self.callback if triggered else None

    def destroy(self) -> None:
        """Stop for good."""
        self.callback = None
        self._triggered = False
