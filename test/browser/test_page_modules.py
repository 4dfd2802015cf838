# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The page's modules by themselves: poses in time, the node's clock, names of morph targets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from chromium import Chromium, Page
from viewing import View

from facetalk_ros.face import ARKIT_NAMES


@pytest.fixture(scope='module')
def page(chromium: Chromium) -> Iterator[Page]:
    view = View(chromium)
    yield view.page(width=400, height=700)
    view.close()


def test_poses_between_two_frames_are_on_the_line_between_them(page: Page) -> None:
    shown = page.run("""(async () => {
        const { FrameBuffer } = await import('/page/frames.js');
        const buffer = new FrameBuffer(1);
        const push = (stamp_s, weight, yaw) => {
            buffer.push({ stamp_s, weights: [weight], head: [0, 0, yaw] });
        };
        push(1, 0, 3);
        push(1.1, 1, -3);
        push(1.1, 0.5, -3); // in place of the one before
        push(1.05, 0.4, 3); // late
        const at = (time_s) => {
            const alive = buffer.advance(time_s);
            return [alive, buffer.pose[0], buffer.head[2]];
        };
        return [at(1.025), at(1.075), at(1.3), at(1.7), at(3), at(3)];
    })()""")
    alive, weight, yaw = np.array(shown).T
    assert weight[:3] == pytest.approx([0.2, 0.45, 0.5], abs=1e-6)
    assert abs(yaw[1]) == pytest.approx(np.pi, abs=1e-6)  # the short way round
    assert alive[2] == 1  # held
    assert 0 < alive[3] < 1
    assert weight[4] == alive[4] == 0  # at rest


def test_queues_are_bounded(page: Page) -> None:
    sizes = page.run("""(async () => {
        const [{ FrameBuffer }, { Meters }, { Timeline }, { PlayoutDelay }] = await Promise.all(
            ['frames', 'meters', 'timeline', 'clock'].map((name) => import(`/page/${name}.js`)));
        const [frames, meters, delay] = [new FrameBuffer(1), new Meters(), new PlayoutDelay()];
        const timeline = new Timeline(document.createElement('canvas'));
        for (let i = 0; i < 20000; i += 1) {
            frames.push({ stamp_s: i / 60, weights: [0], head: [0, 0, 0] });
            meters.frameReceived(i / 60, i / 60, 0);
            meters.drew(i / 120, i / 60);
            timeline.push([{ stamp_s: i / 20, phone: 'AA', word: 'a', kind: 'target' }]);
            delay.add(i / 60, 0.01);
        }
        const queues = [frames.frames, meters.waiting, meters.lags_s, meters.draws_s,
            timeline.keys, delay.buckets];
        return queues.map((queue) => queue.length);
    })()""")
    assert max(sizes) <= 800


@pytest.mark.parametrize('rate', [0.5, 1.0, 3.0])
def test_the_clock_is_found_through_a_bad_network(page: Page, rate: float) -> None:
    """Also where it runs at another rate, as that of a bag that is played."""
    error_s = page.run(f"""(async () => {{
        const {{ ServerClock }} = await import('/page/clock.js');
        const clock = new ServerClock();
        const truth = (local_s) => 1000 + {rate} * local_s;
        let seed = 7;
        const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
        let worst = 0;
        for (let i = 0; i < 200; i += 1) {{
            const sent = i * 0.5;
            const [there, back] = [0.002 + 0.08 * random() ** 4, 0.002 + 0.08 * random() ** 4];
            clock.add(sent, sent + there + back, truth(sent + there));
            const error = Math.abs(clock.now_s(sent + 0.3) - truth(sent + 0.3));
            if (i > 20) worst = Math.max(worst, error);
        }}
        return worst;
    }})()""")
    assert error_s < 0.03 * rate


def test_a_clock_that_is_set_is_followed(page: Page) -> None:
    now_s = page.run("""(async () => {
        const { ServerClock } = await import('/page/clock.js');
        const clock = new ServerClock();
        for (let i = 0; i < 20; i += 1) clock.add(i, i + 0.002, 50 + i);
        for (let i = 20; i < 23; i += 1) clock.add(i, i + 0.002, -700 + i);
        return clock.now_s(22);
    })()""")
    assert now_s == pytest.approx(-678, abs=0.01)


@pytest.mark.parametrize(
    ('written', 'shape'),
    [
        ('jawOpen', 'jawOpen'), ('JawOpen', 'jawOpen'), ('jaw_open', 'jawOpen'),
        ('blendShape1.jawOpen', 'jawOpen'), ('blendShape1.AK_25_JawOpen', None),
        ('browDown_L', 'browDownLeft'), ('BrowDown_Right', 'browDownRight'),
        ('eye_blink_left', 'eyeBlinkLeft'), ('eyeBlink_R', 'eyeBlinkRight'),
        ('MouthSmileLeft', 'mouthSmileLeft'), ('mouthLeft', 'mouthLeft'), ('mouth_L', 'mouthLeft'),
        ('tongue_out', 'tongueOut'), ('head:noseSneer-right', 'noseSneerRight'),
        ('viseme_aa', None), ('jaw', None), ('eyesClosed', None), ('', None),
    ],
)  # fmt: skip
def test_morph_targets_are_found_by_name(page: Page, written: str, shape: str | None) -> None:
    found = page.run(f"""(async () => {{
        const {{ matchNames }} = await import('/page/morph_names.js');
        return [...matchNames([{json.dumps(written)}], {json.dumps(ARKIT_NAMES)})];
    }})()""")
    assert found == ([] if shape is None else [[ARKIT_NAMES.index(shape), 0]])


def test_mouth_shapes_of_vrm(page: Page) -> None:
    def mouth(**weights: float) -> dict[str, float]:
        return page.run(f"""(async () => {{
            const {{ vrmMouth }} = await import('/page/morph_names.js');
            const weights = {json.dumps(weights)};
            return vrmMouth((name) => weights[name] ?? 0);
        }})()""")

    assert not any(mouth().values())
    for expected, weights in {
        'aa': {'jawOpen': 0.6},
        'ou': {'mouthPucker': 0.8, 'jawOpen': 0.1},
        'oh': {'mouthFunnel': 0.6, 'jawOpen': 0.4},
        'ih': {
            'mouthStretchLeft': 0.7,
            'mouthStretchRight': 0.7,
            'mouthSmileLeft': 0.5,
            'mouthSmileRight': 0.5,
        },
        'blinkLeft': {'eyeBlinkLeft': 1.0},
    }.items():
        shapes = mouth(**weights)
        assert max(shapes, key=shapes.__getitem__) == expected
        assert all(0 <= value <= 1 for value in shapes.values())
    closed = mouth(jawOpen=0.5, mouthClose=0.5)
    assert closed['aa'] == 0


def test_timeline_makes_phones_and_words_of_keys(page: Page) -> None:
    read = page.run("""(async () => {
        const { Timeline } = await import('/page/timeline.js');
        const timeline = new Timeline(document.createElement('canvas'));
        const key = (stamp_s, phone, word, kind) => ({ stamp_s, phone, word, kind });
        timeline.push([key(1, 'HH', 'hi', 'boundary'), key(1.03, 'HH', 'hi', 'target')]);
        timeline.push([key(1.06, 'AY', 'hi', 0), key(1.12, 'AY', 'hi', 1)]);
        timeline.push([key(1.2, 'SIL', '', 0), key(1.3, 'SIL', '', 2)]);
        timeline.push([key(NaN, 'AA', 'no', 0)]);
        const phones = timeline.phones().map((p) => [p.phone, p.start_s, p.end_s]);
        const words = timeline.words();
        timeline.cut(1.1);
        return [phones, words, timeline.keys.length];
    })()""")
    assert read[0] == [['HH', 1, 1.06], ['AY', 1.06, 1.2], ['SIL', 1.2, 1.3]]
    assert read[1] == [{'word': 'hi', 'start_s': 1, 'end_s': 1.2}]
    assert read[2] == 3


def test_messages_of_another_protocol_are_ignored(page: Page) -> None:
    assert (
        page.run("""(async () => {
        const { decode } = await import('/page/connection.js');
        const unknown = new Uint8Array(40).fill(9);
        return [new ArrayBuffer(0), new ArrayBuffer(11), unknown.buffer].map(decode);
    })()""")
        == [None] * 3
    )
