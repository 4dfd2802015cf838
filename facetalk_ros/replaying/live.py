# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Conducts a replay through live nodes: lets the player begin when all listen, records, compares.

For launch/replay.launch.py, beside a talk node with simulated time and a paused `ros2 bag play`.
The face of the last moments comes after the sound, so time goes on a little after that.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rosbags.rosbag2 import StoragePlugin, Writer

from ..bag_input import BagError, BagInput, known_types, typestore_for
from ..bags import input_topics
from ..nodes.interrupt import Interrupt, interruptible
from ..ros import rclpy
from ..ros.executors import SingleThreadedExecutor
from ..ros.messages import get_message, get_service
from ..ros.node import Node
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ..ros.serialization import serialize_message
from ..ros.signals import SignalHandlerOptions

_NS = 1_000_000_000
_DEEP = QoSProfile(depth=2000)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_CLOCK_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
_RECORDED = {
    'blendshape_names': ('facetalk_ros/msg/BlendshapeNames', _LATCHED),
    'blendshapes': ('facetalk_ros/msg/Blendshapes', _DEEP),
    'key_motions': ('facetalk_ros/msg/KeyMotions', _DEEP),
    'is_speaking': ('std_msgs/msg/Bool', _LATCHED),
}
# Whoever found somebody may not yet have been found by him.
_MATCH_S = 1.0
# A little longer than the offline replay goes on after the last message.
_AFTER_NS = _NS * 5 // 4
_CLOCK_STEP_NS = _NS // 100
# The last frame of an offline replay is before this; then the rest is on its way.
_LAST_NS = _NS * 9 // 10
_SLOW_S, _DRAIN_S = 0.1, 1.0
_GIVE_UP_S = 60.0
_PLAYER = 'rosbag2_player'


class Conductor(Node):
    """Waits, starts the player, keeps what the face does, and lets time run out.

    Args:
        rate: how fast the player plays.
        audio: the topic that the talk node listens to.

    """

    def __init__(self, rate: float, audio: str, **kwargs: Any) -> None:
        super().__init__('replay_conductor', **kwargs)
        self.now_ns = 0
        self.messages: list[tuple[int, str, Any]] = []
        self._rate = rate
        self._audio = audio
        self._began = False
        for topic, (kind, qos) in _RECORDED.items():
            self.create_subscription(get_message(kind), topic, self._keeper(topic), qos)
        self._clock_type = get_message('rosgraph_msgs/msg/Clock')
        self.create_subscription(self._clock_type, '/clock', self._on_clock, _CLOCK_QOS)
        self._clock_out: Any = None

    def _keeper(self, topic: str) -> Any:
        return lambda message: self.messages.append((self.now_ns, topic, message))

    def _on_clock(self, message: Any) -> None:
        now_ns = message.clock.sec * _NS + message.clock.nanosec
        if now_ns != self.now_ns:
            self._began = self._began or bool(self.now_ns)
            self.now_ns = now_ns

    @property
    def is_ready(self) -> bool:
        """Whether the talk node is active and listens to somebody."""
        active = any(topic == 'blendshape_names' for _, topic, _ in self.messages)
        audio = self.resolve_topic_name(self._audio)
        return active and bool(self.count_publishers(audio) and self.count_subscribers(audio))

    @property
    def shown_ns(self) -> int:
        """Time of the last frame; 0 before the first."""
        stamps = (
            m.header.stamp for _, topic, m in reversed(self.messages) if topic == 'blendshapes'
        )
        last = next(stamps, None)
        return 0 if last is None else int(last.sec * _NS + last.nanosec)

    @property
    def has_ended(self) -> bool:
        """Whether time moved, and whoever moved it has gone."""
        return self._began and self.count_publishers('/clock') <= 1  # which is our own

    def resume(self) -> None:
        """Let a paused `ros2 bag play` begin."""
        kind = get_service('rosbag2_interfaces/srv/Resume')
        client = self.create_client(kind, f'/{_PLAYER}/resume')
        if not client.wait_for_service(timeout_sec=_GIVE_UP_S):
            raise TimeoutError('no paused player: ros2 bag play --start-paused')
        client.call_async(kind.Request())

    def open_clock(self) -> None:
        """Make ready to lead time on."""
        self._clock_out = self.create_publisher(self._clock_type, '/clock', 10)

    def tick(self) -> None:
        """Let time go on by a step."""
        message = self._clock_type()
        seconds, nanoseconds = divmod(self.now_ns + _CLOCK_STEP_NS, _NS)
        message.clock.sec, message.clock.nanosec = seconds, nanoseconds
        self.now_ns += _CLOCK_STEP_NS
        self._clock_out.publish(message)

    @property
    def tick_s(self) -> float:
        """How long a step takes."""
        return _CLOCK_STEP_NS / _NS / self._rate


def conduct(node: Conductor, interrupt: Interrupt, *, resume: bool = True) -> None:
    """Let a replay happen.

    Raises:
        TimeoutError: something did not come in time; the text says what.
        KeyboardInterrupt: somebody asked to end.

    """
    executor = SingleThreadedExecutor()
    executor.add_node(node)

    def spin(seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            if interrupt.requested:
                raise KeyboardInterrupt
            executor.spin_once(timeout_sec=min(left_s, 0.05))

    give_up_s = time.monotonic() + _GIVE_UP_S
    while not node.is_ready:
        if time.monotonic() > give_up_s:
            raise TimeoutError('no active talk node, or nobody who plays audio to it')
        spin(0.1)
    node.open_clock()
    spin(_MATCH_S)
    if resume:
        node.resume()
    moved_ns, give_up_s = node.now_ns, time.monotonic() + _GIVE_UP_S
    while not node.has_ended:
        if node.now_ns != moved_ns:
            moved_ns, give_up_s = node.now_ns, time.monotonic() + _GIVE_UP_S
        if time.monotonic() > give_up_s:
            raise TimeoutError('no time came: does the player publish /clock?')
        spin(0.1)
    ended_ns = node.now_ns
    for _ in range(_AFTER_NS // _CLOCK_STEP_NS):
        node.tick()
        spin(node.tick_s)
    # a busy machine lets the node be behind by seconds, and its timers need time that moves
    give_up_s = time.monotonic() + _GIVE_UP_S
    while node.shown_ns < ended_ns + _LAST_NS and time.monotonic() < give_up_s:
        node.tick()
        spin(_SLOW_S)
    spin(_DRAIN_S)


def write_recording(node: Conductor, bag: Path, out: Path) -> None:
    """Write what was recorded, with what was played, as a bag.

    Raises:
        BagError: the bag that was played cannot be read.
        OSError: the output cannot be written.

    """
    store = known_types()
    with (
        BagInput(bag) as source,
        Writer(out, version=8, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        audio, infos, texts = input_topics(source)
        played = [audio, *infos, *texts]
        copies = {
            topic: writer.add_connection(
                topic.name, topic.type_name, typestore=typestore_for(topic),
                offered_qos_profiles=topic.qos,
            )
            for topic in played
        }  # fmt: skip
        outputs = {
            topic: writer.add_connection(node.resolve_topic_name(topic), kind, typestore=store)
            for topic, (kind, _) in _RECORDED.items()
        }
        for raw in source.messages(played):
            writer.write(copies[raw.topic], raw.time_ns, raw.data)
        for time_ns, topic, message in node.messages:
            writer.write(outputs[topic], time_ns, bytes(serialize_message(message)))


def main(args: Sequence[str] | None = None) -> int:
    """Conduct a replay and compare; the exit code is that of `facetalk replay --recorded`."""
    parser = argparse.ArgumentParser(prog='replay', description=__doc__)
    parser.add_argument('--bag', type=Path, required=True, help='what is played')
    parser.add_argument('--out', type=Path, required=True, help='the bag to write, a new folder')
    parser.add_argument('--rate', type=float, default=1.0)
    parser.add_argument('--audio', default='audio', help='topic of the audio')
    parser.add_argument('--no-resume', action='store_true', help='the player starts by itself')
    parser.add_argument('compare', nargs='*', help='after --: options of facetalk replay')
    argv = list(sys.argv[1:] if args is None else args)
    at = argv.index('--ros-args') if '--ros-args' in argv else len(argv)
    given = parser.parse_args(argv[:at])
    with interruptible() as interrupt:
        rclpy.init(args=argv[at:], signal_handler_options=SignalHandlerOptions.NO)
        node = Conductor(given.rate, given.audio)
        try:
            conduct(node, interrupt, resume=not given.no_resume)
            write_recording(node, given.bag, given.out)
        except (TimeoutError, BagError, OSError) as error:
            print(f'replay: {error}', file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
        finally:
            node.destroy_node()
            rclpy.try_shutdown()
    print(f'recorded {given.out}')
    if not given.compare:
        return 0
    from ..cli import main as facetalk

    return facetalk(['replay', str(given.out), '--recorded', *given.compare])


if __name__ == '__main__':
    sys.exit(main())
