# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The server of the browser view: a thread of its own, fed from any other."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from facetalk_ros.face import ARKIT_NAMES

from .access import Access
from .client import Client
from .files import check_avatar, page_folder, vendor_folders
from .handlers import Avatar, Files, NotFound, Page
from .limits import Limits
from .page_messages import LARGEST_BYTES, Overlay, Ping, Request
from .protocol import Outgoing, audio_messages, event_message, frame_message, joints_message
from .scene import Joint, Scene, joints_values

# What the feeding thread may be ahead of this one; about a second of everything.
_MOST_FED = 512
# Pages get as long to say good-bye.
_FAREWELL_S = 0.5
_READ_BUFFER_BYTES = 64 * 1024
_NS = 1_000_000_000
_LIMITS = Limits()
_LOG = logging.getLogger(__name__)


class _Server(HTTPServer):
    """With a bound on the connections that speak HTTP; pages have their own."""

    most_connections = 0

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._open = 0

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._open >= self.most_connections:
            stream.close()
            return
        self._open += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        self._open -= 1
        super().on_close(server_conn)


class ViewServer:
    """Serves the page and tells all pages what is fed in; every method may be called anywhere.

    Feeding a message encodes it once and hands it over; it never waits for a page.

    Args:
        scene: what a page is told when it connects.
        now_ns: the present on the presentation clock; called in the server's thread.
        on_request: gets what pages ask for, in the server's thread; it must return at once.
        host: address or name to listen on; see Access.
        port: 0 for one that is free.
        token: see Access.
        avatar: the user's own avatar.
        limits: see Limits.

    Raises:
        OSError: the address cannot be listened on, or the avatar not read.
        ValueError: a bad token or avatar.

    """

    def __init__(
        self, scene: Scene, *, now_ns: Callable[[], int],
        on_request: Callable[[int, Request], None] | None = None,
        host: str = '127.0.0.1', port: int = 0, token: str = '', avatar: Path | None = None,
        limits: Limits = _LIMITS,
    ) -> None:  # fmt: skip
        self.access = Access(host, token)
        self.avatar = check_avatar(avatar) if avatar is not None else None
        self.folders = {'page': page_folder(), **vendor_folders()}
        self.limits = limits
        self.bad_messages = 0
        self.epoch_ns = now_ns()
        self._scene = scene
        self._now_ns = now_ns
        self._on_request = on_request
        self._clients: dict[int, Client] = {}
        self._next_client = 0
        self._dropped = 0
        self._state: dict[str, Outgoing] = {}
        self._fed: deque[Outgoing] = deque(maxlen=_MOST_FED)
        self._lock = threading.Lock()
        self._due = False
        self._closed = False
        self._sockets = bind_sockets(port, host)
        self.port: int = self._sockets[0].getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name='view server', daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return self.access.url(self.port)

    @property
    def client_count(self) -> int:
        """Pages that are connected."""
        return len(self._clients)

    @property
    def dropped(self) -> int:
        """Messages left out for pages that could not keep up, over all of them."""
        return self._dropped + sum(c.outbox.dropped for c in list(self._clients.values()))

    # feeding

    def frame(
        self, stamp_ns: int, weights: npt.NDArray[np.float32],
        head_rad: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:  # fmt: skip
        """Show float32 [52] weights, finite, in ARKIT_NAMES order, and roll, pitch and yaw."""
        self._feed(frame_message(self._stamp_s(stamp_ns), weights, head_rad))

    def audio(self, stamp_ns: int, samples: npt.NDArray[Any], rate_hz: int) -> None:
        """Let int16 or float [n, channels] be heard at a time."""
        for message in audio_messages(self._stamp_s(stamp_ns), samples, rate_hz):
            self._feed(message)

    def positions(self, stamp_ns: int, positions_rad: npt.NDArray[np.float32]) -> None:
        """Show float32 [n] positions of the joints told last."""
        self._feed(joints_message(self._stamp_s(stamp_ns), positions_rad))

    def joints(self, joints: Sequence[Joint]) -> None:
        """Tell which joints there are."""
        self._feed(event_message('joints', {'joints': joints_values(joints)}, state='joints'))

    def text(self, stamp_ns: int, text: str) -> None:
        """Show a text that is about to be spoken."""
        self._feed(event_message('text', {'stamp_s': self._stamp_s(stamp_ns), 'text': text}))

    def keys(self, keys: Sequence[tuple[int, str, str, str]]) -> None:
        """Show key motions: (stamp_ns, phone, word, kind)."""
        values = [
            {'stamp_s': self._stamp_s(stamp_ns), 'phone': phone, 'word': word, 'kind': kind}
            for stamp_ns, phone, word, kind in keys
        ]
        self._feed(event_message('keys', {'keys': values}))

    def stats(self, values: Mapping[str, Any]) -> None:
        """Show measurements."""
        self._feed(event_message('stats', values, state='stats'))

    def notice(self, text: str) -> None:
        """Tell something that could not be done."""
        self._feed(event_message('notice', {'text': text}))

    def close(self) -> None:
        """End the connections and the thread; may be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _stamp_s(self, stamp_ns: int) -> float:
        return (stamp_ns - self.epoch_ns) / _NS

    def _feed(self, message: Outgoing) -> None:
        # one wake-up of the other thread for all that was fed until it comes to it
        with self._lock:
            if self._closed:
                return
            self._dropped += len(self._fed) == _MOST_FED
            self._fed.append(message)
            wake, self._due = not self._due, True
            if wake:
                self._loop.call_soon_threadsafe(self._deliver)

    # in the server's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        application = Application(
            [
                ('/', Page, {'view': self}),
                ('/(page)/(.+)', Files, {'view': self}),
                ('/vendor/(three|three-vrm)/(.+)', Files, {'view': self}),
                ('/avatar', Avatar, {'view': self}),
                ('/ws', Client, {'view': self}),
            ],
            default_handler_class=NotFound,
            default_handler_args={'view': self},
            log_function=lambda handler: None,  # the URL holds the token
            websocket_max_message_size=LARGEST_BYTES,
            websocket_ping_interval=self.limits.ping_s,
            websocket_ping_timeout=self.limits.ping_s,
        )
        server = _Server(
            application, max_header_size=self.limits.header_bytes,
            max_body_size=self.limits.body_bytes, max_buffer_size=_READ_BUFFER_BYTES,
            idle_connection_timeout=self.limits.request_s, body_timeout=self.limits.request_s,
        )  # fmt: skip
        server.most_connections = self.limits.connections
        server.add_sockets(self._sockets)
        await self._stop.wait()
        server.stop()
        clients = list(self._clients.values())
        for client in clients:
            client.close(1001, 'the server ends')
        writers = [client.writer for client in clients if client.writer is not None]
        if writers:
            await asyncio.wait(writers, timeout=_FAREWELL_S)
            for client in clients:
                client.cut()
            await asyncio.wait(writers, timeout=_FAREWELL_S)
        await server.close_all_connections()

    def _deliver(self) -> None:
        with self._lock:
            messages, self._due = list(self._fed), False
            self._fed.clear()
        for message in messages:
            if message.state:
                self._state[message.state] = message
            for client in self._clients.values():
                client.send(message)

    @property
    def has_room(self) -> bool:
        """Whether one more page may connect."""
        return len(self._clients) < self.limits.clients

    def join(self, client: Client) -> None:
        """Greet a page and tell it the present state."""
        self._next_client += 1
        client.number = self._next_client
        hello = {
            **self._scene.hello(),
            'epoch_ns': str(self.epoch_ns),
            'now_ns': str(self._now_ns()),
            'avatar': {'name': self.avatar.name} if self.avatar is not None else None,
            'vendor': 'three' in self.folders,
            'joints': [],
        }
        client.send(event_message('hello', hello, state='hello'))
        for message in self._state.values():
            client.send(message)
        self._clients[client.number] = client

    def leave(self, client: Client) -> None:
        """Forget a page, and what it had added to the face."""
        if self._clients.pop(client.number, None) is None:
            return
        self._dropped += client.outbox.dropped
        if self._on_request is not None:
            self._on_request(client.number, Overlay(np.zeros(len(ARKIT_NAMES), np.float32)))

    def requested(self, client: Client, request: Ping | Request) -> None:
        """Pass on what a page asks for, or tell it the time."""
        if isinstance(request, Ping):
            now_s = self._stamp_s(self._now_ns())
            client.send(event_message('clock', {'t': request.t, 'now_s': now_s}))
        elif self._on_request is not None:
            self._on_request(client.number, request)

    def log_error(self, error: BaseException) -> None:
        """Log an error of this program."""
        _LOG.error('view server: %s: %s', type(error).__name__, error)
