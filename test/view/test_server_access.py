# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Whom the view server answers: each attack over a real socket."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable

import pytest

pytest.importorskip('tornado')

from view_client import WAIT_S, Page, request

from facetalk_ros.view.server.access import Access
from facetalk_ros.view.server.server import ViewServer

Start = Callable[..., ViewServer]

pytest_plugins = ['view_fixtures']

_TOKEN = 'correct-horse_battery'


def test_only_loopback_is_listened_on_by_default(start: Start) -> None:
    server = start()
    assert server.url == f'http://127.0.0.1:{server.port}/'
    # to a server that listens everywhere this would be one more address of the machine
    with pytest.raises(OSError, match=r'refused|assign'):
        socket.create_connection(('127.0.0.2', server.port), timeout=WAIT_S)


@pytest.mark.parametrize(
    'host',
    ['evil.example', 'evil.example:{port}', '127.0.0.1.evil.example', 'localhost.evil.example',
     '', '192.168.1.7', '0.0.0.0', '[::2]', '127.0.0.1@evil.example', 'localhost/', 'local host',
     '2130706433', '127.0.0.1:80:80', 'localhost:99999999'],
)  # fmt: skip
def test_a_name_that_points_here_is_refused(start: Start, host: str) -> None:
    server = start()
    status, response = request(server, host=host.format(port=server.port))
    assert status in (400, 403)
    assert b'<html' not in response
    page = Page(server, host=host.format(port=server.port) or ' ')
    assert page.status in (400, 403)


@pytest.mark.parametrize(
    'host', ['localhost', '127.0.0.1:9', '[::1]:8080', '127.1.2.3', 'LOCALHOST']
)
def test_its_own_names_are_answered(start: Start, host: str) -> None:
    status, response = request(start(), host=host)
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
@pytest.mark.parametrize(
    'token',
    ['', '?token=', '?token=wrong-token-here', f'?token={_TOKEN}x', f'?token={_TOKEN[:-1]}',
     '?token=%00', '?token=%ff'],
)  # fmt: skip
def test_nothing_is_given_without_the_token(start: Start, path: bytes, token: str) -> None:
    server = start(host='0.0.0.0', token=_TOKEN)
    status, response = request(server, path + token.encode())
    assert status == 403
    assert _TOKEN.encode() not in response
    assert Page(server, query=token).status == 403


def test_the_token_opens_and_a_cookie_keeps_it_open(start: Start) -> None:
    server = start(host='0.0.0.0', token=_TOKEN)
    status, response = request(server, f'/?token={_TOKEN}'.encode())
    assert status == 200
    cookie = re.search(rb'Set-Cookie: ([^;]+);([^\r]*)', response)
    assert cookie
    assert b'httponly' in cookie[2].lower()
    assert b'samesite=strict' in cookie[2].lower()
    status, _ = request(server, b'/page/icon.svg', headers=b'Cookie: ' + cookie[1] + b'\r\n')
    assert status == 200
    page = Page(server, query=f'?token={_TOKEN}')
    assert page.status == 101
    # an address cannot be rebound; a name can
    assert request(server, f'/?token={_TOKEN}'.encode(), host='192.168.1.7:80')[0] == 200
    assert request(server, f'/?token={_TOKEN}'.encode(), host='evil.example')[0] == 403


def test_the_token_is_not_logged(
    start: Start, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server = start(host='0.0.0.0', token=_TOKEN)
    query = f'?token={_TOKEN}'.encode()
    for path in (b'/', b'/nothing', b'/page/%ff', b'/page/a/b/c', b'/\x01', b'/ws'):
        request(server, path + query)
    request(server, b'/' + query, method=b'POST')
    request(server, b'/' + query, method=b'NONSENSE')
    request(server, b'/' + query, headers=b'Bad Header\r\n')
    request(server, b'/' + query + b' HTTP/9.9\r\nX: y')
    request(server, b'/' + query, headers=b'Content-Length: 99999999\r\n')
    request(server, b'/' + query, headers=b'Content-Length: -1\r\n')
    page = Page(server, query=query.decode())
    page.say({'type': 'nonsense', 'token': _TOKEN})
    page.close()
    out, err = capfd.readouterr()
    assert _TOKEN not in caplog.text + out + err
