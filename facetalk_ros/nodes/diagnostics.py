# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The talk node's status on /diagnostics."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..audio.clock import ClockCounts
from ..presentation import Presenter, PresenterCounts
from ..ros.messages import get_message
from .statistics import Statistics

# A real-time factor above this leaves no room for the rest of the robot.
_SLOW_FACTOR = 0.8


def talk_status(
    node_name: str, stats: Statistics, presenter: Presenter | None, *, active: bool,
    enabled: bool, device: str, audio_type: str, problem: str,
) -> Any:  # fmt: skip
    """Return diagnostic_msgs/DiagnosticStatus."""
    values: dict[str, object] = {
        'state': 'active' if active else 'inactive',
        'enabled': enabled,
        'device': presenter.face.device if presenter is not None else device,
        'audio type': audio_type,
        'latency p50 [ms]': stats.latency_ms(50),
        'latency p99 [ms]': stats.latency_ms(99),
        'publication after stamp p50 [ms]': stats.delay_ms(50),
        'publication after stamp p99 [ms]': stats.delay_ms(99),
        'real-time factor': stats.real_time_factor,
        'last problem': stats.last_problem,
    }
    values |= {f'bad {kind} messages': n for kind, n in sorted(stats.bad_messages.items())}
    if presenter is not None:
        values |= _presenter_values(presenter)
    status = get_message('diagnostic_msgs/msg/DiagnosticStatus')
    level, message = status.OK, 'speaking' if presenter and presenter.face.is_speaking else 'ok'
    if problem:
        level, message = status.ERROR, problem
    elif stats.real_time_factor > _SLOW_FACTOR:
        level, message = status.WARN, 'this machine is too slow'
    elif not active:
        message = 'inactive'
    elif presenter is not None and (lost := stats.lost_since_last(presenter.counts.late_frames)):
        level, message = status.WARN, f'{lost} frames were too late and left out'
    key_value = get_message('diagnostic_msgs/msg/KeyValue')
    return status(
        level=level,
        name=f'{node_name[1:]}: face',
        message=message,
        hardware_id='',
        values=[key_value(key=key, value=_text(value)) for key, value in values.items()],
    )


def _presenter_values(presenter: Presenter) -> dict[str, object]:
    face = presenter.face
    values: dict[str, object] = {
        'look-ahead [ms]': face.look_ahead_s * 1e3,
        'audio waiting [s]': presenter.backlog_s,
        'text waiting [phones]': face.phones_waiting,
        'alignment': 'follows the text' if face.follows_text else 'from the sound alone',
        'resets': presenter.generation,
        'bad samples': presenter.bad_samples,
    }
    values |= _counts('', presenter.counts)
    return values | _counts('clock ', presenter.clock_counts)


def _counts(prefix: str, counts: PresenterCounts | ClockCounts) -> dict[str, object]:
    named = dataclasses.asdict(counts).items()
    return {prefix + name.replace('_', ' '): value for name, value in named}


def _text(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)
