# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The table of parameters on a real node."""

import pytest

from facetalk_ros.nodes.declared_parameters import DeclaredParameters
from facetalk_ros.nodes.parameter_spec import Spec
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.parameter import Parameter

SPECS = {
    spec.name: spec
    for spec in (
        Spec('low', 0.0, 'lower end [m]', (0.0, 1.0)),
        Spec('high', 1.0, 'upper end [m]', (0.0, 1.0)),
        Spec('count', 3, 'how many', (1, 5), read_only=True),
        Spec('kind', 'a', 'which', choices=('a', 'b')),
    )
}


@pytest.fixture
def make(graph_env):
    def make(*overrides, **kwargs):
        arguments = [word for override in overrides for word in ('-p', override)]
        rclpy.init(args=['--ros-args', *arguments])
        node = Node('mine')
        return node, DeclaredParameters(node, SPECS, **kwargs)

    yield make
    rclpy.try_shutdown()


def in_order(values):
    return '' if values['low'] <= values['high'] else 'low is above high'


def test_values_are_checked_alone_and_together_before_they_are_applied(make):
    applied = []
    node, declared = make('low:=0.25', on_change=applied.append, check=in_order)
    assert declared.values == {'low': 0.25, 'high': 1.0, 'count': 3, 'kind': 'a'}

    def put(**values):
        results = node.set_parameters_atomically(
            [Parameter(name, value=value) for name, value in values.items()]
        )
        return results.successful, results.reason

    assert put(high=0.5, kind='b') == (True, '')
    assert applied == [{'high', 'kind'}]
    assert put(low=0.75) == (False, 'low is above high')
    assert put(low=0.75, high=0.8) == (True, '')
    for wrong in ({'kind': 'c'}, {'low': 2.0}, {'low': 'x'}, {'count': 4}):
        successful, reason = put(**wrong)
        assert not successful
        assert reason
    assert declared.values == {'low': 0.75, 'high': 0.8, 'count': 3, 'kind': 'b'}
    assert applied == [{'high', 'kind'}, {'low', 'high'}]


@pytest.mark.parametrize('override', ['kind:=c', 'low:=2.0', 'low:=1', 'count:=0', 'high:=0.1'])
def test_a_wrong_override_does_not_start_a_node(make, override):
    with pytest.raises(Exception, match=override.partition(':')[0]):
        make('low:=0.5', override, check=in_order)


def test_tools_are_told_types_units_and_ranges(make):
    node, _ = make()
    low, count, kind = (node.describe_parameter(name) for name in ('low', 'count', 'kind'))
    assert '[m]' in low.description
    assert low.floating_point_range[0].to_value == 1.0
    assert (count.integer_range[0].from_value, count.read_only) == (1, True)
    assert kind.additional_constraints == 'one of a, b'
