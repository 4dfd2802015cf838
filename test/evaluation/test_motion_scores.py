# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import pytest

from facetalk_ros.evaluation.motion_scores import ALL, MotionScores, score_clips
from facetalk_ros.evaluation.tracked import read_tracked
from facetalk_ros.face import ARKIT_INDEX

OURS = np.arange(240) / 60


def made(clip, late_s=0.0, scale=1.0):
    """Return the clip's own face at 60 frames a second."""
    shapes = [np.interp(OURS - late_s, clip.time_s, column) for column in clip.weights.T]
    return OURS, np.float32(scale * np.stack(shapes, 1))


def scored(*clips, **changes):
    scores = MotionScores()
    for clip in clips:
        scores.add(*made(clip, **changes), clip)
    return scores.report()


def test_a_scaled_copy_is_alike_and_in_time(video):
    report = scored(video(), scale=0.5)
    row = report['speakers']['one']
    assert row['clips'] == 1
    assert row['r'] == {n: pytest.approx(1, abs=0.01) for n in ('jawOpen', 'lip_gap')}
    assert row['lag']['jawOpen']['lag_s'] == row['lag']['lip_gap']['lag_s'] == 0.0
    assert row['jitter']['jawOpen']['ratio'] == pytest.approx(0.5, rel=0.1)
    assert row['jitter_scaled']['jawOpen']['ratio'] == pytest.approx(1, rel=0.1)
    assert row['jitter_scaled']['lip_gap']['ratio'] == pytest.approx(1, rel=0.1)
    assert 'lip_gap' not in row['jitter']
    assert row['misalignment_s'] == {n: pytest.approx(0, abs=1e-3) for n in row['r']}
    # one shape is measured, so that the lower face is the jaw
    assert row['jitter']['lower_face'] == pytest.approx(row['jitter']['jawOpen'])


@pytest.mark.parametrize('fps', [25.0, 30.0])
def test_a_face_40_ms_late_is_found_late_at_any_rate(video, fps):
    row = scored(video(fps=fps), video(fps=fps, seed=1), late_s=0.04)['speakers'][ALL]
    for name in ('jawOpen', 'lip_gap'):
        assert row['lag'][name]['lag_s'] == pytest.approx(0.04, abs=0.0051)
        assert row['lag'][name]['r'] > row['lag'][name]['r_unshifted']
        assert row['lag'][name]['r_unshifted'] == pytest.approx(row['r'][name])
        assert row['misalignment_s'][name] == pytest.approx(0.04, abs=0.02)


def test_what_was_not_measured_or_does_not_move_is_left_out(video):
    rough = np.random.default_rng(0).random(100)
    clip = video(
        measured=('jawOpen', 'mouthPucker', 'mouthPressLeft', 'mouthRollLower'), gap=False,
        mouthPucker=np.full(100, 0.1), mouthFunnel=rough, mouthPressLeft=rough,
        mouthRollLower=rough,
    )  # fmt: skip
    row = scored(clip)['speakers']['one']
    # no gap; pucker constant; funnel and the right press not measured
    assert list(row['r']) == ['jawOpen', 'mouthRollLower']
    assert list(row['lag']) == ['jawOpen']
    assert row['closures'] == row['loudness'] == {}


def test_a_pair_is_the_mean_of_its_sides(video):
    time_s = np.arange(100) / 25
    clip = video(
        measured=('mouthLowerDownLeft', 'mouthLowerDownRight'),
        mouthLowerDownLeft=0.2 + 0.1 * np.sin(9 * time_s),
    )
    times, weights = made(clip)
    right = ARKIT_INDEX['mouthLowerDownRight']
    weights[:, right] = weights[:, right - 1]
    weights[:, right - 1] = 0.0
    scores = MotionScores()
    scores.add(times, weights, clip)
    r = scores.report()['speakers']['one']['r']
    assert r['mouthLowerDown'] == pytest.approx(1, abs=0.02)
    assert 'jawOpen' not in r


def test_means_over_speakers_and_over_clips_differ(video):
    scores = MotionScores()
    for clip in (video('one'), video('one', seed=1), video('one', seed=2)):
        scores.add(*made(clip), clip)
    other = video('two', seed=3)
    times, weights = made(other)
    scores.add(times, 0.5 - weights, other)
    report = scores.report()
    rows = report['speakers']
    assert list(rows) == ['one', 'two', ALL]
    assert rows['one']['r']['jawOpen'] == pytest.approx(1, abs=0.01)
    assert rows['two']['r']['jawOpen'] == pytest.approx(-1, abs=0.01)
    assert report['mean_of_speakers']['jawOpen'] == pytest.approx(0, abs=0.01)
    assert rows[ALL]['r']['jawOpen'] == pytest.approx(0.5, abs=0.01)
    assert [row['clips'] for row in rows.values()] == [3, 1, 4]
    json.dumps(report, allow_nan=False)


def test_a_still_face_has_no_figures_but_can_be_reported(video):
    clip = video()
    scores = MotionScores()
    scores.add(OURS, np.zeros((240, 52), np.float32), clip)
    report = scores.report()
    assert report['mean_of_speakers'] == report['speakers'][ALL]['r'] == {}
    assert report['speakers'][ALL]['jitter'] == report['speakers'][ALL]['loudness'] == {}
    json.dumps(report, allow_nan=False)


def test_closures_of_face_and_video(video):
    time_s = np.arange(100) / 25
    jaw = np.where((time_s > 0.99) & (time_s < 1.09), 0.0, 0.4)
    phones = (('AA', 0.5, 1.0), ('P', 1.0, 1.08), ('AE', 1.08, 1.5), ('M', 2.0, 2.1))
    clip = replace(video(jawOpen=jaw), phones=phones)
    rows = scored(clip)['speakers']['one']['closures']
    assert list(rows) == ['made', 'sampled', 'seen']
    for row in rows.values():
        assert (row['bilabials'], row['closed'], row['closure_rate']) == (2, 1, 0.5)
        assert (row['open_vowels'], row['wrongly_closed']) == (2, 0)


def test_loud_and_open_go_together(video):
    clip = video()
    envelope = np.interp(np.arange(801) / 200, clip.time_s, clip.lip_gap)
    loudness = scored(replace(clip, envelope=envelope))['speakers']['one']['loudness']
    assert loudness == {n: pytest.approx(1, abs=0.01) for n in ('made', 'seen')}


def test_motion_of_another_shape_is_refused(video):
    with pytest.raises(ValueError, match=r'one0: 240 times, weights of shape \(239, 52\)'):
        MotionScores().add(OURS, np.zeros((239, 52), np.float32), video())
    with pytest.raises(ValueError, match='one0: 0 times'):
        MotionScores().add(OURS[:0], np.zeros((0, 52), np.float32), video())
    with pytest.raises(ValueError, match='no clip'):
        MotionScores().report()


def test_any_animation_can_be_scored(tracked_folder):
    clips = list(read_tracked(tracked_folder, 'dev'))
    asked = []

    def own_face(audio, text):
        asked.append((audio.name, text))
        clip = clips[len(asked) - 1]
        return clip.time_s, clip.weights

    rows = score_clips(clips, True, own_face).report()['speakers']
    assert asked == [('a.opus', 'He might even'), ('b.opus', 'He might even'), ('c.opus', '')]
    assert rows['a']['r']['jawOpen'] == pytest.approx(1)
    assert rows['c']['r']['jawOpen'] == pytest.approx(1)
