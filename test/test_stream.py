# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import functools
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.audio.files import read_audio
from facetalk_ros.audio.resample import StreamingResampler
from facetalk_ros.face import ARKIT_INDEX, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.pose_table import default_pose_table
from facetalk_ros.motion.settings import FaceSettings
from facetalk_ros.speech.phones import SILENCE
from facetalk_ros.speech.timings import TimedPhone, TimedWord
from facetalk_ros.stream import FaceStream

DATA = Path(__file__).parent / 'data'
CLIPS = ('sense', 'amiable', 'sonnet')
NO_BLINKS = FaceSettings(blinks_per_minute=0, gaze=False, expressiveness=0)
LIDS = [ARKIT_INDEX['eyeBlinkLeft'], ARKIT_INDEX['eyeBlinkRight']]
EYES = [i for name, i in ARKIT_INDEX.items() if name.startswith(('eyeLook', 'eyeBlink'))]
REST = default_pose_table()[SILENCE].weights


@functools.cache
def clip(name):
    return read_audio(DATA / f'{name}.opus')[0].samples[:, 0]


def text(name):
    return (DATA / f'{name}.txt').read_text(encoding='utf-8')


@functools.cache
def at_rate(rate_hz, stereo_int16):
    """Return 1.3 s of speech in another format."""
    resampler = StreamingResampler(16000, rate_hz)
    x = np.concatenate((resampler.push(clip('amiable')[8000:28800]), resampler.flush()))
    if not stereo_int16:
        return x
    return np.stack((x * 32767, x * 20000), 1).astype(np.int16)


def weights(frames):
    return np.stack([f.weights for f in frames])


def times(frames):
    return np.array([f.time_s for f in frames])


def assert_same(one, other):
    np.testing.assert_array_equal(times(one), times(other))
    np.testing.assert_array_equal(weights(one), weights(other))


def animate(samples, told=None, **options):
    """Return all frames and key motions of a clip."""
    stream = FaceStream(**{'settings': NO_BLINKS, **options})
    if told is not None:
        stream.push_text(told)
    frames = stream.push_audio(samples) + stream.finish()
    return frames, stream.take_keys()


@functools.cache
def face_of(name, told=None):
    """Return all frames and key motions of a clip, with the text of this or another one."""
    return animate(clip(name), told and text(told))


# Chunks

FORMATS = [(16000, False), (8000, False), (44100, False), (48000, True)]
TOLD = 'even have been made'


def in_chunks(samples, rate_hz, told, cuts):
    stream = FaceStream()
    if told:
        stream.push_text(told)
    frames = []
    for piece in np.split(samples, cuts):
        frames += stream.push_audio(piece, rate_hz)
    frames += stream.finish()
    return frames, stream.take_keys()


@functools.cache
def at_once(rate_hz, stereo_int16, told):
    return in_chunks(at_rate(rate_hz, stereo_int16), rate_hz, told, [])


@pytest.mark.parametrize('told', [None, TOLD])
@pytest.mark.parametrize(('rate_hz', 'stereo_int16'), FORMATS)
@given(st.lists(st.integers(1, 1000), max_size=300))
@settings(max_examples=6, deadline=None)
def test_frames_do_not_depend_on_how_audio_was_cut(rate_hz, stereo_int16, told, chunks_ms):
    samples = at_rate(rate_hz, stereo_int16)
    cuts = [c * rate_hz // 1000 for c in np.cumsum(chunks_ms) if c * rate_hz < len(samples) * 1000]
    frames, keys = in_chunks(samples, rate_hz, told, cuts)
    whole, whole_keys = at_once(rate_hz, stereo_int16, told)
    assert_same(frames, whole)
    assert [(k.time_s, k.phone, k.kind) for k in keys] == [
        (k.time_s, k.phone, k.kind) for k in whole_keys
    ]


@pytest.mark.parametrize('told', [None, TOLD])
@pytest.mark.parametrize('chunk_ms', [1, 20, 1000])
def test_frames_are_the_same_in_steady_chunks(told, chunk_ms):
    samples = at_rate(44100, False)
    cuts = np.arange(1, len(samples) * 1000 // 44100, chunk_ms) * 44100 // 1000
    assert_same(in_chunks(samples, 44100, told, cuts)[0], at_once(44100, False, told)[0])


@pytest.mark.parametrize(('rate_hz', 'stereo_int16'), FORMATS)
def test_sample_by_sample(rate_hz, stereo_int16):
    samples = at_rate(rate_hz, stereo_int16)[rate_hz // 2 :][: rate_hz // 8]
    one_by_one, _ = in_chunks(samples, rate_hz, None, range(1, len(samples)))
    assert_same(one_by_one, in_chunks(samples, rate_hz, None, [])[0])


# The clock

events = st.one_of(
    st.tuples(st.just('push'), st.integers(0, 9000), st.sampled_from([8000, 16000, 44100, 48000])),
    st.tuples(st.sampled_from(['finish', 'reset']), st.just(0), st.just(0)),
)


@given(st.lists(events, max_size=12), st.sampled_from([1.0, 25.0, 29.97, 60.0, 240.0]))
@settings(max_examples=40, deadline=None)
def test_the_grid_of_frames_has_no_gap_and_no_repeat(happenings, fps):
    stream = FaceStream(fps)
    noise = np.random.default_rng(0).standard_normal(9000).astype(np.float32) * 0.1
    frames, pushed_s = [], 0.0
    for what, n, rate_hz in happenings:
        if what == 'push':
            frames += stream.push_audio(noise[:n], rate_hz)
            pushed_s += n / rate_hz
        elif what == 'finish':
            frames += stream.finish()
            assert pushed_s - stream.input_time_s < 0.001
            pushed_s = stream.input_time_s
        else:
            stream.reset()
    assert [f.time_s for f in frames] == [k / fps for k in range(len(frames))]
    assert stream.frame_time_s == len(frames) / fps
    # the clock is the count of samples, but for a sample's rounding at changes of rate
    late_s = pushed_s - stream.input_time_s
    assert -0.001 < late_s < 0.0026 + 0.001
    assert pushed_s - stream.frame_time_s < stream.look_ahead_s + 0.001


@pytest.mark.parametrize('rate_hz', [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize('told', [None, TOLD])
def test_frames_come_within_the_look_ahead(rate_hz, told):
    stream = FaceStream()
    if told:
        stream.push_text(told)
    ms = np.linspace(0, rate_hz * 0.5, 501).astype(int)
    samples = np.random.default_rng(1).standard_normal(ms[-1]).astype(np.float32) * 0.1
    waited_s = []
    for first, end in itertools.pairwise(ms):
        for frame in stream.push_audio(samples[first:end], rate_hz):
            waited_s.append(end / rate_hz - frame.time_s)
    assert len(waited_s) > 20
    # chunks of 1 ms are the ruler of this measurement
    assert max(waited_s) <= stream.look_ahead_s + 0.001
    assert max(waited_s) <= 0.080
    assert stream.look_ahead_s <= 0.080


# Ends


@pytest.mark.parametrize('name', CLIPS)
@pytest.mark.parametrize('with_text', [False, True])
def test_finish_leaves_the_mouth_at_rest(name, with_text):
    frames, _ = face_of(name, name if with_text else None)
    np.testing.assert_allclose(frames[-1].weights, REST, atol=1e-3)
    assert frames[-1].time_s > len(clip(name)) / 16000
    w = weights(frames)
    assert ((w >= 0) & (w <= 1)).all()
    assert lip_aperture(w).max() > 0.2


def test_finish_in_the_middle_of_a_vowel_comes_to_rest_too():
    for end_s in (0.61, 0.9, 1.27, 2.05):
        frames, _ = animate(clip('sense')[: int(end_s * 16000)])
        np.testing.assert_allclose(frames[-1].weights, REST, atol=1e-3)


def test_finish_on_nothing_and_twice():
    stream = FaceStream()
    frames = stream.finish() + stream.finish()
    assert [f.time_s for f in frames] == [k / 60 for k in range(len(frames))]
    assert lip_aperture(weights(frames)).max() == 0


def open_moments(name, count):
    """Return times in the clip at which the face that is shown is far from rest."""
    frames, _ = face_of(name, name)
    aperture = lip_aperture(weights(frames))
    far = [f.time_s for f, a in zip(frames, aperture, strict=True) if a > 0.2]
    return far[:: max(1, len(far) // count)]


@pytest.mark.parametrize('with_text', [False, True])
def test_reset_in_a_vowel_leads_to_rest_without_a_jump(with_text):
    for time_s in open_moments('sense', 6):
        stream = FaceStream(fps=240, settings=NO_BLINKS)
        if with_text:
            stream.push_text(text('sense'))
        end = int((time_s + stream.look_ahead_s) * 16000)
        before = stream.push_audio(clip('sense')[:end])[-3:]
        stream.reset()
        after = stream.push_audio(np.zeros(16000, np.float32))
        path = weights(before + after)
        assert lip_aperture(path[2]) > 0.05
        speed = np.diff(path, axis=0)
        # position: no step wider than the last one, or than half the way in a 16th of the time
        assert np.abs(speed[2:]).max() <= max(np.abs(speed[1]).max(), path[2].max() * 0.06) + 1e-6
        # velocity: what the brake takes off from one frame to the next (24 ms are 6 frames)
        assert np.abs(speed[2] - speed[1]).max() <= 0.6 * np.abs(speed[1]).max() + 0.01
        rested = [f for f in after if f.time_s >= before[-1].time_s + 0.2]
        np.testing.assert_allclose(weights(rested), np.tile(REST, (len(rested), 1)), atol=1e-3)
        assert not stream.is_speaking
        assert not stream.follows_text


def test_after_reset_the_next_words_move_the_face():
    stream = FaceStream(settings=NO_BLINKS)
    stream.push_text(text('sense'))
    stream.push_audio(clip('sense')[:40000])
    stream.reset()
    stream.take_keys()
    stream.push_text(text('amiable'))
    frames = stream.push_audio(clip('amiable')) + stream.finish()
    assert lip_aperture(weights(frames)).max() > 0.2
    words = [k.phone for k in stream.take_keys() if k.from_text]
    assert len(words) > 30


def test_after_reset_a_stream_is_as_good_as_new():
    used = FaceStream(settings=NO_BLINKS)
    used.push_text(text('sense'))
    used.push_audio(clip('sense')[: 2 * 16000 + 77])
    used.reset()
    used.push_audio(np.zeros(16000 - 77, np.float32))  # three seconds are whole steps and frames
    used.reset()
    used.take_keys()
    used.push_text(text('amiable'))
    again = used.push_audio(clip('amiable')) + used.finish()
    new, keys = face_of('amiable', 'amiable')
    for one, other in zip(used.take_keys(), keys, strict=True):
        assert one.phone == other.phone
        assert one.time_s == pytest.approx(other.time_s + 3.0)
        np.testing.assert_array_equal(one.weights, other.weights)
    held_back = len(again) - len(new)
    assert again[held_back].time_s == 3.0
    np.testing.assert_allclose(weights(again[held_back:]), weights(new), atol=1e-3)


def test_two_utterances_are_followed_one_after_the_other():
    stream = FaceStream(settings=NO_BLINKS)
    for name in ('amiable', 'sonnet', 'amiable'):
        stream.push_text(text(name))
        stream.push_audio(clip(name))
        stream.finish()
        keys = stream.take_keys()
        assert np.mean([k.from_text for k in keys]) > 0.8, name


def test_text_left_unsaid_does_not_keep_the_next_from_being_found():
    stream = FaceStream(settings=NO_BLINKS)
    stream.push_text(text('sense'))
    stream.push_audio(clip('sense')[:32000])
    stream.finish()
    stream.take_keys()
    stream.push_text(text('amiable'))
    stream.push_audio(clip('amiable'))
    keys = [k for k in stream.take_keys() if k.phone != SILENCE]
    alone = [k for k in face_of('amiable', 'amiable')[1] if k.phone != SILENCE]
    tail = [k.phone for k in alone[-20:]]
    assert [k.phone for k in keys[-20:]] == tail


def test_is_speaking_covers_the_speech():
    stream = FaceStream()
    assert not stream.is_speaking
    silence = np.zeros(16000, np.float32)
    said = []
    for piece in np.array_split(np.concatenate((silence, clip('amiable'), silence)), 300):
        said += [(f.time_s, stream.is_speaking) for f in stream.push_audio(piece)]
    during = [s for t, s in said if 1.4 < t < 1 + len(clip('amiable')) / 16000 - 0.5]
    assert np.mean(during) > 0.9
    assert not any(s for t, s in said if t < 0.9)
    assert not said[-1][1]


# Text


@pytest.mark.parametrize(
    ('said', 'language'),
    [
        ('Привет, как дела? Сегодня хорошая погода.', 'en'),
        ('😀🎉 👍🏽', 'en'),
        ('', 'en'),
        ('... !? —', 'en'),
        ('Guten Tag, wie geht es Ihnen?', 'de'),
        ('\ud800\x00\x1b', 'en'),
    ],
)
def test_text_that_cannot_be_said_leaves_the_sound_alone(said, language):
    x = clip('amiable')[:32000]
    stream = FaceStream(settings=NO_BLINKS)
    warnings = stream.push_text(said, language=language)
    assert bool(warnings) == any(c.isalpha() for c in said)
    frames = stream.push_audio(x) + stream.finish()
    assert_same(frames, animate(x)[0])
    assert not stream.follows_text


@pytest.mark.parametrize(('name', 'wrong'), [(n, w) for n in CLIPS for w in CLIPS if n != w])
def test_the_wrong_text_degrades_to_the_sound(name, wrong):
    alone = lip_aperture(weights(face_of(name)[0]))
    misled = lip_aperture(weights(face_of(name, wrong)[0]))
    assert np.corrcoef(alone, misled)[0, 1] > 0.6
    closed, misled_closed = alone < LIPS_CLOSED_BELOW, misled < LIPS_CLOSED_BELOW
    assert abs(closed.mean() - misled_closed.mean()) < 0.12


@pytest.mark.parametrize('name', CLIPS)
def test_the_right_text_is_followed(name):
    _, keys = face_of(name, name)
    assert np.mean([k.from_text for k in keys]) > 0.9
    assert not any(k.from_text for k in face_of(name)[1])


def test_text_may_come_in_the_middle_of_the_utterance():
    words = text('sense').split()
    stream = FaceStream(settings=NO_BLINKS)
    half = len(clip('sense')) // 2
    frames = stream.push_audio(clip('sense')[:half])
    assert not stream.follows_text
    stream.push_text(' '.join(words))
    frames += stream.push_audio(clip('sense')[half:]) + stream.finish()
    late = [k for k in stream.take_keys() if k.time_s > len(clip('sense')) / 16000 - 1.5]
    assert np.mean([k.from_text for k in late]) > 0.5
    assert [f.time_s for f in frames] == [k / 60 for k in range(len(frames))]


def test_50_kb_of_text_are_taken_and_more_than_an_hour_is_refused_whole():
    x = clip('amiable')
    much = 'Hello world, this is a long speech. ' * 1400
    assert len(much) > 50_000
    alone, same = FaceStream(settings=NO_BLINKS), FaceStream(settings=NO_BLINKS)
    for stream in (alone, same):
        stream.push_text(text('amiable'))
        assert stream.push_text(much) == []
    with pytest.raises(ValueError, match='at most'):
        same.push_text(much)
    frames = [stream.push_audio(x) + stream.finish() for stream in (alone, same)]
    assert_same(*frames)
    keys = alone.take_keys()
    assert np.mean([k.from_text for k in keys]) > 0.9


# Timings


def timed(*items):
    return [TimedPhone(*item) for item in items]


@pytest.mark.parametrize('phone', ['P', 'B', 'M'])
@pytest.mark.parametrize('vowel', ['AA', 'IY', 'UW', 'S', 'SIL'])
def test_timed_closures_close_within_their_time(phone, vowel):
    silence = np.zeros(12000, np.float32)
    for offset_s in np.arange(0.0, 0.0167, 0.0042):
        for length_s in (0.035, 0.06, 0.12):
            start_s = 0.2 + offset_s
            end_s = start_s + length_s
            stream = FaceStream(settings=NO_BLINKS)
            stream.push_text('', phones=timed(
                (vowel, 0.05, start_s), (phone, start_s, end_s), (vowel, end_s, 0.55),
            ))  # fmt: skip
            frames = stream.push_audio(silence)
            inside = [lip_aperture(f.weights) for f in frames if start_s <= f.time_s <= end_s]
            assert min(inside) < LIPS_CLOSED_BELOW, (offset_s, length_s)
            if vowel not in ('SIL', 'S'):
                open_s = (0.05 + start_s) / 2 + 0.02
                opened = min(frames, key=lambda f: abs(f.time_s - open_s))
                assert lip_aperture(opened.weights) > LIPS_CLOSED_BELOW


def test_timings_count_from_the_next_sample():
    stream = FaceStream(settings=NO_BLINKS)
    frames = stream.push_audio(np.zeros(16000, np.float32))
    stream.push_text('', phones=timed(('AA', 0.3, 0.6)))
    frames += stream.push_audio(np.zeros(32000, np.float32))
    aperture = lip_aperture(weights(frames))
    opened = times(frames)[aperture > LIPS_CLOSED_BELOW]
    assert 1.1 < opened[0] < 1.35  # lips part a little before the sound
    assert 1.55 < opened[-1] < 1.75
    assert aperture.max() > 0.2


def test_timed_words_speak_their_phones():
    stream = FaceStream(settings=NO_BLINKS)
    words = [TimedWord('map', 0.1, 0.5), TimedWord('bee', 0.8, 1.1)]
    assert stream.push_text('map bee', words=words) == []
    stream.push_audio(np.zeros(32000, np.float32))
    told = [(k.phone, k.word) for k in stream.take_keys()[::2]]
    assert told == [
        ('M', 'map'), ('AE', 'map'), ('P', 'map'), (SILENCE, ''),
        ('B', 'bee'), ('IY', 'bee'), (SILENCE, ''),
    ]  # fmt: skip


def test_keys_name_the_word_as_it_is_written():
    stream = FaceStream(settings=NO_BLINKS)
    stream.push_text('He might *even* have been "made amiable".')
    stream.push_audio(clip('amiable'))
    keys = stream.take_keys()
    spoken = [word for word, _ in itertools.groupby(k.word for k in keys) if word]
    assert ' '.join(spoken) == 'He might even have been made amiable'
    assert not any(k.word for k in keys if k.phone == SILENCE or not k.from_text)


def test_timings_past_the_end_of_the_sound_are_cut_off():
    stream = FaceStream(settings=NO_BLINKS)
    stream.push_text('', phones=timed(('AA', 0.1, 1.0), ('OW', 1.0, 3.0)))
    frames = stream.push_audio(np.zeros(8000, np.float32)) + stream.finish()
    np.testing.assert_allclose(frames[-1].weights, REST, atol=1e-3)
    later = stream.push_audio(np.zeros(48000, np.float32))
    assert lip_aperture(weights(later)).max() < LIPS_CLOSED_BELOW


@pytest.mark.parametrize(
    'wrong',
    [
        {'phones': timed(('AA', 0.1, 0.3), ('B', 0.2, 0.4))},
        {'phones': timed(('AA', 0.1, float('nan')))},
        {'phones': timed(('AA', float('nan'), 0.2))},
        {'phones': timed(('AA', 0.1, float('inf')))},
        {'phones': timed(('AA', -0.5, 0.2))},
        {'phones': timed(('B', 0.1, 0.2), ('QQ', 0.2, 0.3))},
        {'words': [TimedWord('map', 0.1, 0.3), TimedWord('map', 0.2, 0.4)]},
        {'words': [TimedWord('map', 0.1, float('nan'))]},
        {'words': [TimedWord('map', -0.2, 0.3)]},
    ],
)
def test_wrong_timings_change_nothing(wrong):
    x = clip('amiable')[8000:28000]
    streams = [FaceStream(), FaceStream()]
    frames = [s.push_audio(x[:9000]) for s in streams]
    for s in streams:
        s.push_text('', phones=timed(('M', 0.0, 0.1)))
    with pytest.raises(ValueError, match=r'Timed|QQ'):
        streams[1].push_text('hello', **wrong)
    for s, got in zip(streams, frames, strict=True):
        got += s.push_audio(x[9000:]) + s.finish()
    assert_same(*frames)


# Bad input


@pytest.mark.parametrize(
    ('arguments', 'named'),
    [
        ((['a'],), '<U1'),
        (([1, 2, 3],), 'int64'),
        ((np.zeros(3, np.uint8),), 'uint8'),
        ((np.zeros(3, bool),), 'bool'),
        ((np.zeros(3, np.complex64),), 'complex64'),
        ((None,), 'object'),
        ((np.zeros((2, 2, 2), np.float32),), r'\(2, 2, 2\)'),
        ((np.float32(0.5),), r'\(\)'),
        ((np.zeros((5, 0), np.float32),), r'\(5, 0\)'),
        (([0.1], 7999), '7999'),
        (([0.1], 192001), '192001'),
        (([0.1], 0), '0'),
        (([0.1], -16000), '-16000'),
        (([0.1], 16000.5), '16000.5'),
        (([0.1], float('nan')), 'nan'),
    ],
)
def test_audio_that_cannot_be_is_refused_and_changes_nothing(arguments, named):
    x = clip('amiable')[8000:20000]
    streams = [FaceStream(), FaceStream()]
    frames = [s.push_audio(x[:6001], 22050) for s in streams]
    with pytest.raises(ValueError, match=named):
        streams[1].push_audio(*arguments)
    for s, got in zip(streams, frames, strict=True):
        got += s.push_audio(x[6001:], 22050) + s.finish()
    assert_same(*frames)
    assert streams[1].bad_samples == 0


@pytest.mark.parametrize('fps', [0, 0.99, 240.1, -60, float('nan'), float('inf')])
def test_a_frame_rate_out_of_range_is_refused(fps):
    with pytest.raises(ValueError, match=str(fps)):
        FaceStream(fps)


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="'tpu'"):
        FaceStream(device='tpu')


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize(
    ('bad', 'count'),
    [
        ([np.nan, np.inf, -np.inf], 3),
        ([1e30, -1e30], 2),
        ([1e300, -1e300], 2),
        ([[np.nan, 0.1], [np.inf, -np.inf]], 2),
    ],
)
def test_samples_that_cannot_be_are_counted_and_harmless(bad, count):
    stream = FaceStream(settings=NO_BLINKS)
    x = clip('amiable')
    frames = stream.push_audio(x[:16000])
    for _ in range(3):
        frames += stream.push_audio(np.array(bad))
        frames += stream.push_audio(x[16000:24000])
    assert stream.bad_samples == 3 * count
    frames += stream.push_audio(x[24000:]) + stream.finish()
    w = weights(frames)
    assert np.isfinite(w).all()
    assert ((w >= 0) & (w <= 1)).all()
    np.testing.assert_allclose(w[-1], REST, atol=1e-3)


def test_a_burst_of_nothing_but_wrong_samples_ends():
    stream = FaceStream(settings=NO_BLINKS)
    frames = stream.push_audio(np.full(16000, np.nan)) + stream.push_audio(np.full(16000, 1e9))
    frames += stream.push_audio(clip('amiable')) + stream.finish()
    assert stream.bad_samples == 32000
    assert lip_aperture(weights(frames))[-60 * 2 :].max() > 0.2
    np.testing.assert_allclose(frames[-1].weights, REST, atol=1e-3)


def test_clipped_speech_still_moves_the_lips():
    loud = np.clip(clip('amiable') * 30, -1, 1)
    aperture = lip_aperture(weights(animate(loud)[0]))
    assert aperture.max() > 0.2
    assert (aperture < LIPS_CLOSED_BELOW).any()


def test_one_sample_and_none():
    stream = FaceStream()
    assert stream.push_audio([]) == []
    assert stream.push_audio(np.zeros((0, 2), np.int16), 48000) == []
    assert stream.push_audio(np.array([0.5], np.float32)) == []
    frames = stream.finish()
    assert frames[0].time_s == 0.0
    assert lip_aperture(weights(frames)).max() < LIPS_CLOSED_BELOW


def test_a_minute_of_silence_keeps_the_lips_shut_and_the_eyes_alive():
    frames = FaceStream().push_audio(np.zeros(16000 * 60, np.float32))
    w = weights(frames)
    assert lip_aperture(w).max() < LIPS_CLOSED_BELOW
    shut = w[:, LIDS[0]] > 0.9
    assert 5 <= np.count_nonzero(np.diff(shut.astype(int)) == 1) <= 40
    np.testing.assert_array_equal(w[:, LIDS[0]], w[:, LIDS[1]])
    others = np.delete(w, EYES, axis=1)
    assert not others.any()
    assert np.ptp(w[:, ARKIT_INDEX['eyeLookOutLeft']]) > 0.1
    heads = np.degrees([f.head.rpy for f in frames])
    assert np.all(np.ptp(heads, axis=0) > 0.5)
    assert np.abs(heads).max() < 12
    assert np.abs(np.diff(heads, axis=0)).max() < 0.5


def test_room_noise_keeps_the_lips_shut():
    hiss = np.random.default_rng(3).standard_normal(16000 * 5).astype(np.float32) * 1e-3
    aperture = lip_aperture(weights(animate(hiss)[0]))
    assert np.mean(aperture < LIPS_CLOSED_BELOW) > 0.98


# Independence


def test_two_streams_do_not_hear_each_other():
    alone = [face_of(n, n)[0] for n in ('amiable', 'sonnet')]
    streams = [FaceStream(settings=NO_BLINKS) for _ in range(2)]
    frames = [[], []]
    for stream, name in zip(streams, ('amiable', 'sonnet'), strict=True):
        stream.push_text(text(name))
    for k in range(40):
        for stream, name, got in zip(streams, ('amiable', 'sonnet'), frames, strict=True):
            got += stream.push_audio(np.array_split(clip(name), 40)[k])
    for stream, got, expected in zip(streams, frames, alone, strict=True):
        got += stream.finish()
        assert_same(got, expected)


def test_frames_given_out_are_the_callers():
    stream, other = FaceStream(), FaceStream()
    frames, expected = [], []
    for piece in np.array_split(clip('amiable')[:24000], 30):
        got = stream.push_audio(piece)
        frames += [f.weights.copy() for f in got]
        for f in got:
            f.weights[:] = 9.0
        expected += other.push_audio(piece)
    np.testing.assert_array_equal(np.stack(frames), weights(expected))


def test_the_seed_is_of_eyes_and_head_only():
    x = np.concatenate((clip('amiable'), clip('sonnet'), clip('amiable')))
    one, same, other = (
        weights(FaceStream(seed=s, settings=FaceSettings(blinks_per_minute=60)).push_audio(x))
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(np.delete(one, EYES, 1), np.delete(other, EYES, 1))
    assert (one[:, LIDS] != other[:, LIDS]).any()


# Settings


def test_a_change_of_settings_while_speaking_glides():
    x = np.zeros(16000, np.float32)
    stream = FaceStream(settings=NO_BLINKS)
    frames = stream.push_audio(x)
    told = {'gain': {'jawOpen': 4.0}, 'offset': {'jawOpen': 0.8, 'browInnerUp': 1.0}}
    stream.settings = replace(NO_BLINKS, strength=2.0, **told)
    frames += stream.push_audio(x)
    assert stream.settings.strength == 2.0
    stream.settings = NO_BLINKS
    frames += stream.push_audio(x)
    w = weights(frames)
    assert w[:, ARKIT_INDEX['browInnerUp']].max() == 1.0
    # a quarter of a second is 15 frames
    assert np.abs(np.diff(w, axis=0)).max() < 0.08
    np.testing.assert_array_equal(w[-1], REST)


def test_gains_do_not_open_lips_that_are_sealed():
    x = clip('sense')
    plain = weights(face_of('sense', 'sense')[0])
    gain = {'jawOpen': 4.0, 'mouthLowerDown': 4.0, 'mouthUpperUp': 4.0, 'mouthFunnel': 4.0}
    strong = FaceSettings(blinks_per_minute=0, strength=2.0, gain=gain)
    boosted = weights(animate(x, text('sense'), settings=strong)[0])
    sealed = lip_aperture(plain) < LIPS_CLOSED_BELOW
    assert 20 < sealed.sum() < len(sealed) - 20
    assert lip_aperture(boosted)[sealed].max() < LIPS_CLOSED_BELOW + 1e-5
    assert lip_aperture(boosted)[~sealed].mean() > lip_aperture(plain)[~sealed].mean()


# Long runs


def test_keys_that_nobody_takes_are_bounded():
    stream = FaceStream(fps=5)
    phones = [TimedPhone(('AA', 'N', 'B')[k % 3], k * 0.01, (k + 1) * 0.01) for k in range(2400)]
    stream.push_text('', phones=phones)
    stream.push_audio(np.zeros(16000 * 26, np.float32))
    keys = stream.take_keys()
    assert 1000 < len(keys) <= 4096
    assert keys[-1].phone == SILENCE
    assert stream.take_keys() == []


def test_a_clock_that_begins_late_changes_nothing_but_the_times():
    early, late = FaceStream(settings=NO_BLINKS), FaceStream(settings=NO_BLINKS)
    early.start_at(100)
    late.start_at(8_640_000)  # two days on
    shown = [face.push_audio(clip('amiable')) for face in (early, late)]
    assert len(shown[0]) == len(shown[1]) > 100
    np.testing.assert_allclose(times(shown[0]) - 2.0, times(shown[1]) - 172_800.0, atol=1e-6)
    np.testing.assert_allclose(weights(shown[0]), weights(shown[1]), atol=1e-6)


def test_a_clock_that_runs_cannot_be_set():
    face = FaceStream()
    with pytest.raises(ValueError, match='step 74'):
        face.start_at(74)
    face.push_audio(np.zeros(10, np.float32))
    with pytest.raises(ValueError, match='step 100'):
        face.start_at(100)
