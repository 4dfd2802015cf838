# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The acoustic network with its states on the host, and bound to a device: here the CPU again."""

from pathlib import Path

import numpy as np
import pytest

import facetalk_ros
from facetalk_ros.inference.recurrent import RecurrentNetwork
from facetalk_ros.inference.session import open_session

WEIGHTS = Path(facetalk_ros.__file__).parent / 'weights'
STEPS = 6


@pytest.fixture(scope='module')
def session():
    return open_session(WEIGHTS / 'acoustic.onnx', 'cpu')


@pytest.fixture(scope='module', params=[None, 'cpu'], ids=['run', 'bound'])
def network(request, session):
    return RecurrentNetwork(session, state_on=request.param)


def heard(seed):
    return np.random.default_rng(seed).normal(0.5, 0.5, (STEPS, 1, 128)).astype(np.float32)


def listen(network, streams, groups=None):
    """Return all outputs [stream, step, n] of streams that advance in groups or together."""
    states = [network.start() for _ in streams]
    out = [[None] * STEPS for _ in streams]
    for step in range(STEPS):
        for group in groups(step) if groups else [range(len(streams))]:
            answers = network.step_many(
                [(streams[i][step],) for i in group], [states[i] for i in group]
            )
            for i, answer in zip(group, answers, strict=True):
                outputs, states[i] = answer
                assert [o.shape[:-1] for o in outputs] == [(1, 2), (1,), (1,)]
                out[i][step] = np.concatenate([o.ravel() for o in outputs])
    return np.array(out, np.float32)


@pytest.fixture(scope='module')
def expected(session):
    plain = RecurrentNetwork(session)
    return np.concatenate([listen(plain, [heard(seed)]) for seed in range(4)])


def test_names_are_those_of_the_model(network):
    assert network.inputs == ('mel',)
    assert network.outputs == ('log_posteriors', 'boundaries', 'features')


def test_a_stream_alone_is_the_same_to_the_bit(network, expected):
    np.testing.assert_array_equal(listen(network, [heard(2)])[0], expected[2])


def test_streams_together_are_as_each_alone(network, expected):
    together = listen(network, [heard(seed) for seed in range(4)])
    np.testing.assert_allclose(together, expected, atol=1e-4)


def test_many_steps_at_once_are_as_one_after_another(network, expected):
    ((outputs, state),) = network.step_many([(heard(1)[:, 0],)], [network.start()])
    whole = np.concatenate([o.reshape(STEPS, -1) for o in outputs], 1)
    np.testing.assert_allclose(whole, expected[1], atol=1e-4)
    # and the state is that after the last of them
    first, then = heard(1)[:4, 0], heard(1)[4:, 0]
    ((_, state),) = network.step_many([(first,)], [network.start()])
    ((outputs, _),) = network.step_many([(then,)], [state])
    rest = np.concatenate([o.reshape(STEPS - 4, -1) for o in outputs], 1)
    np.testing.assert_allclose(rest, expected[1][4:], atol=1e-4)


def test_streams_may_meet_and_part_at_any_step(network, expected):
    groups = [[[0, 1, 2, 3]], [[3, 1], [0, 2]], [[3, 1], [2], [0]], [[1, 2, 3], [0]]]
    mixed = listen(network, [heard(k) for k in range(4)], lambda step: groups[step % 4])
    np.testing.assert_allclose(mixed, expected, atol=1e-4)


def test_a_part_of_those_advanced_together_goes_on(network, expected):
    """The state of the first of two is row 0 of a value with two rows."""
    streams = [heard(0), heard(1)]
    parts = listen(network, streams, lambda step: [[0], [1]] if step % 2 else [[0, 1]])
    np.testing.assert_allclose(parts, expected[:2], atol=1e-4)
    joined = listen(network, streams, lambda step: [[0, 1]] if step % 2 else [[0], [1]])
    np.testing.assert_allclose(joined, expected[:2], atol=1e-4)


def test_states_stay_on_the_device_while_the_streams_are_the_same(session, monkeypatch):
    monkeypatch.setattr(
        'facetalk_ros.inference.recurrent._on_host', lambda states: np.concatenate(states)
    )
    listen(RecurrentNetwork(session, state_on='cpu'), [heard(0), heard(1)])


def test_a_model_without_state_is_refused():
    with pytest.raises(ValueError, match='no state'):
        RecurrentNetwork(open_session(WEIGHTS / 'text.onnx', 'cpu'))
