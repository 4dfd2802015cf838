# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One page that is connected: what it sends is checked, what it gets waits in its outbox."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .handlers import Guarded
from .outbox import Outbox
from .page_messages import (
    PATIENCE,
    BadPageMessage,
    RateLimit,
    parse_page_message,
)
from .protocol import Outgoing

if TYPE_CHECKING:
    from .server import ViewServer

# What waits in the kernel cannot be replaced by something newer: keep it small.
_SEND_BUFFER_BYTES = 64 * 1024
_POLICY_VIOLATION = 1008


class Client(Guarded, WebSocketHandler):
    """The WebSocket of one page."""

    SUPPORTED_METHODS = ('GET',)

    def initialize(self, view: ViewServer) -> None:
        """Take what the URL table gives."""
        self.view = view
        self.outbox = Outbox()
        self.number = 0
        self.bad_messages = 0
        self._limit = RateLimit()
        self._filled = asyncio.Event()
        self._gone = False
        self.writer: asyncio.Task[None] | None = None

    def refusal(self) -> tuple[int, str] | None:
        """Return why who asks may not connect: no page of ours, or one too many."""
        headers = self.request.headers
        refusal = super().refusal()
        if refusal is not None:
            return refusal
        if not self.view.access.allows_origin(headers.get('Origin', ''), headers.get('Host', '')):
            return 403, 'only the page of this server may connect'
        return None if self.view.has_room else (503, 'too many pages are open')

    def open(self, *args: str, **kwargs: str) -> None:
        """Greet the page."""
        if not self.view.has_room:  # another one was faster
            self.close(_POLICY_VIOLATION, 'too many pages are open')
            return
        self.set_nodelay(True)
        stream = self._stream()
        if stream is not None and stream.socket is not None:
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self.writer = asyncio.create_task(self._write())
        self.view.join(self)

    def send(self, message: Outgoing) -> None:
        """Let a message wait for its turn."""
        self.outbox.put(message)
        self._filled.set()

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketClosedError, StreamClosedError):
            while not self._gone:
                await self._filled.wait()
                self._filled.clear()
                while (message := self.outbox.take()) is not None:
                    sending = asyncio.ensure_future(
                        self.write_message(message.data, isinstance(message.data, bytes))
                    )
                    # not wait_for: tornado does not stand that a write is cancelled
                    await asyncio.wait({sending}, timeout=self.view.limits.stall_s)
                    if not sending.done():
                        self.cut()
                    await sending

    def on_message(self, message: str | bytes) -> None:
        """Do what the page asks for, if it is in the protocol."""
        if self.bad_messages >= PATIENCE:
            return
        try:
            if not self._limit.take():
                raise BadPageMessage('sooner than may be')
            if isinstance(message, bytes):
                raise BadPageMessage('not text')
            request = parse_page_message(message)
        except BadPageMessage as problem:
            self._count_bad(problem)
        else:
            self.view.requested(self, request)

    def on_ping(self, data: bytes) -> None:
        """Limit what is answered: whoever does not read it fills our memory."""
        if not self._limit.take():
            self.cut()

    def _count_bad(self, problem: BadPageMessage) -> None:
        self.bad_messages += 1
        self.view.bad_messages += 1
        if self.bad_messages >= PATIENCE:
            self.close(_POLICY_VIOLATION, f'message {problem}')

    def on_close(self) -> None:
        """Forget the page."""
        self._gone = True
        self._filled.set()
        self.view.leave(self)

    def cut(self) -> None:
        """End the connection without a farewell, for which there may be no room."""
        stream = self._stream()
        if stream is not None:
            stream.close()

    def _stream(self) -> Any:
        return self.ws_connection.stream if self.ws_connection is not None else None
