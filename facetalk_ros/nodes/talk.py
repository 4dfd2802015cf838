# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node: audio and text topics in, facial poses out. A lifecycle node."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..audio.pcm import Pcm
from ..presentation import Presented, Presenter
from ..ros import rclpy
from ..ros.executors import ExternalShutdownException, SingleThreadedExecutor
from ..ros.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from ..ros.messages import get_message, get_service
from ..ros.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from ..ros.signals import SignalHandlerOptions
from ..speech.g2p import text_to_phones
from ..stream import FaceStream
from .any_subscription import AnySubscription
from .audio_messages import AUDIO_INFO_TYPE, AUDIO_TYPES, BadAudioMessage, PcmAdapter
from .declared_parameters import DeclaredParameters
from .diagnostics import talk_status
from .interrupt import interruptible
from .outputs import TalkOutputs
from .statistics import Statistics
from .talk_parameters import SPECS, TEXT_TYPES, face_settings
from .text_messages import BadTextMessage, TextAdapter

_AUDIO_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_ADVANCE_S = 0.02
_POLL_S = 0.5
# How soon a signal is noticed when nothing else happens.
_LOOK_S = 0.1
# Nobody needs to look for another publisher while audio comes.
_AUDIO_FLOWS_S = 1.0


class TalkNode(LifecycleNode):
    """Publishes the face of the speech on its topics; see the README for all names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('talk', **kwargs)
        self.stats = Statistics()
        self.presenter: Presenter | None = None
        self.problem = ''
        self._active = False
        self._enabled = True
        self._audio: AnySubscription | None = None
        self._audio_info: Any = None
        self._text: AnySubscription | None = None
        self._overlay: Any = None
        self._adapter = PcmAdapter()
        self._texts = TextAdapter()
        self._utterance_id = ''
        self._outputs: TalkOutputs | None = None
        self._active_timers: list[Any] = []
        self._heard_s = float('-inf')
        declared = DeclaredParameters(self, SPECS, on_change=self._apply_parameters)
        self._values: Mapping[str, Any] = declared.values
        self.create_service(get_service('std_srvs/srv/Trigger'), '~/reset', self._on_reset)
        self.create_service(get_service('std_srvs/srv/SetBool'), '~/enable', self._on_enable)
        self._diagnostics = self.create_publisher(
            get_message('diagnostic_msgs/msg/DiagnosticArray'), '/diagnostics', 10
        )
        self.create_timer(1.0, self.publish_diagnostics)

    @property
    def look_ahead_s(self) -> float:
        """The most sound after a frame's time that it waits for; 0 when not configured."""
        return self.presenter.face.look_ahead_s if self.presenter is not None else 0.0

    # parameters

    def _apply_parameters(self, names: set[str]) -> None:
        if self.presenter is not None:
            self.presenter.face.settings = face_settings(self._values)

    # lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the models."""
        values = self._values
        try:
            face = FaceStream(
                values['fps'], device=values['device'], seed=values['seed'],
                settings=face_settings(values),
            )  # fmt: skip
            # the first frame and the first text load what is large; not while somebody speaks
            FaceStream(values['fps'], device=values['device']).finish()
            text_to_phones('warm')
        except (ValueError, RuntimeError, OSError, ImportError) as error:
            self.problem = f'cannot load the models: {error}'
            self.get_logger().error(self.problem)
            self.publish_diagnostics()
            return TransitionCallbackReturn.FAILURE
        self.problem = ''
        holds = values['publish_audio_out']
        self.presenter = Presenter(
            face, hold_back_s=values['hold_back_s'] if holds else 0.0,
            ahead_s=values['publish_ahead_s'], keep_messages=holds,
        )  # fmt: skip
        self._outputs = TalkOutputs(self, joint_state=values['joint_state_copy'])
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe and begin to publish."""
        assert self._outputs is not None
        result = super().on_activate(state)
        self._adapter, self._texts = PcmAdapter(), TextAdapter()
        self._outputs.start(self._now_ns())
        self._audio = AnySubscription(
            self, 'audio', AUDIO_TYPES, self._values['audio_type'], self._on_audio, _AUDIO_QOS,
            self._on_audio_type,
        )  # fmt: skip
        self._text = AnySubscription(
            self, 'text', TEXT_TYPES, self._values['text_type'], self._on_text,
            QoSProfile(depth=10),
        )  # fmt: skip
        self._overlay = self.create_subscription(
            get_message('facetalk_ros/msg/Blendshapes'), 'blendshapes_overlay', self._on_overlay,
            QoSProfile(depth=10),
        )  # fmt: skip
        self._active_timers = [
            self.create_timer(_ADVANCE_S, self._on_advance),
            self.create_timer(_POLL_S, self._on_poll),
        ]
        self._active = True
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the mouth to rest, then be silent."""
        self._release()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of the models."""
        self._drop()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the mouth to rest and let go of everything."""
        self._release()
        self._drop()
        return super().on_shutdown(state)

    def _release(self) -> None:
        """Come to rest and stop listening; without effect when not active."""
        if not self._active:
            return
        assert self.presenter is not None
        assert self._outputs is not None
        self._active = False
        for subscription in (self._audio, self._text):
            if subscription is not None:
                subscription.close()
        self._on_audio_type('')
        self.destroy_subscription(self._overlay)
        for timer in self._active_timers:
            self.destroy_timer(timer)
        self._active_timers = []
        self._outputs.frames(self.presenter.rest(self._now_ns()))
        self._outputs.is_speaking(False)

    def close(self) -> None:
        """End in order from any state: the mouth comes to rest; for Ctrl-C."""
        self.trigger_shutdown()
        self.destroy_node()

    def _drop(self) -> None:
        self.presenter = None
        if self._outputs is not None:
            self._outputs.close()
            self._outputs = None

    # inputs

    def _on_audio_type(self, type_name: str) -> None:
        """Listen to AudioInfo as well, when the audio does not tell its own format."""
        if self._audio_info is not None:
            self.destroy_subscription(self._audio_info)
            self._audio_info = None
        if type_name in (
            'audio_common_msgs/msg/AudioData',
            'audio_common_msgs/msg/AudioDataStamped',
        ):
            self._audio_info = self.create_subscription(
                get_message(AUDIO_INFO_TYPE), 'audio_info', self._on_audio_info, _LATCHED
            )
        if type_name and self._outputs is not None and self._values['publish_audio_out']:
            self._outputs.open_audio_out(get_message(type_name))

    def _on_audio_info(self, message: Any) -> None:
        try:
            self._adapter.set_info(message)
        except BadAudioMessage as error:
            self._bad('audio_info', error)

    def _on_audio(self, message: Any) -> None:
        arrived_s = time.perf_counter()
        try:
            pcm, stamp_ns = self._adapter.convert(message)
        except BadAudioMessage as error:
            self._bad('audio', error)
            return
        self._heard_s = time.monotonic()
        if self._enabled and self.presenter is not None:
            self._hear(self.presenter, pcm, stamp_ns, message, arrived_s)

    def _hear(
        self, presenter: Presenter, pcm: Pcm, stamp_ns: int, message: Any, arrived_s: float
    ) -> None:
        bad_before, fed_s = presenter.bad_samples, presenter.face.input_time_s
        frames = presenter.push_audio(pcm, stamp_ns, self._now_ns(), message)
        self.stats.worked(time.perf_counter() - arrived_s, presenter.face.input_time_s - fed_s)
        self._publish(presenter, frames, arrived_s)
        if presenter.bad_samples > bad_before:
            self._bad('samples', 'audio samples that are not finite or absurdly loud; replaced')

    def _on_text(self, message: Any) -> None:
        if not self._enabled or self.presenter is None:
            return
        try:
            text = self._texts.convert(message)
            if text is None:
                return
            warnings = self.presenter.push_text(
                text.text, language=text.language or self._values['language'], words=text.words,
                phones=text.phones, stamp_ns=text.stamp_ns,
            )  # fmt: skip
        except (BadTextMessage, ValueError) as error:
            self._bad('text', error)
            return
        self._utterance_id = text.utterance_id
        for warning in warnings:
            self.get_logger().warning(f'text: {warning}')

    def _on_overlay(self, message: Any) -> None:
        if self.presenter is None:
            return
        try:
            self.presenter.push_overlay(message.weights, self._now_ns())
        except ValueError as error:
            self._bad('overlay', error)

    def _bad(self, kind: str, problem: object) -> None:
        if self.stats.bad(kind, f'{kind}: {problem}'):
            self.get_logger().warning(self.stats.last_problem)

    # time

    def _on_advance(self) -> None:
        started_s = time.perf_counter()
        now_ns = self._now_ns()
        if self.presenter is not None and now_ns:  # simulated time may not have begun
            self._publish(self.presenter, self.presenter.advance(now_ns), started_s)

    def _on_poll(self) -> None:
        if time.monotonic() - self._heard_s > _AUDIO_FLOWS_S and self._audio is not None:
            self._audio.poll()
        if self._text is not None:
            self._text.poll()

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    # outputs

    def _publish(
        self, presenter: Presenter, frames: Sequence[Presented], arrived_s: float
    ) -> None:
        assert self._outputs is not None
        self._outputs.frames(frames)
        for held_back in presenter.take_held_back():
            self._outputs.audio(held_back)
        now_ns, latency_s = self._now_ns(), time.perf_counter() - arrived_s
        for frame in frames:
            self.stats.published(latency_s, (now_ns - frame.stamp_ns) / 1e9)
        keys = presenter.take_keys()
        if keys and self._values['publish_key_motions']:
            self._outputs.keys(now_ns, keys, self._utterance_id)
        self._outputs.is_speaking(presenter.face.is_speaking)

    # services

    def _on_reset(self, request: Any, response: Any) -> Any:
        self._stop_speaking()
        response.success = self.presenter is not None
        response.message = '' if response.success else 'the node is not configured'
        return response

    def _on_enable(self, request: Any, response: Any) -> Any:
        if self._enabled and not request.data:
            self._stop_speaking()
        self._enabled = bool(request.data)
        response.success = True
        response.message = 'enabled' if self._enabled else 'disabled: the face is at rest'
        return response

    def _stop_speaking(self) -> None:
        self._texts.reset()
        self._utterance_id = ''
        if self.presenter is not None:
            self.presenter.reset(self._now_ns())

    def publish_diagnostics(self) -> None:
        """Publish the state of the node; also a timer does it once a second."""
        problems = [s.problem for s in (self._audio, self._text) if s is not None and s.problem]
        status = talk_status(
            self.get_fully_qualified_name(), self.stats, self.presenter,
            active=self._active, enabled=self._enabled, device=self._values['device'],
            audio_type=self._audio.type_name if self._audio is not None else '',
            problem=self.problem or '; '.join(problems),
        )  # fmt: skip
        array = get_message('diagnostic_msgs/msg/DiagnosticArray')()
        array.header.stamp = self.get_clock().now().to_msg()
        array.status = [status]
        self._diagnostics.publish(array)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until it is interrupted; the mouth is brought to rest then.

    Returns the exit code: 2, after one line on stderr, when an argument or a parameter is wrong.
    """
    with interruptible() as interrupt:
        node = None
        try:
            try:
                rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
                node = TalkNode()
            except Exception as error:  # each graph has its own types for wrong arguments
                if os.environ.get('FACETALK_DEBUG'):
                    raise
                print(f'talk: cannot start: {" ".join(str(error).split())}', file=sys.stderr)
                return 2
            executor = SingleThreadedExecutor()
            executor.add_node(node)
            with contextlib.suppress(ExternalShutdownException):
                while rclpy.ok() and not interrupt.requested:
                    executor.spin_once(timeout_sec=_LOOK_S)
        finally:
            if node is not None and rclpy.ok():
                node.close()
            rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
