# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Live Link Face and VMC packets, read back by others' rules, and sending them."""

import math
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from facetalk_ros.audio.files import write_wav
from facetalk_ros.cli import main
from facetalk_ros.export import Track, write_frames
from facetalk_ros.export.avatar import AvatarSender, AvatarTarget, parse_target
from facetalk_ros.export.livelink_udp import LiveLinkPackets
from facetalk_ros.export.vmc import VRM_NAMES, VmcPackets, unity_quaternion, vrm_weights
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

STILL = (0.0, 0.0, 0.0)
RAMP = np.linspace(0, 1, 52, dtype=np.float32)


def pose(**weights):
    found = np.zeros(52, np.float32)
    for name, value in weights.items():
        found[ARKIT_INDEX[name]] = value
    return found


# ---- Live Link Face


def unpack(packet):
    """Take a packet apart, field by field."""
    at = 0

    def take(form):
        nonlocal at
        values = struct.unpack_from('>' + form, packet, at)
        at += struct.calcsize('>' + form)
        return values[0] if len(values) == 1 else values

    found = {'version': take('B')}
    for name in ('device', 'subject'):
        length = take('i')
        found[name] = take(f'{length}s').decode()
    found['frame'], found['part'], found['numerator'], found['denominator'] = take('ifii')
    found['values'] = np.array(take(f'{take("B")}f'))
    assert at == len(packet)
    return found


def test_a_live_link_packet():
    (packet,) = LiveLinkPackets('iPhone').packets(RAMP, (0.1, 0.2, 0.3), 86400 * 9 + 3600.51)
    assert len(packet) == 312  # as the app's own for this subject
    found = unpack(packet)
    assert found['version'] == 6
    assert found['subject'] == 'iPhone'
    assert str(uuid.UUID(found['device'])).upper() == found['device']
    assert (found['frame'], found['part']) == (3600 * 60 + 30, pytest.approx(0.6, abs=1e-3))
    assert (found['numerator'], found['denominator']) == (60, 1)
    np.testing.assert_allclose(found['values'][:52], RAMP, atol=1e-7)
    # yaw to its right, down, roll to its right
    assert found['values'][52:55] == pytest.approx([-0.3, 0.2, 0.1])
    assert (
        packet == LiveLinkPackets('iPhone').packets(RAMP, (0.1, 0.2, 0.3), 86400 * 9 + 3600.51)[0]
    )
    other = unpack(LiveLinkPackets('other').packets(RAMP, STILL, 0.0)[0])
    assert other['device'] != found['device']


def test_left_comes_before_right_in_packets():
    """Unlike in the app's CSV files; EARFaceBlendShape of Unreal has this order."""
    (packet,) = LiveLinkPackets().packets(pose(jawLeft=0.25, mouthRight=0.75), STILL, 0.0)
    values = unpack(packet)['values']
    assert values[15] == 0.25
    assert values[16] == 0
    assert values[21] == 0
    assert values[22] == 0.75


def test_eyes_turn_as_the_look_shapes_say():
    looks = pose(eyeLookOutLeft=1, eyeLookInRight=1, eyeLookDownLeft=1, eyeLookDownRight=1)
    values = unpack(LiveLinkPackets().packets(looks, STILL, 0.0)[0])['values']
    left_yaw, left_pitch, _, right_yaw, right_pitch, _ = values[55:]
    assert left_yaw < -0.4  # to its left, with both eyes
    assert right_yaw < -0.4
    assert left_pitch > 0.4
    assert right_pitch > 0.4


@pytest.mark.parametrize('subject', ['', 'x' * 65, 'ü' * 40])
def test_subjects_that_cannot_be(subject):
    with pytest.raises(ValueError, match='subject'):
        LiveLinkPackets(subject)


# ---- VMC


def decoded(packets):
    """Return [(address, arguments)] as another implementation of OSC reads them."""
    osc_bundle = pytest.importorskip('pythonosc.osc_bundle')
    found = []
    for packet in packets:
        assert len(packet) <= 1472  # one Ethernet frame
        assert len(packet) % 4 == 0
        bundle = osc_bundle.OscBundle(packet)
        for message in bundle:
            found.append((message.address, message.params))
    return found


def test_vmc_bundles():
    maker = VmcPackets()
    maker.packets(RAMP, STILL, 1000.0)
    messages = decoded(maker.packets(RAMP, STILL, 1000.5))
    assert messages[0] == ('/VMC/Ext/OK', [1])
    assert messages[1] == ('/VMC/Ext/T', [0.5])
    assert messages[-1] == ('/VMC/Ext/Blend/Apply', [])
    values = [arguments for address, arguments in messages if address == '/VMC/Ext/Blend/Val']
    assert [name[0].lower() + name[1:] for name, _ in values] == list(ARKIT_NAMES)
    assert values[0][0] == 'EyeBlinkLeft'
    np.testing.assert_allclose([value for _, value in values], RAMP, atol=1e-7)
    assert len(messages) == 55  # the head did not turn, and is left alone


def test_vmc_names_for_other_avatars():
    messages = decoded(VmcPackets('vrm').packets(pose(jawOpen=0.6), STILL, 0.0))
    values = dict(arguments for address, arguments in messages if address.endswith('Val'))
    assert list(values) == list(VRM_NAMES)
    assert values['A'] == 1.0
    both = decoded(VmcPackets('both').packets(RAMP, STILL, 0.0))
    assert sum(address.endswith('Val') for address, _ in both) == 59
    with pytest.raises(ValueError, match='shapes'):
        VmcPackets('all')


def test_vowels_of_vrm():
    def strongest(**weights):
        found = dict(zip(VRM_NAMES, vrm_weights(pose(**weights)), strict=True))
        assert sum(found[v] for v in 'AIUEO') <= 1 + 1e-6
        assert all(0 <= value <= 1 for value in found.values())
        return max('AIUEO', key=found.__getitem__)

    assert strongest(jawOpen=0.5) == 'A'
    assert strongest(mouthSmileLeft=0.6, mouthSmileRight=0.6, jawOpen=0.1) == 'I'
    assert strongest(mouthPucker=0.8, jawOpen=0.1) == 'U'
    stretched = {f'mouth{kind}{side}': 0.4 for kind in ('Smile', 'Stretch')
                 for side in ('Left', 'Right')}  # fmt: skip
    assert strongest(**stretched, jawOpen=0.4) == 'E'
    assert strongest(mouthFunnel=0.8, jawOpen=0.5) == 'O'
    assert not any(vrm_weights(pose(jawOpen=0.3, mouthClose=0.3)))  # closed lips
    assert vrm_weights(pose(eyeBlinkLeft=0.7))[5:] == [pytest.approx(0.7), 0.0]


def unity_turn(q, v):
    """Turn a vector by a quaternion; the formula is the same for either hand."""
    x, y, z, w = q
    u = np.array([x, y, z])
    return 2 * np.dot(u, v) * u + (w * w - np.dot(u, u)) * np.array(v) + 2 * w * np.cross(u, v)


@pytest.mark.parametrize(
    ('head', 'forward', 'up'),
    [
        ((0, 0, math.pi / 2), (-1, 0, 0), (0, 1, 0)),  # looks to its left
        ((0, math.pi / 2, 0), (0, -1, 0), (0, 0, 1)),  # looks down
        ((math.pi / 2, 0, 0), (0, 0, 1), (1, 0, 0)),  # tilts to its right
        # yaw is about the fixed upright axis, and comes last
        ((0, math.pi / 2, math.pi / 2), (0, -1, 0), (-1, 0, 0)),
    ],
)
def test_the_head_turns_in_unity_as_it_does_in_ros(head, forward, up):
    q = unity_quaternion(*head)
    np.testing.assert_allclose(unity_turn(q, (0, 0, 1)), forward, atol=1e-6)
    np.testing.assert_allclose(unity_turn(q, (0, 1, 0)), up, atol=1e-6)


def test_once_it_turned_the_head_is_sent():
    maker = VmcPackets()
    for head in ((0.0, 0.0, 0.4), STILL):
        messages = decoded(maker.packets(RAMP, head, 0.0))
        (bone,) = [arguments for address, arguments in messages if address.endswith('Bone/Pos')]
        assert bone[0] == 'Head'
        assert bone[1:] == pytest.approx([0, 0, 0, *unity_quaternion(*head)], abs=1e-6)


# ---- where to


def test_targets():
    assert parse_target('livelink://10.0.0.7') == AvatarTarget('livelink', '10.0.0.7', 11111)
    assert parse_target('vmc://stage') == AvatarTarget('vmc', 'stage', 39539)
    assert parse_target('vmc://[::1]:39540/vrm') == AvatarTarget(
        'vmc', '::1', 39540, shapes='vrm'
    )  # fmt: skip
    assert parse_target('livelink://a.b:7/Anna').subject == 'Anna'
    for bad in ('', 'host', 'http://x', 'vmc://', 'vmc://h:99999', 'vmc://h:x', 'vmc://h:0'):
        with pytest.raises(ValueError, match=r'neither|outside'):
            parse_target(bad)
    with pytest.raises(ValueError, match='protocol'):
        AvatarTarget('osc', 'host', 1)


@pytest.fixture
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(('127.0.0.1', 0))
        udp.settimeout(30)
        yield udp


def test_a_sender_sends(listener):
    port = listener.getsockname()[1]
    sender = AvatarSender(AvatarTarget('livelink', 'localhost', port, 'Anna'))
    sender.send(RAMP, STILL, 1.0)
    found = unpack(listener.recv(65535))
    assert found['subject'] == 'Anna'
    np.testing.assert_allclose(found['values'][:52], RAMP, atol=1e-7)
    assert (sender.sent, sender.failed) == (1, 0)
    sender.close()


def test_who_does_not_listen_disturbs_nothing():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(('127.0.0.1', 0))
        port = udp.getsockname()[1]
    sender = AvatarSender(AvatarTarget('vmc', '127.0.0.1', port))
    for _ in range(5):
        sender.send(RAMP, STILL, 1.0)
        time.sleep(0.005)  # for the answer that nobody is there
    assert sender.sent == 5
    sender.close()
    # a socket that cannot send at all: counted, with the reason
    sender.send(RAMP, STILL, 1.0)
    assert sender.failed == 1
    assert '127.0.0.1' in sender.problem
    with pytest.raises(OSError, match='no such host'):
        AvatarSender(AvatarTarget('vmc', 'nobody.invalid', 1))


# ---- the command


def collect(listener, packets, count):
    while len(packets) < count:
        packet = listener.recv(65535)
        packets.append((time.monotonic(), packet))


def test_a_recording_is_sent_at_its_pace(listener, tmp_path, capsys):
    times = np.arange(30) / 60 + 5.0
    weights = np.outer(np.linspace(0, 1, 30), np.ones(52)).astype(np.float32)
    write_frames(tmp_path / 'face.csv', Track(times, weights))
    packets = []
    thread = threading.Thread(target=collect, args=(listener, packets, 30))
    thread.start()
    url = f'livelink://127.0.0.1:{listener.getsockname()[1]}'
    began_s = time.monotonic()
    assert main(['send', str(tmp_path / 'face.csv'), '--to', url]) == 0
    thread.join()
    assert '30 poses, 0 failed' in capsys.readouterr().out
    # never ahead of its time
    for i, (at_s, packet) in enumerate(packets):
        assert at_s - began_s > i / 60
        np.testing.assert_allclose(unpack(packet)['values'][:52], weights[i], atol=1e-6)
    frames = [unpack(packet) for _, packet in packets]
    clock = np.array([f['frame'] + f['part'] for f in frames])
    np.testing.assert_allclose(np.diff(clock) % (86400 * 60), 1.0, atol=0.1)


def test_a_sound_file_is_animated_first(listener, tmp_path, capsys):
    tone = (0.3 * np.sin(np.arange(4800) * 0.3)).astype(np.float32)
    write_wav(tmp_path / 'tone.wav', tone, 16000)
    url = f'livelink://127.0.0.1:{listener.getsockname()[1]}'
    assert main(['send', str(tmp_path / 'tone.wav'), '--to', url]) == 0
    poses = int(re.search(r'(\d+) poses, 0 failed', capsys.readouterr().out)[1])
    assert poses >= 18  # 0.3 s, and back to rest
    assert unpack(listener.recv(65535))['subject'] == 'facetalk'


def test_mistakes_get_one_line(tmp_path, capsys):
    write_frames(tmp_path / 'face.csv', Track(np.array([0.0]), RAMP[None]))
    face = str(tmp_path / 'face.csv')
    bag = str(Path(__file__).parents[1] / 'data' / 'bags' / 'chunk_mcap')
    for args, reason in (
        ([face, '--to', 'udp://x'], 'neither'),
        ([face, '--to', 'vmc://nobody.invalid'], 'no such host'),
        ([face, '--to', 'vmc://localhost/all'], 'shapes'),
        ([face, '--to', 'vmc://localhost', '--text', 'hello'], 'sound file'),
        ([str(tmp_path / 'gone.csv'), '--to', 'vmc://localhost'], 'no such'),
        ([str(tmp_path / 'gone.wav'), '--to', 'vmc://localhost'], 'no such'),
        ([bag, '--to', 'vmc://localhost'], 'no poses'),
        (['--to', 'vmc://localhost', '--loop'], 'need a recording'),
        ([face], '--to'),
    ):
        assert main(['send', *args]) == 2
        err = capsys.readouterr().err
        assert err.count('\n') == 1, err
        assert re.search(reason, err), err


@pytest.mark.skipif(os.name == 'nt', reason='signals of POSIX')
def test_a_loop_goes_on_until_it_is_interrupted(listener, tmp_path):
    write_frames(tmp_path / 'face.csv', Track(np.arange(3) / 60, np.tile(RAMP, (3, 1))))
    url = f'vmc://127.0.0.1:{listener.getsockname()[1]}/vrm'
    process = subprocess.Popen(
        [sys.executable, '-m', 'facetalk_ros.cli', 'send', str(tmp_path / 'face.csv'),
         '--to', url, '--loop'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for _ in range(10):  # more than three poses: it began again
            assert listener.recv(65535).startswith(b'#bundle\0')
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert 'poses' in out
