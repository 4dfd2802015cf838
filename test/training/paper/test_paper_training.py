# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scan_folder import POINTS
from spoken_folder import write_spoken

from facetalk_ros.training.layouts.scans import ScanFolder

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('transformers', reason='wav2vec 2.0 needs transformers')

from facetalk_ros.training.paper.audio import load_wav2vec2  # noqa: E402
from facetalk_ros.training.paper.examples import prepare, read_examples  # noqa: E402
from facetalk_ros.training.paper.fit import Trainer, Training, load_net  # noqa: E402
from facetalk_ros.training.paper.measure import animation, at_rest, errors  # noqa: E402
from facetalk_ros.training.paper.net import PaperConfig, PaperNet, between_keys  # noqa: E402

SPEAKERS = ('F2', 'M3')


@pytest.fixture
def scans(tmp_path):
    write_spoken(tmp_path / 'biwi', ['F2_01', 'F2_02', 'F2_33', 'F1_40', 'M3_01'], 25)
    return ScanFolder(tmp_path / 'biwi', 'biwi')


@pytest.fixture
def examples(scans):
    return read_examples(scans, 'train', 'boundaries')


def trainer(examples, steps=(4, 4, 4), keys='boundaries', **others):
    wav2vec2, shape, start = load_wav2vec2('random', 1)
    config = PaperConfig('biwi', POINTS * 3, 25.0, keys, SPEAKERS, shape, width=16, heads=2)
    clips = tuple(example.name for example in examples)
    return Trainer(config, Training(*steps, start, clips, **others), examples, wav2vec2)


def weights(net, part=''):
    return {n: w.clone() for n, w in net.state_dict().items() if n.startswith(part)}


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


def test_the_matrix_between_keys_interpolates():
    keys = np.array([0, 3, 4, 9])
    values = np.random.default_rng(0).standard_normal((4, 2)).astype(np.float32)
    found = between_keys(torch.from_numpy(keys), 10) @ torch.from_numpy(values)
    for column in range(2):
        wanted = np.interp(np.arange(10), keys, values[:, column])
        np.testing.assert_allclose(found[:, column], wanted, atol=1e-6)


def test_motion_is_read_when_it_is_needed_and_not_held(scans, examples, tmp_path):
    first = examples[0].motion()
    np.testing.assert_array_equal(first, scans.motion('F2_01'))
    assert first is not examples[0].motion()
    assert examples[0].power == pytest.approx(np.square(first).mean())
    (tmp_path / 'biwi' / 'vertices_npy' / 'F2_01.npy').unlink()
    with pytest.raises(ValueError, match='F2_01'):
        examples[0].motion()


def test_without_phones_the_words_are_aligned_and_without_words_the_sound_is_heard(tmp_path):
    write_spoken(tmp_path, ['F2_01', 'F2_02'], 25, phones=False)
    (tmp_path / 'transcripts' / 'F2_01.txt').write_text('pa ma')
    try:
        with_text, without = read_examples(ScanFolder(tmp_path, 'biwi'), 'train', 'boundaries')
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert len(with_text.keys) >= 2
    assert len(without.keys) >= 2
    assert with_text.phones.shape == (len(with_text.keys), 3)


def test_a_sound_too_short_to_hear_is_refused(scans):
    clip = next(scans.clips('train'))
    with pytest.raises(ValueError, match='F2_01: 700 samples'):
        prepare(replace(clip, samples=clip.samples[:700]), 'none')


def test_before_training_the_face_is_at_rest(examples):
    made = animation(trainer(examples).net)(examples[0])
    assert made.shape == (25, POINTS * 3)
    assert not made.any()


def test_each_stage_trains_its_own_part(examples):
    made = trainer(examples)
    parts = ('encoder.convolutions', 'encoder', 'styles', 'key_decoder', 'completion')
    changed = []
    for until in (4, 8, 12):
        before = {part: weights(made.net, part) for part in parts}
        made.run(until, lambda line: None)
        changed.append({p for p in parts if not equal(before[p], weights(made.net, p))})
    assert changed == [
        {'encoder', 'styles', 'key_decoder'},
        {'completion'},
        {'encoder', 'styles', 'key_decoder', 'completion'},
    ]


def test_stages_and_the_share_of_captured_keys():
    training = Training(2, 4, 3, 'random', ())
    assert [training.stage(step) for step in range(9)] == (
        ['keys'] * 2 + ['completion'] * 4 + ['joint'] * 3
    )
    assert [training.true_keys(step) for step in range(9)] == [0, 0, 1, 0.75, 0.5, 0.25, 0, 0, 0]


def test_all_clips_are_seen_in_every_epoch(examples):
    seen = []
    counted = [replace(e, motion=partial(_noted, seen, e)) for e in examples]
    trainer(counted, (6, 0, 0)).run(report=lambda line: None)
    names = {e.name for e in examples}
    assert set(seen[:3]) == set(seen[3:]) == names


def _noted(seen, example):
    seen.append(example.name)
    return example.motion()


@pytest.mark.parametrize('keys', ['boundaries', 'none'])
@pytest.mark.parametrize('until', [2, 4, 6, 11])
def test_interrupted_training_goes_on_to_the_same_weights(scans, tmp_path, until, keys):
    """Within each stage and between two, with dropout and captured keys drawn as ever."""
    examples = read_examples(scans, 'train', keys)
    whole = trainer(examples, keys=keys)
    whole.run(report=lambda line: None)
    first = trainer(examples, keys=keys)
    first.run(until, report=lambda line: None)
    first.save(tmp_path / 'paper.pt')
    second = trainer(examples, keys=keys)
    second.resume(tmp_path / 'paper.pt')
    assert second.step == until
    second.run(report=lambda line: None)
    assert equal(weights(whole.net), weights(second.net))


def test_a_checkpoint_comes_back_and_another_is_refused_by_name(examples, tmp_path):
    made = trainer(examples, (1, 1, 1))
    made.run(report=lambda line: None)
    path = tmp_path / 'paper.pt'
    made.save(path)
    net = load_net(path, {'data_set': 'biwi'})
    assert net.config == made.config
    again = animation(net)(examples[0])
    np.testing.assert_array_equal(again, animation(made.net)(examples[0]))
    with pytest.raises(ValueError, match="data_set is 'biwi', not 'vocaset'"):
        load_net(path, {'data_set': 'vocaset'})
    with pytest.raises(ValueError, match="keys is 'boundaries', not 'uniform'"):
        trainer(examples, (1, 1, 1), keys='uniform').resume(path)
    for others, message in (
        ({'seed': 2}, 'seed is 1, not 2'),
        ({'rate': 0.5}, r'rate is 0\.0001, not 0\.5'),
        ({'steps': (1, 2, 1)}, 'completion is 1, not 2'),
    ):
        with pytest.raises(ValueError, match=message):
            trainer(examples, **{'steps': (1, 1, 1), **others}).resume(path)
    with pytest.raises(ValueError, match='clips is'):
        trainer(examples[:2], (1, 1, 1)).resume(path)
    other = trainer(examples, (1, 1, 1))
    other.config.encoder['hidden_size'] = 48
    with pytest.raises(ValueError, match='hidden_size is 32, not 48'):
        other.resume(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match='is no checkpoint'):
        load_net(path, {})
    with pytest.raises(ValueError, match='no clips'):
        trainer([])


def test_a_loss_that_is_no_number_ends_the_training(examples):
    broken = [replace(e, motion=lambda: np.full((25, POINTS * 3), np.nan, 'f')) for e in examples]
    with pytest.raises(ValueError, match='step 0: the loss is no number'):
        trainer(broken).run()


def test_a_perfect_face_has_no_error_and_one_at_rest_has_the_motion_as_its_error(scans, examples):
    perfect = errors(lambda example: example.motion(), examples, scans.regions)
    assert set(perfect.values()) == {0.0}
    rest = errors(at_rest, examples, scans.regions)
    truth = [np.square(e.motion().reshape(25, POINTS, 3)).sum(2) for e in examples]
    assert rest['lve'] == pytest.approx(np.mean([t[:, :3].max(1).mean() for t in truth]))
    assert rest['fdd'] == rest['fdd_abs'] > 0


@pytest.mark.parametrize('keys', ['boundaries', 'uniform', 'random', 'none'])
def test_training_brings_the_face_nearer_than_the_template(scans, keys):
    train, other = (read_examples(scans, split, keys) for split in ('train', 'val'))
    made = trainer(train, (60, 60, 30), keys, rate=2e-3)
    made.run(report=lambda line: None)
    for clips in (train, other):
        rest = errors(at_rest, clips, scans.regions)
        found = errors(animation(made.net), clips, scans.regions)
        assert found['lve'] < 0.6 * rest['lve'], (found, rest)
        assert found['fdd_abs'] < rest['fdd_abs']
        assert found['mve'] < rest['mve']


def test_keys_move_the_face_that_is_completed(examples):
    made = trainer(examples, (30, 10, 0), rate=2e-3)
    made.run(report=lambda line: None)
    net, example = made.net.eval(), examples[0]
    with torch.no_grad():
        heard = net.encoder(torch.from_numpy(example.samples), example.frames)
        keys = torch.from_numpy(example.keys)
        raised = torch.zeros(len(keys), POINTS * 3)
        plain = net.completion(heard, keys, raised, net.style('F2'))
        raised[2] = 5.0
        moved = net.completion(heard, keys, raised, net.style('F2'))
    assert (moved - plain)[keys[2]].mean() > 3.0
    assert abs((moved - plain)[keys[4]].mean()) < 2.0


def test_somebody_not_trained_on_gets_the_mean_style_or_one_that_is_asked_for(examples):
    net = trainer(examples).net
    own = [net.style(speaker) for speaker in SPEAKERS]
    torch.testing.assert_close(net.style('F1'), sum(own) / 2)
    assert not torch.equal(*own)
    with pytest.raises(ValueError, match=r"style 'F1' is not one of F2, M3"):
        animation(net, 'F1')
    made = trainer(examples, (8, 8, 4), rate=2e-3)
    made.run(report=lambda line: None)
    faces = [animation(made.net, style)(examples[0]) for style in ('', *SPEAKERS)]
    np.testing.assert_array_equal(faces[0], faces[1])
    assert not np.array_equal(faces[1], faces[2])


def test_direct_regression_has_no_key_decoder(scans):
    made = trainer(read_examples(scans, 'train', 'none'), keys='none')
    assert isinstance(made.net, PaperNet)
    assert not [name for name in made.net.state_dict() if 'key' in name or 'project.' in name]


def test_a_stage_that_ends_says_how_far_training_is(examples):
    lines = []
    trainer(examples, (2, 2, 1)).run(report=lines.append)
    assert [line.split()[:2] for line in lines] == [
        ['2/5', 'keys'], ['4/5', 'completion'], ['5/5', 'joint'],
    ]  # fmt: skip
    assert all(line.endswith('s left') for line in lines)
