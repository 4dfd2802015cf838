# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros import FaceStream
from facetalk_ros.audio.files import read_audio
from facetalk_ros.face import ARKIT_INDEX, LOWER_FACE_NAMES, UPPER_FACE_NAMES
from facetalk_ros.motion.settings import FaceSettings
from facetalk_ros.speech.timings import TimedWord

DATA = Path(__file__).parent / 'data'
STILL = FaceSettings(blinks_per_minute=0, gaze=False, head_motion=0)
LOWER = [ARKIT_INDEX[n] for n in LOWER_FACE_NAMES]
UPPER = [ARKIT_INDEX[n] for n in UPPER_FACE_NAMES]
TEXT = (DATA / 'sense.txt').read_text('utf-8')


@functools.cache
def clip():
    return read_audio(DATA / 'sense.opus')[0].samples[:, 0]


def speak(text, settings=STILL, **options):
    stream = FaceStream(settings=settings, **options)
    stream.push_text(text)
    silence = np.zeros(16000 * 3, np.float32)
    return stream.push_audio(np.concatenate((clip(), silence))) + stream.finish()


@functools.cache
def weights(text, **changed):
    return np.array([f.weights for f in speak(text, replace(STILL, **changed))])


@pytest.mark.parametrize('family', ['joy', 'sadness', 'anger', 'fear', 'disgust', 'surprise'])
def test_what_is_felt_shows_above_the_mouth_and_leaves_the_lips_alone(family):
    plain, felt = weights(TEXT), weights(f'<{family}>{TEXT}</{family}>')
    speech = slice(0, len(clip()) * 60 // 16000)
    assert np.abs(felt - plain)[speech, LOWER].mean() < 0.01
    assert np.abs(felt - plain)[:, UPPER].max() > 0.15
    # it is over when the sentence is
    np.testing.assert_allclose(felt[-1], plain[-1], atol=0.02)


def test_expressiveness_scales_it_and_turns_it_off():
    angry = f'<anger>{TEXT}</anger>'
    brow = ARKIT_INDEX['browDownLeft']
    none, half, full = (weights(angry, expressiveness=e)[:, brow].max() for e in (0.0, 0.5, 1.0))
    assert none == 0
    assert half == pytest.approx(full / 2, rel=0.1)


def test_accents_nod_and_raise_the_brows():
    frames = speak('', replace(STILL, head_motion=1.0))
    calm = speak('', replace(STILL, head_motion=1.0, expressiveness=0))
    brows = np.array([f.weights[ARKIT_INDEX['browOuterUpLeft']] for f in frames])
    assert 0.05 < brows.max() < 0.4
    nods = np.degrees([f.head.pitch - g.head.pitch for f, g in zip(frames, calm, strict=True)])
    assert 0.5 < nods.max() < 5


def test_no_channel_steps_but_for_blinks_and_lips():
    frames = speak(f'<joy>{TEXT}</joy>', FaceSettings())
    w = np.array([f.weights for f in frames])
    blinks = [ARKIT_INDEX[f'eyeBlink{s}'] for s in ('Left', 'Right')]
    others = [i for i in UPPER if i not in blinks]
    assert np.abs(np.diff(w[:, others], axis=0)).max() < 0.25
    heads = np.degrees([f.head.rpy for f in frames])
    assert np.abs(np.diff(heads, axis=0)).max() < 1.0


def test_a_barge_in_ends_a_feeling_within_a_fifth_of_a_second():
    stream = FaceStream(settings=STILL)
    stream.push_text(f'<anger>{TEXT}</anger>')
    frames = stream.push_audio(clip()[:48000])
    brow = ARKIT_INDEX['browDownLeft']
    assert frames[-1].weights[brow] > 0.2
    stream.reset()
    after = stream.push_audio(np.zeros(16000, np.float32))
    w = np.array([frames[-1].weights, *(f.weights for f in after)])
    assert w[12:, brow].max() < 0.05
    assert np.abs(np.diff(w, axis=0)).max() < 0.25


def test_words_with_times_express_too():
    text = 'I am so angry with you!'
    words = [TimedWord(w.strip('!'), 0.3 * i, 0.3 * i + 0.28) for i, w in enumerate(text.split())]
    stream = FaceStream(settings=STILL)
    stream.push_text(f'<anger>{text}</anger>', words=words)
    frames = stream.push_audio(np.zeros(32000, np.float32))
    assert max(f.weights[ARKIT_INDEX['browDownLeft']] for f in frames) > 0.2


def test_attention_moves_the_eyes_of_a_silent_face():
    shares = {}
    for attention in ('listening', 'thinking'):
        stream = FaceStream(settings=replace(STILL, gaze=True))
        stream.attend(attention)
        frames = stream.push_audio(np.zeros(16000 * 20, np.float32))
        up = [f.weights[ARKIT_INDEX['eyeLookUpLeft']] for f in frames]
        shares[attention] = np.mean(np.array(up) > 0.2)
    assert shares['thinking'] > shares['listening'] + 0.1
    with pytest.raises(ValueError, match='attention'):
        FaceStream().attend('dreaming')


@pytest.mark.parametrize('text', ['', '   ', 'Ich bin so froh, dass du da bist!', '!?.,', '😀'])
def test_any_text_leaves_a_face_that_moves(text):
    w = weights(text, gaze=True)
    assert np.isfinite(w).all()
    assert np.ptp(w[:, ARKIT_INDEX['jawOpen']]) > 0.1
