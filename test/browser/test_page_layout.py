# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How the page looks and how it is used: any screen, dark and light, by keys, by screen readers.

The goldens are small pictures of the page without the face (see test_page_drawing.py for that).
After a change that is meant: FACETALK_WRITE_GOLDEN=1 pytest test/browser/test_page_layout.py, look
at them, and commit them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium, Page
from PIL import Image
from viewing import View

MakeView = Callable[..., View]

GOLDEN = Path(__file__).parent / 'golden'
SHRINK = 8  # so that fonts hardly matter
FAR = 40  # of 255
FAR_PIXELS = 0.03

# width, height, dark
SCREENS = {
    'desktop-dark': (1280, 800, True),
    'desktop-light': (1280, 800, False),
    'phone-dark': (392, 840, True),
    'phone-light-aside': (840, 392, False),
}
# what differs from face to face and from moment to moment
FLEETING = '.stage canvas, #poses canvas, #drawn, #lag'


SETTLED = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'


@pytest.fixture(scope='module')
def page(chromium: Chromium) -> Iterator[Page]:
    """One page for all tests that leave it as it was."""
    view = View(chromium)
    yield view.page()
    view.close()


@pytest.fixture
def masked_page(page: Page) -> Iterator[Page]:
    style = f"document.querySelectorAll('{FLEETING}').forEach((e) => {{ e.style.opacity = %s; }})"
    page.run(style % 0)
    yield page
    page.run(style % 1)
    page.emulate(dark=True)
    page.resize(1280, 800)


@pytest.mark.parametrize('name', SCREENS)
def test_looks_as_it_did(masked_page: Page, name: str) -> None:
    width, height, dark = SCREENS[name]
    masked_page.resize(width, height, touch=width < 900)
    masked_page.emulate(dark=dark, reduced_motion=True)  # colours change at once
    masked_page.run(SETTLED)
    picture = masked_page.screenshot().reduce(SHRINK)
    file = GOLDEN / f'{name}.png'
    if os.environ.get('FACETALK_WRITE_GOLDEN'):
        picture.save(file, optimize=True)
    assert _far_pixels(picture, name) < FAR_PIXELS


def test_a_panel_out_of_place_would_be_noticed(masked_page: Page) -> None:
    direction = 'document.body.style.direction'
    masked_page.run(f"{direction} = 'rtl'")
    masked_page.run(SETTLED)
    picture = masked_page.screenshot().reduce(SHRINK)
    masked_page.run(f"{direction} = ''")
    assert _far_pixels(picture, 'desktop-dark') >= FAR_PIXELS


def _far_pixels(picture: Image.Image, name: str) -> float:
    golden = np.asarray(Image.open(GOLDEN / f'{name}.png').convert('RGB'), np.int16)
    far = (np.abs(np.asarray(picture, np.int16) - golden).max(-1) > FAR).mean()
    print(f'{name}: {far:.2%} of the picture is another')
    return float(far)


@pytest.mark.parametrize(
    'size',
    [(320, 568), (392, 840), (768, 1024), (1024, 600), (1280, 800), (2560, 1300), (840, 392)],
)
def test_everything_fits(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    page.resize(width, height, touch=width < 900)
    page.run(SETTLED)
    found = page.run("""(() => {
        const box = (selector) => {
            return document.querySelector(selector).getBoundingClientRect().toJSON();
        };
        const parts = ['.stage', '.strip', '#say', '#bargein', '.tabs', '#theme'];
        return Object.fromEntries([...parts, '.page:not([hidden])']
            .map((selector) => [selector, box(selector)]));
    })()""")
    for selector, box in found.items():
        assert box['left'] >= 0, selector
        assert box['right'] <= width, selector
        assert box['top'] >= 0, selector
        assert box['bottom'] <= height, selector
        assert box['width'] > 30, selector
        assert box['height'] > 20, selector
    assert page.run('document.documentElement.scrollWidth') <= width
    # the face is the largest thing
    assert min(found['.stage']['width'], found['.stage']['height']) >= 0.25 * min(size)
    if min(size) > 390:
        names = page.run("document.querySelector('#title').getBoundingClientRect().width")
        assert names > 15


def test_everything_that_is_used_has_a_name(page: Page) -> None:
    page.call('Accessibility.enable')
    for tab in ('express', 'shapes', 'servos', 'avatars'):
        page.click(f'#tab-{tab}')
        nodes = page.call('Accessibility.getFullAXTree')['nodes']
        used = [
            node for node in nodes
            if not node['ignored'] and node['role']['value'] in {
                'button', 'textbox', 'searchbox', 'slider', 'combobox', 'tab', 'tabpanel',
                'checkbox', 'image', 'region', 'complementary', 'meter',
            }
        ]  # fmt: skip
        assert len(used) > 10
        assert [node for node in used if not node['name']['value']] == []


def test_the_tab_key_reaches_everything_and_shows_where_it_is(page: Page) -> None:
    page.resize(1280, 800)
    page.click('#tab-express')
    page.run("document.querySelector('.skip').focus()")
    visited: list[str] = []
    seen: list[int] = []
    for _ in range(60):
        page.key('Tab')
        name, place, outlined = page.run("""(() => {
            const e = document.activeElement;
            const name = e === document.body ? 'BODY' : e.id || e.textContent.trim();
            const { outlineStyle, outlineWidth } = getComputedStyle(e);
            const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) > 1;
            return [name, [...document.all].indexOf(e), outlined];
        })()""")
        if place in seen or name == 'BODY':
            break
        assert outlined, name
        seen.append(place)
        visited.append(name)
    wanted = ['sound', 'theme', 'help', 'look', 'only', 'say', 'send', 'bargein', 'tab-express']
    assert visited[: len(wanted)] == wanted
    assert 'tab-shapes' not in visited  # arrows go there
    assert visited[-1] == 'resetall'


def test_tabs_are_walked_by_arrows(page: Page) -> None:
    page.run("document.querySelector('#tab-express').focus()")
    for tab in ('shapes', 'servos', 'avatars', 'express'):
        page.key('ArrowRight')
        assert page.run('document.activeElement.id') == f'tab-{tab}'
        assert page.run(f"document.querySelector('#{tab}').checkVisibility()")
    page.key('End')
    assert page.run("document.querySelector('#avatars').checkVisibility()")


def test_dark_and_light(make_view: MakeView) -> None:
    page = make_view().page(dark=False)
    theme = 'document.documentElement?.dataset.theme'
    assert page.run(theme) == 'light'
    page.emulate(dark=True)
    page.wait_for(f"{theme} === 'dark'")
    page.key('t')
    assert page.run(theme) == 'light'
    page.call('Page.reload')
    page.wait_for(f"{theme} === 'light'")  # what was chosen is remembered


def test_texts_can_be_read_in_dark_and_light(page: Page) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5."""
    for dark in (True, False):
        page.emulate(dark=dark)
        contrasts = page.run("""(() => {
            const style = getComputedStyle(document.documentElement);
            const light = (name) => {
                const hex = style.getPropertyValue(`--${name}`).trim().slice(1);
                const full = hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex;
                const [r, g, b] = [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16) / 255)
                    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const pairs = [['on-accent', 'accent'], ['on-bad', 'bad'], ['bad', 'card'],
                ['bad', 'raised'], ['accent', 'card']];
            for (const ground of ['card', 'ground', 'raised']) {
                pairs.push(['ink', ground], ['pale', ground]);
            }
            for (const phone of ['vowel', 'stop', 'fricative', 'nasal', 'liquid']) {
                pairs.push(['on-phone', phone]);
            }
            return Object.fromEntries(pairs.map(([a, b]) => {
                const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
                return [`${a} on ${b}`, (high + 0.05) / (low + 0.05)];
            }));
        })()""")
        assert {pair: ratio for pair, ratio in contrasts.items() if ratio < 4.5} == {}


def test_a_robots_screen_shows_only_the_face(make_view: MakeView) -> None:
    page = make_view().page(width=800, height=480)
    page.key('o')
    shown = page.wait_for("""(() => {
        const { width, height } = document.querySelector('#face').getBoundingClientRect();
        return document.body.classList.contains('bare') && [width, height];
    })()""")
    assert shown == [800, 480]
    assert not page.run("document.querySelector('#panel').checkVisibility()")
    page.key('Escape')
    page.wait_for("document.querySelector('#panel').checkVisibility()")


def test_less_motion_where_it_is_wanted(make_view: MakeView) -> None:
    duration = "getComputedStyle(document.querySelector('button')).transitionDuration"
    view = make_view()
    assert view.page().run(duration) != '0s'
    still = view.page(reduced_motion=True)
    assert still.run(duration) == '0s'
