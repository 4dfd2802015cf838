# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the talk node: one table for the node, its YAML file and the command line.

Gains and offsets are one parameter a shape, `gain.jawOpen` and `offset.browInnerUp`: in YAML a
nested map, on the command line `ros2 param set /talk gain.jawOpen 1.2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..expression.families import FAMILIES
from ..face.names import ARKIT_NAMES
from ..inference.session import DEVICES
from ..motion.settings import GAIN_RANGE, OFFSET_RANGE, RANGES, FaceSettings
from .audio_messages import AUDIO_TYPES
from .parameter_spec import Spec

TEXT_TYPES = ('std_msgs/msg/String', 'facetalk_ros/msg/DialogueText', 'hri_msgs/msg/LiveSpeech')

_SETTINGS = {
    'strength': 'scales every shape',
    'upper_face_strength': 'scales brows, eyes, cheeks and nose',
    'lower_face_strength': 'scales jaw, mouth and tongue',
    'upper_face_smoothing_s': 'time constant of the low-pass on the upper face [s]',
    'lower_face_smoothing_s': 'the same on the lower face; it delays the lips by as much [s]',
    'blinks_per_minute': 'mean blink rate [1/min]; 0 turns blinks off',
    'expressiveness': 'scales feelings and accents; 0 turns them off',
    'gaze': 'move the eyes',
    'head_motion': 'scales the motion of the head on head_pose; 0 holds it straight',
    'clamp': 'keep every weight within 0 to 1',
}
_DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(FaceSettings)}

SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec('fps', 60.0, 'facial poses per second [Hz]', (1.0, 240.0), read_only=True),
        Spec('device', 'auto', 'where the models run',
             choices=DEVICES, read_only=True),
        Spec('weights', '', 'folder of networks that facetalk train wrote; empty: what ships',
             read_only=True),
        Spec('seed', 0, 'of blinks, gaze and head', (0, 2**31 - 1), read_only=True),
        *(Spec(name, _DEFAULTS[name], text, RANGES.get(name))
          for name, text in _SETTINGS.items()),
        Spec('emotion', '', 'shown instead of what the text says', choices=('', *FAMILIES)),
        Spec('emotion_strength', 1.0, 'how strongly emotion is shown', (0.0, 1.0)),
        Spec('emotion_fade_s', 0.5, 'how long a change of emotion takes [s]', (0.0, 10.0)),
        Spec('language', 'en', 'BCP 47 language of text that does not tell its own; English is '
             'aligned, other languages are animated from the sound'),
        Spec('audio_type', 'auto', 'message type of the topic audio; auto: what is advertised',
             choices=('auto', *AUDIO_TYPES), read_only=True),
        Spec('text_type', 'auto', 'message type of the topic text; auto: what is advertised',
             choices=('auto', *TEXT_TYPES), read_only=True),
        Spec('publish_audio_out', False, 'publish the audio held back to match the face on '
             'audio_out; hold_back_s is then added to every stamp', read_only=True),
        Spec('hold_back_s', 0.15, 'how much later than stamped the sound is to be heard when '
             'publish_audio_out is on [s]', (0.0, 2.0), read_only=True),
        Spec('publish_ahead_s', 0.1, 'how early before its time a frame may be published, when '
             'audio comes faster than it is spoken [s]', (0.0, 2.0), read_only=True),
        Spec('publish_key_motions', True, 'publish the key motions on key_motions'),
        Spec('publish_head_pose', True, 'publish the pose of the head on head_pose',
             read_only=True),
        Spec('joint_state_copy', False, 'publish the poses as sensor_msgs/JointState on '
             'blendshapes_joint_state too', read_only=True),
        *(Spec(f'gain.{n}', 1.0, f'factor on {n}', GAIN_RANGE) for n in ARKIT_NAMES),
        *(Spec(f'offset.{n}', 0.0, f'summand on {n}', OFFSET_RANGE) for n in ARKIT_NAMES),
    )
}  # fmt: skip


def face_settings(values: Mapping[str, Any]) -> FaceSettings:
    """Return the settings that parameter values ask for; what is not given has its default.

    Raises:
        ValueError: a number outside its range.

    """
    plain: dict[str, Any] = {name: values[name] for name in _SETTINGS if name in values}
    shapes: dict[str, Any] = {
        kind: {
            name: float(values[f'{kind}.{name}'])
            for name in ARKIT_NAMES
            if values.get(f'{kind}.{name}', neutral) != neutral
        }
        for kind, neutral in (('gain', 1.0), ('offset', 0.0))
    }
    return FaceSettings(**plain, **shapes)
