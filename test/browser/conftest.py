# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A headless browser, and a server to look at. Without Chromium these tests skip.

The extras [view] and [video] are needed; `make setup` installs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium, find_chromium
from talking import Clip, read_clip
from viewing import HARMLESS, View

DATA = Path(__file__).parent.parent / 'data'


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
