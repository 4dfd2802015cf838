# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A browser that does what a test tells it, also what no browser does."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facetalk_ros.view.server.server import ViewServer

WAIT_S = 60.0


def connect(server: ViewServer) -> socket.socket:
    return socket.create_connection(('127.0.0.1', server.port), timeout=WAIT_S)


def read_to_end(connection: socket.socket) -> bytes:
    received = b''
    with connection:
        try:
            while block := connection.recv(65536):
                received += block
        except ConnectionResetError:
            pass
    return received


def request(
    server: ViewServer, path: bytes = b'/', *, host: str | None = None, method: bytes = b'GET',
    headers: bytes = b'',
) -> tuple[int, bytes]:  # fmt: skip
    """Send a request with the path as it is; return the status and the whole response."""
    named = (host if host is not None else f'127.0.0.1:{server.port}').encode()
    connection = connect(server)
    connection.sendall(
        method + b' ' + path + b' HTTP/1.1\r\nHost: ' + named + b'\r\nConnection: close\r\n'
        + headers + b'\r\n'
    )  # fmt: skip
    response = read_to_end(connection)
    status = re.match(rb'HTTP/1.1 (\d+) ', response)
    return (int(status[1]) if status else 0), response


class Page:
    """A WebSocket client that does what it is told, also what no browser does."""

    def __init__(
        self, server: ViewServer, *, origin: str | None = '', host: str = '', query: str = '',
        receive_buffer: int = 0,
    ) -> None:  # fmt: skip
        host = host or f'127.0.0.1:{server.port}'
        origin = f'http://{host}' if origin == '' else origin
        self.socket = socket.socket()
        self.socket.settimeout(WAIT_S)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(('127.0.0.1', server.port))
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            f'GET /ws{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n'
            f'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'.encode()
            + (f'Origin: {origin}\r\n'.encode() if origin is not None else b'')
            + b'Sec-WebSocket-Key: ' + key + b'\r\n\r\n'
        )  # fmt: skip
        self._buffer = b''
        while b'\r\n\r\n' not in self._buffer:
            block = self.socket.recv(4096)
            if not block:
                break
            self._buffer += block
        head, _, self._buffer = self._buffer.partition(b'\r\n\r\n')
        self.status = int(head.split()[1]) if head else 0

    def send(self, data: bytes, *, opcode: int = 1, final: bool = True) -> None:
        length = len(data)
        extended = b''
        if length >= 65536:
            extended, length = struct.pack('>Q', length), 127
        elif length >= 126:
            extended, length = struct.pack('>H', length), 126
        mask = os.urandom(4)
        masked = bytes(np.frombuffer(data, np.uint8) ^ np.resize(np.frombuffer(mask, np.uint8),
                                                                   len(data)))  # fmt: skip
        self.socket.sendall(
            bytes([opcode | (0x80 if final else 0), 0x80 | length]) + extended + mask + masked
        )

    def say(self, message: object) -> None:
        self.send(json.dumps(message).encode())

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            block = self.socket.recv(65536)
            if not block:
                raise EOFError
            self._buffer += block
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def receive(self) -> tuple[int, bytes]:
        """Return the kind and the content of the next message; pings are answered."""
        while (frame := self._frame())[0] == 9:
            self.send(frame[1], opcode=10)
        return frame

    def _frame(self) -> tuple[int, bytes]:
        opcode, length = self._take(2)
        if length == 126:
            (length,) = struct.unpack('>H', self._take(2))
        elif length == 127:
            (length,) = struct.unpack('>Q', self._take(8))
        return opcode & 15, self._take(length)

    def expect(self, kind: str) -> dict[str, object]:
        while True:
            opcode, data = self.receive()
            if opcode == 1 and (message := json.loads(data))['type'] == kind:
                return dict(message)

    def close_code(self) -> int | None:
        """Read on to the end; return the code of the farewell, None without one."""
        try:
            while True:
                opcode, data = self.receive()
                if opcode == 8:
                    return int(struct.unpack('>H', data[:2])[0])
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return None

    def close(self) -> None:
        self.socket.close()


def wait(condition: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, f'still waiting for: {what}'
        time.sleep(0.01)
