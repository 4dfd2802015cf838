# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from facetalk_ros.face import ARKIT_INDEX, LOWER_FACE_NAMES
from facetalk_ros.motion.expression import CORNER_NAMES, STOP_S, ExpressionMotion

STEP_S = 1 / 60


def pose(**weights):
    p = np.zeros(52, np.float32)
    for name, value in weights.items():
        p[ARKIT_INDEX[name]] = value
    return p


def run(motion, seconds, *, start_s=0.0, speaking=False):
    n = round(seconds / STEP_S)
    return np.array(
        [motion.advance(start_s + k * STEP_S, STEP_S, speaking) for k in range(1, n + 1)]
    )


def test_a_feeling_comes_in_its_time_and_goes():
    motion = ExpressionMotion()
    motion.feel(pose(browInnerUp=0.8), 0.4)
    brow = run(motion, 1.0)[:, ARKIT_INDEX['browInnerUp']]
    assert 0.9 * 0.8 < brow[24] <= 0.8
    assert brow[5] < 0.4 * 0.8
    motion.relax(0.4)
    assert run(motion, 1.0)[-1].max() < 0.02


def test_nothing_steps_whatever_is_felt():
    motion, rng = ExpressionMotion(), np.random.default_rng(0)
    last = np.zeros(52)
    for i in range(60):
        motion.feel(rng.random(52), rng.choice([0.0, 0.1, 0.3, 1.0]))
        motion.accent(i * 0.2, rng.random())
        w = run(motion, 0.2, start_s=i * 0.2, speaking=bool(i % 2))
        assert np.abs(np.diff(np.vstack((last, w)), axis=0)).max() < 0.25
        last = w[-1]


def test_only_the_corners_of_the_mouth_move_and_speech_has_them_first():
    motion = ExpressionMotion()
    motion.feel(np.ones(52), 0.3)
    still = run(motion, 1.5)[-1]
    lower = {n: still[ARKIT_INDEX[n]] for n in LOWER_FACE_NAMES}
    assert {n for n, w in lower.items() if w} == set(CORNER_NAMES)
    assert still[ARKIT_INDEX['mouthSmileLeft']] > 0.95
    speaking = run(motion, 1.5, speaking=True)[-1]
    assert speaking[ARKIT_INDEX['mouthSmileLeft']] < 0.3
    assert speaking[ARKIT_INDEX['browInnerUp']] > 0.95


def test_a_barge_in_ends_it_within_its_time():
    motion = ExpressionMotion()
    motion.feel(pose(browInnerUp=1.0, mouthSmileLeft=1.0), 0.3)
    run(motion, 1.0)
    motion.stop()
    w = run(motion, 0.2)
    assert STOP_S < 0.2
    assert w[-1].max() < 0.05
    assert np.abs(np.diff(w, axis=0)).max() < 0.25


def test_accents_raise_the_brows_and_not_too_often():
    motion = ExpressionMotion()
    assert motion.accent(0.1, 1.0)
    assert not motion.accent(0.4, 1.0)
    assert not motion.accent(3.0, 0.0)
    brow = run(motion, 1.0)[:, ARKIT_INDEX['browOuterUpLeft']]
    assert 0.2 < brow.max() < 0.35
    assert brow[-1] == 0
    assert motion.accent(1.0, 0.5)
