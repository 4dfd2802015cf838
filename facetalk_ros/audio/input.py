# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Audio of changing formats and doubtful stamps in, one mono 16 kHz stream out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .clock import AudioClock, ClockCounts
from .pcm import Pcm, Samples, sanitise, to_mono
from .resample import SPEECH_RATE_HZ, StreamingResampler

# Kept of what was played last, to see whether a chunk repeats it.
_HEARD_SAMPLES = 8_000


@dataclass(frozen=True, slots=True)
class Block:
    """Speech audio that follows directly on the block before, unless a Reset is between."""

    start_s: float
    """Stream time of the first sample."""
    samples: Samples
    """float32 [n], mono, 16 kHz."""
    segment: int
    """For AudioInput.stamp_ns_at()."""


@dataclass(frozen=True, slots=True)
class Reset:
    """What follows has nothing to do with what was before: a new segment begins."""

    start_s: float
    """Stream time at which it begins; the clock goes on over it."""
    reason: str
    segment: int


class AudioInput:
    """From stamped PCM chunks to blocks of speech audio on the stream clock.

    Stream time is the number of samples handed out, over 16,000; it goes on over Resets. A
    change of the sample rate is no break: the old rate's tail comes out first. A change of the
    channel count needs nothing. Every segment but the first is announced by a Reset.

    The times and samples of the blocks depend on the content of the stream alone, not on how it
    was cut, as long as stamps agree with the sample count within the clock's tolerance.

    Args:
        clock: where chunks belong; None is one with default tolerances.

    """

    def __init__(self, clock: AudioClock | None = None) -> None:
        self._clock = clock or AudioClock()
        self._resampler: StreamingResampler | None = None
        self._heard = np.zeros(0, np.float32)
        self._n_out = 0
        self._begun = False
        self.format_changes = 0
        self.bad_samples = 0
        """NaN, infinite or absurdly loud samples that were replaced."""

    @property
    def counts(self) -> ClockCounts:
        """What the audio clock has met."""
        return self._clock.counts

    def push(self, pcm: Pcm, stamp_ns: int | None, now_ns: int) -> list[Block | Reset]:
        """Take a chunk and return what it lets be known, in the order to play it.

        Args:
            pcm: any rate from 8 to 192 kHz, any number of channels, also none at all.
            stamp_ns: ROS time of its first sample; 0 or None when the sender gave none.
            now_ns: ROS time of arrival.

        Raises:
            ValueError: a rate that cannot be; nothing has changed then.

        """
        samples, bad_count = sanitise(pcm.samples)
        mono = np.ascontiguousarray(to_mono(samples))

        def repeats(back: int) -> bool:
            heard = self._heard[max(0, len(self._heard) - back) :]
            again = mono[back - len(heard) : back]
            # silence is like any other silence, and tells nothing
            return bool(again.any()) and np.array_equal(heard[: len(again)], again)

        decision = self._clock.push(
            stamp_ns, len(mono), pcm.rate_hz, now_ns, zlib.crc32(mono.data), repeats
        )
        self.bad_samples += bad_count
        played = mono[decision.drop_samples :]
        if not len(played):
            return []
        items: list[Block | Reset] = []
        if decision.new_segment:
            # the clock counts the new segment already; the tail belongs to the one before
            items += self._flush(self._clock.segment - 1)
            if self._begun:
                start_s = self._n_out / SPEECH_RATE_HZ
                items.append(Reset(start_s, decision.new_segment, self._clock.segment))
            self._begun = True
        elif self._resampler is not None and self._resampler.rate_in_hz != pcm.rate_hz:
            self.format_changes += 1
            items += self._flush(self._clock.segment)
        if self._resampler is None:
            self._resampler = StreamingResampler(pcm.rate_hz)
        if decision.insert_samples:
            silence = np.zeros(decision.insert_samples, np.float32)
            played = np.concatenate((silence, played))
        items += self._block(self._resampler.push(played), self._clock.segment)
        self._heard = played[-_HEARD_SAMPLES:]
        return items

    def finish(self) -> list[Block]:
        """End the segment and return its tail; what comes next begins a new one.

        For the end of an utterance, when audio has stopped coming, and (throwing the tail away)
        for a barge-in.
        """
        tail = self._flush(self._clock.segment)
        self._clock.end_segment()
        return tail

    def stamp_ns_at(self, time_s: float, segment: int | None = None) -> int:
        """Return the ROS time in ns of a stream time: see AudioClock.stamp_ns_at()."""
        return self._clock.stamp_ns_at(time_s, segment)

    def _flush(self, segment: int) -> list[Block]:
        if self._resampler is None:
            return []
        tail = self._resampler.flush()
        self._resampler = None
        return self._block(tail, segment)

    def _block(self, samples: Samples, segment: int) -> list[Block]:
        if not len(samples):
            return []
        block = Block(self._n_out / SPEECH_RATE_HZ, samples, segment)
        self._n_out += len(samples)
        return [block]
