# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.embedded import registry
from facetalk_ros.embedded.registry import (
    deserialize_message,
    get_message,
    get_service,
    register_interfaces,
    serialize_message,
)

# as rosidl of ROS 2 Jazzy writes them into the .json files of the packages
RIHS01 = {
    'std_msgs/msg/String': 'df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18',
    'std_msgs/msg/Header': 'f49fb3ae2cf070f793645ff749683ac6b06203e41c891e17701b1cb597ce6a01',
    'builtin_interfaces/msg/Time': (
        'b106235e25a4c5ed35098aa0a61a3ee9c9b18d197f398b0e4206cea9acf9c197'
    ),
}


@pytest.mark.parametrize('name', RIHS01)
def test_type_hashes_are_those_of_ros(name: str) -> None:
    assert registry.registries()[0].type_hash(name) == f'RIHS01_{RIHS01[name]}'


def test_char_is_hashed_as_uint8() -> None:
    # rosidl treats char as uint8; rosbags alone would give another hash
    hashes = registry.registries()[0]
    fields = hashes.store.fielddefs
    assert fields['std_msgs/msg/Char'][1] == fields['std_msgs/msg/UInt8'][1]


@pytest.mark.parametrize(
    ('make', 'cdr'),
    [
        (
            lambda: get_message('std_msgs/msg/String')(data='hi'),
            '00010000 03000000 68690000',
        ),
        (
            lambda: get_message('std_msgs/msg/UInt8MultiArray')(data=b'\x01\x02\x03'),
            '00010000 00000000 00000000 03000000 01020300',
        ),
        (
            lambda: get_message('trajectory_msgs/msg/JointTrajectoryPoint')(positions=[1.0]),
            # the double is aligned to 8 after the encapsulation
            '00010000 01000000 00000000 000000000000f03f'
            '00000000 00000000 00000000 00000000 00000000',
        ),
        (
            lambda: get_service('example_interfaces/srv/AddTwoInts').Request(a=1, b=-1),
            '00010000 0100000000000000 ffffffffffffffff',
        ),
    ],
)
def test_golden_cdr(make: object, cdr: str) -> None:
    message = make()  # type: ignore[operator]
    assert serialize_message(message).hex() == cdr.replace(' ', '')
    assert deserialize_message(bytes.fromhex(cdr), type(message)) == message


def test_big_endian_is_read() -> None:
    message = deserialize_message(
        bytes.fromhex('00000000 00000003 68690000'), get_message('std_msgs/msg/String')
    )
    assert message.data == 'hi'


def test_services_resolve_short_names_in_their_package() -> None:
    service = get_service('rcl_interfaces/srv/SetParameters')
    parameter = get_message('rcl_interfaces/msg/Parameter')(name='x')
    assert service.Request(parameters=[parameter]).parameters[0].name == 'x'
    assert get_service('rcl_interfaces/srv/ListParameters').Request.DEPTH_RECURSIVE == 0


@pytest.mark.parametrize(
    'name',
    [
        *('std_srvs/srv/Empty', 'std_srvs/srv/SetBool', 'std_srvs/srv/Trigger'),
        *(f'lifecycle_msgs/srv/{n}' for n in ('ChangeState', 'GetState', 'GetAvailableStates')),
        'lifecycle_msgs/srv/GetAvailableTransitions',
        'example_interfaces/srv/AddTwoInts',
    ],
)
def test_bundled_services(name: str) -> None:
    service = get_service(name)
    for part in (service.Request, service.Response):
        assert deserialize_message(serialize_message(part()), part) == part()


@pytest.mark.parametrize(
    ('name', 'field'),
    [
        ('hri_msgs/msg/LiveSpeech', 'locale'),
        ('hri_msgs/msg/Expression', 'valence'),
        ('audio_common_msgs/msg/AudioDataStamped', 'audio'),
        ('audio_common_msgs/msg/AudioInfo', 'coding_format'),
        ('audio_utils_msgs/msg/AudioFrame', 'sampling_frequency'),
        ('foxglove_msgs/msg/RawAudio', 'number_of_channels'),
        ('audio_common_msgs/msg/AudioStamped', 'audio'),
    ],
)
def test_bundled_messages(name: str, field: str) -> None:
    message = get_message(name)()
    assert field in message.get_fields_and_field_types()
    assert deserialize_message(serialize_message(message), type(message)) == message


def test_the_two_audio_packages_live_side_by_side() -> None:
    # one package name, two meanings: each top-level type keeps its own nested types
    apt = get_message('audio_common_msgs/msg/AudioDataStamped')()
    apt.audio.data = b'\x01\x02'
    source = get_message('audio_common_msgs/msg/AudioStamped')()
    source.audio.audio_data.int16_data = np.array([1, 2], np.int16)
    source.audio.info.rate = 16000
    for message in (apt, source):
        assert deserialize_message(serialize_message(message), type(message)) == message
    assert type(source.header) is type(apt.header)
    assert type(source.audio.audio_data) is not type(apt.audio)
    assert get_message('audio_common_msgs/msg/AudioData') is type(apt.audio)


@pytest.mark.parametrize(
    'name', ['String', 'std_msgs/String', 'std_msgs/srv/String', 'a b/msg/C', '']
)
def test_a_malformed_type_name(name: str) -> None:
    with pytest.raises(ValueError, match='type name'):
        get_message(name)


def test_an_unknown_type_says_what_to_do() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no_such_msgs/msg/X.*package 'no_such_msgs'"):
        get_message('no_such_msgs/msg/X')
    with pytest.raises(ModuleNotFoundError, match='std_srvs/srv/Nothing'):
        get_service('std_srvs/srv/Nothing')


def test_own_interfaces_are_registered_from_files(tmp_path: Path) -> None:
    (tmp_path / 'Inner.msg').write_text('int32 FIVE=5\nfloat32[<=2] values\nstring<=4 name\n')
    (tmp_path / 'Outer.msg').write_text('# remark\nstd_msgs/Header header\nInner[] parts\n')
    (tmp_path / 'Ask.srv').write_text('Inner question\n---\nbool answer\n')
    names = register_interfaces(tmp_path, 'reg_test_msgs')
    assert names == ['reg_test_msgs/srv/Ask', 'reg_test_msgs/msg/Inner', 'reg_test_msgs/msg/Outer']
    inner = get_message('reg_test_msgs/msg/Inner')
    assert inner.FIVE == 5
    outer = get_message('reg_test_msgs/msg/Outer')(parts=[inner(values=[1.0], name='abcd')])
    assert deserialize_message(serialize_message(outer), type(outer)) == outer
    with pytest.raises(ValueError, match='at most 2 elements'):
        inner(values=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match='at most 4 bytes'):
        inner(name='abcde')
    assert register_interfaces(tmp_path, 'reg_test_msgs') == names  # again is harmless


@pytest.mark.parametrize(
    ('file', 'text', 'problem'),
    [
        ('Bad.msg', 'float32 [ x', 'Bad.msg'),
        ('Lost.msg', 'no_such_msgs/Thing x', 'no_such_msgs/msg/Thing'),
        ('Half.srv', 'bool x', '---'),
        ('readme.txt', 'x', 'no .msg or .srv'),
    ],
)
def test_bad_interface_files_are_named(tmp_path: Path, file: str, text: str, problem: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(ValueError, match=problem):
        register_interfaces(tmp_path, 'bad_test_msgs')


def test_a_contradicting_definition_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'String.msg').write_text('int32 data\n')
    with pytest.raises(ValueError, match='different definition'):
        register_interfaces(tmp_path, 'std_msgs')
    assert get_message('std_msgs/msg/String')(data='still text').data == 'still text'


def test_an_unknown_distribution_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DISTRO', 'noetic')
    with pytest.raises(ValueError, match=r"'noetic'.*humble"):
        registry.distro()
