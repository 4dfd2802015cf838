# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from facetalk_ros.audio.features import FRAMES_PER_STEP, MEL_BANDS, LogMel
from facetalk_ros.speech.acoustic import AcousticModel
from facetalk_ros.speech.phones import PHONES

torch = pytest.importorskip('torch', reason='training needs torch')
onnx = pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training import acoustic_fit, train_acoustic  # noqa: E402
from facetalk_ros.training.data import corpus  # noqa: E402
from facetalk_ros.training.models.acoustic import (  # noqa: E402
    AcousticConfig,
    AcousticNet,
    export,
)
from facetalk_ros.training.pseudo_labels import pseudo_label  # noqa: E402

SMALL = AcousticConfig(channels=12, dilations=(1, 2, 4), look_ahead_steps=2)
PRIOR = np.log(np.full(len(PHONES), 1 / len(PHONES), np.float32))


def small_net(seed=0):
    torch.manual_seed(seed)
    net = AcousticNet(SMALL)
    for norm in net.norms:  # as if it had been trained
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2.0)
    return net.eval()


def noise_mel(steps, seed=0):
    samples = np.random.default_rng(seed).standard_normal(320 * steps).astype(np.float32) * 0.1
    return LogMel().whole(samples).reshape(steps, FRAMES_PER_STEP * MEL_BANDS)


def whole_clip(net, mel):
    """Return posteriors, boundaries and features of all steps, and the state after them."""
    with torch.no_grad():
        *out, state = net(torch.from_numpy(mel)[None], torch.zeros(1, net.state_size))
    return [o[0].numpy() for o in out], state.numpy()


def test_the_model_that_runs_is_the_net_that_was_trained(tmp_path):
    """Step by step with explicit state equals the whole clip at once."""
    net, mel = small_net(), noise_mel(60)
    export(net, SMALL, PRIOR, tmp_path / 'acoustic.onnx')
    model = AcousticModel(tmp_path / 'acoustic.onnx', 'cpu')
    expected, last_state = whole_clip(net, mel)
    state, out = model.start(), []
    for step in mel:
        heard, state = model.step(step.reshape(FRAMES_PER_STEP, MEL_BANDS), state)
        out.append(heard)
    for found, whole in zip(zip(*out, strict=True), expected, strict=True):
        np.testing.assert_allclose(np.stack(found), whole, atol=1e-4)
    np.testing.assert_allclose(state, last_state, atol=1e-4)


def onnx_facts(path):
    (facts,) = (p.value for p in onnx.load(str(path)).metadata_props if p.key == 'facetalk')
    return facts


def test_what_the_runtime_must_know_travels_with_the_model(tmp_path):
    prior = np.log(np.arange(1, len(PHONES) + 1, dtype=np.float32) / 820)
    export(small_net(), SMALL, prior, tmp_path / 'acoustic.onnx')
    model = AcousticModel(tmp_path / 'acoustic.onnx')
    assert model.look_ahead_steps == SMALL.look_ahead_steps
    np.testing.assert_allclose(model.log_prior, prior, atol=1e-4)
    facts = json.loads(onnx_facts(tmp_path / 'acoustic.onnx'))
    assert facts['kind'] == 'facetalk acoustic model 2'
    assert facts['config'] == {'channels': 12, 'dilations': [1, 2, 4], 'look_ahead_steps': 2}


def test_the_net_hears_no_future():
    net, mel = small_net(), noise_mel(30)
    changed = mel.copy()
    changed[20] += 1.0
    for one, other in zip(whole_clip(net, mel)[0], whole_clip(net, changed)[0], strict=True):
        np.testing.assert_array_equal(one[:20], other[:20])
        assert (one[20:] != other[20:]).any()


def test_features_are_what_a_step_hears_and_posteriors_come_later():
    net, mel = small_net(), noise_mel(30)
    posteriors, boundaries, features = whole_clip(net, mel)[0]
    assert posteriors.shape == (30, FRAMES_PER_STEP, len(PHONES))
    assert boundaries.shape == (30, FRAMES_PER_STEP)
    assert features.shape == (30, SMALL.channels)
    assert (features >= 0).all()
    np.testing.assert_allclose(np.exp(posteriors).sum(-1), 1, atol=1e-5)


def write(path, header, rows):
    with path.open('w', newline='') as f:
        csv.writer(f).writerows([header, *rows])


@pytest.fixture
def data(tmp_path):
    """Hisses that are S and hums that are M: two talkers, six seconds each."""
    speech = tmp_path / 'data' / 'speech'
    for name in ('clips', 'rir', 'noise'):
        (speech / name).mkdir(parents=True)
    rng = np.random.default_rng(0)
    soundfile.write(speech / 'rir' / 'r.wav', np.float32([1.0, 0.0, 0.3]), 16000)
    soundfile.write(speech / 'noise' / 'n.wav', rng.standard_normal(8000) * 0.1, 16000)
    t = np.arange(8000) / 16000
    hum, hiss = np.sin(2 * np.pi * 120 * t) * 0.3, rng.standard_normal(8000) * 0.1
    manifest, phones = [], []
    for split, source, seconds in (('train', 'vctk', 6), ('train', 'an4', 6), ('dev', 'an4', 2)):
        name = f'{split}_{source}'
        soundfile.write(speech / 'clips' / f'{name}.wav', np.tile((*hum, *hiss), seconds), 16000)
        manifest.append(
            (name, f'clips/{name}.wav', name, source, 'CC0', split, 'ms ' * seconds, '1')
        )
        for k in range(seconds):
            phones += [(name, 'M', k, k + 0.5), (name, 'S', k + 0.5, k + 1)]
    header = ('id', 'file', 'speaker', 'source', 'licence', 'split', 'transcript', 'aligned')
    write(speech / 'manifest.csv', header, manifest)
    write(speech / 'phones.csv', ('id', 'phone', 'start_s', 'end_s'), phones)
    return tmp_path / 'data'


def run(data, out, steps, teacher_steps=2, channels=8):
    train_acoustic.main([
        '--data', str(data), '--out', str(out), '--steps', str(steps), '--teacher-steps',
        str(teacher_steps), '--channels', str(channels), '--variants', '2', '--seed', '3',
    ])  # fmt: skip
    return json.loads((out / 'acoustic.json').read_text())


def test_a_short_training_learns_writes_a_model_and_its_record(data, tmp_path):
    out = tmp_path / 'out'
    record = run(data, out, 40, teacher_steps=40)
    model = AcousticModel(out / 'acoustic.onnx')
    assert record['clips'] == 2
    assert {(s['source'], s['licence']) for s in record['sources']} == {
        ('vctk', 'CC0'), ('an4', 'CC0'),
    }  # fmt: skip
    assert record['dev_frame_accuracy']['all'] > 0.6  # half would be chance
    assert record['parameters'] > 1000
    mel, state, right = LogMel(), model.start(), []
    sound = soundfile.read(data / 'speech' / 'clips' / 'dev_an4.wav', dtype='float32')[0]
    labels = corpus.frame_labels(tuple(('MS'[k % 2], k / 2, k / 2 + 0.5) for k in range(4)), 200)
    for k, samples in enumerate(sound.reshape(-1, 320)):
        heard, state = model.step(mel.step(samples), state)
        if k >= model.look_ahead_steps:
            at = 2 * (k - model.look_ahead_steps)
            right += (heard.log_posteriors.argmax(1) == labels[at : at + 2]).tolist()
    assert np.mean(right) == pytest.approx(record['dev_frame_accuracy']['all'], abs=0.05)


def test_three_steps_from_one_seed_give_the_same_model_twice(data, tmp_path):
    models = []
    for name in ('one', 'two'):
        run(data, tmp_path / name, 3)
        models.append(AcousticModel(Path(tmp_path / name / 'acoustic.onnx')))
    mel = noise_mel(1).reshape(FRAMES_PER_STEP, MEL_BANDS)
    one, two = (m.step(mel, m.start())[0] for m in models)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_was_stopped_goes_on_and_ends_the_same(data, tmp_path, monkeypatch):
    monkeypatch.setattr(acoustic_fit, '_SAVE_EVERY', 2)
    whole = run(data, tmp_path / 'whole', 5)
    learned, drawn = acoustic_fit.draw, []

    def interrupted(*args):
        drawn.append(args)
        if len(drawn) == 2 + 4:  # two steps of the teacher, four of the encoder
            raise KeyboardInterrupt
        return learned(*args)

    monkeypatch.setattr(acoustic_fit, 'draw', interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path / 'parts', 5)
    assert not (tmp_path / 'parts' / 'acoustic.onnx').exists()
    parts = run(data, tmp_path / 'parts', 5)
    assert len(drawn) == 6 + 3  # what had been saved is not trained again
    one, two = ((tmp_path / name / 'acoustic.onnx').read_bytes() for name in ('whole', 'parts'))
    assert one == two
    for record in (whole, parts):
        record.pop('training_s')
    assert whole == parts


def test_the_steps_of_another_training_are_refused(data, tmp_path):
    run(data, tmp_path, 2)
    with pytest.raises(ValueError, match=r'encoder\.pt is of another configuration: steps is 2'):
        run(data, tmp_path, 3)
    with pytest.raises(ValueError, match=r'teacher\.pt .* channels is 8, not 6'):
        run(data, tmp_path, 2, channels=6)


@pytest.fixture
def more_data(data):
    """Add a recording of which nobody knows the phones."""
    speech = data / 'speech'
    sound = soundfile.read(speech / 'clips' / 'train_an4.wav')[0]
    soundfile.write(speech / 'clips' / 'untold.wav', sound[: 3 * 16000], 16000)
    rows = list(csv.reader((speech / 'manifest.csv').open(newline='')))
    rows.append(('untold', 'clips/untold.wav', 'her', 'web', 'CC BY', 'train', '', '0'))
    rows = [[*row, 'language' if i == 0 else 'en'] for i, row in enumerate(rows)]
    write(speech / 'manifest.csv', rows[0], rows[1:])
    return data


def test_the_teacher_labels_what_has_no_phones(more_data, tmp_path, monkeypatch):
    labelled = []

    def label(*args):
        labelled.append(pseudo_label(*args))
        return labelled[-1]

    monkeypatch.setattr(train_acoustic, 'pseudo_label', label)
    record = run(more_data, tmp_path / 'out', 2, teacher_steps=40)
    assert [r.name for r in labelled] == ['untold']
    assert record['clips'] == 3
    assert record['hours']['unlabelled'] == pytest.approx(3 / 3600, abs=0.01)
    assert ('web', 'CC BY') in {(s['source'], s['licence']) for s in record['sources']}


def test_a_teacher_that_is_sure_of_nothing_does_no_harm(more_data, tmp_path, monkeypatch):
    monkeypatch.setattr(train_acoustic, 'pseudo_label', lambda net, config, clip: clip)
    run(more_data, tmp_path / 'out', 2)
    model = AcousticModel(tmp_path / 'out' / 'acoustic.onnx')
    assert np.isfinite(model.log_prior).all()
    mel = noise_mel(1).reshape(FRAMES_PER_STEP, MEL_BANDS)
    assert all(np.isfinite(x).all() for x in model.step(mel, model.start())[0])


def test_a_folder_without_phones_is_refused(data, tmp_path):
    (data / 'speech' / 'phones.csv').unlink()
    with pytest.raises(ValueError, match='no recording with phones'):
        run(data, tmp_path / 'out', 2)
