# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.motion.overlay import Overlay
from facetalk_ros.motion.settings import FaceSettings
from facetalk_ros.stream import FaceStream

SMILE = ARKIT_INDEX['mouthSmileLeft']
JAW = ARKIT_INDEX['jawOpen']


def weights(**shapes):
    out = np.zeros(len(ARKIT_NAMES))
    for name, value in shapes.items():
        out[ARKIT_INDEX[name]] = value
    return out


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.integers(1, 40), st.booleans()), max_size=6),
    st.sampled_from([30.0, 60.0, 240.0]),
)
def test_it_moves_at_a_bounded_rate_and_arrives(wishes, fps):
    overlay, last = Overlay(), np.zeros(len(ARKIT_NAMES))
    for value, frames, cleared in wishes:
        overlay.set(weights(jawOpen=value))
        if cleared:
            overlay.clear()
        for _ in range(frames):
            now = overlay.advance(1 / fps)
            now = np.zeros_like(last) if now is None else now
            assert np.abs(now - last).max() <= 4.0 / fps + 1e-6
            last = now
    overlay.set(weights(jawOpen=-0.5))
    for _ in range(int(fps)):
        last = overlay.advance(1 / fps)
    assert last[JAW] == -0.5
    overlay.clear()
    for _ in range(int(fps)):
        last = overlay.advance(1 / fps)
    assert last is None


@pytest.mark.parametrize(
    'wrong', [np.zeros(51), np.zeros((52, 1)), weights(jawOpen=1.01), weights(jawOpen=-2),
              weights(jawOpen=np.nan), weights(jawOpen=np.inf)],
)  # fmt: skip
def test_what_is_no_overlay_is_refused_and_changes_nothing(wrong):
    overlay = Overlay()
    overlay.set(weights(mouthSmileLeft=0.5))
    with pytest.raises(ValueError, match=r'weights, not 52|outside -1 to 1'):
        overlay.set(wrong)
    for _ in range(60):
        now = overlay.advance(1 / 60)
    assert now[SMILE] == 0.5


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 2), st.floats(-1, 1))
def test_it_is_added_before_the_clamp(offset, value):
    plain = FaceSettings(blinks_per_minute=0, offset={'mouthSmileLeft': min(offset, 1.0)})
    stream = FaceStream(settings=plain)
    stream.overlay.set(weights(mouthSmileLeft=value))
    frames = stream.push_audio(np.zeros(16_000, np.float32))
    rest = FaceStream(settings=FaceSettings(blinks_per_minute=0, clamp=False))
    said = rest.push_audio(np.zeros(16_000, np.float32))[-1].weights[SMILE]
    expected = np.clip(said + min(offset, 1.0) + value, 0, 1)
    assert frames[-1].weights[SMILE] == pytest.approx(expected, abs=1e-5)


def test_without_one_the_frames_are_the_same_bits():
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    plain, cleared = FaceStream(), FaceStream()
    cleared.overlay.clear()
    for one, other in zip(plain.push_audio(noise), cleared.push_audio(noise), strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)
