# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A headless browser, and a server to look at. Without Chromium these tests skip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('tornado', reason='the extra [view] is not installed')
pytest.importorskip('PIL', reason='the extra [video] is not installed')

from chromium import TIMEOUT_S, Chromium, Page, find_chromium
from talking import Clip, read_clip

from facetalk_ros.view.server.page_messages import Request
from facetalk_ros.view.server.scene import Abilities, Scene, load_faces
from facetalk_ros.view.server.server import ViewServer

DATA = Path(__file__).parent.parent / 'data'
# a renderer without a graphics card says so when a screenshot is taken
HARMLESS = 'GL Driver Message'


class View:
    """A server, what pages asked of it, and pages that show it."""

    def __init__(self, chromium: Chromium, **options: Any) -> None:
        face, faces = load_faces('friendly')
        scene = {
            'face': face, 'faces': faces, 'title': 'test',
            'abilities': Abilities(True, True, True, ('happy', 'sad')),
        }  # fmt: skip
        scene |= options.pop('scene', {})
        self.requests: list[Request] = []
        self.server = ViewServer(
            Scene(**scene), now_ns=time.time_ns,
            on_request=lambda _, request: self.requests.append(request), **options,
        )  # fmt: skip
        self._chromium = chromium
        self.pages: list[Page] = []

    def page(self, **options: Any) -> Page:
        """Open a page and wait until it drew a face."""
        page = self._chromium.page(self.server.url, **options)
        self.pages.append(page)
        page.wait_for("performance.getEntriesByName('facetalk:first-frame').length")
        return page

    def wait_for_request(self, wanted: Callable[[Request], bool]) -> Request:
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            found = [request for request in list(self.requests) if wanted(request)]
            if found:
                return found[-1]
            time.sleep(0.01)
        raise TimeoutError(f'asked were {self.requests[-3:]}')

    def close(self) -> None:
        for page in self.pages:
            page.close()
        self.server.close()


@pytest.fixture(scope='session')
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    executable = find_chromium()
    if executable is None:
        pytest.skip('Chromium is not installed (Debian: apt-get install chromium)')
    browser = Chromium(executable, tmp_path_factory.mktemp('chromium'))
    yield browser
    browser.close()


@pytest.fixture
def make_view(chromium: Chromium) -> Iterator[Callable[..., View]]:
    views: list[View] = []

    def make(**options: Any) -> View:
        views.append(View(chromium, **options))
        return views[-1]

    yield make
    troubles = [
        text for view in views for page in view.pages for text in page.troubles()
        if HARMLESS not in text
    ]  # fmt: skip
    for view in views:
        view.close()
    assert troubles == []


@pytest.fixture(scope='session')
def clip() -> Clip:
    return read_clip(DATA / 'sense.opus', DATA / 'sense.txt')
