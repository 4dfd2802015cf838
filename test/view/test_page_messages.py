# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a page may ask for, and the queue of what it is told."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.view.server import outbox
from facetalk_ros.view.server.outbox import Outbox
from facetalk_ros.view.server.page_messages import (
    BadPageMessage,
    Expression,
    Overlay,
    Ping,
    RateLimit,
    Reset,
    Say,
    parse_page_message,
)
from facetalk_ros.view.server.protocol import Outgoing, event_message
from facetalk_ros.view.server.scene import load_faces, presets

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_FIELDS = st.sampled_from(['type', 't', 'weights', 'name', 'intensity', 'text', 'jawOpen'])
_TYPES = st.sampled_from(['ping', 'overlay', 'expression', 'say', 'reset'])


def test_what_pages_ask_for() -> None:
    assert parse_page_message('{"type":"ping","t":1.5}') == Ping(1.5)
    assert parse_page_message('{"type":"reset"}') == Reset()
    assert parse_page_message('{"type":"say","text":"Hi \\u263a\\n"}') == Say('Hi \u263a\n')
    asked = parse_page_message('{"type":"expression","name":"happy","intensity":0.5}')
    assert asked == Expression('happy', 0.5)
    overlay = parse_page_message('{"type":"overlay","weights":{"jawOpen":-1,"tongueOut":0.5}}')
    assert isinstance(overlay, Overlay)
    assert overlay.weights[ARKIT_INDEX['jawOpen']] == -1
    assert np.count_nonzero(overlay.weights) == 2


@given(st.text() | _JSON.map(json.dumps) | st.builds(
    lambda kind, fields: json.dumps({**fields, 'type': kind}),
    _TYPES, st.dictionaries(_FIELDS, _JSON, max_size=3),
))  # fmt: skip
def test_anything_is_either_understood_or_refused(text: str) -> None:
    try:
        asked = parse_page_message(text)
    except BadPageMessage:
        return
    if isinstance(asked, Overlay):
        assert asked.weights.shape == (len(ARKIT_NAMES),)
        assert np.all(np.abs(asked.weights) <= 1)
    elif isinstance(asked, Ping):
        assert math.isfinite(asked.t)
    elif isinstance(asked, Expression):
        assert asked.name.isascii()
        assert 0 <= asked.intensity <= 1
    elif isinstance(asked, Say):
        asked.text.encode('utf-8')
        assert '\0' not in asked.text


def test_sixty_at_once_and_sixty_a_second() -> None:
    now_s = [0.0]
    limit = RateLimit(lambda: now_s[0])
    assert [limit.take() for _ in range(61)] == [True] * 60 + [False]
    taken = 0
    for _ in range(1000):
        now_s[0] += 0.01
        taken += limit.take() + limit.take()
    assert taken == pytest.approx(600, abs=1)
    now_s[0] += 1000
    assert sum(limit.take() for _ in range(200)) == 60


@given(st.lists(st.tuples(st.integers(0, 40_000), st.sampled_from(['', 'a', 'b']), st.booleans())))
def test_an_outbox_stays_small_and_keeps_the_newest(
    sizes: list[tuple[int, str, bool]],
) -> None:
    box, put = Outbox(), []
    for i, (size, state, fleeting) in enumerate(sizes):
        # what is not fleeting sets a state
        message = Outgoing(bytes([i % 256]) * size, fleeting or not state, state)
        box.put(message)
        put.append(message)
        assert len(box) <= outbox.MOST_MESSAGES
    got = []
    while (message := box.take()) is not None:
        got.append(message)
    assert sum(len(m.data) for m in got) <= outbox.MOST_BYTES + 3 * 40_000
    if put:
        assert got[-1] == put[-1]
        order = iter(put)
        assert all(any(m == other for other in order) for m in got), 'in the order they came'
    for state in 'ab':
        lasting = [m for m in put if m.state == state and not m.fleeting]
        kept = [m for m in got if m.state == state and not m.fleeting]
        assert kept == lasting[-1:]


def test_a_full_outbox_loses_its_oldest() -> None:
    box = Outbox()
    for i in range(outbox.MOST_MESSAGES + 10):
        box.put(Outgoing(str(i), fleeting=True))
    assert box.dropped == 10
    first = box.take()
    assert first is not None
    assert first.data == '10'


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match='JSON compliant'):
        event_message('stats', {'latency_ms': float('nan')})


def test_presets_and_faces_are_what_a_page_can_draw() -> None:
    for weights in presets().values():
        assert weights
        assert weights.keys() <= set(ARKIT_NAMES)
        assert all(0 < weight <= 1 for weight in weights.values())
    name, faces = load_faces()
    assert name in faces
    json.dumps(faces, allow_nan=False)
    with pytest.raises(ValueError, match='no face'):
        load_faces('nobody')
