# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The files that the view server gives, and those that it must not."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('tornado')

from view_client import request

from facetalk_ros.view.server.files import Folder
from facetalk_ros.view.server.server import ViewServer

Start = Callable[..., ViewServer]

pytest_plugins = ['view_fixtures']


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
    status, response = request(start(), path)
    assert status in (400, 404)
    body = response.partition(b'\r\n\r\n')[2]
    assert len(body) < 200
    assert b'import' not in body
    assert b'root:' not in body


def test_what_is_asked_for_is_not_echoed(start: Start) -> None:
    server = start()
    for path in (b'/<script>alert(1)</script>', b'/page/%3Cscript%3E', b'/?x=<script>'):
        _, response = request(server, path)
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
        answered, response = request(server, path)
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
    _, response = request(start(), b'/')
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
    status, _ = request(server, path, method=method, headers=b'Content-Length: 0\r\n')
    assert status in (0, 400, 405)
    assert request(server)[0] == 200


def test_head_is_get_without_the_body(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'me.glb'
    avatar.write_bytes(b'glTF' + bytes(100_000))
    server = start(avatar=avatar)
    for path in (b'/', b'/page/icon.svg', b'/avatar'):
        _, full = request(server, path)
        status, head = request(server, path, method=b'HEAD')
        assert status == 200
        assert head.partition(b'\r\n\r\n')[2] == b''
        length = re.search(rb'Content-Length: (\d+)', head)
        assert length
        assert int(length[1]) == len(full.partition(b'\r\n\r\n')[2])


def test_the_avatar_is_given_as_it_is(start: Start, tmp_path: Path) -> None:
    avatar = tmp_path / 'me.GLB'
    content = np.random.default_rng(1).bytes(1_500_000)
    avatar.write_bytes(content)
    status, response = request(start(avatar=avatar), b'/avatar')
    assert status == 200
    assert b'Content-Type: model/gltf-binary' in response
    assert response.partition(b'\r\n\r\n')[2] == content
    for name in ('me.html', 'me', 'me.glb.exe'):
        (tmp_path / name).write_text('x')
        with pytest.raises(ValueError, match='avatar'):
            start(avatar=tmp_path / name)
    with pytest.raises(OSError, match='missing'):
        start(avatar=tmp_path / 'missing.glb')
