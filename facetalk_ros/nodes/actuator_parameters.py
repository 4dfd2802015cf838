# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the actuator node: one table for the node and its YAML file."""

from __future__ import annotations

from collections.abc import Mapping

from .actuator_motion import REPLACEMENTS
from .parameter_spec import Spec

SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec('map', '', 'actuator map: a .yaml file, or the name of one that ships'),
        Spec('watch_map', False, 'read the map again whenever its file changes'),
        Spec('enabled_at_start', True, 'move when activated; else wait for ~/enable'),
        Spec('publish_hz', 60.0, 'how often a trajectory leaves while a face moves [Hz]',
             (5.0, 200.0)),
        Spec('forward_hz', 100.0, 'how often positions are sent to forward controllers [Hz]',
             (10.0, 500.0), read_only=True),
        Spec('replacement', 'whole', 'what joint_trajectory_controller does with a new '
             'trajectory: whole takes it at once (Humble to Lyrical 6.9.0, and later with '
             'allow_trajectory_replacement false); splice continues the old one up to the stamp '
             '(later than 6.9.0; needs interpolate_from_desired_state)', choices=REPLACEMENTS),
        Spec('late_s', 0.5, 'a face whose time has passed by more is dropped [s]', (0.0, 10.0),
             read_only=True),
        Spec('early_s', 5.0, 'a face whose time is further away is dropped [s]', (0.1, 60.0),
             read_only=True),
        Spec('queue_depth', 400, 'faces that may wait for their time; the oldest makes room',
             (2, 10_000), read_only=True),
        Spec('joint_states_wait_s', 1.0, 'how long to wait for joint_states before the joints '
             'are taken to be at rest [s]', (0.0, 30.0)),
    )
}  # fmt: skip
