# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The map from stream time to ROS stamps: pieces of straight lines, one run of them a segment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# Points that are kept: about one a chunk, so 20 s of 20 ms chunks. Older times are answered as if
# the sender's clock had been exact before.
_KNOTS = 1024


@dataclass(frozen=True, slots=True)
class _Knot:
    stream_ns: int
    stamp_ns: int
    segment: int


class StampMap:
    """Knots in the order of stream time; stream and stamp run equally fast after the last."""

    def __init__(self) -> None:
        self._knots: deque[_Knot] = deque(maxlen=_KNOTS)

    def __bool__(self) -> bool:
        return bool(self._knots)

    def add(self, stream_ns: int, stamp_ns: int, segment: int) -> None:
        """Add a knot; it replaces nothing, so times before the last knot keep their stamps."""
        last = self._knots[-1] if self._knots else None
        if last is None or last.stream_ns < stream_ns or last.segment != segment:
            self._knots.append(_Knot(stream_ns, stamp_ns, segment))

    def stamp_ns_at(self, stream_ns: int, segment: int | None = None) -> int:
        """Return the stamp of a stream time; see AudioClock.stamp_ns_at().

        Raises:
            ValueError: no knot is known, or none of the segment.

        """
        after: _Knot | None = None
        for knot in reversed(self._knots):
            if segment is not None and knot.segment != segment:
                continue
            if knot.stream_ns <= stream_ns:
                if after is None or after.segment != knot.segment:
                    return knot.stamp_ns + stream_ns - knot.stream_ns
                span = after.stream_ns - knot.stream_ns
                rise = after.stamp_ns - knot.stamp_ns
                return knot.stamp_ns + (stream_ns - knot.stream_ns) * rise // span
            after = knot
        if after is None:
            raise ValueError(f'no stamp is known for {stream_ns / 1e9} s of the audio clock')
        return after.stamp_ns + stream_ns - after.stream_ns
