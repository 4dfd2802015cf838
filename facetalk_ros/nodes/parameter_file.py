# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A ROS 2 parameter file for the talk node, read and checked with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .talk_parameters import SPECS

_NODE_KEYS = ('talk', '/talk', '*', '/*', '/**', '**', '/**/talk', '**/talk')
# ROS itself declares these in every node.
_ROS_PARAMETERS = ('use_sim_time', 'start_type_description_service')
_ROS_PREFIX = 'qos_overrides.'
_LARGEST_BYTES = 1_000_000


class ParameterFileError(ValueError):
    """A parameter file that cannot be used; the text says where and why, in one line."""


def read_parameter_file(path: str | Path) -> dict[str, Any]:
    """Return the talk node's parameters in a file, by full name such as ``gain.jawOpen``.

    Raises:
        ParameterFileError: no such file, not YAML, no parameters of the talk node, a name that
            it does not have, or a value that is wrong.

    """
    path = Path(path)
    root = _compose(path)
    sections = [
        section
        for key, value in _items(path, root)
        if key.value in _NODE_KEYS
        for inner, section in _items(path, value)
        if inner.value == 'ros__parameters'
    ]
    if not sections:
        raise ParameterFileError(
            f"{path}: no parameters of the node talk: expected 'talk:' and 'ros__parameters:'"
        )
    values: dict[str, Any] = {}
    for section in sections:
        for name, node in _flatten(path, section, ''):
            _check_name(path, name, node)
            value = yaml.safe_load(yaml.serialize(node))
            problem = SPECS[name].problem(value) if name in SPECS else ''
            if problem:
                raise ParameterFileError(f'{path}, line {_line(node)}: {problem}')
            values[name] = value
    return values


def _compose(path: Path) -> yaml.Node:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ParameterFileError(f'{path}: too large for a parameter file')
        root = yaml.compose(path.read_text('utf-8'), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ParameterFileError(f'{path}: {(error.strerror or str(error)).lower()}') from None
    except UnicodeDecodeError:
        raise ParameterFileError(f'{path}: not a text file in UTF-8') from None
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        where = f', line {mark.line + 1}' if mark else ''
        problem = getattr(error, 'problem', None) or 'not YAML'
        raise ParameterFileError(f'{path}{where}: not YAML: {problem}') from None
    if root is None:
        raise ParameterFileError(f'{path}: the file is empty')
    return root


def _items(path: Path, node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise ParameterFileError(f"{path}, line {_line(node)}: expected 'name: value'")
    yield from node.value


def _flatten(path: Path, node: yaml.Node, prefix: str) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in _items(path, node):
        name = f'{prefix}{key.value}'
        if isinstance(value, yaml.MappingNode):
            yield from _flatten(path, value, f'{name}.')
        else:
            yield name, value


def _check_name(path: Path, name: str, node: yaml.Node) -> None:
    if name in SPECS or name in _ROS_PARAMETERS or name.startswith(_ROS_PREFIX):
        return
    close = difflib.get_close_matches(name, SPECS, n=1)
    hint = f'; did you mean {close[0]!r}?' if close else ''
    raise ParameterFileError(f'{path}, line {_line(node)}: unknown parameter {name!r}{hint}')


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
