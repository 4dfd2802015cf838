# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import array
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from facetalk_ros.audio.files import read_audio
from facetalk_ros.nodes.audio_messages import (
    AUDIO_INFO_TYPE,
    AUDIO_TYPES,
    BadAudioMessage,
    PcmAdapter,
)

REPOSITORY = Path(__file__).parents[2]
STAMP = {'sec': 1_700_000_000, 'nanosec': 250_000_000}
STAMP_NS = 1_700_000_000_250_000_000

# The definitions that are released, from ros-drivers 0.4.0, mgonzs13's main branch,
# introlab's audio_utils and Foxglove's schemas; comments left out.
ROS_DRIVERS = {
    'audio_common_msgs/msg/AudioData': 'uint8[] data',
    'audio_common_msgs/msg/AudioDataStamped': (
        'std_msgs/Header header\naudio_common_msgs/AudioData audio'
    ),
    'audio_common_msgs/msg/AudioInfo': (
        'uint8 channels\nuint32 sample_rate\nstring sample_format\nuint32 bitrate\n'
        'string coding_format'
    ),
}
MGONZS13 = {
    'audio_common_msgs/msg/AudioData': (
        'float32[] float32_data\nint32[] int32_data\nint16[] int16_data\nint8[] int8_data\n'
        'uint8[] uint8_data'
    ),
    'audio_common_msgs/msg/AudioInfo': 'int32 format\nint32 channels\nint32 rate\nint32 chunk',
    'audio_common_msgs/msg/Audio': (
        'audio_common_msgs/AudioData audio_data\naudio_common_msgs/AudioInfo info'
    ),
    'audio_common_msgs/msg/AudioStamped': (
        'std_msgs/Header header\naudio_common_msgs/Audio audio'
    ),
}
OTHERS = {
    'audio_utils_msgs/msg/AudioFrame': (
        'std_msgs/Header header\nstring format\nuint32 channel_count\n'
        'uint32 sampling_frequency\nuint32 frame_sample_count\nuint8[] data'
    ),
    'foxglove_msgs/msg/RawAudio': (
        'builtin_interfaces/Time timestamp\nuint8[] data\nstring format\nuint32 sample_rate\n'
        'uint32 number_of_channels'
    ),
    'facetalk_ros/msg/AudioChunk': (REPOSITORY / 'msg' / 'AudioChunk.msg').read_text(),
}
VALUES = np.array([[0, 1], [-32768, 16384], [32767, -1]], '<i2')
WANTED = VALUES.astype(np.float32) / 32768


def build_store(definitions):
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, text in definitions.items():
        store.register(get_types_from_msg(text, name))
    return store


# two packages of one name: they cannot be in one typestore, nor in one workspace
STORES = {id(family): build_store(family) for family in (ROS_DRIVERS, MGONZS13, OTHERS)}


def wire(definitions, kind, **fields):
    """Return a message as rosbags reads it after a trip through CDR."""
    store = STORES[id(definitions)]
    message = store.types[kind](**fields)
    return store.deserialize_cdr(store.serialize_cdr(message, kind), kind)


def stamped(definitions):
    store = STORES[id(definitions)]
    time = store.types['builtin_interfaces/msg/Time'](**STAMP)
    return time, store.types['std_msgs/msg/Header'](stamp=time, frame_id='mic')


def raw(values):
    return np.frombuffer(values.tobytes(), np.uint8)


def check(converted, rate_hz, stamp_ns=STAMP_NS, wanted=WANTED):
    assert converted.stamp_ns == stamp_ns
    assert converted.pcm.rate_hz == rate_hz
    assert converted.pcm.samples.dtype == np.float32
    np.testing.assert_array_equal(converted.pcm.samples, wanted)


def chunk(**changes):
    _, header = stamped(OTHERS)
    fields = {
        'header': header,
        'sample_rate': 48000,
        'channels': 2,
        'encoding': 'S16LE',
        'data': raw(VALUES),
    }
    return wire(OTHERS, 'facetalk_ros/msg/AudioChunk', **{**fields, **changes})


def ros_drivers_info(**changes):
    fields = {
        'channels': 2,
        'sample_rate': 44100,
        'sample_format': 'S16LE',
        'bitrate': 0,
        'coding_format': 'wave',
    }
    return wire(ROS_DRIVERS, AUDIO_INFO_TYPE, **{**fields, **changes})


def ros_drivers_data(data):
    return wire(ROS_DRIVERS, 'audio_common_msgs/msg/AudioData', data=data)


def mgonzs13(field, values, number, channels=2, rate=16000):
    _, header = stamped(MGONZS13)
    kinds = {'float32': 'f4', 'int32': 'i4', 'int16': 'i2', 'int8': 'i1', 'uint8': 'u1'}
    data = {f'{name}_data': np.zeros(0, kind) for name, kind in kinds.items()}
    data[field] = values
    store = STORES[id(MGONZS13)]
    package = 'audio_common_msgs/msg/'
    audio = store.types[package + 'Audio'](
        audio_data=store.types[package + 'AudioData'](**data),
        info=store.types[package + 'AudioInfo'](
            format=number, channels=channels, rate=rate, chunk=512
        ),
    )
    return wire(MGONZS13, package + 'AudioStamped', header=header, audio=audio)


def test_our_audio_chunk():
    check(PcmAdapter().convert(chunk()), 48000)
    big = chunk(encoding='s16be', data=raw(VALUES.astype('>i2')))
    check(PcmAdapter().convert(big), 48000)


def test_ros_drivers_with_its_info():
    adapter = PcmAdapter()
    adapter.set_info(ros_drivers_info())
    check(adapter.convert(ros_drivers_data(raw(VALUES))), 44100, stamp_ns=0)
    _, header = stamped(ROS_DRIVERS)
    message = wire(
        ROS_DRIVERS,
        'audio_common_msgs/msg/AudioDataStamped',
        header=header,
        audio=ros_drivers_data(raw(VALUES)),
    )
    check(adapter.convert(message), 44100)


def test_ros_drivers_before_its_info():
    with pytest.raises(BadAudioMessage, match='audio_info'):
        PcmAdapter().convert(ros_drivers_data(raw(VALUES)))


def test_mp3_is_refused_at_the_info_and_at_every_data_until_it_changes():
    adapter = PcmAdapter()
    with pytest.raises(BadAudioMessage, match='format:=wave'):
        adapter.set_info(ros_drivers_info(coding_format='MP3'))
    for _ in range(2):
        with pytest.raises(BadAudioMessage, match='format:=wave'):
            adapter.convert(ros_drivers_data(raw(VALUES)))
    adapter.set_info(ros_drivers_info(coding_format='WAVE'))
    check(adapter.convert(ros_drivers_data(raw(VALUES))), 44100, stamp_ns=0)


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'sample_format': 'S99'}, 'S99'),
        ({'sample_rate': 0}, 'sample rate 0'),
        ({'channels': 0}, '0 audio channels'),
        ({'coding_format': 'flac'}, 'flac-coded'),
    ],
)
def test_an_info_that_cannot_be_is_kept_as_the_reason(changes, reason):
    adapter = PcmAdapter()
    adapter.set_info(ros_drivers_info())
    with pytest.raises(BadAudioMessage, match=reason):
        adapter.set_info(ros_drivers_info(**changes))
    with pytest.raises(BadAudioMessage, match=reason):
        adapter.convert(ros_drivers_data(raw(VALUES)))


@pytest.mark.parametrize(
    ('field', 'number', 'values'),
    [
        ('float32_data', 1, np.float32([0.5, -0.25])),
        ('int32_data', 2, np.int32([2**30, -(2**29)])),
        ('int16_data', 8, np.int16([2**14, -(2**13)])),
        ('int8_data', 16, np.int8([64, -32])),
        ('uint8_data', 32, np.uint8([192, 96])),
    ],
)
def test_mgonzs13(field, number, values):
    converted = PcmAdapter().convert(mgonzs13(field, values, number))
    check(converted, 16000, wanted=np.float32([[0.5, -0.25]]))


def test_mgonzs13_in_a_field_that_its_format_does_not_name():
    message = mgonzs13('float32_data', np.float32([0.5, 0.1]), number=8)
    with pytest.raises(BadAudioMessage, match='float32_data'):
        PcmAdapter().convert(message)


@pytest.mark.parametrize('number', [0, 3, 4])
def test_mgonzs13_formats_that_have_no_field(number):
    with pytest.raises(BadAudioMessage, match=f'(encoding|format) {number}'):
        PcmAdapter().convert(mgonzs13('int16_data', np.int16([1, 2]), number))


def test_audio_utils():
    _, header = stamped(OTHERS)
    message = wire(
        OTHERS,
        'audio_utils_msgs/msg/AudioFrame',
        header=header,
        format='signed_16',
        channel_count=2,
        sampling_frequency=32000,
        frame_sample_count=3,
        data=raw(VALUES),
    )
    check(PcmAdapter().convert(message), 32000)


def test_foxglove():
    time, _ = stamped(OTHERS)
    message = wire(
        OTHERS,
        'foxglove_msgs/msg/RawAudio',
        timestamp=time,
        data=raw(VALUES),
        format='pcm-s16',
        sample_rate=22050,
        number_of_channels=2,
    )
    check(PcmAdapter().convert(message), 22050)


def in_namespaces(message):
    """Return the same message with fields that can be swapped for other containers."""
    if not hasattr(message, '__dataclass_fields__'):
        return message
    names = [name for name in message.__dataclass_fields__ if not name.startswith('__')]
    return SimpleNamespace(**{name: in_namespaces(getattr(message, name)) for name in names})


@pytest.mark.parametrize(
    'container',
    [bytes, bytearray, memoryview, list, tuple, lambda b: array.array('B', b)],
    ids=['bytes', 'bytearray', 'memoryview', 'list', 'tuple', 'array'],
)
def test_any_container_of_bytes(container):
    message = in_namespaces(chunk())
    message.data = container(VALUES.tobytes())
    check(PcmAdapter().convert(message), 48000)


@pytest.mark.parametrize('container', [list, tuple, lambda v: array.array('h', v)])
def test_any_container_of_numbers(container):
    message = in_namespaces(mgonzs13('int16_data', VALUES.reshape(-1), 8))
    message.audio.audio_data.int16_data = container(VALUES.reshape(-1).tolist())
    check(PcmAdapter().convert(message), 16000)


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'channels': 0}, '0 audio channels'),
        ({'channels': 200}, '200 audio channels'),
        ({'sample_rate': 0}, 'sample rate 0 Hz'),
        ({'sample_rate': 4_000_000_000}, 'sample rate 4000000000 Hz'),
        ({'encoding': ''}, 'unknown PCM encoding'),
        ({'encoding': 'opus'}, 'opus-coded'),
        ({'data': raw(VALUES)[:-1]}, '3 bytes over'),
    ],
)
def test_messages_that_contradict_themselves(changes, reason):
    with pytest.raises(BadAudioMessage, match=reason) as caught:
        PcmAdapter().convert(chunk(**changes))
    assert '\n' not in str(caught.value)


def test_numbers_that_are_no_bytes_are_refused():
    message = in_namespaces(chunk())
    message.data = [300] * 8
    with pytest.raises(BadAudioMessage):
        PcmAdapter().convert(message)


@pytest.mark.parametrize(
    'message',
    [
        SimpleNamespace(),
        SimpleNamespace(height=1, encoding='rgb8', data=b'123'),
        SimpleNamespace(audio=SimpleNamespace()),
        None,
    ],
)
def test_other_messages_are_refused(message):
    with pytest.raises(BadAudioMessage):
        PcmAdapter().convert(message)


def test_an_empty_chunk_is_no_audio_and_no_error():
    converted = PcmAdapter().convert(chunk(data=np.zeros(0, np.uint8)))
    assert converted.pcm.samples.shape == (0, 2)


def test_a_real_recording_over_every_type():
    speech = read_audio(REPOSITORY / 'test' / 'data' / 'amiable.opus')[0].samples[:, 0]
    values = np.round(speech * 32767).astype('<i2')
    wanted = (values.astype(np.float32) / 32768)[:, None]
    adapter = PcmAdapter()
    adapter.set_info(ros_drivers_info(channels=1, sample_rate=16000))
    messages = [
        chunk(channels=1, sample_rate=16000, data=raw(values)),
        ros_drivers_data(raw(values)),
        mgonzs13('int16_data', values, 8, channels=1),
    ]
    for message in messages:
        np.testing.assert_array_equal(adapter.convert(message).pcm.samples, wanted)


def test_the_types_to_try_are_the_types_tested():
    tested = {*ROS_DRIVERS, *MGONZS13, *OTHERS} - {
        AUDIO_INFO_TYPE,
        'audio_common_msgs/msg/Audio',
    }
    assert set(AUDIO_TYPES) == tested
