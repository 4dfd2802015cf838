# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import array
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from facetalk_ros.audio.pcm import (
    ENCODINGS,
    SANE_PEAK,
    UnsupportedEncoding,
    check_channels,
    check_rate_hz,
    decode,
    encoding_by_audio_utils,
    encoding_by_foxglove,
    encoding_by_name,
    encoding_by_portaudio,
    sanitise,
    to_mono,
)

REPOSITORY = Path(__file__).parents[2]


def integer_bytes(value: int, encoding) -> bytes:
    order = 'big' if encoding.big_endian else 'little'
    return value.to_bytes(encoding.sample_bytes, order, signed=encoding.kind == 's')


@pytest.mark.parametrize('name', [n for n in ENCODINGS if not n.startswith('F')])
def test_integers_cover_minus_one_to_one(name):
    encoding = ENCODINGS[name]
    half = 1 << (encoding.bits - 1)
    offset = half if encoding.kind == 'u' else 0
    values = [-half, -half // 2, 0, 1, half // 2, half - 1]
    data = b''.join(integer_bytes(v + offset, encoding) for v in values)
    samples, left_over = decode(data, encoding, 1)
    assert left_over == 0
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples[:, 0], np.float32(np.array(values) / half))


@pytest.mark.parametrize('name', ['F32LE', 'F32BE', 'F64LE', 'F64BE'])
def test_floats_are_passed_on(name):
    dtype = ('<' if name.endswith('LE') else '>') + ('f4' if '32' in name else 'f8')
    values = np.array([0.0, -1.5, 0.25, np.nan, np.inf, 1e-30], dtype)
    samples, _ = decode(values.tobytes(), ENCODINGS[name], 1)
    np.testing.assert_array_equal(samples[:, 0], values.astype(np.float32))


def test_a_double_beyond_float32_becomes_infinite_without_a_warning(recwarn):
    samples, _ = decode(np.array([1e300]).tobytes(), ENCODINGS['F64LE'], 1)
    assert np.isinf(samples[0, 0])
    assert not recwarn.list


def test_s24_32_ignores_what_is_above_the_24_bits():
    low = (-4096 & 0xFFFFFF).to_bytes(3, 'little')
    for top in (b'\x00', b'\xff', b'\x5a'):
        samples, _ = decode(low + top, ENCODINGS['S24_32LE'], 1)
        assert samples[0, 0] == -4096 / 2**23


def test_every_container_gives_the_same():
    values = np.array([1, -2, 300, -400, 5000, -32768], '<i2')
    wanted = values.reshape(-1, 2).astype(np.float32) / 32768
    for data in (
        values.tobytes(),
        bytearray(values.tobytes()),
        memoryview(values.tobytes()),
        array.array('h', values.tolist()),
        array.array('B', values.tobytes()),
        values,
        values.view(np.uint8),
        np.repeat(values, 2)[::2],
    ):
        samples, left_over = decode(data, ENCODINGS['S16LE'], 2)
        assert left_over == 0
        np.testing.assert_array_equal(samples, wanted)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(ENCODINGS)), st.integers(1, 5))
def test_any_bytes_decode_to_whole_sample_frames(data, name, channels):
    encoding = ENCODINGS[name]
    samples, left_over = decode(data, encoding, channels)
    frame_bytes = encoding.sample_bytes * channels
    assert len(samples) * frame_bytes + left_over == len(data)
    assert left_over < frame_bytes
    if encoding.kind != 'f':
        assert np.all(np.abs(samples) <= 1)


def test_every_constant_of_the_message_is_known():
    text = (REPOSITORY / 'msg' / 'AudioChunk.msg').read_text()
    names = re.findall(r'^string (\w+)=(\w+)', text, re.M)
    assert len(names) == 12
    for constant, value in names:
        assert constant == value
        assert encoding_by_name(value).name == value


def test_names_of_the_families():
    assert encoding_by_name(' s16le ').name == 'S16LE'
    assert encoding_by_name('S24_32LE').sample_bytes == 4
    assert [encoding_by_portaudio(n).name for n in (1, 2, 4, 8, 16, 32)] == [
        'F32LE', 'S32LE', 'S24LE', 'S16LE', 'S8', 'U8',
    ]  # fmt: skip
    assert encoding_by_audio_utils('signed_padded_24').name == 'S24_32LE'
    assert encoding_by_audio_utils('Float').name == 'F32LE'
    assert encoding_by_audio_utils('double').name == 'F64LE'
    assert encoding_by_foxglove('pcm-s16').name == 'S16LE'


@pytest.mark.parametrize(
    'lookup', [encoding_by_name, encoding_by_audio_utils, encoding_by_foxglove]
)
@pytest.mark.parametrize('name', ['mp3', 'MP3', 'opus', 'audio/mpeg'])
def test_compressed_audio_is_refused_with_what_to_do(lookup, name):
    with pytest.raises(UnsupportedEncoding, match=r'format:=wave'):
        lookup(name)


@pytest.mark.parametrize(
    'lookup', [encoding_by_name, encoding_by_audio_utils, encoding_by_foxglove]
)
@pytest.mark.parametrize('name', ['', 'S17LE', 'nonsense'])
def test_unknown_names_are_refused_with_the_known_ones(lookup, name):
    with pytest.raises(UnsupportedEncoding, match=r'known are .*16'):
        lookup(name)


@pytest.mark.parametrize('number', [0, 3, 64, -1])
def test_unknown_portaudio_numbers_are_refused(number):
    with pytest.raises(UnsupportedEncoding, match=str(number)):
        encoding_by_portaudio(number)


@pytest.mark.parametrize('rate', [0, -16000, 7999, 192001, 16000.5, float('nan'), float('inf')])
def test_rates_that_cannot_be(rate):
    with pytest.raises(ValueError, match=str(rate)):
        check_rate_hz(rate)


@pytest.mark.parametrize('channels', [0, -1, 65])
def test_channels_that_cannot_be(channels):
    with pytest.raises(ValueError, match=str(channels)):
        check_channels(channels)
    with pytest.raises(ValueError, match=str(channels)):
        decode(b'', ENCODINGS['S16LE'], channels)


def test_mono_is_the_mean_and_scales_integers():
    stereo = np.array([[1.0, 0.0], [0.5, -0.5]])
    np.testing.assert_array_equal(to_mono(stereo), np.float32([0.5, 0.0]))
    np.testing.assert_array_equal(
        to_mono(np.array([[-32768, -32768], [16384, 0]], np.int16)), np.float32([-1, 0.25])
    )
    np.testing.assert_array_equal(to_mono(np.array([2**30, 0], np.int32)), np.float32([0.5, 0]))
    assert to_mono(np.zeros((0, 2))).shape == (0,)


@settings(deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 12)),
                  elements=st.floats(-1, 1, width=32)))  # fmt: skip
def test_mono_of_a_sample_does_not_depend_on_its_neighbours(x):
    whole = to_mono(x)
    np.testing.assert_array_equal(whole, np.concatenate([to_mono(row[None]) for row in x]))
    np.testing.assert_array_equal(whole, to_mono(np.asfortranarray(x)))


@pytest.mark.parametrize(
    'bad',
    [np.zeros((2, 2, 2)), np.zeros((3, 0)), np.float32(1), np.array(['a']), [1, 2], [True]],
)
def test_what_is_not_audio_is_refused(bad):
    with pytest.raises(ValueError, match='audio of'):
        to_mono(bad)


def test_sanitise_counts_and_replaces_only_what_is_bad():
    x = np.float32([0.5, np.nan, np.inf, -np.inf, 1e20, -9.0, SANE_PEAK, -1.2])
    clean, bad_count = sanitise(x)
    assert bad_count == 5
    np.testing.assert_array_equal(
        clean, np.float32([0.5, 0, 0, 0, SANE_PEAK, -SANE_PEAK, SANE_PEAK, -1.2])
    )
    assert np.isnan(x[1])
    fine = np.float32([0.1, -0.2])
    same, bad_count = sanitise(fine)
    assert same is fine
    assert bad_count == 0
