# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the view server, each over a real socket."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('tornado')

from facetalk_ros.view.server.access import Access
from facetalk_ros.view.server.files import Folder
from facetalk_ros.view.server.limits import Limits
from facetalk_ros.view.server.page_messages import Say
from facetalk_ros.view.server.scene import Abilities, Scene, load_faces
from facetalk_ros.view.server.server import ViewServer

_WAIT_S = 60.0
_TOKEN = 'correct-horse_battery'
_NAME, _FACES = load_faces()
_SCENE = Scene(_NAME, _FACES, Abilities(overlay=True, say=True, reset=True), 'test')

Start = Callable[..., ViewServer]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[ViewServer] = []

    def begin(**kwargs: object) -> ViewServer:
        server = ViewServer(_SCENE, now_ns=time.time_ns, **kwargs)  # type: ignore[arg-type]
        servers.append(server)
        return server

    yield begin
    for server in servers:
        server.close()


def _connect(server: ViewServer) -> socket.socket:
    return socket.create_connection(('127.0.0.1', server.port), timeout=_WAIT_S)


def _read_to_end(connection: socket.socket) -> bytes:
    received = b''
    with connection:
        try:
            while block := connection.recv(65536):
                received += block
        except ConnectionResetError:
            pass
    return received


def _request(
    server: ViewServer, path: bytes = b'/', *, host: str | None = None, method: bytes = b'GET',
    headers: bytes = b'',
) -> tuple[int, bytes]:  # fmt: skip
    """Send a request with the path as it is; return the status and the whole response."""
    named = (host if host is not None else f'127.0.0.1:{server.port}').encode()
    connection = _connect(server)
    connection.sendall(
        method + b' ' + path + b' HTTP/1.1\r\nHost: ' + named + b'\r\nConnection: close\r\n'
        + headers + b'\r\n'
    )  # fmt: skip
    response = _read_to_end(connection)
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
        self.socket.settimeout(_WAIT_S)
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


def _wait(condition: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + _WAIT_S
    while not condition():
        assert time.monotonic() < end_s, f'still waiting for: {what}'
        time.sleep(0.01)


# whom it answers


def test_only_loopback_is_listened_on_by_default(start: Start) -> None:
    server = start()
    own = socket.gethostbyname(socket.gethostname())
    if own.startswith('127.'):
        pytest.skip('this machine has no address but loopback')
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((own, server.port), timeout=_WAIT_S)


@pytest.mark.parametrize(
    'host',
    ['evil.example', 'evil.example:{port}', '127.0.0.1.evil.example', 'localhost.evil.example',
     '', '192.168.1.7', '0.0.0.0', '[::2]', '127.0.0.1@evil.example', 'localhost/', 'local host',
     '2130706433', '127.0.0.1:80:80', 'localhost:99999999'],
)  # fmt: skip
def test_a_name_that_points_here_is_refused(start: Start, host: str) -> None:
    server = start()
    status, response = _request(server, host=host.format(port=server.port))
    assert status in (400, 403)
    assert b'<html' not in response
    page = Page(server, host=host.format(port=server.port) or ' ')
    assert page.status in (400, 403)


@pytest.mark.parametrize('host', ['localhost', '127.0.0.1:9', '[::1]:8080', '127.1.2.3', 'LOCALHOST'])
def test_its_own_names_are_answered(start: Start, host: str) -> None:
    status, response = _request(start(), host=host)
    assert status == 200
    assert b'<!doctype html>' in response.lower()


@pytest.mark.parametrize(
    'origin',
    [None, 'null', 'http://evil.example', 'http://localhost.evil.example', 'file://',
     'http://127.0.0.1', 'http://127.0.0.1:{port}.evil.example', 'http://127.0.0.1:{port}/',
     'ftp://127.0.0.1:{port}', 'http://localhost:{port}'],
)  # fmt: skip
def test_pages_of_other_origins_may_not_connect(start: Start, origin: str | None) -> None:
    server = start()
    page = Page(server, origin=origin and origin.format(port=server.port))
    assert page.status == 403
    assert server.client_count == 0


def test_its_own_page_may_connect(start: Start) -> None:
    server = start()
    page = Page(server, host=f'localhost:{server.port}')
    assert page.status == 101
    assert page.expect('hello')['version'] == 1


def test_another_address_needs_a_token() -> None:
    access = Access('0.0.0.0')
    assert re.fullmatch('[A-Za-z0-9_-]{32}', access.token)
    assert access.token != Access('0.0.0.0').token
    assert Access('::').token
    assert Access('localhost').token == ''
    assert Access('127.0.0.1').token == ''
    assert access.url(80) == f'http://127.0.0.1:80/?token={access.token}'


@pytest.mark.parametrize('token', ['short', 'x' * 129, 'with space', 'a&b=c?d#e', 'ümläute8'])
def test_a_token_that_is_none_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValueError, match='8 to 128') as caught:
        Access('127.0.0.1', token)
    assert token not in str(caught.value)


@pytest.mark.parametrize('path', [b'/', b'/page/icon.svg', b'/avatar', b'/nothing', b'/ws'])
@pytest.mark.parametrize('token', ['', '?token=', '?token=wrong-token-here', f'?token={_TOKEN}x',
                                   f'?token={_TOKEN[:-1]}', '?token=%00', '?token=%ff'])  # fmt: skip
def test_nothing_is_given_without_the_token(start: Start, path: bytes, token: str) -> None:
    server = start(host='0.0.0.0', token=_TOKEN)
    status, response = _request(server, path + token.encode())
    assert status == 403
    assert _TOKEN.encode() not in response
    assert Page(server, query=token).status == 403


def test_the_token_opens_and_a_cookie_keeps_it_open(start: Start) -> None:
    server = start(host='0.0.0.0', token=_TOKEN)
    status, response = _request(server, f'/?token={_TOKEN}'.encode())
    assert status == 200
    cookie = re.search(rb'Set-Cookie: ([^;]+);([^\r]*)', response)
    assert cookie
    assert b'httponly' in cookie[2].lower()
    assert b'samesite=strict' in cookie[2].lower()
    status, _ = _request(server, b'/page/icon.svg', headers=b'Cookie: ' + cookie[1] + b'\r\n')
    assert status == 200
    page = Page(server, query=f'?token={_TOKEN}')
    assert page.status == 101
    # an address cannot be rebound; a name can
    assert _request(server, f'/?token={_TOKEN}'.encode(), host='192.168.1.7:80')[0] == 200
    assert _request(server, f'/?token={_TOKEN}'.encode(), host='evil.example')[0] == 403


def test_the_token_is_not_logged(
    start: Start, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server = start(host='0.0.0.0', token=_TOKEN)
    query = f'?token={_TOKEN}'.encode()
    for path in (b'/', b'/nothing', b'/page/%ff', b'/page/a/b/c', b'/\x01', b'/ws'):
        _request(server, path + query)
    _request(server, b'/' + query, method=b'POST')
    _request(server, b'/' + query, method=b'NONSENSE')
    _request(server, b'/' + query, headers=b'Bad Header\r\n')
    _request(server, b'/' + query + b' HTTP/9.9\r\nX: y')
    _request(server, b'/' + query, headers=b'Content-Length: 99999999\r\n')
    _request(server, b'/' + query, headers=b'Content-Length: -1\r\n')
    page = Page(server, query=query.decode())
    page.say({'type': 'nonsense', 'token': _TOKEN})
    page.close()
    out, err = capfd.readouterr()
    assert _TOKEN not in caplog.text + out + err


# files


@pytest.mark.parametrize(
    'path',
    [b'/page/../server/server.py', b'/page/..%2fserver%2fserver.py', b'/page/%2e%2e/view.py',
     b'/page/%252e%252e/server/server.py', b'/page/..\\server\\server.py', b'/page//etc/passwd',
     b'/page/..%5cserver%5cserver.py', b'/page/%00', b'/page/index.html%00.js', b'/page/',
     b'/page', b'/page/.', b'/page/..', b'/page/./index.html', b'/page//index.html', b'/page/%2f',
     b'/page/C:%5cWindows%5cwin.ini', b'/page/index.html/', b'/page/INDEX.html/..',
     b'/page/%c0%ae%c0%ae/server.py', b'/page/\xff\xfe', b'/page/__pycache__', b'/vendor/',
     b'/vendor/three/', b'/vendor/three/../../package.json', b'/vendor/three/package.json/../..',
     b'/vendor/other/x.js', b'/vendor/three/%2e%2e/%2e%2e/%2e%2e/README.md', b'//etc/passwd',
     b'/../../../../etc/passwd', b'/avatar/../page', b'/avatar', b'/server/server.py',
     b'/page/index.html.bak', b'/page/' + b'a' * 3000, b'/page/' + b'a/' * 900 + b'x.js'],
)  # fmt: skip
def test_there_is_no_way_out_of_the_folders(start: Start, path: bytes) -> None:
    status, response = _request(start(), path)
    assert status in (400, 404)
    body = response.partition(b'\r\n\r\n')[2]
    assert len(body) < 200
    assert b'import' not in body
    assert b'root:' not in body


def test_what_is_asked_for_is_not_echoed(start: Start) -> None:
    server = start()
    for path in (b'/<script>alert(1)</script>', b'/page/%3Cscript%3E', b'/?x=<script>'):
        _, response = _request(server, path)
        assert b'alert' not in response.partition(b'\r\n\r\n')[2]
        assert b'%3Cscript' not in response
        assert b'<script>' not in response


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / 'page', tmp_path / 'secret'
    root.mkdir()
    elsewhere.mkdir()
    (root / 'index.html').write_text('page')
    (elsewhere / 'secret.js').write_text('secret')
    (elsewhere / 'index.html').write_text('secret')
    (root / 'link.js').symlink_to(elsewhere / 'secret.js')
    (root / 'folder').symlink_to(elsewhere)
    (root / 'loop.js').symlink_to(root / 'loop.js')
    (root / 'own.js').symlink_to(root / 'index.html')
    (root / 'noext').write_text('x')
    (root / '.hidden.js').write_text('x')
    folder = Folder(root, 'index.html')
    assert folder.find('index.html') == root / 'index.html'
    for name in ('link.js', 'folder/secret.js', 'loop.js', 'noext', '.hidden.js', 'folder', ''):
        assert folder.find(name) is None


def test_a_page_that_is_installed_as_links_is_found(tmp_path: Path) -> None:
    # as colcon build --symlink-install does, file by file
    source, installed = tmp_path / 'src', tmp_path / 'install'
    source.mkdir()
    installed.mkdir()
    for name in ('index.html', 'main.js'):
        (source / name).write_text(name)
        (installed / name).symlink_to(source / name)
    assert Folder(installed, 'index.html').find('main.js') == source / 'main.js'


def test_headers_that_keep_others_out_come_with_everything(start: Start) -> None:
    server = start()
    for path, status in ((b'/', 200), (b'/page/icon.svg', 200), (b'/nothing', 404), (b'/ws', 403)):
        answered, response = _request(server, path)
        assert answered == status
        head = response.partition(b'\r\n\r\n')[0].decode('latin-1').lower()
        policy = re.search('content-security-policy: ([^\r]*)', head)
        assert policy
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                     "frame-ancestors 'none'", "form-action 'none'"):  # fmt: skip
            assert part in policy[1]
        assert 'unsafe' not in policy[1]
        assert '*' not in policy[1]
        assert 'http' not in policy[1]
        assert 'x-content-type-options: nosniff' in head
        assert 'referrer-policy: no-referrer' in head
        assert 'cross-origin-resource-policy: same-origin' in head
        assert 'access-control' not in head
        assert 'tornado' not in head


def test_the_import_map_and_no_other_inline_script_may_run(start: Start) -> None:
    _, response = _request(start(), b'/')
    head, _, body = response.partition(b'\r\n\r\n')
    inline = [text for tag, text in re.findall(rb'<script([^>]*)>(.*?)</script>', body, re.DOTALL)
              if b'src=' not in tag]  # fmt: skip
    hashes = re.findall(rb"'sha256-([^']+)'", head)
    assert hashes == [base64.b64encode(hashlib.sha256(text).digest()) for text in inline]


@pytest.mark.parametrize('method', [b'POST', b'PUT', b'DELETE', b'OPTIONS', b'TRACE', b'PATCH',
                                    b'CONNECT', b'get', b'\x00', b'G' * 100])  # fmt: skip
@pytest.mark.parametrize('path', [b'/', b'/page/icon.svg', b'/avatar', b'/ws', b'/nothing'])
def test_only_get_and_head_are_answered(start: Start, method: bytes, path: bytes) -> None:
    server = start()
    status, _ = _request(server, path, method=method, headers=b'Content-Length: 0\r\n')
    assert status in (0, 400, 405)
    assert _request(server)[0] == 200


def test_head_is_get_without_the_body(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'me.glb'
    avatar.write_bytes(b'glTF' + bytes(100_000))
    server = start(avatar=avatar)
    for path in (b'/', b'/page/icon.svg', b'/avatar'):
        _, full = _request(server, path)
        status, head = _request(server, path, method=b'HEAD')
        assert status == 200
        assert head.partition(b'\r\n\r\n')[2] == b''
        length = re.search(rb'Content-Length: (\d+)', head)
        assert length
        assert int(length[1]) == len(full.partition(b'\r\n\r\n')[2])


def test_the_avatar_is_given_as_it_is(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'me.GLB'
    content = np.random.default_rng(1).bytes(1_500_000)
    avatar.write_bytes(content)
    status, response = _request(start(avatar=avatar), b'/avatar')
    assert status == 200
    assert b'Content-Type: model/gltf-binary' in response
    assert response.partition(b'\r\n\r\n')[2] == content
    for name in ('me.html', 'me', 'me.glb.exe'):
        (tmp_path / name).write_text('x')
        with pytest.raises(ValueError, match='avatar'):
            start(avatar=tmp_path / name)
    with pytest.raises(OSError, match='missing'):
        start(avatar=tmp_path / 'missing.glb')


# too much, too slow, too many


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
    connection = _connect(server)
    try:
        connection.sendall(sent)
    except (ConnectionResetError, BrokenPipeError):
        pass
    assert b' 200 ' not in _read_to_end(connection)[:15]
    assert _request(server)[0] == 200


def test_a_request_that_comes_drop_by_drop_ends(start: Start) -> None:
    server = start(limits=Limits(request_s=1.0))
    connections = [_connect(server) for _ in range(20)]
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.2):
            for connection in connections:
                try:
                    connection.send(b'X')
                except OSError:
                    continue

    for connection in connections:
        connection.sendall(b'GET / HTTP/1.1\r\nX-')
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        # each of them is ended by the server while it still comes
        for connection in connections:
            assert b'200' not in _read_to_end(connection)
    finally:
        ended.set()
        thread.join()
    assert _request(server)[0] == 200


def test_who_does_not_take_a_response_is_cut_off(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'large.glb'
    with avatar.open('wb') as file:
        file.truncate(64 * 1024 * 1024)
    server = start(avatar=avatar, limits=Limits(response_s=0.5))
    connection = socket.socket()
    connection.settimeout(_WAIT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(('127.0.0.1', server.port))
    connection.sendall(b'GET /avatar HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert _request(server)[0] == 200  # meanwhile others are answered
    time.sleep(0.7)  # nothing is read, for longer than a response may take
    assert len(_read_to_end(connection)) < 64 * 1024 * 1024


def test_connections_are_bounded(start: Start) -> None:
    server = start(limits=Limits(connections=8, request_s=30.0))
    held = [_connect(server) for _ in range(8)]
    for connection in held:
        connection.sendall(b'GET / HTTP/1.1\r\n')
    extra = _connect(server)
    assert _read_to_end(extra) == b''
    for connection in held:
        connection.close()
    _wait(lambda: _request(server)[0] == 200, 'room after they have gone')


def test_pages_are_bounded(start: Start) -> None:
    server = start(limits=Limits(clients=3))
    pages = [Page(server) for _ in range(3)]
    for page in pages:
        page.expect('hello')
    assert Page(server).status == 503
    assert server.client_count == 3
    pages[0].close()
    _wait(lambda: server.client_count == 2, 'a page to be forgotten')
    assert Page(server).status == 101


# messages


@pytest.mark.parametrize(
    'message',
    [b'', b'nonsense', b'[]', b'null', b'1', b'{}', b'{"type":[]}', b'{"type":{"a":1}}',
     b'{"type":"__class__"}', b'{"type":"ping"}', b'{"type":"ping","t":"1"}',
     b'{"type":"ping","t":NaN}', b'{"type":"ping","t":Infinity}', b'{"type":"ping","t":1e999}',
     b'{"type":"ping","t":true}', b'{"type":"ping","t":1,"u":2}',
     b'{"type":"overlay","weights":[]}', b'{"type":"overlay","weights":{"jawOpen":2}}',
     b'{"type":"overlay","weights":{"jawOpen":"1"}}', b'{"type":"overlay","weights":{"nose":1}}',
     b'{"type":"overlay","weights":{"<script>alert(1)</script>":1}}',
     b'{"type":"overlay","weights":{"jawOpen":NaN}}', b'{"type":"overlay","weights":{"jawOpen":null}}',
     b'{"type":"overlay","weights":{"jawOpen":1' + b'0' * 3000 + b'}}',
     b'{"type":"expression","name":"<b>","intensity":1}',
     b'{"type":"expression","name":"happy","intensity":-1}',
     b'{"type":"expression","name":7,"intensity":1}', b'{"type":"say","text":""}',
     b'{"type":"say","text":" \\n"}', b'{"type":"say","text":7}', b'{"type":"say","text":"a\\u0000b"}',
     b'{"type":"say","text":"\\ud800"}', b'{"type":"say","text":"' + b'a' * 1001 + b'"}',
     b'{"type":"reset","all":true}', b'[' * 4000, b'{"a":' * 800, b'\xef\xbb\xbf{}'],
)  # fmt: skip
def test_three_messages_that_no_page_sends_end_it(start: Start, message: bytes) -> None:
    got: list[object] = []
    server = start(on_request=lambda page, request: got.append(request))
    page = Page(server)
    for _ in range(2):
        page.send(message)
    page.say({'type': 'ping', 't': 7})
    assert page.expect('clock')['t'] == 7  # two are forgiven
    page.send(message)
    page.say({'type': 'say', 'text': 'too late'})
    assert page.close_code() == 1008
    assert server.bad_messages == 3
    _wait(lambda: server.client_count == 0, 'the page to be forgotten')
    # all that is left is that it adds nothing to the face any more
    assert [type(request).__name__ for request in got] == ['Overlay']


@pytest.mark.parametrize('opcode', [1, 2])
def test_a_message_that_is_too_large_ends_it(start: Start, opcode: int) -> None:
    server = start()
    page = Page(server)
    page.send(b'a' * 4097, opcode=opcode)
    assert page.close_code() in (1009, None)
    _wait(lambda: server.client_count == 0, 'the page to be forgotten')
    page = Page(server)
    for _ in range(10):
        page.send(b'a' * 1000, opcode=opcode if _ == 0 else 0, final=False)
    assert page.close_code() in (1009, None)


def test_a_length_that_is_a_lie_does_no_harm(start: Start) -> None:
    server = start()
    page = Page(server)
    page.socket.sendall(bytes([0x81, 0xFF]) + struct.pack('>Q', 1 << 62) + b'mask')
    assert page.close_code() in (1009, 1002, None)
    assert _request(server)[0] == 200


@pytest.mark.parametrize('sent', [b'\x81\x05hello', b'\xf1\x80abcd', b'\x83\x80abcd', b'\x80\x80abcd'])
def test_frames_that_break_the_protocol_end_it(start: Start, sent: bytes) -> None:
    # without a mask, with reserved bits, of no known kind, the end of nothing
    server = start()
    page = Page(server)
    page.socket.sendall(sent * 50)
    page.close_code()
    assert _request(server)[0] == 200


def test_binary_messages_count_as_bad(start: Start) -> None:
    server = start()
    page = Page(server)
    for _ in range(3):
        page.send(b'{"type":"reset"}', opcode=2)
    assert page.close_code() == 1008


def test_more_than_sixty_messages_a_second_end_it(start: Start) -> None:
    got: list[object] = []
    server = start(on_request=lambda page, request: got.append(request))
    page = Page(server)
    began_s = time.monotonic()
    try:
        for _ in range(5000):
            page.say({'type': 'say', 'text': 'again'})
    except (BrokenPipeError, ConnectionResetError):
        pass
    page.close_code()
    took_s = time.monotonic() - began_s
    said = sum(isinstance(request, Say) for request in got)
    assert 60 <= said <= 60 + 60 * took_s


def test_pings_without_end_end_it(start: Start) -> None:
    server = start()
    page = Page(server, receive_buffer=4096)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(100_000):
            page.send(b'x' * 125, opcode=9)
    _wait(lambda: server.client_count == 0, 'the page to be forgotten')


def test_a_dead_page_slows_nobody(start: Start) -> None:
    server = start(limits=Limits(stall_s=1.0))
    dead, alive = Page(server, receive_buffer=4096), Page(server)
    alive.expect('hello')
    _wait(lambda: server.client_count == 2, 'both pages')
    weights = np.zeros(52, np.float32)
    numbers: list[int] = []
    longest_s = 0.0
    sent = 0
    # until the dead one is let go, the other gets everything
    while server.client_count == 2:
        began_s = time.monotonic()
        for _ in range(20):
            server.frame(server.epoch_ns + sent * 1_000_000_000, weights)
            sent += 1
        longest_s = max(longest_s, time.monotonic() - began_s)
        while len(numbers) < sent:
            opcode, data = alive.receive()
            if opcode == 2:
                numbers.append(round(struct.unpack_from('<d', data, 16)[0]))
    assert numbers == list(range(sent))
    assert server.dropped > 0
    assert longest_s < 1.0  # feeding does not wait for it
    dead.close()


def test_a_page_that_only_looks_away_keeps_the_newest(start: Start) -> None:
    server = start()
    page = Page(server, receive_buffer=4096)
    page.expect('hello')
    weights = np.zeros(52, np.float32)
    for i in range(20_000):
        server.frame(server.epoch_ns + i * 1_000_000_000, weights)
        if i % 100 == 0:
            time.sleep(0.001)  # let the other thread have its turn
    server.notice('the last')
    numbers = []
    while True:
        opcode, data = page.receive()
        if opcode == 1 and json.loads(data)['type'] == 'notice':
            break
        if opcode == 2:
            numbers.append(round(struct.unpack_from('<d', data, 16)[0]))
    assert numbers == sorted(numbers)
    assert numbers[-1] == 19_999
    assert len(numbers) + server.dropped == 20_000


def test_a_port_that_is_taken_is_told(start: Start) -> None:
    server = start()
    with pytest.raises(OSError, match='in use'):
        start(port=server.port)


def test_it_ends_with_pages_open(start: Start) -> None:
    server = start()
    page = Page(server)
    page.expect('hello')
    server.close()
    assert page.close_code() in (1001, None)
    server.close()
    server.frame(0, np.zeros(52, np.float32))  # without effect
    with pytest.raises(ConnectionRefusedError):
        _connect(server)
