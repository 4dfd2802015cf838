# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The VMC protocol over OSC, which VSeeFace, Warudo, VMagicMirror and others take.

protocol.vmc.info: `/VMC/Ext/Blend/Val name value` for each shape and `/VMC/Ext/Blend/Apply` after
them, `/VMC/Ext/Bone/Pos` for bones, `/VMC/Ext/OK` and `/VMC/Ext/T` to tell that somebody is there.
Shapes are ARKit's names in PascalCase (what is called perfect sync), or the few that every VRM
has. OSC 1.0: strings end with NUL and are padded to 4 bytes, numbers are big-endian.
"""

from __future__ import annotations

import math
import struct
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES

#: Where a program that shows an avatar listens; one that also tracks a person listens on 39540.
PORT = 39539

Shapes = Literal['arkit', 'vrm', 'both']

#: The expressions of VRM 0.x that a speaking face needs.
VRM_NAMES = ('A', 'I', 'U', 'E', 'O', 'Blink_L', 'Blink_R')

# An Ethernet frame holds 1472 bytes of UDP; a bundle beyond it would be lost with any part of it.
_LARGEST_BUNDLE = 1400
_IMMEDIATELY = struct.pack('>Q', 1)
# jawOpen of a wide open vowel; the shapes of VRM mean a mouth as open as it gets
_OPEN_JAW = 0.5
_ROUND = ('mouthPucker', 'mouthFunnel')
_SPREAD = ('mouthSmileLeft', 'mouthSmileRight', 'mouthStretchLeft', 'mouthStretchRight')
_SPREAD_FULL = 0.4


class VmcPackets:
    """Makes the bundles of one avatar.

    Args:
        shapes: 'arkit' for avatars made for perfect sync, 'vrm' for all others. 'both' moves an
            avatar that knows both twice as far.

    Raises:
        ValueError: some other shapes.

    """

    def __init__(self, shapes: Shapes = 'arkit') -> None:
        if shapes not in get_args(Shapes):
            raise ValueError(f'shapes {shapes!r} is not one of {", ".join(get_args(Shapes))}')
        self._shapes = shapes
        names: list[str] = []
        if shapes != 'vrm':
            names += [name[0].upper() + name[1:] for name in ARKIT_NAMES]
        if shapes != 'arkit':
            names += VRM_NAMES
        # all of a message but its value stays the same
        self._values = [
            _string('/VMC/Ext/Blend/Val') + _string(',sf') + _string(name) for name in names
        ]
        self._apply = _string('/VMC/Ext/Blend/Apply') + _string(',')
        self._ok = _string('/VMC/Ext/OK') + _string(',i') + struct.pack('>i', 1)
        self._time = _string('/VMC/Ext/T') + _string(',f')
        self._bone = _string('/VMC/Ext/Bone/Pos') + _string(',sfffffff') + _string('Head')
        self._began_s: float | None = None
        self._turned = False

    def packets(
        self, weights: npt.NDArray[np.float32], head_rad: tuple[float, float, float], time_s: float
    ) -> list[bytes]:
        """Return the bundles of a pose, to be sent in this order.

        The head is left alone until it turns for the first time: whoever shows the avatar may
        move it otherwise.

        Args:
            weights: float32 [52] in ARKIT_NAMES order.
            head_rad: roll, pitch and yaw as REP 103 has them.
            time_s: its time [s]; told from the first one on.

        """
        if self._began_s is None:
            self._began_s = time_s
        values: list[float] = []
        if self._shapes != 'vrm':
            values += weights.tolist()
        if self._shapes != 'arkit':
            values += vrm_weights(weights)
        messages = [self._ok, self._time + struct.pack('>f', time_s - self._began_s)]
        self._turned = self._turned or any(head_rad)
        if self._turned:
            messages.append(self._bone + struct.pack('>7f', 0, 0, 0, *unity_quaternion(*head_rad)))
        messages += [
            name + struct.pack('>f', value)
            for name, value in zip(self._values, values, strict=True)
        ]
        return _bundles([*messages, self._apply])


def vrm_weights(weights: npt.NDArray[np.float32]) -> list[float]:
    """Return VRM's vowels and blinks for a pose, in the order of VRM_NAMES.

    Round lips make U, or O when the jaw is open as well; spread ones I, or E when open; an open
    jaw alone A. The vowels sum up to 1 at most.
    """

    def mean(names: tuple[str, ...]) -> float:
        return float(np.mean([weights[ARKIT_INDEX[name]] for name in names]))

    gap = weights[ARKIT_INDEX['jawOpen']] - weights[ARKIT_INDEX['mouthClose']]
    opened = _share(float(gap) / _OPEN_JAW)
    rounded = _share(sum(float(weights[ARKIT_INDEX[name]]) for name in _ROUND))
    spread = _share(mean(_SPREAD) / _SPREAD_FULL)
    plain = 1.0 - rounded
    return [
        plain * opened * (1.0 - spread),
        plain * (1.0 - opened) * spread,
        rounded * (1.0 - opened),
        plain * opened * spread,
        rounded * opened,
        _share(float(weights[ARKIT_INDEX['eyeBlinkLeft']])),
        _share(float(weights[ARKIT_INDEX['eyeBlinkRight']])),
    ]


def unity_quaternion(roll: float, pitch: float, yaw: float) -> tuple[float, float, float, float]:
    """Return a rotation of REP 103 (x forward, y left, z up) as Unity's x, y, z, w.

    Unity's x points right, y up and z forward, and it turns left-handed: the axis (x, y, z)
    becomes (-y, z, x), and the other hand turns its sign.
    """
    cr, sr = math.cos(roll / 2), math.sin(roll / 2)
    cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    x = sr * cp * cy - cr * sp * sy
    y = cr * sp * cy + sr * cp * sy
    z = cr * cp * sy - sr * sp * cy
    w = cr * cp * cy + sr * sp * sy
    return y, -z, -x, w


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _string(text: str) -> bytes:
    data = text.encode('ascii')
    return data + bytes(4 - len(data) % 4)


def _bundles(messages: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    start = _string('#bundle') + _IMMEDIATELY
    bundle = start
    for message in messages:
        element = struct.pack('>i', len(message)) + message
        if len(bundle) + len(element) > _LARGEST_BUNDLE:
            found.append(bundle)
            bundle = start
        bundle += element
    return [*found, bundle]
