# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Our nodes do not overwrite what rclpy keeps in its nodes; a second `_timers` stops them all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='needs ROS 2: source its setup file')

import rclpy
from rclpy.lifecycle import LifecycleNode

NODES = Path(__file__).parents[2] / 'facetalk_ros' / 'nodes'


def node_classes() -> Iterator[ast.ClassDef]:
    for path in sorted(NODES.glob('*.py')):
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.ClassDef):
                bases = {base.id for base in statement.bases if isinstance(base, ast.Name)}
                if bases & {'Node', 'LifecycleNode'}:
                    yield statement


def names_set(statement: ast.ClassDef) -> set[str]:
    return {
        part.attr
        for part in ast.walk(statement)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Name)
        and part.value.id == 'self'
    }


@pytest.fixture(scope='module')
def taken() -> Iterator[set[str]]:
    context = rclpy.context.Context()
    rclpy.init(args=[], context=context)
    yield set(vars(LifecycleNode('names', context=context)))
    context.try_shutdown()


@pytest.mark.parametrize('node', node_classes(), ids=lambda node: node.name)
def test_names_of_rclpy_are_left_alone(node: ast.ClassDef, taken: set[str]) -> None:
    assert not names_set(node) & taken
