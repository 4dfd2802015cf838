# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Servers for tests, which say pytest_plugins = ['view_fixtures']."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from facetalk_ros.view.server.server import ViewServer


@pytest.fixture(scope='session')
def view_scene() -> object:
    """Return a scene with the faces that ship."""
    pytest.importorskip('tornado')
    from facetalk_ros.view.server.scene import Abilities, Scene, load_faces

    face, faces = load_faces()
    return Scene(face, faces, Abilities(overlay=True, say=True, reset=True), 'test')


@pytest.fixture
def start(
    view_scene: object, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., ViewServer]]:
    """Return what starts a ViewServer; it is closed after the test, and logs no error."""
    from view_client import WAIT_S

    from facetalk_ros.view.server.limits import Limits
    from facetalk_ros.view.server.server import ViewServer

    servers: list[ViewServer] = []

    def begin(**kwargs: Any) -> ViewServer:
        # a busy machine may be slow to answer pings
        kwargs['limits'] = kwargs.get('limits', Limits())._replace(ping_s=WAIT_S)
        server = ViewServer(view_scene, now_ns=time.time_ns, **kwargs)
        servers.append(server)
        return server

    yield begin
    for server in servers:
        server.close()
    records = [*caplog.get_records('call'), *caplog.get_records('teardown')]
    assert [record for record in records if record.levelno >= logging.ERROR] == []
