# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Names of nodes, topics and services: validation, expansion and remapping (REP 135 and rcl)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .exceptions import (
    InvalidNamespaceException,
    InvalidNodeNameException,
    InvalidServiceNameException,
    InvalidTopicNameException,
)

_TOKEN = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
_MAX_NODE_NAME = 255


@dataclass(frozen=True)
class RemapRule:
    """One rule of --ros-args -r; kind is 'name', 'node' or 'namespace'."""

    kind: str
    source: str
    target: str
    only_node: str | None = None


def validate_node_name(name: str) -> str:
    """Return the name; raises InvalidNodeNameException."""
    if not isinstance(name, str) or not name:
        raise InvalidNodeNameException('node name', str(name), 'must not be empty')
    if not _TOKEN.fullmatch(name):
        raise InvalidNodeNameException(
            'node name', name, 'only letters, digits and underscores, not starting with a digit'
        )
    if len(name) > _MAX_NODE_NAME:
        raise InvalidNodeNameException('node name', name, f'longer than {_MAX_NODE_NAME}')
    return name


def validate_namespace(namespace: str) -> str:
    """Return the namespace as '/' or '/a/b'; raises InvalidNamespaceException."""
    full = namespace if namespace.startswith('/') else f'/{namespace}'
    if full == '/':
        return full
    if full.endswith('/') or not all(_TOKEN.fullmatch(t) for t in full[1:].split('/')):
        raise InvalidNamespaceException(
            'namespace', namespace, 'expected tokens of letters, digits and _ separated by /'
        )
    return full


def join(namespace: str, name: str) -> str:
    """Return the fully qualified name of a relative one."""
    return f'{namespace.rstrip("/")}/{name}'


def expand(name: str, node_name: str, namespace: str, service: bool = False) -> str:
    """Return the fully qualified name of a topic or service, before remapping.

    Raises InvalidTopicNameException or InvalidServiceNameException.
    """
    error = InvalidServiceNameException if service else InvalidTopicNameException
    kind = 'service name' if service else 'topic name'
    if not isinstance(name, str) or not name:
        raise error(kind, str(name), 'must not be empty')
    full = name
    for key, value in (('node', node_name), ('ns', namespace), ('namespace', namespace)):
        full = full.replace(f'{{{key}}}', value.lstrip('/') if full.startswith('/') else value)
    if full == '~' or full.startswith('~/'):
        full = join(namespace, node_name) + full[1:]
    elif full.startswith('~'):
        raise error(kind, name, '~ must be followed by /')
    elif not full.startswith('/'):
        full = join(namespace, full)
    if not all(_TOKEN.fullmatch(token) for token in full[1:].split('/')):
        raise error(kind, name, 'expected tokens of letters, digits and _ separated by /')
    return full


def remap(name: str, rules: list[RemapRule], node_name: str, namespace: str) -> str:
    """Return the fully qualified name after the first rule that matches it."""
    for rule in rules:
        if rule.kind != 'name' or rule.only_node not in (None, node_name):
            continue
        if expand(rule.source, node_name, namespace) == name:
            return expand(rule.target, node_name, namespace)
    return name


def remap_node(rules: list[RemapRule], node_name: str, namespace: str) -> tuple[str, str]:
    """Return node name and namespace after __node and __ns rules."""
    new_name, new_namespace = node_name, namespace
    for rule in reversed(rules):  # so that the first rule has the last word
        if rule.only_node in (None, node_name):
            if rule.kind == 'node':
                new_name = validate_node_name(rule.target)
            elif rule.kind == 'namespace':
                new_namespace = validate_namespace(rule.target)
    return new_name, new_namespace
