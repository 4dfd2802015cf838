# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A view server with the pages that show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chromium import TIMEOUT_S, Chromium, Page

from facetalk_ros.view.server.page_messages import Request
from facetalk_ros.view.server.scene import Abilities, Scene, load_faces
from facetalk_ros.view.server.server import ViewServer

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
