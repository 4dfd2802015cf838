# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What follows the transitions of a managed node: its publishers, and what users add."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from .publisher import Publisher


class TransitionCallbackReturn(IntEnum):
    """What a transition callback returns, as lifecycle_msgs/msg/Transition numbers it."""

    SUCCESS = 97
    FAILURE = 98
    ERROR = 99


class LifecycleState(NamedTuple):
    """The state that a transition starts from."""

    label: str
    state_id: int


class ManagedEntity:
    """Something that follows the transitions of its node."""

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unconfigured to inactive."""
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Inactive to unconfigured."""
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Inactive to active."""
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Active to inactive."""
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Any primary state to finalized."""
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """After an error: SUCCESS leads to unconfigured, anything else to finalized."""
        return TransitionCallbackReturn.SUCCESS


class LifecyclePublisher(Publisher, ManagedEntity):
    """Publishes while its node is active, and does nothing otherwise."""

    _enabled = False

    @property
    def is_activated(self) -> bool:
        """Whether messages are sent."""
        return self._enabled

    def publish(self, msg: Any) -> None:
        """Send a message if the node is active."""
        if self._enabled:
            super().publish(msg)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start sending."""
        self._enabled = True
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop sending."""
        self._enabled = False
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop sending."""
        return self.on_deactivate(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop sending."""
        return self.on_deactivate(state)
