# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from scan_folder import POINTS, write_scans

from facetalk_ros.expression.encoder import TokenVectors, default_encoder
from facetalk_ros.training.layouts.clip import Word
from facetalk_ros.training.layouts.scans import read_scans

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('onnx', reason='training needs onnx')

from facetalk_ros.cli import main as facetalk  # noqa: E402
from facetalk_ros.training.joint.controlled import controlled_set  # noqa: E402
from facetalk_ros.training.joint.examples import (  # noqa: E402
    prepare,
    with_text,
    word_vectors,
)
from facetalk_ros.training.joint.fit import Trainer, Training, load_net  # noqa: E402
from facetalk_ros.training.joint.main import main  # noqa: E402
from facetalk_ros.training.joint.measure import animate, errors  # noqa: E402
from facetalk_ros.training.joint.net import config_for  # noqa: E402


class LetterEncoder:
    """A vector for every letter that is no blank: small, and known in advance."""

    width = 3

    def encode(self, text):
        places = [i for i, letter in enumerate(text) if letter != ' ']
        vectors = [(ord(text[i]), i, 1.0) for i in places]
        return TokenVectors(
            np.array(vectors, np.float32).reshape(-1, 3),
            np.array([(i, i + 1) for i in places], np.int64).reshape(-1, 2),
        )


@pytest.fixture
def student():
    try:
        return default_encoder()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def biwi(tmp_path):
    folder = tmp_path / 'biwi'
    names = ['F2_01', 'F2_02', 'F2_03', 'M3_01', 'F2_33', 'F3_34', 'F1_40', 'F5_40']
    write_scans(folder, names, 25)
    for name in names:
        said = [['hello', 0.1, 0.3], [name.lower(), 0.35, 0.8]]
        (folder / 'words' / f'{name}.json').write_text(json.dumps(said))
    return folder


@pytest.fixture
def gpt2(tmp_path):
    """Write a GPT-2 of random weights and a tokeniser of single bytes."""
    transformers = pytest.importorskip('transformers', reason='GPT-2 needs transformers')
    tokenizers = pytest.importorskip('tokenizers', reason='GPT-2 needs tokenizers')
    folder = tmp_path / 'gpt2'
    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*letters, '<|endoftext|>'])}
    core = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = tokenizers.decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token='<|endoftext|>'
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary), n_embd=16, n_layer=2, n_head=2, n_positions=64
    )
    transformers.GPT2Model(config).save_pretrained(folder)
    return folder


def scan_examples(folder, size='paper'):
    layout = read_scans(folder, 'biwi')
    config = config_for(size, POINTS * 3, layout.regions.text_outputs(), 3, 25.0, channels=8)
    return layout, config, [prepare(c, config, LetterEncoder()) for c in layout.split('train')]


def test_a_word_is_the_mean_of_its_tokens():
    vectors = word_vectors((Word('ab', 0, 1), Word('d', 1, 2)), LetterEncoder())
    np.testing.assert_allclose(vectors, [[97.5, 0.5, 1], [100, 3, 1]])


def test_words_are_at_their_faces_and_silence_between_them(biwi):
    _, _, examples = scan_examples(biwi)
    text, spoken = examples[0].text()
    assert list(np.flatnonzero(np.diff(spoken[:, 0]))) == [2, 7, 8, 19]
    np.testing.assert_array_equal(text[3:8], np.repeat(examples[0].vectors[:1], 5, 0))


def test_a_realtime_network_is_shown_faces_its_look_ahead_ago(biwi):
    layout, config, examples = scan_examples(biwi, 'realtime')
    clip, example = layout.split('train')[0], examples[0]
    assert not example.seen[: config.look_ahead].any()
    assert example.seen[config.look_ahead :].all()
    np.testing.assert_allclose(example.motion[config.look_ahead :: 2], clip.motion, atol=1e-6)
    assert len(example.audio) == len(example.motion)


def test_shuffled_words_are_of_another_sentence_and_zeroed_are_none(biwi):
    _, _, examples = scan_examples(biwi)
    for real, shuffled in zip(examples, with_text(examples, 'shuffled', 1), strict=True):
        assert not np.array_equal(real.vectors, shuffled.vectors)
        np.testing.assert_array_equal(real.word_at, shuffled.word_at)
    assert not any(e.text()[1].any() for e in with_text(examples, 'zeroed', 1))
    with pytest.raises(ValueError, match='different things'):
        with_text([examples[0], examples[0]], 'shuffled', 1)
    with pytest.raises(ValueError, match="'loud'"):
        with_text(examples, 'loud', 1)


def test_interrupted_training_goes_on_to_the_same_weights(biwi, tmp_path):
    _, config, examples = scan_examples(biwi)
    training = Training(steps=8, crop=0)
    whole = Trainer(config, training, examples)
    whole.run()
    first = Trainer(config, training, examples)
    first.run(until=3)
    first.save(tmp_path / 'joint.pt')
    second = Trainer(config, training, examples)
    second.resume(tmp_path / 'joint.pt')
    assert second.step == 3
    second.run()
    for name, weights in whole.net.state_dict().items():
        assert torch.equal(weights, second.net.state_dict()[name]), name


def test_a_checkpoint_comes_back_and_one_of_another_kind_is_refused(biwi, tmp_path):
    _, config, examples = scan_examples(biwi)
    trainer = Trainer(config, Training(steps=4, crop=0), examples)
    trainer.run()
    path = tmp_path / 'joint.pt'
    trainer.save(path)
    net, found = load_net(path)
    assert found == config
    np.testing.assert_array_equal(animate(net, examples[0]), animate(trainer.net, examples[0]))
    with pytest.raises(ValueError, match='channels is 8, not 9'):
        load_net(path, replace(config, channels=9))
    with pytest.raises(ValueError, match="size is 'paper', not 'realtime'"):
        Trainer(replace(config, size='realtime'), Training(steps=4), examples).resume(path)
    with pytest.raises(ValueError, match='seed is 1, not 2'):
        Trainer(config, Training(steps=4, crop=0, seed=2), examples).resume(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match='is no checkpoint'):
        load_net(path)
    with pytest.raises(ValueError, match='no clips'):
        Trainer(config, Training(steps=4), [])


def test_text_moves_no_lip_of_a_scan_after_training(biwi):
    layout, config, examples = scan_examples(biwi)
    trainer = Trainer(config, Training(steps=6, crop=0), examples)
    trainer.run()
    real = animate(trainer.net, examples[0])
    other = animate(trainer.net, with_text(examples, 'shuffled', 1)[0])
    fixed = np.setdiff1d(np.arange(POINTS * 3), layout.regions.text_outputs())
    np.testing.assert_array_equal(real[:, fixed], other[:, fixed])
    assert not np.array_equal(real, other)


def test_the_text_that_is_learned_with_does_not_change_the_lips(biwi):
    """The branches share no weight: the lips of two networks are the same, text or not."""
    layout, config, examples = scan_examples(biwi)
    nets = []
    for text in ('real', 'zeroed'):
        trainer = Trainer(config, Training(steps=6, crop=0), with_text(examples, text, 1))
        trainer.run()
        nets.append(trainer.net)
    first, second = (animate(net, examples[0]) for net in nets)
    fixed = np.setdiff1d(np.arange(POINTS * 3), layout.regions.text_outputs())
    np.testing.assert_array_equal(first[:, fixed], second[:, fixed])
    assert not np.array_equal(first, second)


def test_the_paper_size_with_gpt2_from_the_command_line(biwi, gpt2, tmp_path, capsys):
    (biwi / 'vertices_npy' / 'F2_03.npy').write_bytes(b'')
    given = ['--layout', 'biwi', '--data', str(biwi), '--size', 'paper', '--text', str(gpt2)]
    given += ['--channels', '8']
    out = tmp_path / 'out'
    main(['fit', *given, '--steps', '5', '--out', str(out)])
    printed = capsys.readouterr()
    assert '3 clips, 1 skipped' in printed.out
    assert 'skipped:' in printed.err
    assert 'F2_03' in printed.err
    main(['eval', *given, '--split', 'test_b', str(out / 'joint.pt')])
    printed = capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(['eval', *given, '--split', 'nowhere', str(out / 'joint.pt')])
    assert "'nowhere'" in capsys.readouterr().err
    # one clip has no other to take words from
    (biwi / 'wav' / 'F5_40.wav').unlink()
    main(['eval', *given, '--split', 'test_b', str(out / 'joint.pt')])
    printed_alone = capsys.readouterr()
    assert list(json.loads(printed_alone.out)) == ['real', 'zeroed']
    assert 'shuffled text left out' in printed_alone.err
    reports = json.loads(printed)
    assert reports['real']['lve'] == reports['shuffled']['lve'] == reports['zeroed']['lve'] > 0
    main(['fit', *given, '--steps', '5', '--out', str(out)])
    assert 'goes on at step 5' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(['fit', *given, '--steps', '6', '--out', str(out)])
    assert 'steps is 5, not 6' in capsys.readouterr().err


def test_the_realtime_size_from_facetalk_train(student, tmp_path, capsys):
    given = ['--layout', 'controlled', '--made', '14', '--channels', '4']
    parts = ['train', 'joint', 'fit', *given, '--steps', '2', '--batch', '2']
    assert facetalk([*parts, '--out', str(tmp_path)]) == 0
    assert '14 clips, 0 skipped' in capsys.readouterr().out
    inputs = onnxruntime.InferenceSession(
        tmp_path / 'joint.onnx', providers=['CPUExecutionProvider']
    ).get_inputs()
    assert [x.name for x in inputs] == ['audio', 'text', 'spoken', 'state']
    facetalk(['train', 'joint', 'test-text', *given, '--steps', '1', '--batch', '2'])
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split(' | ') for line in lines if line.startswith('| ')][2:]
    assert [row[:2] for row in rows] == [
        ['| real', 'real'], ['| real', 'shuffled'], ['| real', 'zeroed'],
        ['| shuffled', 'shuffled'], ['| zeroed', 'zeroed'],
    ]  # fmt: skip
    assert len({row[-1] for row in rows}) == 1  # the lips


def test_text_of_other_words_of_the_same_meaning_moves_the_upper_face(student):
    """On a set where the upper face depends on the text alone: real, zeroed, shuffled."""
    layout = controlled_set(210, 70)
    assert not {c.name.rpartition('_')[2] for c in layout.split('train')} & {
        c.name.rpartition('_')[2] for c in layout.split('test')
    }
    movable = layout.regions.text_outputs()
    config = config_for('realtime', 52, movable, student.width, layout.fps, channels=32)
    train, test = (
        [prepare(clip, config, student) for clip in layout.split(name)]
        for name in ('train', 'test')
    )
    trainer = Trainer(config, Training(steps=160, batch=8, crop=120, rate=5e-3), train)
    trainer.run()
    real, shuffled, zeroed = (
        errors(trainer.net, with_text(test, text, 1), layout.regions).report()
        for text in ('real', 'shuffled', 'zeroed')
    )
    assert real['upper'] < 0.95 * zeroed['upper']
    assert real['upper'] < 0.9 * shuffled['upper']
    assert real['lve'] == shuffled['lve'] == zeroed['lve']
