# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The audio clock: stamped chunks of any quality become one gap-free stream time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .pcm import check_rate_hz
from .resample import SPEECH_RATE_HZ
from .stamps import StampMap

_NS = 1_000_000_000

# Chunks that are remembered to know a duplicate.
_REMEMBERED = 256
# More late chunks than this that follow each other for longer than this are no stragglers: the
# sender's clock went back.
_LATE_RUN_CHUNKS = 3
_LATE_RUN_NS = _NS // 4


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a chunk.

    In this order: begin a new segment when ``new_segment`` says why; play ``insert_samples`` of
    silence; leave out the first ``drop_samples`` of the chunk (all of them: nothing is played).
    """

    new_segment: str = ''
    insert_samples: int = 0
    drop_samples: int = 0


@dataclass(slots=True)
class ClockCounts:
    """What the clock has met since it was made; for diagnostics."""

    chunks: int = 0
    gaps: int = 0
    overlaps: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    zero_stamps: int = 0
    burst_stamps: int = 0
    """Stamps that told the time of sending, not of the sound."""
    resets: int = 0
    inserted_s: float = 0.0
    """Silence put into gaps."""
    dropped_s: float = 0.0
    """Audio left out: overlaps, duplicates, stragglers."""
    slewed_s: float = 0.0
    """Sum of the drift corrections' absolute values."""


class AudioClock:
    """Decides where each chunk belongs on the stream clock, and maps that clock to ROS time.

    Stream time counts the samples that are played, from 0 on, and never goes back; it goes on
    over segments. Within a segment its map to stamps is continuous and rises with a slope within
    ``tolerance_s / settle_s`` (1 %) of one: the stamps are the truth in the long run, however far
    the sender's sample clock is off, and jitter within the tolerance moves nothing suddenly.

    A chunk whose stamp is, against the end of what is there already,
    - within ``tolerance_s``: follows directly; the map slews towards the stamp;
    - later by up to ``max_gap_s``: silence fills the gap. Later still: a new segment;
    - earlier: the part that was already played is left out. Nothing left: a straggler, dropped;
      or a duplicate, when a chunk of the same stamp and content was met lately. When it is
      earlier by over ``max_back_s``, or such chunks follow each other for 0.25 s, then the
      sender's clock went back (a bag that loops, simulated time that restarts): new segment;
    - zero or None: follows directly. After a pause of over ``max_gap_s``: a new segment that
      is anchored at the time of arrival, as the very first is;
    - that of a burst: less than a quarter of a chunk after the chunk before, over content that
      does not repeat. A speech synthesiser stamps with the time of sending, and sends faster than
      it would speak: taken as zero.

    Args:
        tolerance_s: jitter of stamps that is no gap and no overlap.
        max_gap_s: longest gap that is filled with silence.
        max_back_s: how old a chunk may be and still be a straggler.
        settle_s: time constant of the drift correction.

    Raises:
        ValueError: a parameter out of range.

    """

    def __init__(
        self,
        tolerance_s: float = 0.020,
        max_gap_s: float = 0.5,
        max_back_s: float = 1.0,
        settle_s: float = 2.0,
    ) -> None:
        if not (0 <= tolerance_s <= max_gap_s < math.inf and tolerance_s <= max_back_s < math.inf):
            raise ValueError(
                f'audio clock: tolerance {tolerance_s} s must be within 0 and the largest gap '
                f'({max_gap_s} s) and step back ({max_back_s} s)'
            )
        if not max(10 * tolerance_s, 0.1) <= settle_s < math.inf:
            raise ValueError(
                f'audio clock: settle time {settle_s} s must be 0.1 s and 10 tolerances or more'
            )
        self.counts = ClockCounts()
        self.segment = 0
        self._tolerance_ns = round(tolerance_s * _NS)
        self._max_gap_ns = round(max_gap_s * _NS)
        self._max_back_ns = round(max_back_s * _NS)
        self._settle_ns = round(settle_s * _NS)
        # Stream time is the 16 kHz samples before this run of one rate, plus the run's own. A run
        # that is over counts as the whole samples that the resampler makes of it.
        self._base_samples = 0
        self._run_samples = 0
        self._rate_hz = SPEECH_RATE_HZ
        self._open = False
        self._stamp_ns = 0  # of the sample that would follow directly
        self._stamps = StampMap()
        self._recent: deque[tuple[int, int, int, int]] = deque(maxlen=_REMEMBERED)
        self._last = (0, 0)  # stamp and length in ns of the chunk that came before
        self._late_next_ns = 0
        self._late_ns = 0
        self._late_chunks = 0

    @property
    def position_s(self) -> float:
        """Stream time of the sample that will come next."""
        return self._base_samples / SPEECH_RATE_HZ + self._run_samples / self._rate_hz

    def push(
        self,
        stamp_ns: int | None,
        n_samples: int,
        rate_hz: int,
        now_ns: int,
        fingerprint: int | None = None,
        repeats: Callable[[int], bool] | None = None,
    ) -> Decision:
        """Place a chunk and move the clock over what will be played of it.

        Args:
            stamp_ns: ROS time of its first sample; 0 or None when the sender gave none.
            n_samples: samples per channel.
            rate_hz: their rate; may differ from the last chunk's.
            now_ns: ROS time of arrival.
            fingerprint: a checksum of the content; without it no duplicates are recognised.
            repeats: tells whether the chunk has the same content as what was played, from so many
                samples back on; without it no bursts are recognised.

        Raises:
            ValueError: a rate that cannot be, or a negative number of samples.

        """
        check_rate_hz(rate_hz)
        if n_samples < 0:
            raise ValueError(f'{n_samples} samples: cannot be negative')
        self.counts.chunks += 1
        if not n_samples:
            return Decision()
        if not stamp_ns or stamp_ns < 0:
            self.counts.zero_stamps += 1
            paused = self._open and now_ns - self._stamp_ns > self._max_gap_ns
            if self._open and not paused:
                return self._play(n_samples, rate_hz)
            return self._begin('pause' if paused else 'start', now_ns, n_samples, rate_hz)
        # The stamp alone is not enough: with simulated time several chunks may carry one stamp.
        content = None if fingerprint is None else (stamp_ns, n_samples, rate_hz, fingerprint)
        duplicate = content is not None and content in self._recent
        if not duplicate and repeats and self._is_burst(stamp_ns, rate_hz, repeats):
            self.counts.burst_stamps += 1
            decision = self._play(n_samples, rate_hz)
        else:
            decision = self._place(stamp_ns, n_samples, rate_hz, duplicate)
        if decision.drop_samples < n_samples:
            # of a straggler nothing was played: what comes next is no burst on top of it
            self._last = (stamp_ns, n_samples * _NS // rate_hz)
        if decision.new_segment:
            # a bag that loops brings the same again, and is to be heard again
            self._recent.clear()
        if content is not None:
            self._recent.append(content)
        return decision

    def end_segment(self) -> None:
        """Let the next chunk begin a new segment, wherever it belongs."""
        self._close_run()
        self._open = False

    def stamp_ns_at(self, time_s: float, segment: int | None = None) -> int:
        """Return the ROS time of a stream time, as ``int`` ns.

        It rises with time_s within a segment, and what was answered for a time that is already
        played stays so.

        Args:
            time_s: stream time; outside of what was played the nearest piece goes on.
            segment: which segment's clock to use; None is the one that time_s falls in.

        Raises:
            ValueError: nothing was pushed yet, or the segment is long past.

        """
        return self._stamps.stamp_ns_at(round(time_s * _NS), segment)

    def _is_burst(self, stamp_ns: int, rate_hz: int, repeats: Callable[[int], bool]) -> bool:
        late_ns = self._stamp_ns - stamp_ns
        last_stamp_ns, last_duration_ns = self._last
        if not self._open or late_ns <= self._tolerance_ns:
            return False
        if not 0 <= stamp_ns - last_stamp_ns < last_duration_ns // 4:
            return False
        return not repeats(round(late_ns * rate_hz / _NS))

    def _place(self, stamp_ns: int, n_samples: int, rate_hz: int, duplicate: bool) -> Decision:
        if not self._open:
            return self._begin('start', stamp_ns, n_samples, rate_hz)
        error_ns = stamp_ns - self._stamp_ns
        if error_ns > self._tolerance_ns:
            return self._after_gap(stamp_ns, n_samples, rate_hz)
        if error_ns >= -self._tolerance_ns and not duplicate:
            return self._play(n_samples, rate_hz, slew_ns=error_ns)
        return self._late(stamp_ns, n_samples, rate_hz, duplicate)

    def _after_gap(self, stamp_ns: int, n_samples: int, rate_hz: int) -> Decision:
        gap_ns = stamp_ns - self._stamp_ns
        if gap_ns > self._max_gap_ns:
            return self._begin('gap', stamp_ns, n_samples, rate_hz)
        self.counts.gaps += 1
        insert = round(gap_ns * rate_hz / _NS)
        self.counts.inserted_s += insert / rate_hz
        self._advance(insert, rate_hz)
        self._play(n_samples, rate_hz)
        return Decision(insert_samples=insert)

    def _late(self, stamp_ns: int, n_samples: int, rate_hz: int, duplicate: bool) -> Decision:
        late_ns = self._stamp_ns - stamp_ns
        if late_ns > self._max_back_ns:
            return self._begin('clock went back', stamp_ns, n_samples, rate_hz)
        drop = round(late_ns * rate_hz / _NS)
        if drop < n_samples and not duplicate:
            self.counts.overlaps += 1
            self.counts.dropped_s += drop / rate_hz
            self._play(n_samples - drop, rate_hz)
            return Decision(drop_samples=drop)
        duration_ns = n_samples * _NS // rate_hz
        if abs(stamp_ns - self._late_next_ns) > self._tolerance_ns:
            self._late_ns = self._late_chunks = 0
        self._late_ns += duration_ns
        self._late_chunks += 1
        self._late_next_ns = stamp_ns + duration_ns
        if self._late_ns > _LATE_RUN_NS and self._late_chunks > _LATE_RUN_CHUNKS:
            return self._begin('clock went back', stamp_ns, n_samples, rate_hz)
        if duplicate:
            self.counts.duplicates += 1
        else:
            self.counts.out_of_order += 1
        self.counts.dropped_s += n_samples / rate_hz
        return Decision(drop_samples=n_samples)

    def _begin(self, reason: str, stamp_ns: int, n_samples: int, rate_hz: int) -> Decision:
        if self._stamps:
            self.counts.resets += 1
            self.segment += 1
        self._close_run()
        self._rate_hz = rate_hz
        self._open = True
        self._stamp_ns = stamp_ns
        self._stamps.add(self._stream_ns(), stamp_ns, self.segment)
        self._play(n_samples, rate_hz)
        return Decision(new_segment=reason)

    def _play(self, n_samples: int, rate_hz: int, slew_ns: int = 0) -> Decision:
        """Move over samples that are played, correcting the map by part of the stamp's error."""
        self._late_ns = self._late_chunks = 0
        start_ns, start_stamp_ns = self._stream_ns(), self._stamp_ns
        self._advance(n_samples, rate_hz)
        if slew_ns:
            duration_ns = self._stream_ns() - start_ns
            # first order: the part that the chunk's length is of the time constant
            slew_ns = slew_ns * min(duration_ns, self._settle_ns) // self._settle_ns
            self._stamp_ns += slew_ns
            self.counts.slewed_s += abs(slew_ns) / _NS
            # only times from here on are corrected: earlier ones may have been asked for
            self._stamps.add(start_ns, start_stamp_ns, self.segment)
            self._stamps.add(self._stream_ns(), self._stamp_ns, self.segment)
        return Decision()

    def _advance(self, n_samples: int, rate_hz: int) -> None:
        before_ns = self._stream_ns()
        if rate_hz != self._rate_hz:
            self._close_run()
            self._rate_hz = rate_hz
        self._run_samples += n_samples
        # a difference of two totals, so that nothing is lost to rounding however small chunks are
        self._stamp_ns += self._stream_ns() - before_ns

    def _close_run(self) -> None:
        self._base_samples += -(-self._run_samples * SPEECH_RATE_HZ // self._rate_hz)
        self._run_samples = 0

    def _stream_ns(self) -> int:
        return (
            self._base_samples * _NS // SPEECH_RATE_HZ + self._run_samples * _NS // self._rate_hz
        )
