# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The Python contract of the README, word for word."""

import numpy as np
import pytest

import facetalk_ros


def test_push_text_and_audio_and_get_frames():
    from facetalk_ros import FaceStream

    samples = np.zeros(16000, np.float32)
    stream = FaceStream(fps=60)
    stream.push_text('Hello there.')
    frames = stream.push_audio(samples, 16000)
    frames += stream.finish()
    assert frames[0].time_s == 0.0
    assert frames[0].weights.dtype == np.float32
    assert frames[0].weights.shape == (len(facetalk_ros.face.ARKIT_NAMES),) == (52,)
    stream.reset()


def test_all_public_names_are_there():
    for name in facetalk_ros.__all__:
        assert getattr(facetalk_ros, name)
    with pytest.raises(AttributeError, match='FaceDream'):
        _ = facetalk_ros.FaceDream
