# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Packets of the Live Link Face app, which Unreal's Live Link takes on UDP port 11111.

A packet, all numbers big-endian: uint8 version (6); device id and subject name, each an int32
count of bytes and then UTF-8; int32 frame, float32 part of a frame, int32 numerator and int32
denominator of the frame rate; uint8 number of values (61); float32 values: the 52 shapes in
ARKIT_NAMES order (the app's CSV swaps jawLeft and jawRight, mouthLeft and mouthRight; its packets
do not), then yaw, pitch and roll of the head, of the left eye and of the right eye [rad].
"""

from __future__ import annotations

import struct
import uuid

import numpy as np
import numpy.typing as npt

from .livelink import TIMECODE_HZ, eye_rotations

#: Where Unreal listens.
PORT = 11111
#: Values in a packet.
COUNT = 61

_VERSION = 6
_DAY_S = 86400.0
# Unreal reads names of up to 255 bytes or so; the app's own are short.
_LONGEST_SUBJECT = 64


class LiveLinkPackets:
    """Makes packets of one subject.

    Args:
        subject: the name under which Unreal lists the face.

    Raises:
        ValueError: a name that is empty or too long.

    """

    def __init__(self, subject: str = 'facetalk') -> None:
        name = subject.encode()
        if not 1 <= len(name) <= _LONGEST_SUBJECT:
            raise ValueError(f'subject {subject!r}: 1 to {_LONGEST_SUBJECT} bytes are a name')
        # the app's id is a UUID too; the same subject is the same device after a restart
        device = str(uuid.uuid5(uuid.NAMESPACE_URL, f'facetalk_ros:{subject}')).upper().encode()
        self._head = struct.pack(
            f'>Bi{len(device)}si{len(name)}s', _VERSION, len(device), device, len(name), name
        )

    def packets(
        self, weights: npt.NDArray[np.float32], head_rad: tuple[float, float, float], time_s: float
    ) -> list[bytes]:
        """Return the packet of a pose.

        Args:
            weights: float32 [52] in ARKIT_NAMES order.
            head_rad: roll, pitch and yaw as REP 103 has them.
            time_s: its time [s since the epoch]; the packet holds the time of day.

        """
        roll, pitch, yaw = head_rad
        frame, part = divmod((time_s % _DAY_S) * TIMECODE_HZ, 1.0)
        # to its right and down count as positive, as they do for the eyes in the app's takes
        turns = (-yaw, pitch, roll, *eye_rotations(weights[None])[0])
        return [
            self._head
            + struct.pack('>ifiiB', int(frame), part, TIMECODE_HZ, 1, COUNT)
            + np.array([*weights, *turns], '>f4').tobytes()
        ]
