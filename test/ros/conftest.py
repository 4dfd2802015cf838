# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One contract, two worlds: each test here runs on the embedded graph and on rclpy."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PEER = Path(__file__).with_name('peer.py')
# how long a test waits for what must happen; it never passes when all is well
PATIENCE_S = 20.0


class Graph:
    """One of the two worlds: its modules by their rclpy names, and its interfaces by type name."""

    def __init__(self, backend: str, env: dict[str, str]) -> None:
        self.backend = backend
        self.env = {**env, 'FACETALK_GRAPH': backend}
        self._root = 'facetalk_ros.embedded' if backend == 'embedded' else 'rclpy'
        self.rclpy = importlib.import_module(self._root)
        self._children: list[subprocess.Popen[str]] = []

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f'{self._root}.{name}')

    def serialization(self) -> Any:
        if self.backend == 'embedded':
            return importlib.import_module('facetalk_ros.embedded.registry')
        return importlib.import_module('rclpy.serialization')

    def msg(self, name: str) -> Any:
        if self.backend == 'embedded':
            return self.rclpy.get_message(name)
        return importlib.import_module('rosidl_runtime_py.utilities').get_message(name)

    def srv(self, name: str) -> Any:
        if self.backend == 'embedded':
            return self.rclpy.get_service(name)
        return importlib.import_module('rosidl_runtime_py.utilities').get_service(name)

    def spin_until(self, node: Any, condition: Callable[[], object]) -> None:
        """Spin until the condition holds; fail when it does not in good time."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, 'waited in vain'
            self.rclpy.spin_once(node, timeout_sec=0.02)

    def call(self, node: Any, client: Any, request: Any) -> Any:
        """Call a service and return its response."""
        assert client.wait_for_service(timeout_sec=PATIENCE_S)
        future = client.call_async(request)
        self.rclpy.spin_until_future_complete(node, future, timeout_sec=PATIENCE_S)
        assert future.done()
        return future.result()

    def start_peer(self, role: str, *args: str) -> subprocess.Popen[str]:
        """Start test/ros/peer.py as another process; it ends with the test."""
        child = subprocess.Popen(
            [sys.executable, str(PEER), role, *args],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
        return child

    def close(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.kill()
            child.communicate()
        self.rclpy.try_shutdown()


@pytest.fixture(params=['embedded', pytest.param('rclpy', marks=pytest.mark.rclpy)])
def idle_graph(request: pytest.FixtureRequest, graph_env: dict[str, str]) -> Iterator[Graph]:
    """Give one world before rclpy.init()."""
    if request.param == 'rclpy' and importlib.util.find_spec('rclpy') is None:
        pytest.skip('rclpy is not installed')
    graph = Graph(request.param, graph_env)
    yield graph
    graph.close()


@pytest.fixture
def graph(idle_graph: Graph) -> Graph:
    """Give one world after rclpy.init()."""
    idle_graph.rclpy.init(args=[])
    return idle_graph


@pytest.fixture
def node(graph: Graph) -> Any:
    """Give a node of one world."""
    return graph.node.Node('contract')
