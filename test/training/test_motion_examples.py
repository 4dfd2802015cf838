# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from motion_clips import chewing, recorded

from facetalk_ros.audio.features import STEP_S, STEP_SAMPLES, LogMel
from facetalk_ros.audio.files import read_audio
from facetalk_ros.face.articulation import APERTURE, CHANNELS, channels_of
from facetalk_ros.motion.keys import KeyKind
from facetalk_ros.motion.learned import (
    INSTANT_AGES_S,
    KEY_POSES,
    OLDEST_S,
    RISE_S,
    Spoken,
)
from facetalk_ros.speech.acoustic import default_model
from facetalk_ros.speech.phones import SILENCE
from facetalk_ros.stream import FaceStream
from facetalk_ros.training import motion_examples
from facetalk_ros.training.data.augment import Augmenter
from facetalk_ros.training.data.baselines import Baseline
from facetalk_ros.training.motion_examples import (
    Curve,
    articulated,
    decided,
    example,
    follow,
    measure,
    trust,
    usual_reach,
)

DATA = Path(__file__).parents[1] / 'data'
TRUST = Path(motion_examples.__file__).with_name('channel_trust.yaml')
JAW = CHANNELS.index('jawOpen')
FUNNEL = CHANNELS.index('mouthFunnel')
_C = len(CHANNELS)


@pytest.fixture(scope='module')
def model():
    return default_model('cpu')


def plain():
    """Return a baseline that leaves the channels as they are."""
    return Baseline(np.zeros(_C, np.float32), usual_reach(), np.ones(_C, np.bool_))


def seen(recording, model, baseline=None, seed=0, **options):
    return example(recording, baseline or plain(), model, Augmenter([], [], [], seed), **options)


def instants(example):
    """Return the time of each target [s], [N, INSTANTS]."""
    steps = np.arange(len(example.features))
    return (steps[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)


def opening_s(example, half=0.15):
    """Return when the target of the jaw crosses a half, to a fraction of an instant."""
    times_s, jaw = instants(example).ravel(), example.motion[..., JAW].ravel()
    i = int(np.argmax(jaw > half))
    part = (half - jaw[i - 1]) / (jaw[i] - jaw[i - 1])
    return times_s[i - 1] + part * (times_s[i] - times_s[i - 1])


@pytest.mark.parametrize('fps', [25.0, 30.0, 60.0, 100.0])
def test_a_jaw_that_opens_at_one_second_has_its_target_there(model, tmp_path, fps):
    # it opens over a frame of the slowest camera, half open at 1.0 s
    clip = recorded(tmp_path, 'a', 2.0, fps, lambda t: 0.3 * np.clip((t - 0.96) / 0.08, 0, 1))
    found = seen(clip, model)
    assert found.motion.shape == (len(found.features), len(INSTANT_AGES_S), _C)
    assert opening_s(found) == pytest.approx(1.0, abs=1e-3)


def test_motion_is_stretched_as_the_sound_is(model, tmp_path, monkeypatch):
    clip = recorded(tmp_path, 'a', 2.0, 50.0, lambda t: 0.3 * np.clip((t - 0.96) / 0.08, 0, 1))
    augment, stretches = Augmenter([], [], [], 3), []
    vary = augment.vary

    def remembered(*args):
        varied = vary(*args)
        stretches.append(varied.stretch)
        return varied

    monkeypatch.setattr(augment, 'vary', remembered)
    for _ in range(4):
        found = example(clip, plain(), model, augment, clean=False)
        assert opening_s(found) == pytest.approx(stretches[-1], abs=2e-3)
    assert np.ptp(stretches) > 0.05


def test_what_lies_beyond_the_motion_is_not_sure(model, tmp_path):
    clip = recorded(tmp_path, 'a', 1.0, 50.0)
    found = seen(clip, model)
    times_s, last_s = instants(found), 49 / 50
    inside = (times_s >= 0) & (times_s <= last_s)
    np.testing.assert_array_equal(found.sure[..., JAW] > 0, inside)
    assert times_s.max() > last_s + 0.3  # the stream goes on until the mouth rests
    assert times_s.min() < 0


def test_frames_without_a_face_are_not_sure(model, tmp_path):
    clip = recorded(tmp_path, 'a', 2.0, 50.0)
    rows = (tmp_path / 'a.csv').read_text().splitlines()
    (tmp_path / 'a.csv').write_text('\n'.join([*rows[:51], *rows[61:]]) + '\n')
    found = seen(clip, model)
    times_s, sure = instants(found), found.sure[..., JAW] > 0
    # frames 50 to 59 are missing; an instant needs the frames on both sides
    hidden = (times_s > 0.98 + 1e-6) & (times_s < 1.20 - 1e-6)
    inside = (times_s >= 0) & (times_s <= 99 / 50)
    np.testing.assert_array_equal(sure, inside & ~hidden)


def test_channels_that_were_not_measured_are_not_sure(model, tmp_path):
    clip = recorded(tmp_path, 'a', shapes={'mouthFunnel': 0.5})
    found = seen(clip, model)
    measured = {CHANNELS[i] for i in np.flatnonzero(found.sure.any((0, 1)))}
    assert measured == {'aperture', 'jawOpen', 'mouthFunnel'}
    still = replace(plain(), valid=np.arange(_C) != JAW)
    assert not seen(clip, model, still).sure[..., JAW].any()


def test_a_source_is_believed_as_far_as_it_shows_a_channel(model, tmp_path):
    """Where all was measured: what a source shows badly is less sure, not unknown."""
    clip = recorded(tmp_path, 'a', shapes={'mouthFunnel': 0.5, 'mouthLowerDownLeft': 0.5})
    inside = seen(clip, model).sure[..., JAW] > 0
    assert (trust(clip.source) == 1).all()
    assert set(np.unique(seen(clip, model).sure)) == {0.0, 1.0}
    grid = replace(clip, source='GRID audio-visual speech corpus (Cooke)')
    found, believed = seen(grid, model).sure, trust(grid.source)
    assert found.dtype == believed.dtype == np.float32
    for i in (APERTURE, JAW, FUNNEL):
        np.testing.assert_allclose(found[..., i], inside * believed[i])
    assert 0 < believed[FUNNEL] < believed[JAW] == believed[APERTURE] == 1
    assert not found[..., CHANNELS.index('mouthSmile')].any()  # and what was not measured stays so


def test_the_table_of_trust_names_channels_and_shares():
    table = yaml.safe_load(TRUST.read_text(encoding='utf-8'))
    assert table
    for source, row in table.items():
        assert set(row) <= set(CHANNELS), source
        assert all(0 <= share <= 1 for share in row.values()), source
        for name in (source, f'{source} audio'):
            expected = [row.get(channel, 1.0) for channel in CHANNELS]
            np.testing.assert_allclose(trust(name), expected)
        assert (trust(f'not {source}') == 1).all()
    assert trust('').shape == (_C,)
    trust('GRID')[:] = 9  # the caller's own
    assert trust('GRID').max() <= 1


def test_a_channel_is_valid_where_one_side_is(tmp_path):
    track = articulated(recorded(tmp_path, 'a', shapes={'mouthSmileLeft': 0.5}).face())
    assert track.valid[CHANNELS.index('mouthSmile')]
    assert not track.valid[FUNNEL]
    assert track.valid[APERTURE]


def test_the_gap_of_the_lips_is_the_aperture_where_it_was_measured(tmp_path):
    face = recorded(tmp_path, 'a').face()
    plain_track = articulated(face)
    np.testing.assert_array_equal(plain_track.weights, channels_of(face.weights))
    gap = np.linspace(0, 0.4, len(face.weights)).astype(np.float32)
    track = articulated(replace(face, lip_gap=gap))
    np.testing.assert_array_equal(track.weights[:, APERTURE], gap)
    np.testing.assert_array_equal(track.weights[:, JAW], plain_track.weights[:, JAW])
    constant = articulated(replace(face, lip_gap=np.full_like(gap, 0.2)))
    assert not constant.valid[APERTURE]


def test_a_muted_clip_is_a_face_at_rest(model, tmp_path):
    clip = recorded(tmp_path, 'a', transcript='one two')
    found = seen(clip, model, muted=True)
    assert not found.motion.any()
    assert found.sure[..., JAW].any()
    assert set(found.told) == {'sound'}
    assert not found.told['sound'].keys.any()
    heard = seen(clip, model)
    assert heard.motion.any()
    assert set(heard.told) == {'sound', 'text'}


def test_a_text_of_another_language_is_not_followed(model, tmp_path):
    clip = recorded(tmp_path, 'a', transcript='eins zwei', language='de')
    assert set(seen(clip, model).told) == {'sound'}


def test_a_recording_without_motion_is_refused(model, tmp_path):
    clip = replace(recorded(tmp_path, 'a'), motion=None)
    with pytest.raises(ValueError, match='a: no motion'):
        seen(clip, model)


def test_a_person_is_measured_in_channels(tmp_path):
    """Lips are closed where they are least apart, the rest is where the face mostly is."""
    rests = [recorded(tmp_path, str(k), jaw_of=lambda t: 0.1 + chewing()(t)) for k in range(2)]
    other = recorded(tmp_path, 'o', jaw_of=lambda t: 2.0 * chewing()(t), speaker='bob')
    found = measure([*rests, other], personal=False)
    assert set(found) == {'ann', 'bob'}
    assert found['ann'].rest[JAW] == pytest.approx(0.1, abs=0.03)
    assert found['ann'].reach[JAW] == pytest.approx(0.6, abs=0.05)
    assert found['bob'].reach[JAW] == pytest.approx(1.2, abs=0.1)
    assert not found['ann'].valid[FUNNEL]
    lips = channels_of(rests[0].face().weights)[:, APERTURE]
    assert found['ann'].rest[APERTURE] == pytest.approx(np.percentile(lips, 5), abs=0.01)


def test_pooled_faces_are_alike_and_personal_ones_keep_their_own_reach(model, tmp_path):
    calm = recorded(tmp_path, 'c', jaw_of=lambda t: 0.5 * chewing()(t), speaker='calm')
    lively = recorded(tmp_path, 'l', jaw_of=lambda t: 1.5 * chewing()(t), speaker='lively')

    def reach(clip, personal):
        baseline = measure([calm, lively], personal)[clip.speaker]
        return float(seen(clip, model, baseline).motion[..., JAW].max())

    assert reach(calm, False) == pytest.approx(usual_reach()[JAW], abs=0.03)
    assert reach(lively, False) == pytest.approx(usual_reach()[JAW], abs=0.03)
    assert reach(calm, True) == pytest.approx(0.3, abs=0.03)
    assert reach(lively, True) == pytest.approx(0.9, abs=0.03)


def test_no_target_lies_below_rest(model, tmp_path):
    clip = recorded(tmp_path, 'a')
    high = replace(plain(), rest=np.full(_C, 0.2, np.float32))
    assert seen(clip, model, high).motion.min() == 0


# Phones as the stream decides them


def streamed(samples, told):
    """Return (phone, start, told, step) of what a stream decides, in order."""
    stream = FaceStream()
    if told:
        stream.push_text(told)
    found = []
    padded = np.concatenate((samples, np.zeros(-len(samples) % STEP_SAMPLES + 6400, np.float32)))
    for step, piece in enumerate(padded.reshape(-1, STEP_SAMPLES)):
        stream.push_audio(piece)
        found += [
            (k.phone, k.time_s, k.from_text, step)
            for k in stream.take_keys()
            if k.kind == KeyKind.BOUNDARY
        ]
    return found


@pytest.mark.parametrize('name', ['amiable', 'sense'])
@pytest.mark.parametrize('with_text', [False, True])
def test_phones_are_decided_as_the_stream_decides_them(model, name, with_text):
    samples = read_audio(DATA / f'{name}.opus')[0].samples[: 3 * 16000, 0]
    told = (DATA / f'{name}.txt').read_text(encoding='utf-8') if with_text else ''
    heard = model.whole(LogMel().whole(np.concatenate((samples, np.zeros(6400, np.float32)))))
    (_, first), *found = follow(heard, model, told)
    assert first == Spoken(SILENCE, -1.0)
    expected = streamed(samples, told)
    assert [(s.phone, s.start_s, s.told, step) for step, s in found] == expected
    assert any(s.told for _, s in found) == with_text
    befores = [first.phone, *(s.phone for _, s in found)]
    assert [s.before for _, s in found] == befores[:-1]
    assert any(s.upcoming for _, s in found) == with_text


def test_decided_phones_as_arrays():
    motion_at = Curve(np.linspace(0, 1, 101)[:, None].repeat(_C, 1), 100.0, 1.0)
    found = [
        (0, Spoken(SILENCE, -1.0)),
        (10, Spoken('M', 0.16, told=True)),
        (14, Spoken('AA', 0.2, 'M')),
        (40, Spoken('S', 0.8)),  # after the clip
    ]
    told = decided(found, 20, motion_at)
    assert told.at.tolist() == [0] * 10 + [1] * 4 + [2] * 6
    assert told.step.tolist() == [0, 10, 14]
    assert told.told.tolist() == [0, 1, 0]
    keys = told.keys.reshape(3, KEY_POSES, _C)[..., JAW]
    # start, target, end; a phone that is over sooner ends where the next begins
    np.testing.assert_allclose(keys[1], [0.16, 0.2, 0.2], atol=1e-6)
    np.testing.assert_allclose(keys[2], [0.2, 0.2 + RISE_S, 0.4], atol=1e-6)
    np.testing.assert_array_equal(told.phones[1], Spoken('M', 0.16).one_hot())
    clock = told.clock(np.array([9, 10, 14]))
    np.testing.assert_allclose(clock[0], [OLDEST_S] * 2)
    np.testing.assert_allclose(clock[1], np.maximum(0.22 - np.array(INSTANT_AGES_S) - 0.16, 0))
    np.testing.assert_allclose(clock[2], 0.3 - np.array(INSTANT_AGES_S) - 0.2, atol=1e-6)


def test_a_curve_is_held_beyond_its_ends():
    curve = Curve(np.array([[0.0], [1.0], [0.5]], np.float32), 10.0, 2.0)
    assert curve.end_s == pytest.approx(0.4)
    np.testing.assert_allclose(curve(np.array([-1, 0.1, 0.2, 9]))[:, 0], [0, 0.5, 1, 0.5])
