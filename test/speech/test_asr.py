# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import builtins
import json
import threading

import numpy as np
import pytest
import soundfile

from facetalk_ros.speech.asr import (
    MAX_SEGMENT_S,
    AsrUnavailable,
    WhisperTranscriber,
    check_model_folder,
)

RATE_HZ = 16000
NAMES = ('model.bin', 'config.json', 'tokenizer.json', 'vocabulary.json')


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(AsrUnavailable, match=r'no Whisper model folder at .*nowhere'):
        WhisperTranscriber(tmp_path / 'nowhere')


@pytest.mark.parametrize('missing', NAMES)
@pytest.mark.parametrize('empty', [False, True])
def test_an_incomplete_folder_is_refused_before_the_library_is_asked(
    tmp_path, monkeypatch, missing, empty
):
    for name in NAMES:
        if name != missing or empty:
            (tmp_path / name).write_text('' if name == missing else 'x')
    imported = []
    really_import = builtins.__import__
    monkeypatch.setattr(
        builtins, '__import__', lambda name, *a: imported.append(name) or really_import(name, *a)
    )
    with pytest.raises(AsrUnavailable, match=f'misses {missing.split(".json")[0].split(".")[0]}'):
        WhisperTranscriber(tmp_path)
    assert 'faster_whisper' not in imported


def test_any_form_of_the_vocabulary_will_do(tmp_path):
    for name in ('model.bin', 'config.json', 'tokenizer.json', 'vocabulary.txt'):
        (tmp_path / name).write_text('x')
    check_model_folder(tmp_path)


def test_without_the_library_the_message_says_what_to_install(tmp_path, monkeypatch):
    for name in NAMES:
        (tmp_path / name).write_text('x')
    monkeypatch.setitem(__import__('sys').modules, 'faster_whisper', None)
    with pytest.raises(AsrUnavailable, match=r'pip install .*\[asr\]'):
        WhisperTranscriber(tmp_path)


# What follows runs the real library on a tiny model with random weights: what it hears is
# nonsense, but every step from samples to timed words is real.


@pytest.fixture(scope='module')
def model_dir(tmp_path_factory):
    pytest.importorskip('faster_whisper', reason='the extra asr is not installed')
    folder = tmp_path_factory.mktemp('whisper')
    write_tiny_whisper(folder)
    return folder


def write_tiny_whisper(folder, width=32, layers=2, heads=2):
    """Write a CTranslate2 Whisper with the real layout of tokens and random weights."""
    from ctranslate2.specs import common_spec, model_spec, whisper_spec
    from faster_whisper.tokenizer import _LANGUAGE_CODES
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = [
        '<|endoftext|>', '<|startoftranscript|>', *(f'<|{c}|>' for c in _LANGUAGE_CODES),
        '<|translate|>', '<|transcribe|>', '<|startoflm|>', '<|startofprev|>', '<|nospeech|>',
        '<|notimestamps|>', *(f'<|{i * 0.02:.2f}|>' for i in range(1501)),
    ]  # fmt: skip
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    tokenizer.save(str(folder / 'tokenizer.json'))
    tokens = [*letters, *specials]

    spec = whisper_spec.WhisperSpec(layers, heads, layers, heads)
    rng = np.random.default_rng(0)

    def random(*shape, scale=0.3):
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    def fill(layer):
        if isinstance(layer, common_spec.LayerNormSpec):
            layer.gamma, layer.beta = np.ones(width, np.float32), random(width)
        elif isinstance(layer, common_spec.LinearSpec):
            layer.weight, layer.bias = random(width, width), random(width)
        elif isinstance(layer, list | model_spec.LayerSpec):
            for value in layer if isinstance(layer, list) else list(vars(layer).values()):
                fill(value)

    encoder, decoder = spec.encoder, spec.decoder
    fill(spec)
    encoder.conv1.weight, encoder.conv1.bias = random(width, 80, 3), random(width)
    encoder.conv2.weight, encoder.conv2.bias = random(width, width, 3), random(width)
    encoder.position_encodings.encodings = random(1500, width)
    decoder.position_encodings.encodings = random(448, width)
    decoder.embeddings.weight = random(len(tokens), width)
    decoder.projection.weight = random(len(tokens), width)
    decoder.projection.bias = np.zeros(len(tokens), np.float32)
    # letters are likelier than the end, so that there is something to hear
    decoder.projection.bias[: len(letters)] = 1.0
    for stack in (encoder, decoder):
        for layer in stack.layer:
            inner = layer.ffn
            inner.linear_0.weight, inner.linear_0.bias = (
                random(2 * width, width),
                random(2 * width),
            )
            inner.linear_1.weight, inner.linear_1.bias = random(width, 2 * width), random(width)
            attention = layer.self_attention
            attention.linear[0].weight = random(3 * width, width)
            attention.linear[0].bias = random(3 * width)
            if hasattr(layer, 'attention'):
                layer.attention.linear[1].weight = random(2 * width, width)
                layer.attention.linear[1].bias = random(2 * width)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f'<|{c}|>') for c in _LANGUAGE_CODES]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index('<|endoftext|>')]
    spec.config.alignment_heads = [(layers - 1, head) for head in range(heads)]
    spec.validate()
    spec.save(str(folder))
    (folder / 'preprocessor_config.json').write_text(json.dumps({'feature_size': 80}))


@pytest.fixture(scope='module')
def transcriber(model_dir):
    with WhisperTranscriber(model_dir, 'cpu') as opened:
        yield opened


@pytest.fixture(scope='module')
def speech(request):
    path = request.config.rootpath / 'test' / 'data' / 'sonnet.opus'
    samples, rate_hz = soundfile.read(path, dtype='float32')
    assert rate_hz == RATE_HZ
    return samples


def test_words_come_with_times_inside_the_sound(transcriber, speech):
    words = transcriber.transcribe(speech)
    assert words
    last_s = 0.0
    for word in words:
        assert word.word.strip()
        assert type(word.start_s) is float
        assert last_s <= word.start_s < word.end_s <= len(speech) / RATE_HZ
        last_s = word.end_s


def test_silence_and_nothing_have_no_words(transcriber):
    assert transcriber.transcribe(np.zeros(0, np.float32)) == []
    assert transcriber.transcribe(np.zeros(RATE_HZ, np.float32)) == []


@pytest.mark.parametrize(
    'samples',
    [
        np.zeros(100), np.zeros((10, 2), np.float32), np.full(10, np.nan, np.float32), [0.0, 0.1],
    ],
)  # fmt: skip
def test_other_samples_are_refused(transcriber, samples):
    with pytest.raises(ValueError, match='samples'):
        transcriber.transcribe(samples)
    with pytest.raises(ValueError, match='samples'):
        transcriber.push(samples, 0.0)


def test_too_long_a_segment_is_refused(transcriber):
    with pytest.raises(ValueError, match=r'30\.1 s'):
        transcriber.push(np.zeros(int((MAX_SEGMENT_S + 0.1) * RATE_HZ), np.float32), 0.0)


def wait_for(transcriber, count):
    """Return `count` transcripts; a minute is a limit for a hanging test, not a measure."""
    found = []
    pause = threading.Event()
    for _ in range(3000):
        found += transcriber.poll()
        if len(found) >= count:
            return found
        pause.wait(0.02)
    raise AssertionError(f'{len(found)} transcripts, {transcriber.last_error}')


def test_segments_are_heard_in_order_on_their_own_thread(transcriber, speech):
    expected = transcriber.transcribe(speech)
    transcriber.push(speech, 10.0)
    transcriber.push(np.zeros(RATE_HZ, np.float32), 20.0)
    first, second = wait_for(transcriber, 2)
    assert first.start_s == 10.0
    assert first.text == ' '.join(w.word for w in expected)
    assert first.words[0].start_s == pytest.approx(expected[0].start_s + 10)
    assert second.words == ()
    assert transcriber.poll() == []


def test_what_does_not_fit_is_dropped_and_counted(model_dir, speech):
    with WhisperTranscriber(model_dir, 'cpu') as transcriber:
        # one is heard, four wait: pushing takes no time next to hearing
        for k in range(8):
            transcriber.push(speech, float(k))
        found = wait_for(transcriber, 8 - transcriber.dropped)
        assert transcriber.dropped >= 3
        assert found[-1].start_s == 7.0
        assert transcriber.failed == 0


def test_reset_forgets_what_is_in_flight(model_dir, speech):
    with WhisperTranscriber(model_dir, 'cpu') as transcriber:
        transcriber.push(speech, 1.0)
        transcriber.push(speech, 2.0)
        transcriber.reset()
        transcriber.push(speech, 3.0)
        assert [t.start_s for t in wait_for(transcriber, 1)] == [3.0]


def test_it_can_be_closed_twice_and_used_again(model_dir, speech):
    transcriber = WhisperTranscriber(model_dir, 'cpu')
    transcriber.close()
    transcriber.push(speech, 0.0)
    transcriber.close()
    transcriber.close()
    transcriber.push(speech, 5.0)
    assert wait_for(transcriber, 1)[0].start_s == 5.0
    transcriber.close()


def test_a_broken_model_file_is_refused(model_dir, tmp_path):
    for path in model_dir.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / 'model.bin').write_bytes((model_dir / 'model.bin').read_bytes()[:1000])
    with pytest.raises(AsrUnavailable, match='not a usable Whisper model'):
        WhisperTranscriber(tmp_path, 'cpu')
