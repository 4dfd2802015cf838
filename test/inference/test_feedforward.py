# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The network without state: the key motions that ship."""

import numpy as np
import pytest

from facetalk_ros.inference.batch import Ask, alone, together
from facetalk_ros.inference.feedforward import FeedForwardNetwork
from facetalk_ros.inference.session import open_session
from facetalk_ros.resources import WEIGHTS

STREAMS = 5


@pytest.fixture(scope='module')
def session():
    return open_session(WEIGHTS / 'keys.onnx', 'cpu')


@pytest.fixture(scope='module')
def network(session):
    return FeedForwardNetwork(session)


def inputs(session, seed, steps=1):
    """Return what one stream hears, without the axis of streams."""
    rng = np.random.default_rng(seed)
    widths = [i.shape[2] for i in session.runtime.get_inputs()]
    return tuple(rng.random((steps, width)).astype(np.float32) for width in widths)


def test_names_are_those_of_the_model(network):
    assert network.inputs == ('features', 'phones', 'told')


def test_it_remembers_nothing(session, network):
    assert network.start() is None
    first, other = inputs(session, 0), inputs(session, 1)
    answers = [network.step_many([x], [None])[0] for x in (first, other, first)]
    np.testing.assert_array_equal(answers[0].outputs[0], answers[2].outputs[0])
    assert (answers[0].outputs[0] != answers[1].outputs[0]).any()
    assert all(answer.state is None for answer in answers)


def test_streams_together_are_as_each_alone_and_in_their_order(session, network):
    told = [inputs(session, seed) for seed in range(STREAMS)]
    each = [network.step_many([x], [None])[0].outputs[0] for x in told]
    answers = network.step_many(told, [None] * STREAMS)
    assert len(answers) == STREAMS
    for answer, expected in zip(answers, each, strict=True):
        np.testing.assert_allclose(answer.outputs[0], expected, atol=1e-4)


def test_many_steps_at_once_are_as_each_alone(session, network):
    told = inputs(session, 7, steps=6)
    (whole,), _ = network.step_many([told], [None])[0]
    for step in range(6):
        one = tuple(x[step : step + 1] for x in told)
        (alone_,), _ = network.step_many([one], [None])[0]
        np.testing.assert_allclose(whole[step : step + 1], alone_, atol=1e-4)


def test_streams_may_ask_for_it_as_for_any_network(session, network):
    def asking(seed):
        (output,), state = yield Ask(network, inputs(session, seed), network.start())
        assert state is None
        return output

    each = [alone(asking(seed)) for seed in range(3)]
    for one, other in zip(together([asking(seed) for seed in range(3)]), each, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
