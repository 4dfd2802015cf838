# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from facetalk_ros.embedded.arguments import parse_arguments
from facetalk_ros.embedded.exceptions import RCLInvalidROSArgsError, UnknownROSArgsError
from facetalk_ros.embedded.logging import LoggingSeverity
from facetalk_ros.embedded.names import RemapRule


def test_only_what_follows_the_mark_is_read() -> None:
    args = parse_arguments(
        ['prog', '-p', 'x', '--ros-args', '-p', 'a:=1', '--', 'file', '--ros-args', '-r', 'b:=c']
    )
    assert args.other == ['prog', '-p', 'x', 'file']
    assert args.overrides_for('any', '/') == {'a': 1}
    assert args.remappings == [RemapRule('name', 'b', 'c')]


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('true', True),
        ('no', False),
        ('3', 3),
        ('-0x10', -16),
        ('3.0', 3.0),
        ('1e3', 1000.0),
        ('.inf', float('inf')),
        ('text', 'text'),
        ("'3'", '3'),
        ('a b', 'a b'),
        ('2026-11-20', '2026-11-20'),
        ('[1, 2]', [1, 2]),
        ('[a, b]', ['a', 'b']),
        ('[]', []),
    ],
)
def test_values_are_yaml(text: str, value: Any) -> None:
    parsed = parse_arguments(['--ros-args', '-p', f'x:={text}']).overrides_for('n', '/')
    assert parsed == {'x': value}
    assert type(parsed['x']) is type(value)


@pytest.mark.parametrize(
    'argument',
    [
        'x:=[1, a]',
        'x:=[1, 2.0]',
        'x:={a: 1}',
        'x:=[',
        'x:=',
        'x',
        ':=3',
        'x:=99999999999999999999',
    ],
)
def test_a_bad_parameter_is_one_clear_error(argument: str) -> None:
    with pytest.raises(RCLInvalidROSArgsError) as caught:
        parse_arguments(['--ros-args', '-p', argument])
    assert '\n' not in str(caught.value)


def test_rules_for_one_node_only() -> None:
    args = parse_arguments(
        ['--ros-args', '-r', '__node:=a', '-r', 'b:__ns:=/x', '-r', 'b:chat:=talk', '-p', 'b:y:=2']
    )
    assert args.remappings == [
        RemapRule('node', '__node', 'a'),
        RemapRule('namespace', '__ns', '/x', 'b'),
        RemapRule('name', 'chat', 'talk', 'b'),
    ]
    assert args.overrides_for('b', '/deep/ns') == {'y': 2}
    assert args.overrides_for('c', '/') == {}


def test_log_options() -> None:
    args = parse_arguments(
        [
            *('--ros-args', '--log-level', 'debug', '--log-level', 'a.b:=WARNING'),
            *('--disable-rosout-logs', '--disable-stdout-logs', '--disable-external-lib-logs'),
        ]
    )
    assert args.log_levels == {'': LoggingSeverity.DEBUG, 'a.b': LoggingSeverity.WARN}
    assert not args.enable_rosout
    assert not args.enable_stdout


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        (['--nonsense'], '--nonsense'),
        (['-p'], '-p needs a value'),
        (['-r', 'nothing'], 'nothing'),
        (['--log-level', 'loud'], 'loud'),
        (['--params-file', 'no/such.yaml'], 'no/such.yaml'),
    ],
)
def test_bad_options(arguments: list[str], problem: str) -> None:
    with pytest.raises(RCLInvalidROSArgsError, match=problem):
        parse_arguments(['--ros-args', *arguments])
    with pytest.raises(UnknownROSArgsError):
        parse_arguments(['--ros-args', '--nonsense'])


def overrides(tmp_path: Path, text: str, name: str = 'talk', namespace: str = '/') -> Any:
    path = tmp_path / 'params.yaml'
    path.write_text(text)
    return parse_arguments(['--ros-args', '--params-file', str(path)]).overrides_for(
        name, namespace
    )


def test_files_nest_names_and_nodes(tmp_path: Path) -> None:
    text = """
/**:
  ros__parameters: {everywhere: 1, gain: 1.0}
talk:
  ros__parameters:
    gain: 2.0
    smoothing: {lower_s: 0.01, upper_s: 0.02}
robot:
  talk:
    ros__parameters: {gain: 3.0}
/robot/*:
  ros__parameters: {one_level: true}
/robot/**/deep:
  ros__parameters: {found: true}
"""
    assert overrides(tmp_path, text) == {
        'everywhere': 1,
        'gain': 2.0,
        'smoothing.lower_s': 0.01,
        'smoothing.upper_s': 0.02,
    }
    in_robot = overrides(tmp_path, text, 'talk', '/robot')
    assert in_robot == {'everywhere': 1, 'gain': 3.0, 'one_level': True}
    assert 'found' in overrides(tmp_path, text, 'deep', '/robot/a/b')
    assert 'found' not in overrides(tmp_path, text, 'deep', '/other')


def test_the_last_value_wins(tmp_path: Path) -> None:
    path = tmp_path / 'p.yaml'
    path.write_text('talk:\n  ros__parameters: {a: 1}\n')
    file = ['--params-file', str(path)]
    for arguments, expected in ((['-p', 'a:=2', *file], 1), ([*file, '-p', 'a:=2'], 2)):
        parsed = parse_arguments(['--ros-args', *arguments])
        assert parsed.overrides_for('talk', '/') == {'a': expected}


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('talk:\n  ros__parameters:\n    a: [1, 2\n    b: 3\n', 'params.yaml, line 4'),
        ('talk:\n\tros__parameters: {}\n', 'params.yaml, line 2'),
        ('talk:\n  ros__parameters:\n    a: 1\n    a: 2\n', "line 4: 'a' comes twice"),
        ('talk:\n  ros__parameters:\n    3: 1\n', 'line 3'),
        ('', 'node names'),
        ('- a\n- b\n', 'node names'),
        ('talk: 3\n', 'ros__parameters'),
        ('talk:\n  gain: 3\n', 'ros__parameters'),
        ('talk:\n  ros__parameters: 3\n', 'names and values'),
        ('talk:\n  ros__parameters: {a: [1, x]}\n', 'one type'),
        ('talk:\n  ros__parameters: {a: null}\n', 'not a parameter value'),
        ('talk:\n  ros__parameters: {a: !!python/object:os.system x}\n', 'line 2'),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(RCLInvalidROSArgsError, match=problem) as caught:
        overrides(tmp_path, text)
    assert 'params.yaml' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_binary_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'params.yaml'
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(RCLInvalidROSArgsError, match='UTF-8'):
        parse_arguments(['--ros-args', '--params-file', str(path)])
