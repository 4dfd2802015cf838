# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The page draws what the Pillow renderer draws, at the right time, and keeps nothing for ever."""

from __future__ import annotations

import io
import json
import time
from base64 import b64decode
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from chromium import TIMEOUT_S, Page
from PIL import Image
from talking import Clip, Talker
from viewing import View

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view import face_names, load_face
from facetalk_ros.view.renderer import FaceRenderer
from facetalk_ros.view.server.scene import presets

MakeView = Callable[..., View]
Weights = npt.NDArray[np.float32]

SIZE = 512
# Both smooth edges, each in its way: along an edge pixels differ by a part of the contrast there.
MEAN_DIFFERENCE = 2.2  # of 255
FAR_PIXELS = 0.005  # of all, may differ by more than a quarter of the range


def _weights(**by_name: float) -> Weights:
    weights = np.zeros(52, np.float32)
    for name, value in by_name.items():
        weights[ARKIT_INDEX[name]] = value
    return weights


def _poses() -> dict[str, tuple[Weights, tuple[float, float, float]]]:
    still = (0.0, 0.0, 0.0)
    chosen = ('happy', 'angry', 'wink', 'kiss')
    poses = {name: (_weights(**presets()[name]), still) for name in chosen}
    poses['rest'] = (_weights(), still)
    poses['wide open'] = (_weights(jawOpen=1.0, tongueOut=0.7), still)
    poses['turned'] = (_weights(jawOpen=0.4, mouthFunnel=0.5), (0.15, -0.3, 0.45))
    poses['far'] = (_weights(eyeBlinkLeft=1.0), (0.0, 0.9, -0.9))
    poses['every shape'] = (np.full(52, 0.4, np.float32), (0.1, 0.1, 0.1))
    return poses


def _drawn(
    page: Page, face: str, weights: Weights, head: tuple[float, float, float]
) -> Image.Image:
    """Let the page's own modules draw a pose on a canvas of its own."""
    url = page.run(f"""(async () => {{
        const {{ FaceModel }} = await import('/page/face_model.js');
        const {{ FaceCanvas }} = await import('/page/face_canvas.js');
        const hello = await (globalThis.hello ??= new Promise((resolve) => {{
            const socket = new WebSocket(`${{location.origin.replace('http', 'ws')}}/ws`);
            socket.onmessage = ({{ data }}) => {{ resolve(JSON.parse(data)); socket.close(); }};
        }}));
        const canvas = document.createElement('canvas');
        const face = new FaceCanvas(canvas);
        face.resize({SIZE}, {SIZE}, 1);
        face.use(new FaceModel(hello.faces[{json.dumps(face)}], hello.arkit));
        face.draw({json.dumps(weights.tolist())}, {json.dumps(head)});
        return canvas.toDataURL('image/png');
    }})()""")
    return Image.open(io.BytesIO(b64decode(url.split(',')[1]))).convert('RGB')


def _assert_alike(ours: Image.Image, other: Image.Image, what: str) -> None:
    difference = np.abs(np.asarray(ours, np.int16) - np.asarray(other, np.int16)).max(-1)
    far = (difference > 64).mean()
    print(f'{what}: mean difference {difference.mean():.2f}, far {far:.3%}')
    assert difference.mean() < MEAN_DIFFERENCE, what
    assert far < FAR_PIXELS, what


@pytest.mark.parametrize('face', face_names())
def test_draws_the_same_as_the_other_renderer(make_view: MakeView, face: str) -> None:
    page = make_view().page(width=400, height=700)
    renderer = FaceRenderer(load_face(face), SIZE)
    for name, (weights, head) in _poses().items():
        expected = next(iter(renderer.images(weights[None], np.array([head], np.float32))))
        _assert_alike(_drawn(page, face, weights, head), expected, f'{face} {name}')


def test_a_wrong_pose_would_be_noticed(make_view: MakeView) -> None:
    page = make_view().page(width=400, height=700)
    smile = _weights(mouthSmileLeft=0.7, mouthSmileRight=0.7)
    expected = FaceRenderer(load_face('friendly'), SIZE).image(_weights())
    with pytest.raises(AssertionError):
        _assert_alike(_drawn(page, 'friendly', smile, (0.0, 0.0, 0.0)), expected, 'smile')


def test_a_fed_pose_is_what_the_page_shows(make_view: MakeView) -> None:
    view = make_view()
    page = view.page()
    weights = _weights(jawOpen=0.625, browInnerUp=0.25)
    pose = {'jawOpen': 0.0}
    deadline = time.monotonic() + TIMEOUT_S
    while pose['jawOpen'] != 0.625 and time.monotonic() < deadline:
        view.server.frame(time.time_ns(), weights)
        pose = page.run('window.facetalk.pose')
        time.sleep(0.01)
    assert pose == {name: float(weights[i]) for name, i in ARKIT_INDEX.items()}


def test_while_a_clip_speaks(make_view: MakeView, clip: Clip) -> None:
    view = make_view()
    page = view.page(width=1000, height=700)
    first_ms = page.run("performance.getEntriesByName('facetalk:first-frame')[0].startTime")
    paint_ms = page.run("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    talker = Talker(view.server, clip)
    talker.start()
    page.wait_for('window.facetalk.figures.received >= 200')
    seen = page.wait_for("document.querySelector('#caption').textContent")
    page.wait_for("document.querySelector('#state').textContent === 'speaking'")
    figures = page.run('window.facetalk.figures')
    talker.close()
    print(f'first face after {first_ms:.0f} ms, first paint after {paint_ms} ms')
    print(f'lag from message or due time to picture: p50 {figures["lag_p50_s"] * 1000:.0f} ms, '
          f'p95 {figures["lag_p95_s"] * 1000:.0f} ms; {figures["fps"]:.0f} fps; '
          f'delay {figures["delay_s"] * 1000:.0f} ms')  # fmt: skip
    words = clip.text.replace(',', '').replace('.', '').split()
    assert seen.split()[-1].strip('.,') in words
    assert figures['waiting'] <= 256
    assert figures['keys'] <= 800
    assert 0 <= figures['delay_s'] <= 0.5
    assert page.run("document.querySelector('#latency').textContent").endswith(' ms')
