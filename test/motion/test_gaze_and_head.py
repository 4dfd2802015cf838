# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from facetalk_ros.motion.attention import ATTENTIONS, attention_styles
from facetalk_ros.motion.gaze import Gaze, GazeMotion
from facetalk_ros.motion.head import HeadMotion

FPS = 60
MINUTES = 4


def looks(attention, seed=0, fps=FPS, minutes=MINUTES):
    """Return gaze [n, 2], whether it is away [n], and head [n, 4] of so many minutes."""
    gaze, head = GazeMotion(seed), HeadMotion(seed)
    rows = []
    for k in range(round(minutes * 60 * fps)):
        look = gaze.advance(k / fps, attention)
        rows.append((*look, gaze.is_away, *head.advance(k / fps, attention, look)))
    rows = np.array(rows)
    return rows[:, :2], rows[:, 2].astype(bool), rows[:, 3:]


@pytest.mark.parametrize('attention', ATTENTIONS)
def test_eyes_look_away_as_often_as_the_table_says(attention):
    style = attention_styles()[attention]
    shares = [looks(attention, seed)[1].mean() for seed in range(3)]
    expected = style.away_s / (style.away_s + style.partner_s)
    assert np.mean(shares) == pytest.approx(expected, abs=0.12)


@pytest.mark.parametrize('attention', ATTENTIONS)
def test_no_eye_jumps_or_turns_too_far(attention):
    gaze, _, head = looks(attention)
    # a weight of one is 30 degrees, and no weight steps by a quarter
    assert np.abs(np.diff(gaze, axis=0)).max() < 0.25 * 30
    assert np.abs(gaze).max() <= attention_styles()[attention].away_deg[1] + 1e-9
    degrees = np.degrees(head[:, :3])
    assert np.abs(np.diff(degrees, axis=0)).max() < 0.6
    assert np.abs(degrees).max() < 15


def test_eyes_rest_on_things_between_saccades():
    gaze, _, _ = looks('speaking')
    still = np.all(np.abs(np.diff(gaze, axis=0)) < 1e-9, axis=1)
    assert 0.8 < still.mean() < 0.99
    saccades = np.count_nonzero(np.diff(still.astype(int)) == -1)
    assert 20 < saccades / MINUTES < 150


def test_a_thinker_looks_up_and_away_at_once():
    gaze = GazeMotion(4)
    for k in range(300):
        gaze.advance(k / FPS, 'listening')
    for k in range(300, 330):
        gaze.advance(k / FPS, 'thinking')
    assert gaze.is_away
    _, _, away = [], [], [looks('thinking', seed)[0] for seed in range(4)]
    down = np.concatenate(away)[:, 1]
    assert (down < -5).mean() > (down > 5).mean()


def test_speaking_again_brings_the_eyes_back():
    gaze = GazeMotion(4)
    for k in range(300):
        gaze.advance(k / FPS, 'thinking')
    for k in range(300, 330):
        look = gaze.advance(k / FPS, 'speaking')
    assert not gaze.is_away
    assert np.hypot(*look) < 5


def test_the_same_at_any_frame_rate():
    slow, _, slow_head = looks('speaking', fps=20, minutes=0.5)
    fast, _, fast_head = looks('speaking', fps=120, minutes=0.5)
    np.testing.assert_allclose(fast[::6], slow, atol=1e-6)
    # the spring that follows the eyes sees a saccade at its next frame
    np.testing.assert_allclose(np.degrees(fast_head[::6]), np.degrees(slow_head), atol=0.6)


def test_a_seed_gives_the_same_again_and_another_another():
    for one, same in zip(
        looks('idle', 1, minutes=0.3), looks('idle', 1, minutes=0.3), strict=True
    ):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(looks('idle', 1, minutes=0.3)[0], looks('idle', 2, minutes=0.3)[0])


def test_breath_goes_in_and_out_fifteen_times_a_minute():
    _, _, head = looks('idle', minutes=2)
    breath = head[:, 3]
    assert breath.min() >= 0
    assert breath.max() <= 1
    assert np.count_nonzero((breath[1:] > 0.5) & (breath[:-1] <= 0.5)) == pytest.approx(30, abs=1)


def test_a_nod_goes_down_and_comes_back():
    plain, nodding = HeadMotion(3), HeadMotion(3)
    nodding.nod(0.5, 4.0)
    pitch = [
        np.degrees(m.advance(k / FPS, 'idle', Gaze(0, 0)).pitch)
        for k in range(120)
        for m in (plain, nodding)
    ]
    apart = np.array(pitch[1::2]) - np.array(pitch[::2])
    assert apart.max() == pytest.approx(4.0, abs=0.1)
    assert apart.min() > -1e-9
    assert apart[:30].max() < 0.2
    assert apart[-40:].max() == 0


def test_eyes_that_began_later_look_the_same_way():
    early, late = GazeMotion(5), GazeMotion(5)
    one = [early.advance(k / FPS, 'speaking') for k in range(60 * FPS)]
    other = [late.advance(k / FPS, 'speaking') for k in range(41 * FPS, 60 * FPS)]
    # from the next block on, and nearly from the start
    assert other[-11 * FPS :] == one[-11 * FPS :]
