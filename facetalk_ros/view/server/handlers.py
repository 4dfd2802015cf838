# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Answers to HTTP requests: the files, and a short text for everything else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from .access import security_headers
from .files import AVATAR_TYPES, MEDIA_TYPES

if TYPE_CHECKING:
    from .server import ViewServer

_BLOCK_BYTES = 256 * 1024
_TOKEN_COOKIE_DAYS = 1
_NOTHING = 'there is nothing here'


class Guarded(RequestHandler):
    """Refuses who does not name this server, or does not know its token."""

    SUPPORTED_METHODS: tuple[str, ...] = ('GET', 'HEAD')
    view: ViewServer

    def initialize(self, view: ViewServer) -> None:
        """Take what the URL table gives."""
        self.view = view

    def set_default_headers(self) -> None:
        """Send the security headers with every response, of errors too."""
        for name, value in security_headers().items():
            self.set_header(name, value)
        self.set_header('Server', 'facetalk')

    def prepare(self) -> None:
        """Refuse a request before anything of it is used."""
        refusal = self.refusal()
        if refusal is not None:
            self.refuse(*refusal)

    def refusal(self) -> tuple[int, str] | None:
        """Return status and reason when this request is not to be answered."""
        access = self.view.access
        if not access.allows_host(self.request.headers.get('Host', '')):
            return 403, 'this server has another name'
        given = self.request.query_arguments.get('token')
        cookie = self.request.cookies.get(self.cookie_name)
        token = given[0].decode('utf-8', 'replace') if given else cookie.value if cookie else ''
        if access.token and not access.allows_token(token):
            return 403, 'the token is missing or wrong: open the URL that was printed'
        return None

    @property
    def cookie_name(self) -> str:
        """Its name: cookies are told apart by host, not by port."""
        return f'facetalk_{self.view.port}'

    def refuse(self, status: int, reason: str) -> None:
        """Answer with a reason; nothing of the request is repeated in it."""
        self.set_status(status)
        self.set_header('Content-Type', 'text/plain; charset=utf-8')
        self.finish(reason + '\n')

    async def within_time(self, sending: Awaitable[None]) -> None:
        """Wait until a response was taken; cut off who takes too long."""
        task = asyncio.ensure_future(sending)
        # not wait_for: tornado does not stand that a write is cancelled
        await asyncio.wait({task}, timeout=self.view.limits.response_s)
        if not task.done():
            # close() of the connection itself would leave the write waiting for good
            cast(HTTP1Connection, self.request.connection).stream.close()
        with contextlib.suppress(StreamClosedError):
            await task

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what tornado refuses."""
        self.refuse(status_code, HTTPStatus(status_code).phrase)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log errors of ours; tornado would write the URL, and so the token, into the log."""
        if not isinstance(value, (StreamClosedError, HTTPError)):
            self.view.log_error(value)


class NotFound(Guarded):
    """Everything that is not there."""

    def refusal(self) -> tuple[int, str]:
        """Refuse always."""
        return super().refusal() or (404, _NOTHING)


class Files(Guarded):
    """A file of the page or of three.js."""

    async def get(self, folder: str, name: str) -> None:
        """Answer GET and HEAD with a file."""
        found = self.view.folders[folder].find(name) if folder in self.view.folders else None
        if found is None:
            self.refuse(404, _NOTHING)
            return
        self.set_header('Content-Type', MEDIA_TYPES[found.suffix])
        await self.within_time(self.finish(found.read_bytes()))

    async def head(self, folder: str, name: str) -> None:
        """Answer without the file; tornado leaves it out."""
        await self.get(folder, name)


class Page(Files):
    """The page itself; who gave the right token is given a cookie for what the page loads."""

    async def get(self, folder: str = 'page', name: str = 'index.html') -> None:
        """Answer with the page."""
        found = self.view.folders[folder].find(name)
        if found is not None:
            policy = security_headers(found.read_text('utf-8'))['Content-Security-Policy']
            self.set_header('Content-Security-Policy', policy)
            if self.view.access.token:
                self.set_cookie(
                    self.cookie_name, self.view.access.token, expires_days=_TOKEN_COOKIE_DAYS,
                    httponly=True, samesite='Strict',
                )  # fmt: skip
        await super().get(folder, name)

    async def head(self, folder: str = 'page', name: str = 'index.html') -> None:
        """Answer without the page."""
        await self.get(folder, name)


class Avatar(Guarded):
    """The user's own avatar, sent in blocks: it may be large."""

    async def get(self) -> None:
        """Answer GET."""
        await self.within_time(self._send(self.view.avatar))

    async def head(self) -> None:
        """Answer without the avatar."""
        await self.get()

    async def _send(self, path: Path | None) -> None:
        try:
            file = path.open('rb') if path is not None else None
        except OSError:
            file = None
        if path is None or file is None:
            self.refuse(404, 'no avatar was given')
            return
        with file:
            self.set_header('Content-Type', AVATAR_TYPES[path.suffix.lower()])
            self.set_header('Content-Length', str(file.seek(0, 2)))
            file.seek(0)
            if self.request.method == 'GET':
                while block := file.read(_BLOCK_BYTES):
                    self.write(block)
                    await self.flush()
            await self.finish()
