# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the server tells the page: binary frames, sound and joints, and events as JSON.

Binary messages are little endian; every time is in seconds since the epoch that `hello` names:
    1  frame   uint8 1, 3 bytes 0, float32 roll, pitch, yaw [rad], float64 stamp, float32[52]
    2  sound   uint8 2, uint8 channels, 2 bytes 0, uint32 rate [Hz], float64 stamp, int16[n]
    3  joints  uint8 3, 3 bytes 0, float64 stamp, float32[n] positions [rad]
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.audio.pcm import to_mono
from facetalk_ros.export import Audio

VERSION = 1

_FRAME = struct.Struct('<B3x3fd')
_AUDIO = struct.Struct('<BBxxId')
_JOINTS = struct.Struct('<B3xd')
# What a browser plays in one piece.
_BLOCK_S = 0.25


class Outgoing(NamedTuple):
    """A message to a page, encoded once for all of them.

    Attributes:
        data: bytes for a binary message, str for JSON.
        fleeting: may be left out for a page that cannot keep up: newer ones say more.
        state: what of the page this sets; the newest of each is told to a page that joins.

    """

    data: bytes | str
    fleeting: bool = False
    state: str = ''


def frame_message(
    stamp_s: float, weights: npt.NDArray[np.float32], head_rad: tuple[float, float, float]
) -> Outgoing:
    """Encode float32 [52] weights, in the order of `hello`, and roll, pitch and yaw."""
    head = _FRAME.pack(1, *head_rad, stamp_s)
    data = head + np.ascontiguousarray(weights, '<f4').tobytes()
    return Outgoing(data, fleeting=True, state='frame')


def audio_messages(stamp_s: float, samples: npt.NDArray[Any], rate_hz: int) -> Iterator[Outgoing]:
    """Encode int16 or float [n, channels] in pieces; more than two channels become one."""
    pair = samples if samples.shape[1] <= 2 else to_mono(samples)
    sound = Audio(pair, rate_hz).as_int16()
    step = max(1, int(_BLOCK_S * rate_hz))
    for start in range(0, len(sound), step):
        head = _AUDIO.pack(2, sound.shape[1], rate_hz, stamp_s + start / rate_hz)
        block = np.ascontiguousarray(sound[start : start + step], '<i2')
        yield Outgoing(head + block.tobytes(), fleeting=True)


def joints_message(stamp_s: float, positions_rad: npt.NDArray[np.float32]) -> Outgoing:
    """Encode float32 [n] positions, in the order of `hello`."""
    data = _JOINTS.pack(3, stamp_s) + np.ascontiguousarray(positions_rad, '<f4').tobytes()
    return Outgoing(data, fleeting=True, state='positions')


def event_message(kind: str, values: Mapping[str, Any], *, state: str = '') -> Outgoing:
    """Encode an event; numbers in it have to be finite, as JSON has no others.

    Raises:
        ValueError: a number that is not.

    """
    text = json.dumps({'type': kind, **values}, allow_nan=False, separators=(',', ':'))
    return Outgoing(text, fleeting=not state, state=state)
