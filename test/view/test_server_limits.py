# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Too much, too slow, too many: what the view server does not let be done to it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip('tornado')

from view_client import WAIT_S, Page, connect, read_to_end, request, wait

from facetalk_ros.view.server.limits import Limits
from facetalk_ros.view.server.server import ViewServer

Start = Callable[..., ViewServer]

pytest_plugins = ['view_fixtures']


@pytest.mark.parametrize(
    'sent',
    [b'GET /' + b'a' * 100_000 + b' HTTP/1.1\r\nHost: localhost\r\n\r\n',
     b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' + b'a' * 100_000 + b'\r\n\r\n',
     b'GET / HTTP/1.1\r\nHost: localhost\r\n' + b'X: y\r\n' * 20_000 + b'\r\n',
     b'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n',
     b'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n'
     + b'a' * 100_000,
     b'a' * 100_000, b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', b'\r\n' * 1000,
     b'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
)  # fmt: skip
def test_what_is_too_large_or_no_request_is_refused(start: Start, sent: bytes) -> None:
    server = start(limits=Limits(request_s=2.0))
    connection = connect(server)
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(sent)
    assert b' 200 ' not in read_to_end(connection)[:15]
    wait(lambda: request(server)[0] == 200, 'an answer to others')


def test_a_request_that_comes_drop_by_drop_ends(start: Start) -> None:
    server = start(limits=Limits(request_s=1.0))
    connections = [connect(server) for _ in range(20)]
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.2):
            for connection in connections:
                try:
                    connection.send(b'X')
                except OSError:
                    continue

    for connection in connections:
        with contextlib.suppress(OSError):  # it may have ended on a busy machine
            connection.sendall(b'GET / HTTP/1.1\r\nX-')
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        # each of them is ended by the server while it still comes
        for connection in connections:
            assert b'200' not in read_to_end(connection)
    finally:
        ended.set()
        thread.join()
    wait(lambda: request(server)[0] == 200, 'an answer to others')


def test_who_does_not_take_a_response_is_cut_off(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'large.glb'
    with avatar.open('wb') as file:
        file.truncate(64 * 1024 * 1024)
    server = start(avatar=avatar, limits=Limits(response_s=0.5))
    connection = socket.socket()
    connection.settimeout(WAIT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(('127.0.0.1', server.port))
    connection.sendall(b'GET /avatar HTTP/1.1\r\nHost: localhost\r\n\r\n')
    wait(lambda: request(server)[0] == 200, 'an answer to others')
    taken = 0
    with connection, contextlib.suppress(ConnectionResetError):
        while block := connection.recv(4096):  # the whole would take half a minute
            taken += len(block)
            time.sleep(0.002)
    assert taken < 64 * 1024 * 1024


def test_connections_are_bounded(start: Start) -> None:
    server = start(limits=Limits(connections=8, request_s=30.0))
    held = [connect(server) for _ in range(8)]
    for connection in held:
        connection.sendall(b'GET / HTTP/1.1\r\n')
    extra = connect(server)
    assert read_to_end(extra) == b''
    for connection in held:
        connection.close()
    wait(lambda: request(server)[0] == 200, 'room after they have gone')


def test_pages_are_bounded(start: Start) -> None:
    server = start(limits=Limits(clients=3))
    pages = [Page(server) for _ in range(3)]
    for page in pages:
        page.expect('hello')
    assert Page(server).status == 503
    assert server.client_count == 3
    pages[0].close()
    wait(lambda: server.client_count == 2, 'a page to be forgotten')
    assert Page(server).status == 101
