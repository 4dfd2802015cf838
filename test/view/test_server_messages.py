# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What pages send, and what they get, hostile and slow ones too."""

from __future__ import annotations

import contextlib
import json
import struct
import time
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip('tornado')

from view_client import WAIT_S, Page, connect, request, wait

from facetalk_ros.view.server.limits import Limits
from facetalk_ros.view.server.page_messages import Say
from facetalk_ros.view.server.server import ViewServer

Start = Callable[..., ViewServer]

pytest_plugins = ['view_fixtures']


@pytest.mark.parametrize(
    'message',
    [b'', b'nonsense', b'[]', b'null', b'1', b'{}', b'{"type":[]}', b'{"type":{"a":1}}',
     b'{"type":"__class__"}', b'{"type":"ping"}', b'{"type":"ping","t":"1"}',
     b'{"type":"ping","t":NaN}', b'{"type":"ping","t":Infinity}', b'{"type":"ping","t":1e999}',
     b'{"type":"ping","t":true}', b'{"type":"ping","t":1,"u":2}',
     b'{"type":"overlay","weights":[]}', b'{"type":"overlay","weights":{"jawOpen":2}}',
     b'{"type":"overlay","weights":{"jawOpen":"1"}}', b'{"type":"overlay","weights":{"nose":1}}',
     b'{"type":"overlay","weights":{"<script>alert(1)</script>":1}}',
     b'{"type":"overlay","weights":{"jawOpen":NaN}}',
     b'{"type":"overlay","weights":{"jawOpen":null}}',
     b'{"type":"overlay","weights":{"jawOpen":1' + b'0' * 3000 + b'}}',
     b'{"type":"expression","name":"<b>","intensity":1}',
     b'{"type":"expression","name":"happy","intensity":-1}',
     b'{"type":"expression","name":7,"intensity":1}', b'{"type":"say","text":""}',
     b'{"type":"say","text":" \\n"}', b'{"type":"say","text":7}',
     b'{"type":"say","text":"a\\u0000b"}',
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
    page.close()
    assert server.bad_messages == 3
    wait(lambda: server.client_count == 0, 'the page to be forgotten')
    # all that is left is that it adds nothing to the face any more
    assert [type(request).__name__ for request in got] == ['Overlay']


@pytest.mark.parametrize('opcode', [1, 2])
def test_a_message_that_is_too_large_ends_it(start: Start, opcode: int) -> None:
    server = start()
    page = Page(server)
    page.send(b'a' * 4097, opcode=opcode)
    assert page.close_code() in (1009, None)
    wait(lambda: server.client_count == 0, 'the page to be forgotten')
    page = Page(server)
    for i in range(10):
        page.send(b'a' * 1000, opcode=0 if i else opcode, final=False)
    assert page.close_code() in (1009, None)


def test_a_length_that_is_a_lie_does_no_harm(start: Start) -> None:
    server = start()
    page = Page(server)
    page.socket.sendall(bytes([0x81, 0xFF]) + struct.pack('>Q', 1 << 62) + b'mask')
    assert page.close_code() in (1009, 1002, None)
    assert request(server)[0] == 200


@pytest.mark.parametrize(
    'sent', [b'\x81\x05hello', b'\xf1\x80abcd', b'\x83\x80abcd', b'\x80\x80abcd']
)
def test_frames_that_break_the_protocol_end_it(start: Start, sent: bytes) -> None:
    # without a mask, with reserved bits, of no known kind, the end of nothing
    server = start()
    page = Page(server)
    page.socket.sendall(sent * 50)
    page.close_code()
    assert request(server)[0] == 200


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
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while True:
            page.send(b'x' * 125, opcode=9)
    wait(lambda: server.client_count == 0, 'the page to be forgotten')


def test_a_dead_page_slows_nobody(start: Start) -> None:
    server = start(limits=Limits(stall_s=1.0))
    dead, alive = Page(server, receive_buffer=4096), Page(server)
    alive.expect('hello')
    wait(lambda: server.client_count == 2, 'both pages')
    weights = np.zeros(52, np.float32)
    numbers: list[int] = []
    sent = 0
    # until the dead one is let go, the other gets everything
    while server.client_count == 2:
        for _ in range(20):
            server.frame(server.epoch_ns + sent * 1_000_000_000, weights)
            sent += 1
        while len(numbers) < sent:
            opcode, data = alive.receive()
            if opcode == 2:
                numbers.append(round(struct.unpack_from('<d', data, 16)[0]))
    assert numbers == list(range(sent))
    assert server.dropped > 0
    dead.close()


def test_a_page_that_only_looks_away_keeps_the_newest(start: Start) -> None:
    server = start(limits=Limits(stall_s=WAIT_S))
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
        connect(server)
