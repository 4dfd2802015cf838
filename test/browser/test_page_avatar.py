# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Avatars of the user's own: glTF and VRM through three.js, where it is installed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from avatar_files import head_glb, head_vrm
from chromium import TIMEOUT_S, Chromium, Page
from viewing import HARMLESS, View

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view.server.files import vendor_folders

MakeView = Callable[..., View]

needs_three = pytest.mark.skipif(
    'three' not in vendor_folders(), reason='three.js is not installed (npm ci)'
)
STATE = "document.querySelector('#avatarstate').textContent"
# as different exporters write them
NAMES = ['blendShape1.jawOpen', 'EyeBlink_L', 'eye_blink_right', 'MouthSmileLeft', 'unknown']


@pytest.fixture(scope='module')
def shared_view(chromium: Chromium) -> Iterator[View]:
    view = View(chromium)
    view.page(width=760, height=700)
    yield view
    troubles = [text for text in view.pages[0].troubles() if HARMLESS not in text]
    view.close()
    assert troubles == []


@pytest.fixture
def view(shared_view: View) -> View:
    """Give a view whose page shows the drawn face."""
    shared_view.pages[0].run("document.querySelector('#noavatar').click()")
    shared_view.pages[0].run("document.querySelector('#note').textContent = ''")
    return shared_view


def _pose(**by_name: float) -> np.ndarray:
    weights = np.zeros(52, np.float32)
    for name, value in by_name.items():
        weights[ARKIT_INDEX[name]] = value
    return weights


def _feed_until(view: View, page: Page, weights: np.ndarray, condition: str) -> None:
    for _ in range(3000):
        view.server.frame(time.time_ns(), weights, (0.0, 0.0, 0.3))
        if page.run(condition):
            return
        time.sleep(0.016)
    raise TimeoutError(condition)


def _canvas_picture(page: Page) -> np.ndarray:
    """Return what the stage shows, small and grey."""
    return np.asarray(page.screenshot().crop((0, 60, 500, 460)).convert('L').resize((50, 40)))


@needs_three
def test_an_avatar_of_the_node_follows_the_face(make_view: MakeView, tmp_path: Path) -> None:
    (tmp_path / 'head.glb').write_bytes(head_glb(NAMES))
    view = make_view(avatar=tmp_path / 'head.glb')
    page = view.page(width=760, height=700)
    page.wait_for(f"{STATE} === 'head.glb is shown.'")
    _feed_until(view, page, _pose(), 'window.facetalk.avatar.triangles > 0')
    shut = _canvas_picture(page)
    assert shut.std() > 5  # there is something
    influences = 'window.facetalk.avatar.influences'
    _feed_until(
        view, page, _pose(jawOpen=0.75, eyeBlinkRight=0.5, browInnerUp=1.0),
        f'Math.abs({influences}.jawOpen - 0.75) < 1e-5',
    )  # fmt: skip
    found = page.run(influences)
    assert found['eyeBlinkRight'] == pytest.approx(0.5, abs=1e-4)
    assert found['mouthSmileLeft'] == found['eyeBlinkLeft'] == 0
    assert len(found) == 4
    deadline = time.monotonic() + TIMEOUT_S
    while np.abs(_canvas_picture(page).astype(int) - shut).mean() < 0.3:
        assert time.monotonic() < deadline, 'the picture does not move'
        view.server.frame(time.time_ns(), _pose(jawOpen=1.0), (0.0, 0.0, 0.3))
    facts = page.run("document.querySelector('#avatarfacts').textContent")
    assert '4 of 52' in facts


@needs_three
def test_a_file_is_opened_turned_by_keys_and_closed(view: View, tmp_path: Path) -> None:
    file = tmp_path / '<img src=x onerror=alert(1)>.glb'
    file.write_bytes(head_glb(['JawOpen']))
    page = view.pages[0]
    page.click('#tab-avatars')
    page.choose_files('#avatarfile', [file])
    page.wait_for(f"{STATE}.endsWith('is shown.')")
    assert page.run("document.querySelector('#avatar').checkVisibility()")
    page.run("document.querySelector('#avatar').focus()")
    before = _canvas_picture(page)
    page.key('ArrowLeft')
    page.wait_for('window.facetalk.avatar.triangles > 0')
    deadline = time.monotonic() + TIMEOUT_S
    while np.array_equal(_canvas_picture(page), before):
        assert time.monotonic() < deadline, 'the avatar does not turn'
    page.click('#noavatar')
    assert page.run("document.querySelector('#face').checkVisibility()")
    assert not page.run("document.querySelector('#avatar').checkVisibility()")


@needs_three
@pytest.mark.parametrize('both', [True, False])
def test_a_vrm_is_driven_by_its_expressions(view: View, tmp_path: Path, both: bool) -> None:
    """Old ones have one blink for both eyes."""
    blinks, expected = (['blinkLeft', 'blinkRight'], 0.9) if both else (['blink'], 0.45)
    file = tmp_path / 'egg.vrm'
    file.write_bytes(head_vrm(['aa', 'ih', 'ou', 'ee', 'oh', *blinks]))
    page = view.pages[0]
    page.choose_files('#avatarfile', [file])
    page.wait_for(f"{STATE} === 'egg.vrm is shown.'")
    assert page.run("document.querySelector('#avatarfacts').textContent").startswith('kindVRM 1.0')
    _feed_until(
        view, page, _pose(jawOpen=0.5, eyeBlinkLeft=0.9),
        f'Math.abs(window.facetalk.avatar.expressions.{blinks[0]} - {expected}) < 1e-4',
    )  # fmt: skip
    expressions = page.run('window.facetalk.avatar.expressions')
    assert expressions['aa'] > 0.5
    assert expressions['ou'] == 0
    assert expressions.get('blinkRight', 0) == 0


@needs_three
def test_a_bad_file_is_one_line_and_the_drawn_face_stays(view: View, tmp_path: Path) -> None:
    page = view.pages[0]
    for name, data, said in (
        ('cut.glb', head_glb(['jawOpen'])[:2000], 'cut.glb: '),
        ('text.gltf', b'no JSON', 'text.gltf: '),
        ('empty.vrm', b'', 'empty.vrm: '),
        ('picture.png', b'PNG', 'picture.png is no .glb, .gltf or .vrm'),
    ):
        (tmp_path / name).write_bytes(data)
        page.choose_files('#avatarfile', [tmp_path / name])
        page.wait_for(f"document.querySelector('#note').textContent.startsWith({said!r})")
        assert page.run("document.querySelector('#face').checkVisibility()")


@needs_three
def test_a_model_without_known_names_says_so(view: View, tmp_path: Path) -> None:
    (tmp_path / 'statue.glb').write_bytes(head_glb(['bulge']))
    page = view.pages[0]
    page.drop_file('.stage', tmp_path / 'statue.glb')
    assert 'nothing in it can move' in page.wait_for(f"{STATE}.includes('is shown') && {STATE}")


def test_without_three_the_page_says_how_to_get_it(make_view: MakeView, tmp_path: Path) -> None:
    (tmp_path / 'head.glb').write_bytes(head_glb(['jawOpen']))
    view = make_view()
    for name in ('three', 'three-vrm'):
        view.server.folders.pop(name, None)
    page = view.page(width=760, height=700)
    assert 'npm ci' in page.run(STATE)
    page.choose_files('#avatarfile', [tmp_path / 'head.glb'])
    page.wait_for("document.querySelector('#note').textContent")
    assert 'npm ci' in page.run(STATE)
    assert page.run("document.querySelector('#face').checkVisibility()")
    weights = _pose(jawOpen=1.0)
    _feed_until(view, page, weights, 'window.facetalk.pose.jawOpen === 1')
    page.forget_troubles()  # the browser tells of the missing file


def test_the_import_map_names_files_that_exist() -> None:
    """They are asked for by address: a release that moves them would be noticed here."""
    folders = vendor_folders()
    if 'three' not in folders:
        pytest.skip('three.js is not installed (npm ci)')
    page = Path(__file__).parents[2] / 'facetalk_ros/view/page'
    html = (page / 'index.html').read_text('utf-8')
    imports = json.loads(html.split('<script type="importmap">')[1].split('</script>')[0])[
        'imports'
    ]
    for address in imports.values():
        vendor, path = address.removeprefix('/vendor/').split('/', 1)
        if not path.endswith('/'):
            assert folders[vendor].find(path) is not None, address
    for line in (page / 'avatar_scene.js').read_text('utf-8').splitlines():
        if "from 'three/addons/" in line:
            path = 'examples/jsm/' + line.split("'three/addons/")[1].split("'")[0]
            assert folders['three'].find(path) is not None, line
