# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.features import STEP_S
from facetalk_ros.face.articulation import CHANNELS
from facetalk_ros.motion.learned import INSTANT_AGES_S, INSTANTS, KEY_POSES, Spoken
from facetalk_ros.speech.phones import PHONES, SILENCE

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.training import motion_fit  # noqa: E402
from facetalk_ros.training.checkpoint import write_checkpoint  # noqa: E402
from facetalk_ros.training.data.recording import Recording  # noqa: E402
from facetalk_ros.training.models.motion import MotionConfig  # noqa: E402
from facetalk_ros.training.motion_examples import (  # noqa: E402
    Curve,
    Example,
    decided,
    usual_reach,
)
from facetalk_ros.training.motion_fit import STAGES, Fitting, Trainer, draw  # noqa: E402
from facetalk_ros.training.motion_measure import motion_of  # noqa: E402

_C = len(CHANNELS)
JAW = CHANNELS.index('jawOpen')
SMALL = MotionConfig(features=4, hidden=12, key_hidden=16, dilations=(1, 2), dropout=0.1)
FITTING = Fitting(steps=(3, 4, 3), seed=5, batch=4, crop=30)
N = 90


def made(seed=0, steps=N, speaker='ann', with_text=True):
    """Return a clip whose channels are moved by two slow waves that its features tell."""
    rng = np.random.default_rng(seed)
    waves = [rng.uniform(0.5, 2.5, 2), rng.uniform(0, 6, 2)]

    def hidden(times_s):
        return 0.5 - 0.5 * np.cos(2 * np.pi * np.multiply.outer(times_s, waves[0]) + waves[1])

    mixing = np.random.default_rng(99).uniform(0, 1, (2, _C)) * usual_reach()
    fine_s = np.arange(-10, steps * 2 + 60) / 100
    motion_at = Curve((hidden(fine_s) @ mixing).astype(np.float32)[10:], 100.0, 1.0)
    times_s = (np.arange(steps)[:, None] + 1) * STEP_S - np.array(INSTANT_AGES_S)
    motion = np.stack([motion_at(t) for t in times_s.T], 1)
    now = hidden(times_s)
    features = np.concatenate((now[:, 0], now[:, 1]), 1)
    sure = np.repeat((times_s >= 0)[..., None], _C, 2).astype(np.float32)
    found, start_s = [(0, Spoken(SILENCE, -1.0))], 0.1
    while start_s < steps * STEP_S - 0.1:
        phone = str(rng.choice(PHONES))
        begun = int(np.ceil((start_s + 0.04) / STEP_S))
        found.append((begun, Spoken(phone, start_s, told=with_text)))
        start_s += rng.uniform(0.05, 0.2)
    told = {'sound': decided([(n, s._replace(told=False)) for n, s in found], steps, motion_at)}
    if with_text:
        told['text'] = decided(found, steps, motion_at)
    recording = Recording(
        f'{speaker}{seed}', Path('a.wav'), speaker, 'made', 'CC0', 'train', '',
        duration_s=steps * STEP_S,
    )  # fmt: skip
    return Example(recording, features.astype(np.float16), motion, sure, told)


@pytest.fixture(scope='module')
def examples():
    return [made(seed) for seed in range(4)]


def trainer(examples, fitting=FITTING, config=SMALL, **options):
    return Trainer(config, fitting, examples, **options)


def quiet(line):
    pass


def parameters(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def moved(before, net):
    after = net.state_dict()
    return any(not torch.equal(value, after[name]) for name, value in before.items())


def error(one, clips, mode='sound'):
    """Return the mean error of clips in units of a usual reach."""
    off = []
    for clip in clips:
        _, poses = motion_of(one, clip, mode)
        sure = clip.sure.reshape(-1, _C) > 0
        off.append(np.abs(poses - clip.motion.reshape(-1, _C))[sure.all(1)] / usual_reach())
    return float(np.concatenate(off).mean())


def test_stages_follow_each_other(examples):
    one = trainer(examples)
    seen = []
    while one.step < one.steps:
        seen.append(one.stage())
        one.run(one.step + 1, quiet)
    assert [STAGES[stage] for stage, _ in seen] == (
        ['keys'] * 3 + ['completion'] * 4 + ['joint'] * 3
    )
    assert [part for _, part in seen] == [0, 1 / 3, 2 / 3, 0, 0.25, 0.5, 0.75, 0, 1 / 3, 2 / 3]
    with pytest.raises(ValueError, match='training is over'):
        one.stage()
    one.run(report=quiet)
    assert one.step == one.steps == 10


@pytest.mark.parametrize(
    ('steps', 'keys', 'completion'),
    [((2, 0, 0), True, False), ((0, 2, 0), False, True), ((0, 0, 2), True, True)],
)
def test_each_stage_trains_its_networks(examples, steps, keys, completion):
    one = trainer(examples, replace(FITTING, steps=steps))
    before = parameters(one.keys), parameters(one.completion)
    one.run(report=quiet)
    assert (moved(before[0], one.keys), moved(before[1], one.completion)) == (keys, completion)


def test_each_stage_begins_anew(examples):
    """What the optimiser remembers of the stage before does not push the networks."""
    one = trainer(examples)
    for step, net in ((3 + 1, one.completion), (3 + 4 + 1, one.keys), (3 + 4 + 1, one.completion)):
        one.run(step, quiet)
        assert one._optimiser.state[net.out.bias]['step'] == 1


def batch_of(one, seed=0):
    rng = np.random.default_rng(seed)
    return draw(one.examples, one._shares, one.fitting, rng)


def test_the_joint_stage_teaches_keys_by_the_motion_they_make(examples):
    """Also where no phone begins and no key is known."""
    one = trainer(examples)
    batch = batch_of(one)
    batch = replace(batch, begins=torch.zeros_like(batch.begins))
    one.loss(batch, 2, np.random.default_rng(0)).backward()
    assert one.keys.out.bias.grad.abs().max() > 0
    one = trainer(examples)
    one.loss(batch_of(one), 1, np.random.default_rng(0)).backward()
    assert one.keys.out.bias.grad is None


def test_what_was_not_measured_has_no_part_in_the_loss(examples):
    one = trainer(examples)
    one.keys.eval(), one.completion.eval()
    batch = batch_of(one)
    wrong = replace(
        batch,
        sure=batch.sure.clone(),
        motion=batch.motion.clone(),
        keys=batch.keys.clone(),
    )
    unsure = replace(batch, sure=wrong.sure)
    wrong.sure.reshape(*wrong.sure.shape[:2], INSTANTS, _C)[..., JAW] = 0
    wrong.motion.reshape(*wrong.motion.shape[:2], INSTANTS, _C)[..., JAW] += 5
    for stage, given in ((0, 0.0), (1, 0.0), (2, 0.0)):
        one.fitting = replace(FITTING, given=given)
        right, other = (
            one.loss(b, stage, np.random.default_rng(0)).item() for b in (unsure, wrong)
        )
        assert other == pytest.approx(right, rel=1e-5), STAGES[stage]
    wrong.keys.reshape(*wrong.keys.shape[:2], KEY_POSES, _C)[..., JAW] += 5
    right, other = (one.loss(b, 0, np.random.default_rng(0)).item() for b in (unsure, wrong))
    assert other == pytest.approx(right, rel=1e-5)


def test_what_is_half_believed_counts_less(examples):
    """An error in a channel of a source that shows it badly."""
    one = trainer(examples, replace(FITTING, given=0.0))
    one.keys.eval(), one.completion.eval()
    batch = batch_of(one)

    def losses(trust):
        """Return what the loss grows by for an error in the jaw, in each stage."""
        right = replace(batch, sure=batch.sure.clone())
        right.sure.reshape(*right.sure.shape[:2], INSTANTS, _C)[..., JAW] *= trust
        wrong = replace(right, motion=batch.motion.clone(), keys=batch.keys.clone())
        wrong.motion.reshape(*wrong.motion.shape[:2], INSTANTS, _C)[..., JAW] += 5
        wrong.keys.reshape(*wrong.keys.shape[:2], KEY_POSES, _C)[..., JAW] += 5
        with torch.no_grad():
            return [
                one.loss(b, stage, np.random.default_rng(0)).item()
                for stage in (0, 1)
                for b in (right, wrong)
            ]

    grown = {t: np.diff(np.reshape(losses(t), (2, 2)), axis=1).ravel() for t in (0.0, 0.3, 1.0)}
    np.testing.assert_allclose(grown[0.0], 0, atol=1e-3)
    assert (grown[0.3] > 0.01 * grown[1.0]).all()
    assert (grown[0.3] < 0.5 * grown[1.0]).all()


def test_the_odds_of_the_lips_are_not_trained_by_faces(examples):
    one = trainer(examples)
    before = [p.detach().clone() for p in one.completion.lip_parameters()]
    one.run(report=quiet)
    for parameter, value in zip(one.completion.lip_parameters(), before, strict=True):
        assert torch.equal(parameter, value)


def test_given_keys_are_the_captured_ones(examples):
    one = trainer(examples, replace(FITTING, given=1.0))
    batch = batch_of(one)
    seen = []
    one.completion.register_forward_pre_hook(lambda net, inputs: seen.append(inputs[4]))
    one.loss(batch, 1, np.random.default_rng(0))
    one.loss(batch, 2, np.random.default_rng(0))
    one.fitting = replace(FITTING, given=0.0)
    one.loss(batch, 1, np.random.default_rng(0))
    torch.testing.assert_close(seen[0], batch.keys)
    assert not torch.equal(seen[1], batch.keys)
    assert not torch.equal(seen[2], batch.keys)


def test_a_short_training_follows_what_the_features_tell(examples):
    fresh = [made(seed) for seed in (20, 21)]
    fitting = Fitting((60, 150, 60), seed=2, rate=1e-2, batch=8, crop=60)
    one = trainer(examples, fitting)
    before = error(one, fresh)
    one.run(60, quiet)
    after_keys = error(one, fresh)
    one.run(report=quiet)
    after = error(one, fresh)
    assert after_keys < before
    assert after < 0.5 * before
    assert error(one, fresh, 'text') < 0.5 * before


@pytest.mark.parametrize('stopped_at', [2, 3, 5, 8])
def test_a_training_that_goes_on_ends_with_the_same_bits(
    examples, tmp_path, monkeypatch, stopped_at
):
    monkeypatch.setattr(motion_fit, '_SAVE_EVERY', 1)
    whole = trainer(examples)
    whole.run_saving(tmp_path / 'whole.pt', quiet)
    stopped, drawn = trainer(examples), []

    def interrupted(*args):
        drawn.append(args)
        if len(drawn) > stopped_at:
            raise KeyboardInterrupt
        return draw(*args)

    monkeypatch.setattr(motion_fit, 'draw', interrupted)
    with pytest.raises(KeyboardInterrupt):
        stopped.run_saving(tmp_path / 'parts.pt', quiet)
    monkeypatch.setattr(motion_fit, 'draw', draw)
    again, lines = trainer(examples), []
    for net in (again.keys, again.completion):  # wherever it starts from
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter)
    again.run_saving(tmp_path / 'parts.pt', lines.append)
    assert lines[0].endswith(f'parts.pt: goes on at step {stopped_at}')
    for name in ('keys', 'completion'):
        expected = getattr(whole, name).state_dict()
        for key, value in getattr(again, name).state_dict().items():
            assert torch.equal(value, expected[key]), key


def test_a_training_resumes_once_and_only_what_was_saved(examples, tmp_path):
    path, lines = tmp_path / 'motion.pt', []
    one = trainer(examples)
    before = parameters(one.completion)
    one.resume(path, lines.append)  # nothing is there
    assert (one.step, lines) == (0, [])
    assert not moved(before, one.completion)
    one.run_saving(path, quiet)
    again = trainer(examples)
    again.resume(path, lines.append)
    assert again.step == again.steps
    again.run_saving(path, lines.append)
    assert len(lines) == 1
    assert not moved(parameters(one.completion), again.completion)
    assert not moved(parameters(one.keys), again.keys)
    other = trainer(examples, replace(FITTING, seed=6))
    with pytest.raises(ValueError, match='seed is 5, not 6'):
        other.resume(path, quiet)


def test_how_often_it_is_saved_changes_nothing(examples, tmp_path, monkeypatch):
    whole, often = trainer(examples), trainer(examples)
    whole.run(report=quiet)
    monkeypatch.setattr(motion_fit, '_SAVE_EVERY', 3)
    often.run_saving(tmp_path / 'often.pt', quiet)
    assert torch.equal(whole.completion.out.weight, often.completion.out.weight)
    assert torch.equal(whole.keys.out.weight, often.keys.out.weight)


@pytest.mark.parametrize(
    ('fitting', 'config', 'named'),
    [
        ({'seed': 6}, {}, 'seed is 5, not 6'),
        ({'steps': (3, 4, 4)}, {}, r'steps is \(3, 4, 3\), not \(3, 4, 4\)'),
        ({'given': 0.1}, {}, f'given is {FITTING.given}, not 0.1'),
        ({}, {'hidden': 13}, 'hidden is 12, not 13'),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused_by_name(
    examples, tmp_path, fitting, config, named
):
    trainer(examples).run_saving(tmp_path / 'motion.pt', quiet)
    other = trainer(examples, replace(FITTING, **fitting), replace(SMALL, **config))
    with pytest.raises(ValueError, match=rf'motion\.pt is of another configuration: {named}'):
        other.run_saving(tmp_path / 'motion.pt', quiet)


def test_a_checkpoint_of_another_training_is_refused(examples, tmp_path):
    write_checkpoint(tmp_path / 'motion.pt', 'facetalk acoustic training 1', {'step': 1})
    with pytest.raises(ValueError, match=r'motion\.pt is not a'):
        trainer(examples).run_saving(tmp_path / 'motion.pt', quiet)


def test_nothing_to_train_on_is_said():
    with pytest.raises(ValueError, match='no captured motion'):
        trainer([])


def test_scales_are_those_of_the_data_or_stay(examples):
    one = trainer(examples)
    for net in (one.keys, one.completion):
        np.testing.assert_allclose(net.scale.numpy(), usual_reach())
        some = np.concatenate([e.features[::10].astype(np.float32) for e in examples])
        np.testing.assert_allclose(net.centre.numpy(), some.mean(0), atol=1e-6)
    plain = trainer(examples, scale=False)
    assert (plain.keys.scale == 1).all()
    assert (plain.completion.centre == 0).all()


def test_a_batch_shows_clips_as_the_stream_hears_them(examples):
    fitting = replace(FITTING, crop=N, batch=6, with_text=0.0)
    one = trainer(examples, fitting)
    batch = batch_of(one)
    drawn = np.random.default_rng(0).choice(len(examples), fitting.batch, p=one._shares)
    for row, i in enumerate(drawn):
        clip, told = examples[i], examples[i].told['sound']
        np.testing.assert_array_equal(batch.features[row], clip.features.astype(np.float32))
        np.testing.assert_array_equal(
            batch.decided[row], clip.features[told.step[told.at]].astype(np.float32)
        )
        np.testing.assert_array_equal(batch.phones[row], told.phones[told.at])
        np.testing.assert_array_equal(batch.clock[row], told.clock(np.arange(N)))
        np.testing.assert_array_equal(batch.motion[row], clip.motion.reshape(N, -1))
        begun = np.flatnonzero(batch.begins[row, :, 0])
        assert begun.tolist() == sorted(set(told.step.tolist()))
        assert not batch.told[row].any()


def test_a_clip_that_is_too_short_is_filled_up_with_what_does_not_count():
    one = trainer([made(steps=20)], replace(FITTING, crop=30))
    batch = batch_of(one)
    assert batch.sure.shape[1] == 30
    assert not batch.sure[:, 20:].any()
    assert not batch.begins[:, 20:].any()


@pytest.mark.parametrize(('with_text', 'told'), [(0.0, False), (1.0, True)])
def test_text_is_shown_as_often_as_was_asked(examples, with_text, told):
    one = trainer(examples, replace(FITTING, with_text=with_text))
    for seed in range(4):
        assert bool(batch_of(one, seed).told.any()) == told


def test_a_clip_without_text_is_shown_without():
    one = trainer([made(with_text=False)], replace(FITTING, with_text=1.0))
    assert not batch_of(one).told.any()
