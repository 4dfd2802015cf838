# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The view node between a graph and pages, over real DDS and real sockets."""

from __future__ import annotations

import itertools
import json
import math
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip('tornado')

from view_client import WAIT_S, Page, request

from facetalk_ros.actuators import load_map
from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.nodes.view import ViewNode, main, roll_pitch_yaw
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.executors import SingleThreadedExecutor
from facetalk_ros.ros.messages import as_sequence, get_message, get_service
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.parameter import Parameter
from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile

NS = 1_000_000_000
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class _Reader:
    """A page whose messages are read by a thread."""

    def __init__(self, node: ViewNode) -> None:
        self.page = Page(node.server)
        self.events: list[dict[str, Any]] = []
        self.frames: list[tuple[float, tuple[float, ...], np.ndarray]] = []
        self.sounds: list[tuple[int, int, float, np.ndarray]] = []
        self.positions: list[tuple[float, np.ndarray]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                opcode, data = self.page.receive()
                if opcode == 1:
                    self.events.append(json.loads(data))
                elif opcode == 2 and data[0] == 1:
                    *head, stamp_s = struct.unpack_from('<3fd', data, 4)
                    self.frames.append((stamp_s, tuple(head), np.frombuffer(data, '<f4', -1, 24)))
                elif opcode == 2 and data[0] == 2:
                    _, channels, rate_hz, stamp_s = struct.unpack_from('<BBxxId', data)
                    samples = np.frombuffer(data, '<i2', -1, 16)
                    self.sounds.append((channels, rate_hz, stamp_s, samples))
                elif opcode == 2:
                    (stamp_s,) = struct.unpack_from('<d', data, 4)
                    self.positions.append((stamp_s, np.frombuffer(data, '<f4', -1, 12)))
        except (EOFError, OSError):
            return

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event['type'] == kind]

    @property
    def epoch_ns(self) -> int:
        return int(self.of('hello')[0]['epoch_ns'])


class _Graph:
    """A view node, and another node that talks to it and listens."""

    def __init__(self, **parameters: Any) -> None:
        self.view = ViewNode(
            parameter_overrides=[Parameter(n, value=v) for n, v in parameters.items()]
        )
        self.other = Node('other')
        self.executor = SingleThreadedExecutor()
        for node in (self.view, self.other):
            self.executor.add_node(node)

    def until(self, condition: Callable[[], Any], what: str = '') -> None:
        end_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < end_s, f'still waiting {what}'
            self.executor.spin_once(timeout_sec=0.02)

    def page(self) -> _Reader:
        reader = _Reader(self.view)
        self.until(lambda: reader.of('hello'))
        return reader

    def publisher(self, kind: str, topic: str, qos: Any = 10) -> Any:
        publisher = self.other.create_publisher(get_message(kind), topic, qos)
        self.until(publisher.get_subscription_count, topic)
        end_s = time.monotonic() + 0.2  # the other side may learn of the match a little later
        self.until(lambda: time.monotonic() > end_s)
        return publisher

    def listen(self, kind: str, topic: str) -> list[Any]:
        heard: list[Any] = []
        self.other.create_subscription(get_message(kind), topic, heard.append, 50)
        return heard


@pytest.fixture
def graph(graph_env: dict[str, str]) -> Iterator[Callable[..., _Graph]]:
    made: list[_Graph] = []

    def make(**parameters: Any) -> _Graph:
        made.append(_Graph(**parameters))
        return made[-1]

    rclpy.init(args=[])
    yield make
    for one in made:
        one.view.close()
        one.other.destroy_node()
    rclpy.try_shutdown()


def _time(stamp_ns: int) -> Any:
    return get_message('builtin_interfaces/msg/Time')(sec=stamp_ns // NS, nanosec=stamp_ns % NS)


def _pose(stamp_ns: int, weights: Any) -> Any:
    message = get_message('facetalk_ros/msg/Blendshapes')()
    message.header.stamp = _time(stamp_ns)
    message.weights = as_sequence(np.asarray(weights, np.float32))
    return message


def test_a_page_shows_what_the_graph_says(graph):
    g = graph()
    page = g.page()
    hello = page.of('hello')[0]
    assert hello['arkit'] == list(ARKIT_NAMES)
    assert hello['face'] in hello['faces']
    assert sorted(itertools.chain(*hello['regions'].values())) == sorted(ARKIT_NAMES)
    assert hello['can']['overlay']

    # names in an order of the sender's own, one of them unknown here and some missing
    names = ['jawOpen', 'someOther', 'mouthSmileLeft']
    latched = g.publisher('facetalk_ros/msg/BlendshapeNames', 'blendshape_names', _LATCHED)
    latched.publish(get_message('facetalk_ros/msg/BlendshapeNames')(names=names))
    poses = g.publisher('facetalk_ros/msg/Blendshapes', 'blendshapes')
    heads = g.publisher('geometry_msgs/msg/QuaternionStamped', 'head_pose')
    head = get_message('geometry_msgs/msg/QuaternionStamped')()
    head.header.stamp = _time(page.epoch_ns)
    head.quaternion.y, head.quaternion.w = math.sin(0.1), math.cos(0.1)
    heads.publish(head)
    g.until(lambda: page.frames, 'the head alone')
    assert page.frames[-1][1] == pytest.approx((0, 0.2, 0), abs=1e-6)

    def has_come() -> bool:
        poses.publish(_pose(page.epoch_ns + 5 * NS, [0.25, 1.0, 0.5]))
        return any(weights[ARKIT_INDEX['jawOpen']] == 0.25 for _, _, weights in page.frames)

    g.until(has_come, 'a frame by its names')
    stamp_s, rotation, weights = page.frames[-1]
    assert stamp_s == pytest.approx(5, abs=1e-6)
    assert rotation == pytest.approx((0, 0.2, 0), abs=1e-6)
    assert weights[ARKIT_INDEX['mouthSmileLeft']] == 0.5
    assert np.count_nonzero(weights) == 2

    keys = g.publisher('facetalk_ros/msg/KeyMotions', 'key_motions')
    key = get_message('facetalk_ros/msg/KeyMotion')(
        time=_time(page.epoch_ns + NS), kind=1, phone='AH', word='<b>hut</b>'
    )
    keys.publish(get_message('facetalk_ros/msg/KeyMotions')(keys=[key]))
    g.until(lambda: page.of('keys'))
    assert page.of('keys')[0]['keys'] == [
        {'stamp_s': 1.0, 'phone': 'AH', 'word': '<b>hut</b>', 'kind': 'target'}
    ]

    status = get_message('diagnostic_msgs/msg/DiagnosticStatus')(name='talk: face')
    value = get_message('diagnostic_msgs/msg/KeyValue')
    status.values = [
        value(key='latency p50 [ms]', value='12.5'), value(key='late frames', value='3'),
        value(key='latency p99 [ms]', value='nan'), value(key='device', value='cpu'),
    ]  # fmt: skip
    array = get_message('diagnostic_msgs/msg/DiagnosticArray')(status=[status])
    g.publisher('diagnostic_msgs/msg/DiagnosticArray', '/diagnostics').publish(array)
    speaking = get_message('std_msgs/msg/Bool')
    g.publisher('std_msgs/msg/Bool', 'is_speaking', _LATCHED).publish(speaking(data=True))
    g.until(lambda: page.of('stats') and page.of('stats')[-1]['latency_ms'] == 12.5)
    g.until(lambda: page.of('stats')[-1]['speaking'] is True)
    assert page.of('stats')[-1]['late'] == 3
    assert page.of('stats')[-1]['latency_p99_ms'] is None

    # a page that comes later knows the state at once
    late = g.page()
    g.until(lambda: late.frames and late.of('stats'))
    assert np.array_equal(late.frames[0][2], weights)


def test_sound_is_what_is_held_back_if_there_is_any(graph):
    g = graph()
    page = g.page()
    chunk = get_message('facetalk_ros/msg/AudioChunk')

    def sound(level: int, stamp_s: float, channels: int) -> Any:
        message = chunk(sample_rate=8000, channels=channels, encoding='S16LE')
        message.header.stamp = _time(page.epoch_ns + round(stamp_s * NS))
        message.data = as_sequence(np.full(4800 * channels, level, '<i2').view(np.uint8))
        return message

    audio = g.publisher('facetalk_ros/msg/AudioChunk', 'audio')
    audio.publish(sound(100, 1.0, 2))
    g.until(lambda: len(page.sounds) == 3, 'blocks of a quarter of a second')
    assert [s[:2] for s in page.sounds] == [(2, 8000)] * 3
    assert [s[2] for s in page.sounds] == pytest.approx([1.0, 1.25, 1.5], abs=1e-6)
    assert sum(len(s[3]) for s in page.sounds) == 9600
    assert page.sounds[0][3][0] == 100

    held_back = g.publisher('facetalk_ros/msg/AudioChunk', 'audio_out')
    audio.publish(sound(100, 2.0, 1))
    held_back.publish(sound(200, 2.5, 4))
    g.until(lambda: page.sounds[-1][2] > 2.9)
    assert all(s[2] > 2.4 for s in page.sounds[3:])
    assert page.sounds[-1][0] == 1  # four channels become one
    assert page.sounds[-1][3][0] == 200


@pytest.mark.parametrize('name', ['hobby_head', 'head_25'])
def test_the_joints_of_a_map_are_shown(graph, name):
    actuators = load_map(name)
    g = graph(map=name)
    page = g.page()
    g.until(lambda: page.of('joints'))
    told = page.of('joints')[0]['joints']
    assert [j['name'] for j in told] == [j.name for j in actuators.joints]
    assert [j['upper'] for j in told] == [j.upper_rad for j in actuators.joints]
    expected = np.array([j.neutral_rad for j in actuators.joints])
    for group in actuators.groups:
        joints = [actuators.joints[i] for i in group.joints]
        values = [j.lower_rad / 2 + j.upper_rad / 2 for j in joints]
        expected[list(group.joints)] = values
        if group.output == 'forward':
            kind = 'std_msgs/msg/Float64MultiArray'
            message = get_message(kind)(data=as_sequence(np.array(values)))
        else:
            kind = 'trajectory_msgs/msg/JointTrajectory'
            point = get_message('trajectory_msgs/msg/JointTrajectoryPoint')
            message = get_message(kind)(joint_names=[j.name for j in reversed(joints)])
            message.header.stamp = _time(page.epoch_ns - NS)
            message.points = [
                point(positions=as_sequence(np.zeros(len(values)))),  # it is past
                point(positions=as_sequence(np.array(values[::-1]))),
                point(positions=as_sequence(np.zeros(len(values)))),  # a plan
            ]
            message.points[2].time_from_start.sec = 3600
        g.publisher(kind, group.topic).publish(message)
        before = len(page.positions)
        g.until(lambda before=before: len(page.positions) > before, group.topic)
        if group.output == 'trajectory':
            assert page.positions[-1][0] == pytest.approx(group.latency_s - 1, abs=1e-6)
    assert page.positions[-1][1] == pytest.approx(expected.astype(np.float32))


def test_what_pages_add_to_the_face_is_repeated_until_they_go(graph):
    g = graph()
    heard = g.listen('facetalk_ros/msg/Blendshapes', 'blendshapes_overlay')
    first, second = g.page(), g.page()
    g.until(lambda: g.view.count_publishers('/blendshapes_overlay'))
    first.page.say({'type': 'overlay', 'weights': {'mouthSmileLeft': 0.75, 'jawOpen': -0.5}})
    g.until(lambda: len(heard) >= 3, 'the overlay again and again')
    second.page.say({'type': 'overlay', 'weights': {'mouthSmileLeft': 0.5}})

    def added(name: str) -> float:
        return float(heard[-1].weights[ARKIT_INDEX[name]])

    g.until(lambda: added('mouthSmileLeft') == 1.0, 'both, within 1')
    assert added('jawOpen') == -0.5
    first.page.close()
    g.until(lambda: added('mouthSmileLeft') == 0.5, 'the other alone')
    assert added('jawOpen') == 0
    second.page.say({'type': 'overlay', 'weights': {}})
    g.until(lambda: not np.any(heard[-1].weights), 'nothing')
    count = len(heard)
    end_s = time.monotonic() + 0.5
    g.until(lambda: time.monotonic() > end_s)
    assert len(heard) == count  # silence, when there is nothing to add


@pytest.mark.parametrize('kind', ['std_msgs/msg/String', 'facetalk_ros/msg/DialogueText'])
def test_a_text_is_said_in_the_way_of_the_graph(graph, kind):
    g = graph()
    page = g.page()
    if kind != 'std_msgs/msg/String':  # a dialogue is there; its type holds
        g.publisher(kind, 'text')
    heard = g.listen(kind, 'text')
    g.until(lambda: any(i.topic_type == kind for i in
                        g.view.get_subscriptions_info_by_topic('/text')))  # fmt: skip
    page.page.say({'type': 'say', 'text': 'Grüß Gott, \u4e16\u754c!'})
    g.until(lambda: heard, 'the text')
    said = heard[0].data if kind == 'std_msgs/msg/String' else heard[0].text
    assert said == 'Grüß Gott, \u4e16\u754c!'
    g.until(lambda: page.of('text'), 'the page to see it, too')
    assert page.of('text')[0]['text'] == said
    # and then nobody is led to follow our type
    advertised = 0 if kind == 'std_msgs/msg/String' else 1
    g.until(lambda: g.other.count_publishers('/text') == advertised)


@pytest.fixture
def hri_msgs() -> None:
    try:
        get_message('hri_msgs/msg/Expression')
    except ModuleNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures('hri_msgs')
def test_what_cannot_be_done_is_told(graph):
    g = graph()
    page = g.page()
    for message, answer in (
        ({'type': 'reset'}, 'no talk node'),
        ({'type': 'expression', 'name': 'happy', 'intensity': 1}, 'Nobody listens'),
        ({'type': 'expression', 'name': 'no_such', 'intensity': 1}, 'no expression'),
        ({'type': 'say', 'text': 'Is there anybody?'}, 'Nobody listens on /text'),
    ):
        page.page.say(message)
        g.until(lambda answer=answer: any(answer in n['text'] for n in page.of('notice')), answer)


@pytest.mark.usefixtures('hri_msgs')
def test_reset_and_expressions_reach_who_does_them(graph):
    g = graph()
    page = g.page()
    calls: list[str] = []

    def reset(request: Any, response: Any) -> Any:
        calls.append('reset')
        response.success, response.message = len(calls) > 1, 'not yet'
        return response

    g.other.create_service(get_service('std_srvs/srv/Trigger'), 'talk/reset', reset)
    heard = g.listen('hri_msgs/msg/Expression', 'expression')
    g.until(lambda: ('/talk/reset', ['std_srvs/srv/Trigger']) in
            g.view.get_service_names_and_types())  # fmt: skip

    def refused() -> bool:
        if not calls:
            page.page.say({'type': 'reset'})
            time.sleep(0.05)
        return any('not yet' in n['text'] for n in page.of('notice'))

    g.until(refused, 'the answer of a node that refuses')
    assert calls

    def shown() -> bool:
        page.page.say({'type': 'expression', 'name': 'happy', 'intensity': 0.5})
        time.sleep(0.05)
        return bool(heard)

    g.until(shown, 'an expression')
    assert (heard[0].expression, heard[0].confidence) == ('happy', 0.5)


def test_bad_messages_are_counted_and_not_shown(graph):
    g = graph(map='hobby_head')
    page = g.page()
    poses = g.publisher('facetalk_ros/msg/Blendshapes', 'blendshapes')
    for weights in (np.full(52, np.nan), np.full(52, np.inf), np.zeros(51), np.zeros(0)):
        poses.publish(_pose(1, weights))
    heads = g.publisher('geometry_msgs/msg/QuaternionStamped', 'head_pose')
    no_rotation = get_message('geometry_msgs/msg/QuaternionStamped')()
    no_rotation.quaternion.w = 0.0
    heads.publish(no_rotation)
    group = next(x for x in load_map('hobby_head').groups if x.output == 'trajectory')
    kind = 'trajectory_msgs/msg/JointTrajectory'
    point = get_message('trajectory_msgs/msg/JointTrajectoryPoint')
    joints = g.publisher(kind, group.topic)
    for names, values in ((['nobody'], [0.0]), (['jaw'], [np.nan]), (['jaw'], [0.0, 1.0])):
        joints.publish(get_message(kind)(
            joint_names=names, points=[point(positions=as_sequence(np.array(values)))]
        ))  # fmt: skip
    joints.publish(get_message(kind)(joint_names=['jaw']))
    g.until(lambda: sum(g.view.stats.bad_messages.values()) >= 8, 'eight to be counted')
    poses.publish(_pose(page.epoch_ns, np.full(52, 0.5)))
    g.until(lambda: page.frames, 'a good one')
    assert len(page.frames) == 1
    assert not page.positions


@pytest.mark.parametrize(
    ('axis', 'expected'), [('x', (0.3, 0, 0)), ('y', (0, 0.3, 0)), ('z', (0, 0, 0.3))]
)
def test_quaternions_turn_about_their_axes(axis, expected):
    q = dict.fromkeys('xyz', 0.0) | {axis: math.sin(0.15), 'w': math.cos(0.15)}
    assert roll_pitch_yaw(**q) == pytest.approx(expected)
    assert roll_pitch_yaw(**{n: -1.2 * v for n, v in q.items()}) == pytest.approx(expected)


@pytest.mark.parametrize(
    'arguments',
    [['host:=256.1.1.1'], ['port:=70000'], ['port:=eighty'], ['host:=0.0.0.0', 'token:=short'],
     ['face:=nobody'], ['avatar:=/nowhere/me.glb'], ['avatar:=/etc/passwd'], ['map:=nothing']],
)  # fmt: skip
def test_a_wrong_parameter_is_one_line(graph_env, capfd, arguments):
    ros_args = [part for argument in arguments for part in ('-p', argument)]
    assert main(['view', '--ros-args', *ros_args]) == 2
    error = capfd.readouterr().err
    assert error.startswith('view: cannot start: ')
    assert error.count('\n') == 1


def test_the_program_tells_its_url_and_ends_with_ctrl_c(graph_env):
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        '-m',
        'facetalk_ros.nodes.view',
        '--ros-args',
        '-p',
        f'port:={port}',
    ]
    process = subprocess.Popen(
        command, env=graph_env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f'open http://127.0.0.1:{port}/\n'

        class _There:
            pass

        there = _There()
        there.port = port
        assert request(there, b'/')[0] == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT_S)
        assert (process.returncode, out, err) == (0, '', '')
    finally:
        process.kill()
        process.communicate()
