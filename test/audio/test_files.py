# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from facetalk_ros.audio.files import AudioFile, AudioFileError, read_audio, write_wav

DATA = Path(__file__).parents[1] / 'data'
RATE_AT, CHANNELS_AT, DATA_SIZE_AT = 24, 22, 40  # bytes in a plain WAV header


@pytest.fixture
def tone():
    return (0.3 * np.sin(np.arange(16000) / 9)).astype(np.float32)


@pytest.fixture
def wav(tmp_path, tone):
    path = tmp_path / 'tone.wav'
    write_wav(path, tone, 16000)
    return path


def patched(path, at, value, size=4):
    content = bytearray(path.read_bytes())
    content[at : at + size] = value.to_bytes(size, 'little')
    path.write_bytes(content)
    return path


@pytest.mark.parametrize('clip', sorted(DATA.glob('*.opus')), ids=lambda p: p.stem)
def test_the_real_recordings_are_speech_with_text(clip):
    pcm, warning = read_audio(clip)
    assert warning == ''
    assert pcm.rate_hz == 16000
    assert pcm.samples.shape[1] == 1
    assert clip.stat().st_size < 150_000
    assert 2 < pcm.duration_s < 10
    assert 0.02 < np.sqrt(np.mean(pcm.samples**2)) < 0.2
    assert re.fullmatch(r"[A-Za-z ,.']+\n", clip.with_suffix('.txt').read_text())


@pytest.mark.parametrize(
    ('kind', 'subtype', 'tolerance'),
    [
        ('WAV', 'PCM_16', 1e-4),
        ('WAV', 'FLOAT', 0),
        ('WAV', 'PCM_U8', 0.01),
        ('FLAC', 'PCM_24', 1e-6),
        ('AIFF', 'PCM_16', 1e-4),
        ('OGG', 'VORBIS', 0.05),
        ('OGG', 'OPUS', 0.05),
        ('MP3', 'MPEG_LAYER_III', 0.05),
    ],
)
def test_formats(tmp_path, tone, kind, subtype, tolerance):
    path = tmp_path / 'tone'
    soundfile.write(path, np.stack([tone, -tone], 1), 16000, format=kind, subtype=subtype)
    pcm, warning = read_audio(path)
    assert warning == ''
    assert pcm.samples.shape == (16000, 2)
    assert pcm.samples.dtype == np.float32
    inner = slice(1600, -1600)
    assert np.abs(pcm.samples[inner, 0] - tone[inner]).max() <= tolerance
    at_once, _ = soundfile.read(path, dtype='float32')
    np.testing.assert_allclose(pcm.samples, at_once, atol=1e-6)


def test_blocks_are_the_whole_file(wav):
    whole, _ = read_audio(wav)
    with AudioFile(wav) as file:
        assert file.duration_s == 1.0
        blocks = list(file.blocks(0.03))
    assert {len(block.samples) for block in blocks[:-1]} == {480}
    assert len(blocks[-1].samples) == 16000 % 480
    np.testing.assert_array_equal(np.concatenate([b.samples for b in blocks]), whole.samples)


def test_a_block_of_no_samples_is_refused(wav):
    with AudioFile(wav) as file, pytest.raises(ValueError, match='1e-09'):
        next(file.blocks(1e-9))


@pytest.mark.parametrize('kind', ['WAV', 'AIFF', 'AU'])
def test_half_a_file_gives_that_half_and_a_warning(tmp_path, tone, kind):
    path = tmp_path / 'tone'
    soundfile.write(path, tone, 16000, format=kind, subtype='PCM_16')
    whole, _ = read_audio(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 16000])
    pcm, warning = read_audio(path)
    np.testing.assert_array_equal(pcm.samples, whole.samples[:8000])
    assert re.search(r'cut short: 0\.50 s of the 1\.00 s', warning)


def test_half_a_flac_gives_what_can_be_read_and_a_warning(tmp_path, tone):
    path = tmp_path / 'tone.flac'
    soundfile.write(path, np.tile(tone, 3), 16000)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    pcm, warning = read_audio(path)
    assert 1.0 < pcm.duration_s < 1.6
    np.testing.assert_allclose(pcm.samples[:16000, 0], tone, atol=1e-4)
    assert re.search(r'only the first 1\.\d\d s can be read', warning)


def test_a_piped_wav_of_unknown_length_is_no_warning(wav):
    patched(wav, DATA_SIZE_AT, 0xFFFF_FFFF)
    pcm, warning = read_audio(wav)
    assert pcm.duration_s == 1.0
    assert warning == ''


def test_nan_and_infinity_come_through_for_the_caller_to_count(tmp_path):
    path = tmp_path / 'nan.wav'
    soundfile.write(path, np.float32([0.1, np.nan, np.inf]), 16000, subtype='FLOAT')
    pcm, _ = read_audio(path)
    assert np.isnan(pcm.samples[1, 0])
    assert np.isinf(pcm.samples[2, 0])


def test_one_sample_is_audio(tmp_path):
    write_wav(tmp_path / 'one.wav', np.float32([0.5]), 8000)
    assert read_audio(tmp_path / 'one.wav')[0].samples.tolist() == [[0.5]]


def refusals(tmp_path):
    (tmp_path / 'empty.wav').touch()
    yield tmp_path / 'empty.wav', 'empty'
    (tmp_path / 'text.wav').write_text('This is no audio. ' * 50)
    yield tmp_path / 'text.wav', 'not audio'
    (tmp_path / 'bare.raw').write_bytes(b'\0' * 1000)
    yield tmp_path / 'bare.raw', 'headerless'
    yield tmp_path / 'missing.wav', 'no such file'
    yield tmp_path, 'not a regular file'
    yield Path(os.devnull), 'not a regular file'
    write_wav(tmp_path / 'none.wav', np.zeros(0, np.float32), 16000)
    yield tmp_path / 'none.wav', 'no samples'
    for name, at, value, size, reason in (
        ('rate3.wav', RATE_AT, 3, 4, 'sample rate 3 Hz'),
        ('rate0.wav', RATE_AT, 0, 4, 'not audio'),
        ('rate_huge.wav', RATE_AT, 4_000_000, 4, 'sample rate 4000000 Hz'),
        ('channels.wav', CHANNELS_AT, 500, 2, '500 audio channels'),
    ):
        path = tmp_path / name
        write_wav(path, np.zeros(4000, np.float32), 16000)
        if at == CHANNELS_AT:
            patched(path, 32, 1000, 2)  # bytes a sample frame, or the header contradicts itself
        yield patched(path, at, value, size), reason
    write_wav(tmp_path / 'header.wav', np.zeros(4000, np.float32), 16000)
    header = (tmp_path / 'header.wav').read_bytes()
    (tmp_path / 'header.wav').write_bytes(header[:44])
    yield tmp_path / 'header.wav', 'no samples'


def test_what_cannot_be_read_is_told_in_one_line(tmp_path):
    for path, reason in refusals(tmp_path):
        with pytest.raises(AudioFileError, match=reason) as caught:
            read_audio(path)
        text = str(caught.value)
        assert text.startswith(f'{path}: ')
        assert '\n' not in text


@pytest.mark.skipif(os.name != 'posix', reason='named pipes are made this way on POSIX')
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'pipe.wav')
    with pytest.raises(AudioFileError, match='not a regular file'):
        AudioFile(tmp_path / 'pipe.wav')


def test_writing_where_one_cannot(tmp_path, tone):
    with pytest.raises(AudioFileError, match='missing'):
        write_wav(tmp_path / 'missing' / 'a.wav', tone, 16000)


def test_writing_clips(tmp_path):
    write_wav(tmp_path / 'loud.wav', np.float32([3.0, -3.0]), 16000)
    np.testing.assert_allclose(
        read_audio(tmp_path / 'loud.wav')[0].samples[:, 0], [1, -1], atol=1e-4
    )
