# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the user does on the page reaches the graph; what comes from the graph runs no script."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from chromium import TIMEOUT_S, Chromium
from viewing import View

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view.server.page_messages import Expression, Overlay, Reset, Say
from facetalk_ros.view.server.scene import Abilities, Joint, load_faces

MakeView = Callable[..., View]

HOSTILE = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
JOINTS = [
    Joint('neck_yaw', -1.0, 1.0, 0.0, 'neck'),
    Joint('jaw', 0.0, 0.5, 0.05, 'face'),
]


@pytest.fixture(scope='module')
def shared_view(chromium: Chromium) -> Iterator[View]:
    view = View(chromium)
    view.page()
    yield view
    troubles = view.pages[0].troubles()
    view.close()
    assert troubles == []


@pytest.fixture
def view(shared_view: View) -> View:
    """Give a view with a page as it is at first, to tests that leave nothing behind."""
    page = shared_view.pages[0]
    page.click('#tab-express')
    page.click('#resetall')
    page.run('document.activeElement.blur()')
    page.wait_for('Object.values(window.facetalk.pose).every((weight) => weight === 0)')
    shared_view.requests.clear()
    return shared_view


def _is_overlay(**by_name: float) -> Callable[[object], bool]:
    expected = np.zeros(52, np.float32)
    for name, value in by_name.items():
        expected[ARKIT_INDEX[name]] = value
    return lambda request: (
        isinstance(request, Overlay) and np.allclose(request.weights, expected, atol=1e-3)
    )


def test_a_slider_is_moved_by_keys(view: View) -> None:
    page = view.pages[0]
    page.click('#tab-shapes')
    slider = f'#shape-{ARKIT_INDEX["jawOpen"]}'
    page.run(f"document.querySelector('{slider}').focus()")
    for _ in range(3):
        page.key('ArrowRight')
    view.wait_for_request(_is_overlay(jawOpen=0.03))
    page.key('End')
    view.wait_for_request(_is_overlay(jawOpen=1.0))
    # without a voice the page shows by itself what it asks for
    page.wait_for('window.facetalk.pose.jawOpen === 1')
    page.key('0')
    view.wait_for_request(_is_overlay())
    page.wait_for('window.facetalk.pose.jawOpen === 0')


def test_sliders_take_away_where_wanted(view: View) -> None:
    page = view.pages[0]
    page.click('#tab-shapes')
    page.click('#negative')
    page.run(f"document.querySelector('#shape-{ARKIT_INDEX['mouthClose']}').focus()")
    page.key('Home')
    view.wait_for_request(_is_overlay(mouthClose=-1.0))
    page.click('#negative')
    view.wait_for_request(_is_overlay())


def test_every_shape_has_a_slider_with_its_name(view: View) -> None:
    page = view.pages[0]
    labels = page.run(
        "[...document.querySelectorAll('#sliders label')]"
        '.map((label) => [label.textContent, label.control.id])'
    )
    assert {name: f'shape-{i}' for name, i in ARKIT_INDEX.items()} == dict(labels)
    page.click('#tab-shapes')
    page.click('#filter')
    page.write('brow')
    page.wait_for(
        "[...document.querySelectorAll('#sliders .slider')]"
        '.filter((row) => row.checkVisibility()).length === 5'
    )
    page.run("document.querySelector('#filter').value = ''")
    page.run("document.querySelector('#filter').dispatchEvent(new Event('input'))")


def test_live_values_show_beside_the_sliders(view: View) -> None:
    page = view.pages[0]
    page.click('#tab-shapes')
    weights = np.zeros(52, np.float32)
    weights[ARKIT_INDEX['jawOpen']] = 0.5
    row = f"document.querySelector('#shape-{ARKIT_INDEX['jawOpen']}').closest('.slider')"
    live = f"{row}.querySelector('.live').style.transform"
    shown = f"[{row}.querySelector('output').textContent, {live}]"
    deadline = time.monotonic() + TIMEOUT_S
    while page.run(shown) != ['0.50', 'scaleX(0.5)']:
        assert time.monotonic() < deadline, page.run(shown)
        view.server.frame(time.time_ns(), weights)
        time.sleep(0.01)


def test_poses_intensity_and_reset(view: View) -> None:
    page = view.pages[0]
    page.key('1')
    pressed = page.wait_for("document.querySelector('#poses [aria-pressed=true]')?.textContent")
    assert pressed == 'happy'
    view.wait_for_request(
        lambda r: isinstance(r, Overlay) and r.weights[ARKIT_INDEX['mouthSmileLeft']] > 0.6
    )
    page.run("document.querySelector('#intensity').focus()")
    page.key('Home')
    view.wait_for_request(_is_overlay())
    page.key('End')
    view.wait_for_request(
        lambda r: isinstance(r, Overlay) and r.weights[ARKIT_INDEX['mouthSmileLeft']] > 0.6
    )
    view.requests.clear()
    page.key('r')
    view.wait_for_request(_is_overlay())
    assert not page.run("document.querySelector('#poses [aria-pressed=true]')")


def test_expressions_text_and_barge_in(view: View) -> None:
    page = view.pages[0]
    page.click('#feelings button:nth-child(2)')
    assert view.wait_for_request(lambda r: isinstance(r, Expression)) == Expression('sad', 1.0)
    page.key('/')
    page.write(f'Hello. {HOSTILE}')
    page.key('r')  # while one writes, letters are letters
    page.key('Enter')
    assert view.wait_for_request(lambda r: isinstance(r, Say)) == Say(f'Hello. {HOSTILE}r')
    page.key('Escape')
    page.key('b')
    view.wait_for_request(lambda r: isinstance(r, Reset))


def test_single_keys_can_be_switched_off(make_view: MakeView) -> None:
    view = make_view()
    page = view.page()
    page.key('?')
    page.wait_for("document.querySelector('#keys').open")
    page.click('#singlekeys')
    page.key('Escape')
    page.wait_for("!document.querySelector('#keys').open")
    page.key('1')
    page.click('#bargein')
    view.wait_for_request(lambda r: isinstance(r, Reset))
    assert not any(isinstance(request, Overlay) for request in view.requests)


def test_what_a_node_cannot_do_is_greyed(make_view: MakeView) -> None:
    page = make_view(scene={'abilities': Abilities()}).page()
    assert page.run(
        "[...document.querySelectorAll('#poses button, #say, #send, #bargein, #sliders input')]"
        '.every((e) => e.disabled)'
    )
    assert not page.run("document.querySelector('#feelings-title').checkVisibility()")


def test_servos_show_where_they_are_within_their_limits(view: View) -> None:
    page = view.pages[0]
    page.click('#tab-servos')
    page.wait_for("document.querySelector('#noservos').checkVisibility()")
    view.server.joints(JOINTS)
    page.wait_for("document.querySelectorAll('.joint').length === 2")
    for _ in range(3):
        view.server.positions(time.time_ns(), np.array([-0.5, 0.5], np.float32))
    page.wait_for("document.querySelector('.joint output').textContent !== '–'")
    read = page.run("""[...document.querySelectorAll('.joint')].map((joint) => [
        joint.querySelector('span').textContent, joint.querySelector('output').textContent,
        joint.querySelector('.limits').innerText, joint.classList.contains('limit')])""")
    assert read == [
        ['neck_yaw', '−28.6°', read[0][2], False],
        ['jaw', '28.6°', read[1][2], True],
    ]
    assert read[0][2].split() == ['−57.3°', '57.3°']
    view.server.joints([])
    page.wait_for("document.querySelector('#noservos').checkVisibility()")


def test_words_phones_and_keys_are_shown(view: View) -> None:
    page = view.pages[0]
    blank = page.run("document.querySelector('#timeline').toDataURL()")
    now_ns = time.time_ns()
    view.server.keys([
        (now_ns - 300_000_000, 'HH', 'hello', 'boundary'),
        (now_ns - 250_000_000, 'AH', 'hello', 'boundary'),
        (now_ns + 60_000_000_000, 'AH', 'hello', 'target'),
    ])  # fmt: skip
    page.wait_for("document.querySelector('#caption').textContent.trim() === 'hello'")
    assert page.run("document.querySelector('#timeline').toDataURL()") != blank


def test_scripts_in_names_and_texts_never_run(make_view: MakeView) -> None:
    _, faces = load_faces('friendly')
    view = make_view(scene={
        'title': HOSTILE, 'faces': {HOSTILE: faces['friendly']}, 'face': HOSTILE,
        'abilities': Abilities(True, True, True, (HOSTILE,)),
    })  # fmt: skip
    page = view.page()
    now_ns = time.time_ns()
    view.server.joints([Joint(HOSTILE, -1.0, 1.0, 0.0, HOSTILE)])
    view.server.positions(now_ns, np.zeros(1, np.float32))
    view.server.text(now_ns, HOSTILE)
    view.server.keys([
        (now_ns, HOSTILE, HOSTILE, HOSTILE),
        (now_ns, HOSTILE, HOSTILE, 'boundary'),
        (now_ns + 60_000_000_000, HOSTILE, HOSTILE, 'target'),
    ])  # fmt: skip
    view.server.stats(
        {'latency_ms': HOSTILE, 'late': HOSTILE, 'dropped': None, 'speaking': HOSTILE}
    )
    view.server.notice(HOSTILE)
    page.wait_for("document.querySelector('#note').textContent.includes('<script>')")
    page.wait_for("document.querySelector('#caption').textContent.includes('<script>')")
    for tab in ('shapes', 'servos', 'avatars', 'express'):
        page.click(f'#tab-{tab}')
    assert page.run("document.querySelector('#title').textContent") == HOSTILE
    assert page.run("document.querySelector('#look').value") == HOSTILE
    assert page.run("document.querySelector('.joint span').textContent") == HOSTILE
    assert page.run("document.querySelector('#feelings button').textContent") == HOSTILE
    assert page.run("document.querySelectorAll('img[src=x], body script').length") == 0
    assert page.run('window.owned') is None


def test_no_inline_script_would_run(make_view: MakeView) -> None:
    """The server forbids it, so that a mistake in the page would do no harm."""
    page = make_view().page()
    page.run("""document.body.append(Object.assign(document.createElement('script'),
        {textContent: 'window.owned = 1'}))""")
    assert page.run('window.owned') is None
    refused = [text for text in page.troubles() if 'Content Security Policy' in text]
    assert len(refused) == 1
    page.forget_troubles()


def test_the_face_is_chosen_and_remembered(make_view: MakeView) -> None:
    page = make_view().page()
    names = page.run("[...document.querySelector('#look').options].map((option) => option.value)")
    assert {'friendly', 'human'} <= set(names)
    before = page.run("document.querySelector('#look').value")
    page.key('f')
    after = page.run("document.querySelector('#look').value")
    assert after == names[(names.index(before) + 1) % len(names)]
    page.call('Page.reload')
    page.wait_for(f"document.querySelector('#look')?.value === {json.dumps(after)}")


def test_connects_again_when_the_node_comes_back(make_view: MakeView) -> None:
    view = make_view()
    page = view.page()
    page.key('2')
    view.wait_for_request(lambda r: isinstance(r, Overlay) and bool(r.weights.any()))
    port = view.server.port
    view.server.close()
    page.wait_for("document.querySelector('#state').dataset.state === 'closed'")
    again = make_view(port=port)
    # what was set on the page is asked for again
    again.wait_for_request(lambda r: isinstance(r, Overlay) and bool(r.weights.any()))
    page.wait_for("document.querySelector('#state').dataset.state !== 'closed'")
    page.forget_troubles()  # the browser tells of the refused connections


def test_a_token_is_handed_on_and_leaves_the_address_bar(make_view: MakeView) -> None:
    view = make_view(token='a-secret-of-a-test')
    page = view.page()
    assert 'a-secret' in view.server.url
    assert page.run('location.href') == f'http://127.0.0.1:{view.server.port}/'
    page.key('b')
    view.wait_for_request(lambda r: isinstance(r, Reset))
    page.call('Page.reload')
    page.wait_for("globalThis.facetalk && document.querySelector('#look').value")


@pytest.mark.parametrize('sound', [True, False])
def test_sound_plays_when_it_is_wanted(make_view: MakeView, sound: bool) -> None:
    view = make_view()
    page = view.page()
    if sound:
        page.click('#sound')
        page.wait_for("document.querySelector('#sound').getAttribute('aria-pressed') === 'true'")
    start_ns = time.time_ns()
    tone = (8000 * np.sin(np.arange(320) / 5)).astype(np.int16)[:, None]
    heard = False
    for i in range(round(TIMEOUT_S * 50) if sound else 30):
        view.server.audio(start_ns + (i * 20 + 150) * 1_000_000, tone, 16000)
        heard = page.run('window.facetalk.figures.sounding') > 0
        if heard:
            break
        time.sleep(max(0.0, (start_ns + i * 20_000_000 - time.time_ns()) / 1e9))
    assert heard == sound
    page.click('#bargein')
    page.wait_for('window.facetalk.figures.sounding === 0')
