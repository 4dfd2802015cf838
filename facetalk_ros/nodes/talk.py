# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node: audio and text topics in, facial poses out. A lifecycle node."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..audio.pcm import Pcm
from ..presentation import Presented, Presenter
from ..ros.clock import Clock, ClockType
from ..ros.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from ..ros.messages import get_message, get_service
from .declared_parameters import DeclaredParameters
from .diagnostics import talk_status
from .face_loading import load_presenter, release_models
from .outputs import TalkOutputs
from .run_node import run_node
from .statistics import Statistics
from .talk_inputs import TalkInputs
from .talk_parameters import SPECS, face_settings
from .text_messages import TextInput

_ADVANCE_S = 0.02
_POLL_S = 0.5
# What may be wrong with models, devices and qualities of service.
_PROBLEMS = (ValueError, RuntimeError, OSError, ImportError)


class TalkNode(LifecycleNode):
    """Publishes the face of the speech on its topics; see the README for all names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('talk', **kwargs)
        self.stats = Statistics()
        self.presenter: Presenter | None = None
        self.problem = ''
        self._enabled = True
        self._inputs: TalkInputs | None = None  # while active
        self._outputs: TalkOutputs | None = None
        self._utterance_id = ''
        self._active_timers: list[Any] = []
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
        """The most sound after a frame's time that it waits for; 0 while nothing is loaded."""
        return self.presenter.face.look_ahead_s if self.presenter is not None else 0.0

    def _apply_parameters(self, names: set[str]) -> None:
        if self.presenter is not None:
            self.presenter.face.settings = face_settings(self._values)
            if any(name.startswith('emotion') for name in names):
                self._show_emotion(self.presenter)

    def _show_emotion(self, presenter: Presenter) -> None:
        values = self._values
        presenter.face.express(
            values['emotion'], values['emotion_strength'], values['emotion_fade_s']
        )

    # lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the models, so that what is wrong with them is told before somebody speaks."""
        try:
            self.presenter = load_presenter(self._values)
        except _PROBLEMS as error:
            return self._failed(f'cannot load the models: {error}')
        try:
            self._outputs = TalkOutputs(
                self, joint_state=self._values['joint_state_copy'],
                head_pose=self._values['publish_head_pose'],
            )  # fmt: skip
        except _PROBLEMS as error:
            self._drop()
            return self._failed(f'cannot publish: {error}')
        self.problem = ''
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe and begin to publish; load what deactivation has let go of."""
        assert self._outputs is not None
        try:
            if self.presenter is None:
                self.presenter = load_presenter(self._values)
            self._inputs = TalkInputs(self, self._values, self, self._bad)
        except _PROBLEMS as error:
            return self._failed(f'cannot listen: {error}')
        self.problem = ''
        if self._values['emotion']:
            self._show_emotion(self.presenter)
        result = super().on_activate(state)
        self._outputs.start(self._now_ns())
        # who publishes is to be found also while simulated time stands still
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._active_timers = [
            self.create_timer(_ADVANCE_S, self._on_advance),
            self.create_timer(_POLL_S, self._inputs.poll, clock=steady),
        ]
        self.presenter.keep_late = self.get_parameter('use_sim_time').value
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the mouth to rest, then be silent and let go of the models."""
        self._rest()
        self.presenter = None
        release_models()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of everything."""
        self._drop()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Bring the mouth to rest and let go of everything."""
        self._rest()
        self._drop()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Let go of everything after a transition that raised, to be configured anew."""
        self._rest()
        self._drop()
        return super().on_error(state)

    def close(self) -> None:
        """End in order from any state: the mouth comes to rest; for Ctrl-C."""
        self.trigger_shutdown()
        self.destroy_node()

    def _failed(self, problem: str) -> TransitionCallbackReturn:
        self.problem = problem
        self.get_logger().error(problem)
        self.publish_diagnostics()
        return TransitionCallbackReturn.FAILURE

    def _rest(self) -> None:
        """Come to rest and stop listening; without effect when not active."""
        if self._inputs is None:
            return
        self._inputs.close()
        self._inputs = None
        for timer in self._active_timers:
            self.destroy_timer(timer)
        self._active_timers = []
        assert self.presenter is not None
        assert self._outputs is not None
        self._outputs.frames(self.presenter.rest(self._now_ns()))
        self._outputs.is_speaking(False)

    def _drop(self) -> None:
        self.presenter = None
        release_models()
        if self._outputs is not None:
            self._outputs.close()
            self._outputs = None

    # what was heard

    def hear(self, pcm: Pcm, stamp_ns: int, message: Any) -> None:
        """Take a chunk of audio; publish the faces that it lets be known."""
        arrived_s, presenter = time.perf_counter(), self.presenter
        if not self._enabled or presenter is None:
            return
        bad, dropped_s = presenter.bad_samples, presenter.counts.dropped_s
        fed_s = presenter.face.input_time_s
        frames = presenter.push_audio(pcm, stamp_ns, self._now_ns() or stamp_ns, message)
        self.stats.worked(time.perf_counter() - arrived_s, presenter.face.input_time_s - fed_s)
        self._publish(presenter, frames, arrived_s)
        if presenter.bad_samples > bad:
            self._bad('samples', 'audio samples that are not finite or absurdly loud; replaced')
        if presenter.counts.dropped_s > dropped_s:
            waited_s = presenter.counts.dropped_s - dropped_s
            self._bad('backlog', f'{waited_s:.0f} s of audio waited; it is dropped')
        for problem in presenter.take_problems():
            self._bad('text', problem)

    def refuse(self, pcm: Pcm) -> None:
        """Take note of audio that was sent before a reset."""
        if self.presenter is not None:
            self.presenter.refuse(pcm)

    def read(self, text: TextInput) -> None:
        """Take text that is going to be said; raises ValueError for timings that cannot be."""
        if not self._enabled or self.presenter is None:
            return
        dropped = self.presenter.counts.dropped_texts
        warnings = self.presenter.push_text(
            text.text, language=text.language or self._values['language'], words=text.words,
            phones=text.phones, stamp_ns=text.stamp_ns,
        )  # fmt: skip
        self._utterance_id = text.utterance_id
        if self.presenter.counts.dropped_texts > dropped:
            self._bad('backlog', 'too much text waited to be spoken; the oldest is dropped')
        for warning in warnings:
            self.get_logger().warning(f'text: {warning}')

    def add(self, weights: Any) -> None:
        """Take an overlay; raises ValueError for what is none."""
        if self.presenter is not None:
            self.presenter.push_overlay(weights, self._now_ns())

    def express(self, family: str, intensity: float) -> None:
        """Take an expression that is asked for; '' lets the text say again."""
        if self.presenter is not None:
            self.presenter.face.express(family, intensity)

    def attend(self, attention: str) -> None:
        """Take what the robot does when it does not speak; raises ValueError for other words."""
        if self.presenter is not None:
            self.presenter.face.attend(attention)

    def audio_type_is(self, type_name: str) -> None:
        """Publish audio_out, if at all, with the type of the input."""
        if self._outputs is not None and self._values['publish_audio_out']:
            self._outputs.open_audio_out(get_message(type_name))

    def _bad(self, kind: str, problem: object) -> None:
        if self.stats.bad(kind, f'{kind}: {problem}'):
            self.get_logger().warning(self.stats.last_problem)

    # time

    def _on_advance(self) -> None:
        started_s = time.perf_counter()
        now_ns = self._now_ns()
        if self._inputs is None or self.presenter is None:
            return
        self._inputs.let_text_pass()
        if now_ns:  # simulated time may not have begun
            simulated = self.get_parameter('use_sim_time').value
            frames = self.presenter.advance(now_ns, is_heard=simulated and self._inputs.is_heard)
            self._publish(self.presenter, frames, started_s)

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
        self._utterance_id = ''
        if self._inputs is not None:
            self._inputs.reset()
        if self.presenter is not None:
            self.presenter.reset(self._now_ns())

    def publish_diagnostics(self) -> None:
        """Publish the state of the node; also a timer does it once a second."""
        inputs = self._inputs
        status = talk_status(
            self.get_fully_qualified_name(), self.stats, self.presenter,
            active=inputs is not None, enabled=self._enabled, device=self._values['device'],
            audio_type=inputs.audio_type if inputs is not None else '',
            problem=self.problem or (inputs.problem if inputs is not None else ''),
        )  # fmt: skip
        array = get_message('diagnostic_msgs/msg/DiagnosticArray')()
        array.header.stamp = self.get_clock().now().to_msg()
        array.status = [status]
        self._diagnostics.publish(array)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node; see run_node."""
    return run_node('talk', TalkNode, args)


if __name__ == '__main__':
    sys.exit(main())
