# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest

from facetalk_ros.embedded.context import Context
from facetalk_ros.embedded.lifecycle import LifecycleNode
from facetalk_ros.embedded.lifecycle_machine import STATES, TRANSITIONS, transition_for
from facetalk_ros.embedded.registry import get_message, get_service

Transition = get_message('lifecycle_msgs/msg/Transition')
State = get_message('lifecycle_msgs/msg/State')


@pytest.fixture
def node(graph_env: dict[str, str]) -> Iterator[LifecycleNode]:
    with Context() as context:
        yield LifecycleNode('managed', context=context)


def test_numbers_and_labels_are_those_of_lifecycle_msgs() -> None:
    states = {
        getattr(State, name): name.removeprefix('PRIMARY_STATE_').removeprefix('TRANSITION_STATE_')
        for name in dir(State)
        if name.startswith(('PRIMARY_STATE_', 'TRANSITION_STATE_'))
    }
    assert {number: label.upper() for number, label in STATES.items()} == states
    numbers = {
        getattr(Transition, name) for name in dir(Transition) if name.startswith('TRANSITION_ON_')
    }
    assert {t.id for t in TRANSITIONS if not t.callback} == numbers
    assert transition_for(1, Transition.TRANSITION_CONFIGURE, '').label == 'configure'


def test_a_label_goes_before_a_number() -> None:
    # a tool that saw the node inactive may send the number of that shutdown to an active node
    found = transition_for(3, Transition.TRANSITION_INACTIVE_SHUTDOWN, 'shutdown')
    assert found is not None
    assert found.id == Transition.TRANSITION_ACTIVE_SHUTDOWN


def test_an_impossible_transition_is_refused_and_changes_nothing(
    node: LifecycleNode, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="'activate' from 'unconfigured'"):
        node.trigger_activate()
    change = get_service('lifecycle_msgs/srv/ChangeState')
    request = change.Request(transition=Transition(id=Transition.TRANSITION_ACTIVATE))
    assert not node._serve_change(request, change.Response()).success
    assert "from 'unconfigured'" in capfd.readouterr().err
    state = get_service('lifecycle_msgs/srv/GetState')
    assert node._serve_state(state.Request(), state.Response()).current_state.id == 1
