# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The actuator node's status on /diagnostics."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..ros.messages import get_message
from .actuator_motion import Motion
from .statistics import Statistics


def actuator_status(
    node_name: str, stats: Statistics, motion: Motion | None, *, state: str, enabled: bool,
    map_file: str, problem: str, warning: str,
) -> Any:  # fmt: skip
    """Return diagnostic_msgs/DiagnosticStatus."""
    values: dict[str, object] = {
        'state': state,
        'enabled': enabled,
        'map': map_file,
        'latency p50 [ms]': stats.latency_ms(50),
        'latency p99 [ms]': stats.latency_ms(99),
        'publication after stamp p50 [ms]': stats.delay_ms(50),
        'publication after stamp p99 [ms]': stats.delay_ms(99),
        'last problem': stats.last_problem,
    }
    values |= {f'bad {kind} messages': n for kind, n in sorted(stats.bad_messages.items())}
    if motion is not None:
        values |= _motion_values(motion)
    status = get_message('diagnostic_msgs/msg/DiagnosticStatus')
    level, message = status.OK, state
    if problem:
        level, message = status.ERROR, problem
    elif warning:
        level, message = status.WARN, warning
    elif motion is not None and not enabled:
        message = 'disabled: the joints rest'
    key_value = get_message('diagnostic_msgs/msg/KeyValue')
    return status(
        level=level,
        name=f'{node_name[1:]}: actuators',
        message=message,
        hardware_id='',
        values=[key_value(key=key, value=_text(value)) for key, value in values.items()],
    )


def _motion_values(motion: Motion) -> dict[str, object]:
    values: dict[str, object] = {
        'map name': motion.map.name,
        'joints': len(motion.map.joints),
        'queue depth': len(motion.schedule),
        'shown after their time [ms]': motion.schedule.delay_s * 1e3,
    }
    values |= {
        'late frames': motion.schedule.counts.late,
        'dropped frames': motion.schedule.counts.dropped,
    }
    for counts in (motion.schedule.counts, motion.driver.counts):
        values |= {
            name.replace('_', ' '): value for name, value in dataclasses.asdict(counts).items()
        }
    return values


def _text(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)
