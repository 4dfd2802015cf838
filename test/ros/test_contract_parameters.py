# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import array
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def descriptor(graph: Any) -> Any:
    return graph.msg('rcl_interfaces/msg/ParameterDescriptor')


def parameter(graph: Any, name: str, value: Any) -> Any:
    return graph.parameter.Parameter(name, value=value)


@pytest.mark.parametrize(
    'value',
    [True, 3, 2.5, 'text', [True, False], [1, 2], [0.5], ['a', 'b'], [b'\x01', b'\xff']],
)
def test_every_type_can_be_declared_and_set(graph: Any, node: Any, value: Any) -> None:
    assert node.declare_parameter('x', value).value == value
    declared = node.get_parameter('x')
    assert declared.type_ == graph.parameter.Parameter.Type.from_parameter_value(value)
    (result,) = node.set_parameters([parameter(graph, 'x', value)])
    assert result.successful, result.reason
    message = declared.to_parameter_msg()
    back = graph.parameter.Parameter.from_parameter_msg(message)
    assert back.type_ == declared.type_
    if type(value) is list and type(value[0]) in (int, float):
        assert back.value == array.array('q' if type(value[0]) is int else 'd', value)
    else:
        assert back.value == value
    assert node.set_parameters([back])[0].successful


def test_the_declared_type_is_kept(graph: Any, node: Any, descriptor: Any) -> None:
    node.declare_parameter('gain', 1.0)
    (result,) = node.set_parameters([parameter(graph, 'gain', 2)])
    assert not result.successful
    assert result.reason
    assert node.get_parameter('gain').value == 1.0
    node.declare_parameter('any', 1.0, descriptor(dynamic_typing=True))
    (result,) = node.set_parameters([parameter(graph, 'any', 'text')])
    assert result.successful
    assert node.get_parameter('any').value == 'text'


def test_ranges_hold(graph: Any, node: Any, descriptor: Any) -> None:
    floats = graph.msg('rcl_interfaces/msg/FloatingPointRange')
    integers = graph.msg('rcl_interfaces/msg/IntegerRange')
    node.declare_parameter(
        'gain',
        1.0,
        descriptor(floating_point_range=[floats(from_value=0.0, to_value=2.0, step=0.0)]),
    )
    node.declare_parameter(
        'rate', 60, descriptor(integer_range=[integers(from_value=10, to_value=100, step=10)])
    )
    for name, value, good in (
        ('gain', 2.0, True),
        ('gain', 2.1, False),
        ('gain', -0.1, False),
        ('rate', 100, True),
        ('rate', 15, False),
        ('rate', 110, False),
    ):
        (result,) = node.set_parameters([parameter(graph, name, value)])
        assert result.successful is good, (name, value)
        assert bool(result.reason) is not good
    assert (node.get_parameter('gain').value, node.get_parameter('rate').value) == (2.0, 100)
    with pytest.raises(graph.exceptions.InvalidParameterValueException):
        node.declare_parameter(
            'far',
            9.0,
            descriptor(floating_point_range=[floats(from_value=0.0, to_value=2.0, step=0.0)]),
        )


def test_read_only_is(graph: Any, node: Any, descriptor: Any) -> None:
    node.declare_parameter('model', 'a', descriptor(read_only=True))
    (result,) = node.set_parameters([parameter(graph, 'model', 'b')])
    assert not result.successful
    assert node.get_parameter('model').value == 'a'
    with pytest.raises(graph.exceptions.ParameterImmutableException):
        node.undeclare_parameter('model')


def test_callbacks_change_check_and_apply(graph: Any, node: Any) -> None:
    applied: list[Any] = []
    result_type = graph.msg('rcl_interfaces/msg/SetParametersResult')
    node.declare_parameter('gain', 1.0)
    node.declare_parameter('other', 0)

    def pre(parameters: list[Any]) -> list[Any]:
        return [*parameters, parameter(graph, 'other', 7)]

    def check(parameters: list[Any]) -> Any:
        bad = any(p.name == 'gain' and p.value > 10 for p in parameters)
        return result_type(successful=not bad, reason='too loud' if bad else '')

    node.add_pre_set_parameters_callback(pre)
    node.add_on_set_parameters_callback(check)
    node.add_post_set_parameters_callback(lambda ps: applied.extend((p.name, p.value) for p in ps))
    assert node.set_parameters([parameter(graph, 'gain', 2.0)])[0].successful
    assert applied == [('gain', 2.0), ('other', 7)]
    (result,) = node.set_parameters([parameter(graph, 'gain', 11.0)])
    assert (result.successful, result.reason) == (False, 'too loud')
    assert node.get_parameter('gain').value == 2.0
    node.remove_on_set_parameters_callback(check)
    assert node.set_parameters([parameter(graph, 'gain', 11.0)])[0].successful


def test_all_or_none(graph: Any, node: Any) -> None:
    node.declare_parameters('', [('a', 1), ('b', 2)])
    result = node.set_parameters_atomically(
        [parameter(graph, 'a', 10), parameter(graph, 'b', 'not a number')]
    )
    assert not result.successful
    assert [p.value for p in node.get_parameters(['a', 'b'])] == [1, 2]


def test_names_must_be_declared_once(graph: Any, node: Any) -> None:
    errors = graph.exceptions
    node.declare_parameter('a', 1)
    with pytest.raises(errors.ParameterAlreadyDeclaredException):
        node.declare_parameter('a', 1)
    with pytest.raises(errors.ParameterNotDeclaredException):
        node.get_parameter('b')
    with pytest.raises(errors.ParameterNotDeclaredException):
        node.set_parameters([parameter(graph, 'b', 1)])
    assert node.get_parameter_or('b', parameter(graph, 'b', 5)).value == 5
    node.undeclare_parameter('a')
    assert not node.has_parameter('a')


def test_a_type_without_a_value_must_be_set_before_it_is_read(graph: Any, node: Any) -> None:
    node.declare_parameter('path', graph.parameter.Parameter.Type.STRING)
    with pytest.raises(graph.exceptions.ParameterUninitializedException):
        node.get_parameter('path')
    assert node.set_parameters([parameter(graph, 'path', 'x')])[0].successful
    assert node.get_parameter('path').value == 'x'


def test_prefixes(graph: Any, node: Any) -> None:
    node.declare_parameters('smooth', [('lower_s', 0.1), ('upper_s', 0.2)])
    found = node.get_parameters_by_prefix('smooth')
    assert {name: p.value for name, p in found.items()} == {'lower_s': 0.1, 'upper_s': 0.2}


def test_the_command_line_and_files_override_defaults(idle_graph: Any, tmp_path: Path) -> None:
    graph = idle_graph
    path = tmp_path / 'params.yaml'
    path.write_text('/**:\n  ros__parameters: {a: 2, list: [1.5]}\n')
    graph.rclpy.init(args=['--ros-args', '--params-file', str(path), '-p', 'b:=from_cli'])
    node = graph.node.Node('contract')
    assert node.declare_parameter('a', 1).value == 2
    assert node.declare_parameter('b', 'default').value == 'from_cli'
    assert node.declare_parameter('list', [0.0]).value == [1.5]
    assert node.declare_parameter('c', 3).value == 3
    other = graph.node.Node('other', use_global_arguments=False)
    assert other.declare_parameter('a', 1).value == 1


def test_an_override_of_another_type_is_refused(idle_graph: Any) -> None:
    idle_graph.rclpy.init(args=['--ros-args', '-p', 'gain:=2'])
    node = idle_graph.node.Node('contract')
    with pytest.raises(idle_graph.exceptions.InvalidParameterTypeException):
        node.declare_parameter('gain', 1.0)


def test_the_six_services(graph: Any, node: Any, descriptor: Any) -> None:
    floats = graph.msg('rcl_interfaces/msg/FloatingPointRange')
    node.declare_parameter(
        'post.gain',
        1.0,
        descriptor(
            description='loudness',
            floating_point_range=[floats(from_value=0.0, to_value=2.0, step=0.0)],
        ),
    )
    caller = graph.node.Node('caller', start_parameter_services=False)
    executor = graph.executors.SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(caller)

    def call(name: str, kind: str, **fields: Any) -> Any:
        service = graph.srv(f'rcl_interfaces/srv/{kind}')
        client = caller.create_client(service, f'/contract/{name}')
        assert client.wait_for_service(timeout_sec=10)
        future = client.call_async(service.Request(**fields))
        executor.spin_until_future_complete(future, 10)
        return future.result()

    listed = call('list_parameters', 'ListParameters').result
    assert {'post.gain', 'use_sim_time'} <= set(listed.names)
    assert list(listed.prefixes) == ['post']
    shallow = call('list_parameters', 'ListParameters', depth=1).result.names
    assert 'use_sim_time' in shallow
    assert 'post.gain' not in shallow
    (described,) = call(
        'describe_parameters', 'DescribeParameters', names=['post.gain']
    ).descriptors
    assert (described.name, described.description, described.type) == ('post.gain', 'loudness', 3)
    assert described.floating_point_range[0].to_value == 2.0
    assert list(
        call('get_parameter_types', 'GetParameterTypes', names=['post.gain', 'use_sim_time']).types
    ) == [3, 1]
    (value,) = call('get_parameters', 'GetParameters', names=['post.gain']).values
    assert value.double_value == 1.0
    for wanted, good in ((1.5, True), (3.0, False)):
        message = parameter(graph, 'post.gain', wanted).to_parameter_msg()
        (result,) = call('set_parameters', 'SetParameters', parameters=[message]).results
        assert result.successful is good
    message = parameter(graph, 'unknown', 1).to_parameter_msg()
    (result,) = call('set_parameters', 'SetParameters', parameters=[message]).results
    assert not result.successful
    assert result.reason
    message = parameter(graph, 'post.gain', 0.5).to_parameter_msg()
    assert call(
        'set_parameters_atomically', 'SetParametersAtomically', parameters=[message]
    ).result.successful
    assert node.get_parameter('post.gain').value == 0.5


def test_changes_are_announced(graph: Any, node: Any, descriptor: Any) -> None:
    events: list[Any] = []
    kind = graph.msg('rcl_interfaces/msg/ParameterEvent')
    watcher = graph.node.Node('watcher')
    watcher.create_subscription(kind, '/parameter_events', events.append, 100)
    graph.spin_until(watcher, lambda: watcher.count_publishers('/parameter_events') >= 2)
    graph.spin_until(watcher, lambda: watcher.count_subscribers('/parameter_events') >= 1)

    def seen(field: str) -> list[str]:
        return [p.name for e in events if e.node == '/contract' for p in getattr(e, field)]

    for name in ('gain', 'last'):
        node.declare_parameter(name, 1.0, descriptor(dynamic_typing=True))
    node.set_parameters([parameter(graph, 'gain', 2.0)])
    node.undeclare_parameter('gain')  # of this nothing is said
    node.set_parameters([parameter(graph, 'last', None)])
    graph.spin_until(watcher, lambda: seen('deleted_parameters'))
    assert seen('deleted_parameters') == ['last']
    assert {'gain', 'last'} <= set(seen('new_parameters'))
    assert seen('changed_parameters') == ['gain']
