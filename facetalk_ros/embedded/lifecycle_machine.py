# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The state machine of managed nodes, with the numbers and labels of lifecycle_msgs."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Outcome(IntEnum):
    """How a transition callback ended; also the last digit of the transition that follows."""

    SUCCESS = 0
    FAILURE = 1
    ERROR = 2


class Transition(NamedTuple):
    """An edge; callback is the method of the node that runs after it, '' for none."""

    id: int
    label: str
    start: int
    goal: int
    callback: str = ''


UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED = 1, 2, 3, 4
CONFIGURING, CLEANING_UP, SHUTTING_DOWN, ACTIVATING, DEACTIVATING, ERROR_PROCESSING = range(10, 16)

STATES = {
    0: 'unknown',
    UNCONFIGURED: 'unconfigured',
    INACTIVE: 'inactive',
    ACTIVE: 'active',
    FINALIZED: 'finalized',
    CONFIGURING: 'configuring',
    CLEANING_UP: 'cleaningup',
    SHUTTING_DOWN: 'shuttingdown',
    ACTIVATING: 'activating',
    DEACTIVATING: 'deactivating',
    ERROR_PROCESSING: 'errorprocessing',
}

_REQUESTS = (
    Transition(1, 'configure', UNCONFIGURED, CONFIGURING, 'on_configure'),
    Transition(2, 'cleanup', INACTIVE, CLEANING_UP, 'on_cleanup'),
    Transition(3, 'activate', INACTIVE, ACTIVATING, 'on_activate'),
    Transition(4, 'deactivate', ACTIVE, DEACTIVATING, 'on_deactivate'),
    Transition(5, 'shutdown', UNCONFIGURED, SHUTTING_DOWN, 'on_shutdown'),
    Transition(6, 'shutdown', INACTIVE, SHUTTING_DOWN, 'on_shutdown'),
    Transition(7, 'shutdown', ACTIVE, SHUTTING_DOWN, 'on_shutdown'),
)
# (first number, state, goals after success, failure and error)
_RESULTS = (
    (10, CONFIGURING, (INACTIVE, UNCONFIGURED, ERROR_PROCESSING)),
    (20, CLEANING_UP, (UNCONFIGURED, INACTIVE, ERROR_PROCESSING)),
    (30, ACTIVATING, (ACTIVE, INACTIVE, ERROR_PROCESSING)),
    (40, DEACTIVATING, (INACTIVE, ACTIVE, ERROR_PROCESSING)),
    (50, SHUTTING_DOWN, (FINALIZED, FINALIZED, ERROR_PROCESSING)),
    (60, ERROR_PROCESSING, (UNCONFIGURED, FINALIZED, FINALIZED)),
)
FINAL_TRANSITION = {
    (state, outcome): Transition(
        first + outcome, f'transition_{outcome.name.lower()}', state, goals[outcome]
    )
    for first, state, goals in _RESULTS
    for outcome in Outcome
}
TRANSITIONS = (*_REQUESTS, *FINAL_TRANSITION.values())


def transition_for(state: int, number: int, label: str) -> Transition | None:
    """Return the transition that a request means in a state.

    A label has the last word, as in rclpy: the three shutdowns have different numbers but one
    label, and tools send the number of the state they saw.
    """
    for transition in _REQUESTS:
        if transition.start == state:
            if label and transition.label == label:
                return transition
            if not label and transition.id == number:
                return transition
    return None
