# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The avatar node: what is on the graph goes out by UDP, in its time."""

import socket
import struct
import time

import numpy as np
import pytest

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.nodes.avatar_outputs import AvatarNode
from facetalk_ros.ros import rclpy
from facetalk_ros.ros.executors import SingleThreadedExecutor
from facetalk_ros.ros.messages import as_sequence, get_message
from facetalk_ros.ros.node import Node
from facetalk_ros.ros.parameter import Parameter
from facetalk_ros.ros.qos import DurabilityPolicy, QoSProfile

NS = 1_000_000_000
PATIENCE_S = 60.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Stage:
    """A node that sends faces, the node under test, and who shows the avatar."""

    def __init__(self, udp, **parameters):
        self.udp = udp
        self.partner = Node('partner')
        self.faces = self._publisher('facetalk_ros/msg/Blendshapes', 'blendshapes')
        self.heads = self._publisher('geometry_msgs/msg/QuaternionStamped', 'head_pose')
        self.names = self._publisher(
            'facetalk_ros/msg/BlendshapeNames', 'blendshape_names', LATCHED
        )
        values = {'host': '127.0.0.1', 'port': udp.getsockname()[1], **parameters}
        self.node = AvatarNode(
            parameter_overrides=[Parameter(name, value=value) for name, value in values.items()]
        )
        self.executor = SingleThreadedExecutor()
        for member in (self.partner, self.node):
            self.executor.add_node(member)
        self.packets = []

    def _publisher(self, kind, topic, qos=10):
        return self.partner.create_publisher(
            get_message(kind), topic, qos if isinstance(qos, QoSProfile) else QoSProfile(depth=qos)
        )

    def close(self):
        self.node.close()
        self.partner.destroy_node()

    def until(self, condition):
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end_s, 'waited in vain'
            self.executor.spin_once(timeout_sec=0.002)
            try:
                while True:
                    packet = self.udp.recv(65535)
                    self.packets.append((time.time(), packet))
            except BlockingIOError:
                pass

    def header(self, time_s):
        seconds, nanoseconds = divmod(round(time_s * NS), NS)
        stamp = get_message('builtin_interfaces/msg/Time')(sec=seconds, nanosec=nanoseconds)
        return get_message('std_msgs/msg/Header')(stamp=stamp)

    def tell_names(self, order=ARKIT_NAMES):
        names = get_message('facetalk_ros/msg/BlendshapeNames')
        self.names.publish(names(names=list(order)))
        self.until(lambda: self.faces.get_subscription_count())
        self.until(lambda: self.node._input.named)

    def face(self, time_s, weights):
        message = get_message('facetalk_ros/msg/Blendshapes')
        self.faces.publish(
            message(header=self.header(time_s), weights=as_sequence(np.asarray(weights, 'f4')))
        )

    def turn(self, **quaternion):
        self.until(lambda: self.heads.get_subscription_count())
        q = get_message('geometry_msgs/msg/Quaternion')(**quaternion)
        message = get_message('geometry_msgs/msg/QuaternionStamped')
        self.heads.publish(message(header=self.header(time.time()), quaternion=q))


def jaw(value):
    weights = np.zeros(52, np.float32)
    weights[ARKIT_INDEX['jawOpen']] = value
    return weights


def values(packet):
    return np.array(struct.unpack('>61f', packet[-244:]))


@pytest.fixture
def stage(graph_env):
    rclpy.init(args=[])
    stages = []

    def make(**parameters):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(('127.0.0.1', 0))
        udp.setblocking(False)
        stages.append(Stage(udp, **parameters))
        return stages[-1]

    yield make
    for made in stages:
        made.close()
        made.udp.close()
    rclpy.try_shutdown()


def test_faces_go_out_at_their_time_and_in_order(stage):
    on = stage()
    on.tell_names()
    start_s = time.time() + 0.5
    for i in range(10):
        on.face(start_s + i / 60, jaw(i / 10))
    on.until(lambda: on.node.schedule.counts.frames >= 10)
    assert not on.packets or on.packets[0][0] >= start_s
    on.until(lambda: on.packets and values(on.packets[-1][1])[17] == pytest.approx(0.9))
    opened = [values(packet)[17] for _, packet in on.packets]
    assert opened == sorted(opened)
    for at_s, packet in on.packets:
        i = round(values(packet)[17] * 10)
        assert at_s >= start_s + i / 60 - 0.001


def test_names_heads_and_bad_messages(stage):
    on = stage(subject='Anna')
    on.tell_names([*reversed(ARKIT_NAMES)])
    on.turn(x=0.0, y=0.0, z=float(np.sin(0.2)), w=float(np.cos(0.2)))
    on.until(lambda: on.node._head[2])
    on.turn(x=0.0, y=0.0, z=0.0, w=0.0)
    on.face(time.time(), np.zeros(7))
    on.until(lambda: on.node.stats.bad_messages['blendshapes'] == 1)
    on.until(lambda: on.node.stats.bad_messages['head_pose'] == 1)
    on.face(time.time(), jaw(0.5)[::-1])
    on.until(lambda: on.packets)
    found = values(on.packets[0][1])
    assert found[17] == 0.5
    assert found[52] == pytest.approx(-0.4)  # to its left
    assert b'Anna' in on.packets[0][1]


def test_vmc(stage):
    on = stage(protocol='vmc', shapes='vrm')
    on.tell_names()
    on.face(time.time(), jaw(0.5))
    on.until(lambda: on.packets)
    assert on.packets[0][1].startswith(b'#bundle\0')
    assert b'/VMC/Ext/Blend/Apply' in on.packets[0][1]
    assert on.node.sender.sent == 1


def test_parameters_that_cannot_be(stage):
    for parameters, reason in (
        ({'protocol': 'osc'}, 'protocol'),
        ({'port': 70000}, '70000'),
        ({'host': 'nobody.invalid'}, 'no such host'),
        ({'subject': ''}, 'subject'),
    ):
        # each graph has its own types for parameters that are refused
        with pytest.raises(Exception, match=reason):
            stage(**parameters)
