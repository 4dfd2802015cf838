# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Parameter values from YAML files and from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .exceptions import RCLInvalidROSArgsError


class Override(NamedTuple):
    """A value for one parameter of the nodes that a pattern such as '/**' or '/ns/talk' means."""

    node: str
    parameter: str
    value: Any


class _Loader(yaml.SafeLoader):
    """YAML as rcl reads it: 1e3 is a number, 2026-11-20 is text, a key comes once."""


# before the others, which want a dot and take dates for dates
_Loader.yaml_implicit_resolvers = {
    first: [(tag, expr) for tag, expr in resolvers if tag != 'tag:yaml.org,2002:timestamp']
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    'tag:yaml.org,2002:float',
    re.compile(r'[-+]?[0-9]+[eE][-+]?[0-9]+'),
    list('-+0123456789'),
)


def _unique_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(
                problem=f'a name is expected, not {key!r}', problem_mark=key_node.start_mark
            )
        if key in seen:
            raise yaml.MarkedYAMLError(
                problem=f'{key!r} comes twice', problem_mark=key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _load(text: str, where: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f', line {mark.line + 1}' if mark is not None else ''
        raise RCLInvalidROSArgsError(f'{where}{line}: {error.problem}') from None
    except yaml.YAMLError as error:
        raise RCLInvalidROSArgsError(f'{where}: {" ".join(str(error).split())}') from None


def parse_value(text: str, where: str) -> Any:
    """Return the value of a YAML scalar or flat list; raises RCLInvalidROSArgsError."""
    return _checked(_load(text, where), where)


def _checked(value: Any, where: str) -> Any:
    if isinstance(value, list):
        kinds = {type(v) for v in value}
        if not value:
            return value
        if len(kinds) != 1 or not kinds <= {bool, int, float, str}:
            raise RCLInvalidROSArgsError(
                f'{where}: a list must hold values of one type, got {value!r}'
            )
        items = value
    else:
        items = [value]
    for item in items:
        if not isinstance(item, bool | int | float | str):
            raise RCLInvalidROSArgsError(f'{where}: not a parameter value: {item!r}')
        if isinstance(item, int) and not -(1 << 63) <= item < 1 << 63:
            raise RCLInvalidROSArgsError(f'{where}: {item} does not fit 64 bits')
    return value


def load_parameter_file(path: str) -> list[Override]:
    """Read a parameter file: node names (with /** and wildcards), ros__parameters, values.

    Raises RCLInvalidROSArgsError with the file and, where YAML is malformed, the line.
    """
    try:
        text = Path(path).read_text(encoding='utf-8')
    except OSError as error:
        raise RCLInvalidROSArgsError(f'{path}: {error.strerror}') from None
    except UnicodeDecodeError:
        raise RCLInvalidROSArgsError(f'{path}: not a text file in UTF-8') from None
    data = _load(text, path)
    if not isinstance(data, dict):
        raise RCLInvalidROSArgsError(f'{path}: expected node names at the top')
    overrides: list[Override] = []
    _walk_nodes(data, '', overrides, path)
    return overrides


def _walk_nodes(data: dict[str, Any], prefix: str, out: list[Override], path: str) -> None:
    for key, value in data.items():
        node = f'{prefix}/{key.strip("/")}'
        if not isinstance(value, dict):
            raise RCLInvalidROSArgsError(
                f'{path}: {key!r} is not below ros__parameters, so no node has it'
            )
        for name, inner in value.items():
            if name != 'ros__parameters':
                _walk_nodes({name: inner}, node, out, path)
            elif isinstance(inner, dict):
                _walk_parameters(inner, '', node, out, path)
            elif inner is not None:
                raise RCLInvalidROSArgsError(
                    f'{path}: ros__parameters of {node} must hold names and values'
                )


def _walk_parameters(
    data: dict[str, Any], prefix: str, node: str, out: list[Override], path: str
) -> None:
    for key, value in data.items():
        name = f'{prefix}{key}'
        if isinstance(value, dict):
            _walk_parameters(value, f'{name}.', node, out, path)
        else:
            out.append(Override(node, name, _checked(value, f'{path}: {node}: {name}')))


def matches_node(pattern: str, name: str, namespace: str) -> bool:
    """Whether a node pattern means a node: * stands for one name, ** for any number of them."""
    tokens = [
        {'**': r'(?:/[A-Za-z0-9_]+)*', '*': r'/[A-Za-z0-9_]+'}.get(t, '/' + re.escape(t))
        for t in pattern.strip('/').split('/')
    ]
    full = f'{namespace.rstrip("/")}/{name}'
    return re.fullmatch(''.join(tokens), full) is not None
