# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node in this process: what it holds in each state."""

import gc
import weakref

import pytest

from facetalk_ros.nodes.talk import TalkNode
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.lifecycle import TransitionCallbackReturn
from facetalk_ros.speech import acoustic

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


@pytest.fixture
def node(graph_env):
    rclpy.init(args=[])
    yield TalkNode()
    rclpy.try_shutdown()


def test_the_model_is_let_go_of_on_deactivation_and_loaded_again(node):
    assert node.trigger_configure() == SUCCESS
    for _ in range(2):
        assert node.trigger_activate() == SUCCESS
        model = weakref.ref(acoustic.default_model('auto'))
        assert node.look_ahead_s > 0
        assert node.trigger_deactivate() == SUCCESS
        gc.collect()
        assert model() is None
        assert node.presenter is None
    assert node.trigger_cleanup() == SUCCESS
    assert node.trigger_configure() == SUCCESS


def test_a_model_that_has_gone_meanwhile_is_a_failure_to_activate(node, monkeypatch):
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    assert node.trigger_deactivate() == SUCCESS

    def gone(device, folder):
        raise FileNotFoundError('acoustic.onnx is missing')

    with monkeypatch.context() as patch:
        patch.setattr('facetalk_ros.stream.default_model', gone)
        assert node.trigger_activate() == FAILURE
        assert 'missing' in node.problem
        assert node.trigger_cleanup() == SUCCESS
        assert node.trigger_configure() == FAILURE
    assert node.trigger_configure() == SUCCESS
    assert node.problem == ''
    assert node.trigger_activate() == SUCCESS


def test_an_error_in_a_transition_leads_back_to_unconfigured(node, monkeypatch):
    assert node.trigger_configure() == SUCCESS

    def broken(*args):
        raise KeyError('nobody thought of this')

    with monkeypatch.context() as patch:
        patch.setattr('facetalk_ros.nodes.talk.TalkInputs', broken)
        assert node.trigger_activate() == TransitionCallbackReturn.ERROR
    assert node.presenter is None
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
