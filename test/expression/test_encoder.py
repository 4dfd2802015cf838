# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
import shutil

import numpy as np
import pytest

from facetalk_ros.expression.encoder import WEIGHTS, StudentEncoder, default_encoder
from facetalk_ros.expression.pretrained import PretrainedEncoder


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def word(text, wanted):
    read = default_encoder().encode(text)
    chosen = [text[s:e] == wanted for s, e in read.spans]
    return read.vectors[chosen].mean(0)


def test_vectors_come_with_their_places():
    text = 'Hello, wörld!'
    read = default_encoder().encode(text)
    assert read.vectors.shape == (len(read.spans), default_encoder().width)
    assert read.vectors.dtype == np.float32
    assert [text[s:e] for s, e in read.spans][:2] == ['Hello', ',']


def test_a_word_means_what_its_sentence_says():
    river = word('They sat on the bank of the river and fished.', 'bank')
    other_river = word('The boat lay at the bank of a wide stream.', 'bank')
    money = word('She took a loan from the bank to pay her debts.', 'bank')
    assert cosine(river, other_river) > cosine(river, money)


def test_a_long_text_is_read_in_parts():
    text = 'The cat sat on the mat. ' * 60
    read = default_encoder().encode(text)
    assert len(read.vectors) == 60 * 7
    judged = default_encoder().judge(text)
    assert judged.attention.shape == (60 * 7,)
    assert judged.attention.sum() == pytest.approx(1, abs=1e-4)
    assert judged.families.sum() == pytest.approx(1, abs=1e-4)


def test_no_text_has_no_vectors():
    assert default_encoder().encode(' ').vectors.shape == (0, default_encoder().width)
    assert default_encoder().judge('') is None


def test_a_missing_and_a_wrong_model_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'text model .* is missing'):
        StudentEncoder(tmp_path)
    shutil.copy(WEIGHTS / 'text_vocabulary.txt', tmp_path)
    (tmp_path / 'text.onnx').write_bytes(b'no model')
    with pytest.raises(ValueError, match='is not an ONNX model'):
        StudentEncoder(tmp_path)
    shutil.copy(WEIGHTS / 'acoustic.onnx', tmp_path / 'text.onnx')
    with pytest.raises(ValueError, match='is not a'):
        StudentEncoder(tmp_path)
    shutil.copy(WEIGHTS / 'text.onnx', tmp_path)
    (tmp_path / 'text_vocabulary.txt').write_text('[UNK]\n[CLS]\n[SEP]\n')
    with pytest.raises(ValueError, match='has 3 pieces'):
        StudentEncoder(tmp_path)


def test_all_weights_stay_small():
    assert sum(p.stat().st_size for p in WEIGHTS.iterdir()) < 16_000_000


def tiny_bert(folder):
    transformers = pytest.importorskip('transformers')
    pytest.importorskip('torch')
    pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'cat', 'sat', '##s', '.']
    (folder / 'vocab.txt').write_text('\n'.join(pieces))
    tokenizer = transformers.BertTokenizerFast(str(folder / 'vocab.txt'))
    sizes = {'hidden_size': 8, 'num_hidden_layers': 1, 'num_attention_heads': 2}
    config = transformers.BertConfig(
        vocab_size=10, intermediate_size=8, max_position_embeddings=16, **sizes
    )
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def tiny_byte_pairs(folder, kind):
    transformers = pytest.importorskip('transformers')
    pytest.importorskip('torch')
    signs = [
        '<s>',
        '<pad>',
        '</s>',
        '<unk>',
        '<mask>',
        *sorted(set('Ġthecasat.')),
        '<|endoftext|>',
    ]
    (folder / 'vocab.json').write_text(json.dumps({sign: i for i, sign in enumerate(signs)}))
    (folder / 'merges.txt').write_text('#version: 0.2\n')
    files = str(folder / 'vocab.json'), str(folder / 'merges.txt')
    if kind == 'gpt2':
        tokenizer = transformers.GPT2TokenizerFast(*files)
        config = transformers.GPT2Config(
            vocab_size=len(signs), n_embd=8, n_layer=1, n_head=2, n_positions=16
        )
    else:
        tokenizer = transformers.RobertaTokenizerFast(*files)
        config = transformers.RobertaConfig(
            vocab_size=len(signs), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=8, max_position_embeddings=18,
        )  # fmt: skip
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def test_a_pretrained_bert_gives_vectors_with_places(tmp_path):
    tiny_bert(tmp_path)
    encoder = PretrainedEncoder(tmp_path)
    text = 'The cats sat.'
    read = encoder.encode(text)
    assert encoder.width == 8
    assert [text[s:e] for s, e in read.spans] == ['The', 'cat', 's', 'sat', '.']
    assert read.vectors.shape == (5, 8)
    assert encoder.encode('the ' * 100).vectors.shape == (100, 8)
    assert encoder.encode('').vectors.shape == (0, 8)


@pytest.mark.parametrize('kind', ['gpt2', 'roberta'])
def test_a_pretrained_model_of_byte_pairs_gives_vectors_with_places(tmp_path, kind):
    tiny_byte_pairs(tmp_path, kind)
    encoder = PretrainedEncoder(tmp_path)
    text = 'the cat'
    read = encoder.encode(text)
    assert len(read.vectors) == len(read.spans)
    assert ''.join(text[s:e] for s, e in read.spans).replace(' ', '') == 'thecat'
    assert len(encoder.encode('the cat ' * 30).vectors) > 150


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'config\.json is missing'):
        PretrainedEncoder(tmp_path)
