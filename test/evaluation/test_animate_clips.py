# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facetalk_ros.evaluation.animation import animate, animate_clips
from facetalk_ros.evaluation.baseline import follow_loudness
from facetalk_ros.face import ARKIT_INDEX, lip_aperture

DATA = Path(__file__).parents[1] / 'data'
CLIPS = [
    SimpleNamespace(audio=DATA / f'{name}.opus', transcript='He might even')
    for name in ('amiable', 'sonnet', 'sense')
]


def seconds(audio, text, scale=1.0):
    times, _ = follow_loudness(audio)
    return times[-1:] * scale, np.full((1, 52), len(text), np.float32)


def test_processes_change_nothing_but_the_time_it_takes():
    alone = animate_clips(CLIPS, True, partial(seconds, scale=2.0))
    for one, other in zip(
        alone, [seconds(c.audio, c.transcript, 2.0) for c in CLIPS], strict=True
    ):
        np.testing.assert_array_equal(one[0], other[0])
        assert (one[1] == len('He might even')).all()
    # a function of this package: the other processes cannot import this file
    together = animate_clips(CLIPS, False, follow_loudness, jobs=2)
    for clip, (times, weights) in zip(CLIPS, together, strict=True):
        np.testing.assert_array_equal(times, follow_loudness(clip.audio)[0])
        np.testing.assert_array_equal(weights, follow_loudness(clip.audio)[1])


@pytest.mark.parametrize('jobs', [1, 2])
def test_seconds_of_sound_are_told(jobs):
    told = []
    animate_clips(CLIPS, False, follow_loudness, jobs, lambda *now: told.append(now))
    done, count = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert len(set(count)) == 1
    assert done[-1] == count[0] > 5
    assert done[0] >= 1


def test_without_text_none_is_given():
    assert (animate_clips(CLIPS[:1], False, seconds)[0][1] == 0).all()
    assert animate_clips([], False) == []


def test_an_error_of_a_clip_is_the_error_of_all(tmp_path):
    with pytest.raises(ValueError, match='0 jobs'):
        animate_clips(CLIPS, False, seconds, jobs=0)
    lost = SimpleNamespace(audio=tmp_path / 'lost.wav', transcript='')
    with pytest.raises(ValueError, match=r'lost\.wav: no such file'):
        animate_clips([*CLIPS, lost], False, seconds)


def test_the_engine_animates():
    times, weights = animate(DATA / 'amiable.opus', 'He might even')
    assert weights.shape == (len(times), 52)
    assert weights[:, ARKIT_INDEX['jawOpen']].max() > 0.1


def test_the_baseline_opens_with_the_loudness():
    times, weights = follow_loudness(DATA / 'amiable.opus', 'whatever')
    jaw = weights[:, ARKIT_INDEX['jawOpen']]
    assert jaw.max() == 1.0
    assert jaw.min() >= 0.0
    np.testing.assert_array_equal(lip_aperture(weights), jaw)
    assert len(times) == len(jaw)
    assert weights.sum() == pytest.approx(jaw.sum())
