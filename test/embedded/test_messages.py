# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import array
import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facetalk_ros.embedded.registry import (
    deserialize_message,
    get_message,
    get_service,
    serialize_message,
)

String = get_message('std_msgs/msg/String')
JointState = get_message('sensor_msgs/msg/JointState')
Header = get_message('std_msgs/msg/Header')
UInt8MultiArray = get_message('std_msgs/msg/UInt8MultiArray')
Float32MultiArray = get_message('std_msgs/msg/Float32MultiArray')
Imu = get_message('sensor_msgs/msg/Imu')
Gid = get_message('rmw_dds_common/msg/Gid')
Log = get_message('rcl_interfaces/msg/Log')


def test_defaults_are_zero_empty_and_not_shared() -> None:
    first, second = JointState(), JointState()
    assert (first.header.stamp.sec, first.header.frame_id, first.name) == (0, '', [])
    assert first.position.dtype == np.float64
    assert first.position.shape == (0,)
    first.name.append('jaw')
    first.header.frame_id = 'head'
    assert second == JointState()


def test_keywords_only() -> None:
    assert String(data='x').data == 'x'
    with pytest.raises(TypeError):
        String('x')


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="std_msgs/msg/String has no field 'text'"):
        String(text='x')
    message = String()
    with pytest.raises(AttributeError, match="no field 'text'"):
        message.text = 'x'
    with pytest.raises(AttributeError):
        _ = message.text


@pytest.mark.parametrize(
    'value',
    [
        [1.0, 2.5],
        (1.0, 2.5),
        array.array('d', [1.0, 2.5]),
        array.array('f', [1.0, 2.5]),
        np.array([1.0, 2.5]),
        np.array([1.0, 2.5], np.float32)[::1],
        np.array([1.0, 0.0, 2.5])[::2],
        np.array([1.0, 2.5], '>f8'),
    ],
)
def test_float_sequences_take_the_exact_dtype(value: object) -> None:
    message = Float32MultiArray(data=value)
    assert message.data.dtype == np.float32
    assert message.data.tolist() == [1.0, 2.5]
    decoded = deserialize_message(serialize_message(message), Float32MultiArray)
    assert decoded == message
    decoded.data[0] = 3.0  # what arrives may be changed
    assert decoded != message


@pytest.mark.parametrize(
    'value',
    [
        b'\x00\xff',
        bytearray(b'\x00\xff'),
        memoryview(b'\x00\xff'),
        [0, 255],
        array.array('B', [0, 255]),
        np.array([0, 255], np.uint8),
        np.array([0, 255], np.int64),
    ],
)
def test_byte_sequences(value: object) -> None:
    message = UInt8MultiArray(data=value)
    assert message.data.dtype == np.uint8
    assert message.data.tobytes() == b'\x00\xff'


def test_the_source_array_is_not_aliased() -> None:
    source = np.zeros(3, np.float32)
    message = Float32MultiArray(data=source)
    source[:] = 1
    assert message.data.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ('message', 'field', 'value'),
    [
        (String(), 'data', 3),
        (String(), 'data', b'x'),
        (String(), 'data', '\ud800'),
        (Log(), 'level', -1),
        (Log(), 'level', 256),
        (Log(), 'level', 1.0),
        (Log(), 'stamp', Header()),
        (UInt8MultiArray(), 'data', [256]),
        (UInt8MultiArray(), 'data', [1.5]),
        (UInt8MultiArray(), 'data', 'text'),
        (UInt8MultiArray(), 'data', np.array([-1])),
        (UInt8MultiArray(), 'data', np.array([1.0])),
        (UInt8MultiArray(), 'data', np.zeros((2, 2), np.uint8)),
        (UInt8MultiArray(), 'data', None),
        (Float32MultiArray(), 'data', [1]),
        (Float32MultiArray(), 'data', b'1234'),
        (Imu(), 'orientation_covariance', [0.0] * 8),
        (JointState(), 'name', 'jaw'),
        (JointState(), 'name', [1]),
        (JointState(), 'header', None),
        (get_message('std_msgs/msg/Float32')(), 'data', 1),
        (get_message('std_msgs/msg/Float32')(), 'data', 1e300),
        (get_message('std_msgs/msg/Bool')(), 'data', 1),
        (get_message('std_msgs/msg/Byte')(), 'data', 1),
        (get_message('std_msgs/msg/Byte')(), 'data', b'ab'),
        (get_message('std_msgs/msg/ByteMultiArray')(), 'data', b'ab'),
        (get_message('std_msgs/msg/ByteMultiArray')(), 'data', [1]),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(
    message: object, field: str, value: object
) -> None:
    before = copy.deepcopy(message)
    with pytest.raises((TypeError, ValueError), match=field):
        setattr(message, field, value)
    with pytest.raises((TypeError, ValueError), match=field):
        type(message)(**{field: value})
    assert message == before


def test_there_are_no_other_fields() -> None:
    with pytest.raises(TypeError, match='text'):
        String(text='x')
    with pytest.raises(AttributeError, match='text'):
        String().text = 'x'


def test_constants_equality_and_repr() -> None:
    assert Log.WARN == 30
    assert Log().WARN == 30
    assert String(data='a') == String(data='a')
    assert String(data='a') != String(data='b')
    assert String() != Header()
    assert repr(String(data='a')) == "std_msgs.msg.String(data='a')"
    with pytest.raises(TypeError, match='unhashable'):
        hash(String())


def test_field_types_can_be_asked() -> None:
    assert JointState.get_fields_and_field_types()['position'] == 'sequence<double>'
    assert Imu.get_fields_and_field_types()['orientation_covariance'] == 'double[9]'
    assert String.get_fields_and_field_types() == {'data': 'string'}


def test_an_empty_message_has_no_fields() -> None:
    trigger = get_service('std_srvs/srv/Trigger')
    assert trigger.Request.get_fields_and_field_types() == {}
    assert serialize_message(trigger.Request()) == bytes.fromhex('00010000 00000000')
    assert deserialize_message(bytes.fromhex('0001000000'), trigger.Request) == trigger.Request()


def test_a_list_spoilt_in_place_is_an_error_when_sent() -> None:
    message = JointState(name=['jaw'])
    message.name.append(3)
    with pytest.raises(TypeError, match='sensor_msgs/msg/JointState'):
        serialize_message(message)


def test_truncated_and_foreign_bytes_are_an_error() -> None:
    data = serialize_message(JointState(name=['jaw'], position=[0.5]))
    for cut in range(len(data) - 1):
        try:
            decoded = deserialize_message(data[:cut], JointState)
        except ValueError:
            continue
        pytest.fail(f'{cut} of {len(data)} bytes gave {decoded}')
    with pytest.raises(ValueError, match='std_msgs/msg/String'):
        deserialize_message(b'\x00\x01\x00\x00\xff\xff\xff\xff', String)


@given(
    name=st.lists(st.text(st.characters(exclude_categories=['Cs'])), max_size=5),
    position=st.lists(st.floats(allow_nan=False), max_size=20),
    sec=st.integers(-(2**31), 2**31 - 1),
)
def test_what_is_sent_is_received(name: list[str], position: list[float], sec: int) -> None:
    message = JointState(name=name, position=position)
    message.header.stamp.sec = sec
    assert deserialize_message(serialize_message(message), JointState) == message
