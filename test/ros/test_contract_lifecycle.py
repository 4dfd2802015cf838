# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

CALLBACKS = ('configure', 'activate', 'deactivate', 'cleanup', 'shutdown', 'error')


def make_node(graph: Any, outcomes: dict[str, Any]) -> Any:
    """Return a lifecycle node that notes its callbacks and ends them as `outcomes` says."""
    calls: list[str] = []

    def note(name: str) -> Any:
        def callback(self: Any, state: Any) -> Any:
            calls.append(f'{name} from {state.label}')
            outcome = outcomes.get(name)
            if isinstance(outcome, Exception):
                raise outcome
            if outcome is not None:
                return outcome
            return getattr(super(cls, self), f'on_{name}')(state)

        return callback

    cls = type(
        'Managed', (graph.lifecycle.LifecycleNode,), {f'on_{n}': note(n) for n in CALLBACKS}
    )
    node = cls('managed')
    node.calls = calls
    return node


def state_of(graph: Any, node: Any) -> str:
    client = node.create_client(graph.srv('lifecycle_msgs/srv/GetState'), '~/get_state')
    response = graph.call(node, client, graph.srv('lifecycle_msgs/srv/GetState').Request())
    node.destroy_client(client)
    return str(response.current_state.label)


def test_the_way_through_all_states(graph: Any) -> None:
    node = make_node(graph, {})
    success = graph.lifecycle.TransitionCallbackReturn.SUCCESS
    for trigger in ('configure', 'activate', 'deactivate', 'cleanup', 'configure', 'shutdown'):
        assert getattr(node, f'trigger_{trigger}')() == success
    assert node.calls == [
        'configure from unconfigured',
        'activate from inactive',
        'deactivate from active',
        'cleanup from inactive',
        'configure from unconfigured',
        'shutdown from inactive',
    ]
    assert state_of(graph, node) == 'finalized'


def test_failure_stays_where_it_was(graph: Any) -> None:
    failure = graph.lifecycle.TransitionCallbackReturn.FAILURE
    node = make_node(graph, {'configure': failure})
    assert node.trigger_configure() == failure
    assert state_of(graph, node) == 'unconfigured'


@pytest.mark.parametrize(
    ('handled', 'expected'), [('SUCCESS', 'unconfigured'), ('FAILURE', 'finalized')]
)
def test_an_error_is_handled_by_on_error(graph: Any, handled: str, expected: str) -> None:
    returns = graph.lifecycle.TransitionCallbackReturn
    outcomes = {'activate': LookupError('boom'), 'error': getattr(returns, handled)}
    node = make_node(graph, outcomes)
    node.trigger_configure()
    assert node.trigger_activate() == returns.ERROR
    assert node.calls[-1].startswith('error from')
    assert state_of(graph, node) == expected


def test_publishers_are_silent_unless_active(graph: Any) -> None:
    kind = graph.msg('std_msgs/msg/String')
    node = make_node(graph, {})
    received: list[str] = []
    publisher = node.create_lifecycle_publisher(kind, 'chat', 10)
    node.create_subscription(kind, 'chat', lambda m: received.append(m.data), 10)
    graph.spin_until(node, publisher.get_subscription_count)
    publisher.publish(kind(data='unconfigured'))
    node.trigger_configure()
    publisher.publish(kind(data='inactive'))
    assert not publisher.is_activated
    node.trigger_activate()
    assert publisher.is_activated
    publisher.publish(kind(data='active'))
    node.trigger_deactivate()
    publisher.publish(kind(data='inactive again'))
    node.trigger_activate()
    publisher.publish(kind(data='end'))
    graph.spin_until(node, lambda: 'end' in received)
    assert received == ['active', 'end']
    assert node.destroy_lifecycle_publisher(publisher)


def test_tools_drive_the_node_by_its_services(graph: Any) -> None:
    node = make_node(graph, {})
    events: list[Any] = []
    node.create_subscription(
        graph.msg('lifecycle_msgs/msg/TransitionEvent'), '~/transition_event', events.append, 10
    )
    change = graph.srv('lifecycle_msgs/srv/ChangeState')
    transition = graph.msg('lifecycle_msgs/msg/Transition')
    client = node.create_client(change, '~/change_state')
    graph.spin_until(node, lambda: node.count_subscribers('~/transition_event'))

    def ask(**fields: Any) -> bool:
        request = change.Request(transition=transition(**fields))
        return bool(graph.call(node, client, request).success)

    assert ask(id=transition.TRANSITION_CONFIGURE)
    assert ask(label='activate')
    assert state_of(graph, node) == 'active'
    graph.spin_until(node, lambda: len(events) >= 4)
    assert [(e.start_state.label, e.goal_state.label) for e in events[:4]] == [
        ('unconfigured', 'configuring'),
        ('configuring', 'inactive'),
        ('inactive', 'activating'),
        ('activating', 'active'),
    ]
    available = graph.srv('lifecycle_msgs/srv/GetAvailableTransitions')
    now = node.create_client(available, '~/get_available_transitions')
    response = graph.call(node, now, available.Request())
    assert {t.transition.label for t in response.available_transitions} == {
        'deactivate',
        'shutdown',
    }
    whole = node.create_client(available, '~/get_transition_graph')
    response = graph.call(node, whole, available.Request())
    assert {'configure', 'transition_error'} <= {
        t.transition.label for t in response.available_transitions
    }
    states = graph.srv('lifecycle_msgs/srv/GetAvailableStates')
    client = node.create_client(states, '~/get_available_states')
    labels = {s.label for s in graph.call(node, client, states.Request()).available_states}
    assert {'unconfigured', 'inactive', 'active', 'finalized', 'errorprocessing'} <= labels
