# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The page that `facetalk plot` writes, in a browser: it draws, zooms, tells values and plays."""

import numpy as np
import pytest
from chromium import Chromium

from facetalk_ros.audio.pcm import Pcm
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.motion.keys import KeyKind, KeyMotion
from facetalk_ros.plots import plot_recordings
from facetalk_ros.recording import AudioBlock, Recording

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>'


def recording(path, shift=0.0):
    """Return two seconds of a jaw that opens and closes, with a tone and a hostile word."""
    times = np.arange(121) / 60
    weights = np.zeros((121, 52), np.float32)
    weights[:, ARKIT_INDEX['jawOpen']] = 0.5 + 0.4 * np.sin(times * 9 + shift)
    keys = [
        KeyMotion(t + part, kind, phone, True, weights[0], HOSTILE)
        for t, phone in ((0.2, 'HH'), (1.0, 'AH'))
        for part, kind in ((0.0, KeyKind.BOUNDARY), (0.1, KeyKind.TARGET))
    ]
    tone = 0.3 * np.sin(np.arange(32000) * 0.2)[:, None].astype(np.float32)
    return Recording(path, frame_times_s=times, weights=weights, frame_received_s=times,
                     keys=keys, audio=[AudioBlock(0.0, Pcm(tone, 16000))],
                     audio_topic='/audio')  # fmt: skip


@pytest.fixture
def page(chromium: Chromium, tmp_path):
    out = tmp_path / 'plot.html'
    runs = [recording(tmp_path / name, shift) for name, shift in (('a.mcap', 0), ('<b>', 1))]
    plot_recordings(runs, out, shapes=['jawOpen'])
    page = chromium.page(out.as_uri(), 1000, 800, dark=False)
    page.wait_for('document.readyState === "complete" && strips.length')
    yield page
    troubles = page.troubles()
    page.close()
    assert troubles == []


def mouse(page, kind, time_s, **more):
    """Move or press the mouse at a time of the plot, in the strip of the jaw."""
    x, y = page.run(
        '(() => {const strip = strips.find((s) => s.panel.title === "jawOpen"); '
        'const box = strip.canvas.getBoundingClientRect(); '
        f'const share = ({time_s} - view.from) / (view.to - view.from); '
        'return [box.left + GUTTER + share * (box.width - GUTTER), box.top + 40]})()'
    )
    page.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', **more)


def seen(page):
    return page.run('[view.from, view.to]')


def test_it_draws_both_runs_and_no_markup_of_theirs(page):
    assert page.run('document.title') != 'owned'
    assert page.run('document.images.length') == 0
    assert page.run('report.panels.find((p) => p.title === "words").spans[0][2]') == HOSTILE
    drawn = np.asarray(page.screenshot()).astype(int)
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (np.abs(drawn - colour).max(2) < 12).sum() > 200, colour


def test_dragging_zooms_and_keys_move(page):
    assert seen(page) == [0, 2]
    mouse(page, 'mousePressed', 0.5, clickCount=1)
    mouse(page, 'mouseMoved', 1.0, buttons=1)
    mouse(page, 'mouseReleased', 1.0, clickCount=1)
    page.wait_for('view.to < 1.9')
    assert seen(page) == pytest.approx([0.5, 1.0], abs=0.02)
    page.run('$("strips").focus()')
    page.key('ArrowRight')
    assert seen(page) == pytest.approx([0.6, 1.1], abs=0.02)
    page.key('-')
    assert seen(page) == pytest.approx([0.35, 1.35], abs=0.03)
    page.key('0')
    assert seen(page) == [0, 2]
    page.click('#in')
    assert seen(page) == pytest.approx([0.5, 1.5], abs=0.01)
    for _ in range(20):  # it ends at what can be told apart, and within the recording
        page.key('+')
        page.key('ArrowLeft')
    start_s, end_s = seen(page)
    assert start_s >= 0
    assert end_s - start_s == pytest.approx(0.02)


def test_values_are_told_under_the_pointer(page):
    mouse(page, 'mouseMoved', 1.1)
    told = page.wait_for('strips.find((s) => s.panel.title === "jawOpen").readout.textContent')
    expected = [0.5 + 0.4 * np.sin(1.1 * 9 + shift) for shift in (0, 1)]
    first, second, *phones = told.split()
    assert [float(first), float(second)] == pytest.approx(expected, abs=0.03)
    assert phones == ['AH']


def test_the_sound_plays_and_the_cursor_follows(page):
    page.click('#play')
    page.wait_for('cursor > 0.05 && !audio.paused')
    assert page.run('$("play").textContent') == 'pause'
    page.click('#play')
    page.wait_for('audio.paused')
    at_s = page.run('cursor')
    assert at_s == pytest.approx(page.run('audio.currentTime'), abs=0.3)
    mouse(page, 'mousePressed', 1.5, clickCount=1)
    mouse(page, 'mouseReleased', 1.5, clickCount=1)
    page.wait_for('cursor > 1.4')
    assert page.run('audio.currentTime') == pytest.approx(1.5, abs=0.02)


def test_on_a_phone_and_in_the_dark(page):
    page.resize(400, 700, ratio=2.0, touch=True)
    page.emulate(dark=True)
    page.wait_for('colours.paper !== "#ffffff"')
    assert page.run('document.documentElement.scrollWidth <= innerWidth')
    dark = np.asarray(page.screenshot())
    assert np.median(dark) < 60
