# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import facetalk_ros
from facetalk_ros.audio.features import FRAMES_PER_STEP, MEL_BANDS, STEP_SAMPLES, LogMel
from facetalk_ros.audio.files import read_audio
from facetalk_ros.speech.acoustic import AcousticModel, Heard, default_model
from facetalk_ros.speech.phones import PHONE_INDEX, PHONES, SILENCE

DATA = Path(__file__).parents[1] / 'data'
WEIGHTS = Path(facetalk_ros.__file__).parent / 'weights' / 'acoustic.onnx'


def mels(samples):
    mel = LogMel()
    steps = len(samples) // STEP_SAMPLES
    return [mel.step(x) for x in samples[: steps * STEP_SAMPLES].reshape(steps, STEP_SAMPLES)]


def listen(model, steps, state=None):
    state = model.start() if state is None else state
    out = []
    for mel in steps:
        heard, state = model.step(mel, state)
        out.append(heard.log_posteriors)
    return np.concatenate(out), state


def heard_of(model, steps):
    """Return what each step gives, stacked."""
    state, out = model.start(), []
    for mel in steps:
        heard, state = model.step(mel, state)
        out.append(heard)
    return Heard(*map(np.stack, zip(*out, strict=True)))


@pytest.fixture(scope='module')
def steps():
    return mels(read_audio(DATA / 'amiable.opus')[0].samples[:, 0])


@pytest.fixture(scope='module')
def model():
    return default_model('cpu')


def test_a_step_gives_distributions_over_the_phones(model, steps):
    out, state = listen(model, steps)
    assert out.shape == (len(steps) * FRAMES_PER_STEP, len(PHONES))
    assert out.dtype == state.dtype == np.float32
    assert state.shape == model.start().shape
    np.testing.assert_allclose(np.exp(out.astype(float)).sum(1), 1.0, atol=1e-4)
    assert (out <= 1e-6).all()


def test_a_step_gives_odds_of_boundaries_and_features(model, steps):
    heard = heard_of(model, steps[:60])
    assert heard.boundaries.shape == (60, FRAMES_PER_STEP)
    assert heard.features.shape == (60, heard.features.shape[1])
    assert heard.features.shape[1] > 1
    for values in heard:
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert np.ptp(values, axis=0).max() > 0


def test_a_clip_at_once_is_as_its_steps_one_after_another(model, steps):
    whole = model.whole(np.concatenate(steps))
    for at_once, each in zip(whole, heard_of(model, steps), strict=True):
        np.testing.assert_allclose(at_once, each, atol=1e-3)


def test_streams_together_are_as_each_alone(model, steps):
    each = [model.step(mel, model.start())[0] for mel in steps[50:53]]
    answers = model.step_many([(mel,) for mel in steps[50:53]], [model.start()] * 3)
    for answer, alone in zip(answers, each, strict=True):
        for one, other in zip(Heard(*answer.outputs), alone, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def test_the_prior_is_a_distribution_over_the_phones(model):
    assert model.log_prior.shape == (len(PHONES),)
    assert np.exp(model.log_prior.astype(float)).sum() == pytest.approx(1.0, abs=0.01)


def test_the_look_ahead_fits_the_promise_of_the_stream(model):
    assert 0 <= model.look_ahead_steps * 0.02 <= 0.08


def test_the_same_sound_gives_the_same_bits(model, steps):
    first, _ = listen(model, steps)
    np.testing.assert_array_equal(first, listen(model, steps)[0])
    np.testing.assert_array_equal(first, listen(AcousticModel(device='cpu'), steps)[0])


def test_the_state_is_all_that_a_stream_remembers(model, steps):
    whole, _ = listen(model, steps)
    head, state = listen(model, steps[:40])
    kept = state.copy()
    listen(model, steps[::-1])  # another stream in between
    np.testing.assert_array_equal(state, kept)
    tail, _ = listen(model, steps[40:], state)
    np.testing.assert_array_equal(np.concatenate((head, tail)), whole)


def test_nothing_is_heard_before_it_sounds(model, steps):
    changed = list(steps)
    changed[50] = changed[50] + np.float32(1.0)
    one, other = listen(model, steps)[0], listen(model, changed)[0]
    np.testing.assert_array_equal(one[: 50 * FRAMES_PER_STEP], other[: 50 * FRAMES_PER_STEP])
    assert (one[50 * FRAMES_PER_STEP :] != other[50 * FRAMES_PER_STEP :]).any()


def test_digital_silence_is_silence(model):
    out, _ = listen(model, mels(np.zeros(32000, np.float32)))
    assert (out[40:].argmax(1) == PHONE_INDEX[SILENCE]).all()


def test_speech_is_heard_as_many_phones(model, steps):
    out, _ = listen(model, steps)
    assert len(set(out.argmax(1))) > 12


def test_extreme_features_give_finite_posteriors(model):
    for value in (-1e4, 1e4):
        mel = np.full((FRAMES_PER_STEP, MEL_BANDS), value, np.float32)
        assert np.isfinite(listen(model, [mel] * 5)[0]).all()


def test_the_default_model_is_loaded_once():
    assert default_model('cpu') is default_model('cpu')


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / 'no.onnx', tmp_path):
        with pytest.raises(FileNotFoundError, match=str(path)):
            AcousticModel(path)


def wrong_files():
    weights = WEIGHTS.read_bytes()
    kind = b'facetalk acoustic model 2'
    assert kind in weights
    return {
        'empty': b'',
        'text': b'not a model\n' * 100,
        'random': np.random.default_rng(0).bytes(5000),
        'truncated': weights[: len(weights) // 2],
        'another_kind': weights.replace(kind, kind[:-1] + b'9'),
        'older': weights.replace(kind, kind[:-1] + b'1'),
        'no_facts': weights.replace(b'facetalk', b'facetulk'),
        'other_phones': weights.replace(b'"AA", "AE"', b'"AE", "AA"'),
    }


@pytest.mark.parametrize('kind', wrong_files())
def test_a_file_that_is_no_acoustic_model_is_refused_by_name(tmp_path, kind):
    path = tmp_path / f'{kind}.onnx'
    path.write_bytes(wrong_files()[kind])
    with pytest.raises(ValueError, match=f'{kind}.onnx is not'):
        AcousticModel(path)


def test_devices():
    assert AcousticModel(device='cpu').provider == 'CPUExecutionProvider'
    assert AcousticModel(device='auto').provider in onnxruntime.get_available_providers()
    with pytest.raises(ValueError, match=r"'tpu' is not one of auto, cpu, cuda"):
        AcousticModel(device='tpu')


@pytest.mark.skipif(
    'CUDAExecutionProvider' in onnxruntime.get_available_providers(), reason='CUDA is here'
)
def test_cuda_that_is_not_there_is_said_so():
    with pytest.raises(RuntimeError, match='onnxruntime-gpu'):
        default_model('cuda')
