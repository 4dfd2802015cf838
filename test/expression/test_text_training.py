# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import numpy as np
import pytest

from facetalk_ros.expression.encoder import StudentEncoder
from facetalk_ros.expression.families import FAMILIES
from facetalk_ros.training.word_list import word_list_family


@pytest.mark.parametrize(
    ('text', 'family'),
    [
        ('I am happy.', 'joy'),
        ('I am not happy.', 'negation'),
        ('Is it here?', 'question'),
        ('It is here.', 'neutral'),
        ('He frightened me.', 'fear'),
    ],
)
def test_the_word_list_counts_affect_words_that_are_not_negated(text, family):
    assert word_list_family(text) == family


@pytest.fixture(scope='module')
def head():
    pytest.importorskip('torch')
    from facetalk_ros.training import text_head

    return text_head


def test_the_training_sentences_are_many_of_every_family(head):
    rows = head.read_labelled()
    count = Counter(row.part for row in rows)
    assert len(rows) >= 1500
    assert set(count) == {*FAMILIES, 'question', 'negation'}
    assert min(count.values()) >= 90
    assert len({row.text for row in rows}) == len(rows)
    assert all((row.intensity > 0) == (FAMILIES[row.family] != 'neutral') for row in rows)


def test_a_wrong_sentence_file_is_told_with_its_line(head, tmp_path):
    path = tmp_path / 'sentences.txt'
    path.write_text('# a comment\n[glee 2]\nHello.\n')
    with pytest.raises(ValueError, match=r"sentences\.txt:2: unknown family 'glee'"):
        head.read_labelled(path)
    path.write_text('Hello.\n')
    with pytest.raises(ValueError, match=r'sentences\.txt:1: a sentence before'):
        head.read_labelled(path)


def test_variations_keep_the_denial(head):
    rng = np.random.default_rng(1)
    seen = {head.vary('I do not like it, and she cannot come.', rng) for _ in range(60)}
    assert len(seen) > 5
    assert all("n't" in text or 'not' in text for text in seen)


def test_an_exported_student_says_what_it_said_in_training(head, tmp_path):
    pytest.importorskip('onnx')
    import torch

    from facetalk_ros.training.text_encoder import Student, StudentConfig
    from facetalk_ros.training.text_export import export

    torch.manual_seed(1)
    vocabulary = ['[UNK]', '[CLS]', '[SEP]', *(f'w{i}' for i in range(60))]
    config = StudentConfig(from_layers=(0, 1), feed_forward=96, positions=24)
    net = Student(config, torch.randint(0, 256, (len(vocabulary), 24)), 96, 4).eval()
    torch.nn.init.normal_(net.codebook)
    expression = head.ExpressionHead(96).eval()
    export(net, expression, len(vocabulary), tmp_path / 'text.onnx')
    (tmp_path / 'text_vocabulary.txt').write_text('\n'.join(vocabulary))
    encoder = StudentEncoder(tmp_path)
    with torch.no_grad():
        states = net(torch.tensor([[1, 8, 9, 10, 2]]))
        families = expression(states)[0].softmax(-1)[0].numpy()
    read = encoder.encode('w5 w6 w7')
    assert read.vectors == pytest.approx(states[0, 1:-1].numpy(), abs=0.1)  # stored in 8 bits
    assert encoder.judge('w5 w6 w7').families == pytest.approx(families, abs=0.02)


def test_a_student_comes_nearer_to_its_teacher(head, tmp_path):
    import torch

    from facetalk_ros.training.distil_text import compare, distil
    from facetalk_ros.training.text_data import Example
    from facetalk_ros.training.text_encoder import Student, StudentConfig

    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    meanings = rng.normal(size=(30, 16)).astype(np.float32)
    examples = []
    for _ in range(200):
        ids = np.array([1, *rng.integers(3, 30, size=rng.integers(2, 9)), 2])
        words = meanings[ids]
        examples.append(Example(ids, np.arange(len(ids)), words.astype(np.float16), words.mean(0)))
    config = StudentConfig(from_layers=(0,), feed_forward=32, positions=16)
    net = Student(config, torch.randint(0, 256, (30, 4)), 16, 2)
    torch.nn.init.normal_(net.codebook)
    before = compare(net, examples[:50])
    after = distil(net, examples[50:], examples[:50], 120, rng, tmp_path / 'student.pt')
    assert after['word_cosine'] > before['word_cosine'] + 0.2
    assert (tmp_path / 'student.pt').is_file()


def test_quantised_vectors_are_near_the_vectors(head):
    from facetalk_ros.training.text_encoder import quantise_vectors

    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(2000, 8)).astype(np.float32)
    codes, centroids = quantise_vectors(vectors, np.ones(2000), 4, 8, rng)
    assert codes.shape == (2000, 2)
    assert codes.dtype == np.uint8
    near = np.concatenate([centroids[g][codes[:, g]] for g in range(2)], axis=1)
    assert ((near - vectors) ** 2).mean() < 0.25  # 8 bits for 4 values of variance 1
