# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Stamped audio and the passing of time in, stamped frames out. No ROS, no clock of its own.

The same sequence of calls gives the same frames, so a live node and a replayed bag share this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .audio.clock import AudioClock, ClockCounts
from .audio.features import STEP_S, STEP_SAMPLES
from .audio.input import AudioInput, Block
from .audio.pcm import Pcm
from .audio.resample import SPEECH_RATE_HZ
from .held_back import HeldBack, HeldBackMessages
from .motion.keys import KeyMotion
from .speech.text_aligner import TooMuchText
from .speech.timings import TimedPhone, TimedWord
from .stream import FaceStream, Frame
from .timed_texts import TimedText, TimedTexts
from .timeline import Seam, Timeline
from .waiting_sound import WaitingSound

_NS = 1_000_000_000
# Audio that waits for its time. 58 MB.
_MAX_BACKLOG_SAMPLES = 900 * SPEECH_RATE_HZ
# Audio that is this much overdue has stalled: silence keeps the face alive. Network jitter and
# scheduling stay well below it.
_STALL_NS = _NS // 10
# A sender with long chunks is given the length of a chunk more, up to this.
_LONGEST_CHUNK_NS = _NS // 2
# A frame is late when it leaves this much after it could have left.
_LATE_NS = _NS // 2
# Silence may leave later: it fills holes, and what comes after a hole waits for nothing.
_SILENCE_LATE_NS = 2 * _NS
# Stamps further than this from our time come from another clock.
_SHARED_CLOCK_NS = 10 * _NS
# A hole in time up to this long is filled with silence; over a longer one time jumps, after the
# silence that brings the mouth to rest.
_MAX_FILL_NS = _NS
_SETTLE_SAMPLES = SPEECH_RATE_HZ * 45 // 100
# An overlay that is not repeated fades out: who set it may be gone.
_OVERLAY_NS = _NS
# The face's clock begins with the steps since this day began. Frames then lie on the same times
# whenever the node started, and a recording gives the same face again.
_STEP_NS = round(STEP_S * _NS)
_DAY_STEPS = 86_400 * _NS // _STEP_NS


class Presented(NamedTuple):
    """A frame and the ROS time at which its sound is to be heard."""

    stamp_ns: int
    frame: Frame


class PresentedKey(NamedTuple):
    """A key motion and its ROS time."""

    stamp_ns: int
    key: KeyMotion


@dataclass(slots=True)
class PresenterCounts:
    """What has happened since the beginning; for diagnostics."""

    frames: int = 0
    late_frames: int = 0
    """Left out, because their time was past."""
    stalls: int = 0
    """How often the audio stopped coming."""
    refused_s: float = 0.0
    """Audio that was not taken: it was sent before a reset, or was too long for one message."""
    dropped_s: float = 0.0
    """Audio that waited and was forgotten, because more came than can wait."""
    dropped_texts: int = 0
    """How often text that waited was forgotten, because more came than can wait."""


class Presenter:
    """Joins the audio clock and the face; owns the map between the face's clock and ROS time.

    Frames leave when their sound has been heard, and not earlier than ``ahead_s`` before their
    time, so that a reset finds a sentence that was sent at once still here. When audio stops
    coming, ``advance`` feeds silence: the mouth comes to rest and the eyes go on blinking. Frames
    whose time is past (a burst of old audio) are left out and counted. Stamps rise strictly,
    until the clock of the sender or of the node goes back, which begins a new ``epoch``.

    Args:
        face: the engine.
        hold_back_s: added to every stamp that comes out: the sound is to be heard so much later.
        ahead_s: how early a frame may leave.
        keep_messages: return the input's messages by take_held_back.

    """

    def __init__(
        self, face: FaceStream, *, hold_back_s: float = 0.0, ahead_s: float = 0.1,
        keep_messages: bool = False,
    ) -> None:  # fmt: skip
        self.face = face
        self.hold_back_ns = round(hold_back_s * _NS)
        self.ahead_ns = round(ahead_s * _NS)
        self.keep_messages = keep_messages
        #: Frames are shown however late: simulated time may run faster than messages come.
        self.keep_late = False
        self.counts = PresenterCounts()
        self.generation = 0
        self.epoch = 0
        self._clock = AudioClock()
        self._input = AudioInput(self._clock)
        self._timeline = Timeline()
        self._seam = Seam()
        self._sound = WaitingSound(round(face.input_time_s * SPEECH_RATE_HZ))
        self._messages = HeldBackMessages()
        self._texts = TimedTexts(face, self._sound)
        self._heard_until_s = 0.0  # the end of what waits on the audio clock
        self._due_offset_ns = 0
        self._segment: int | None = None
        self._arrival_ns: int | None = None
        self._chunk_ns = 0
        self._fill_lag_ns: int | None = None
        self._shown_epoch = 0
        self._oldest_epoch = 0
        self._last_stamp_ns: int | None = None
        self._now_ns: int | None = None
        self._reset_ns: int | None = None
        self._overlay_ns: int | None = None

    @property
    def clock_counts(self) -> ClockCounts:
        """What the audio clock has met: gaps, overlaps, duplicates."""
        return self._clock.counts

    @property
    def bad_samples(self) -> int:
        """Samples that were not finite or absurdly loud, and were replaced."""
        return self._input.bad_samples

    @property
    def backlog_s(self) -> float:
        """Audio that waits for its time."""
        return self._sound.samples / SPEECH_RATE_HZ

    @property
    def is_idle(self) -> bool:
        """Whether the audio has stopped coming and all of it was heard."""
        return self._segment is None and not self._sound

    def push_text(
        self, text: str, *, language: str = 'en', words: Sequence[TimedWord] = (),
        phones: Sequence[TimedPhone] = (), stamp_ns: int = 0,
    ) -> list[str]:  # fmt: skip
        """Tell what will be said; see FaceStream.push_text.

        Timings count from ``stamp_ns``; without a stamp from the next sample while audio is
        coming, else from the first sample that comes.

        Text that waited is forgotten, and counted, when more comes than can wait.

        Raises:
            ValueError: bad timings, or more text at once than can wait.

        """
        try:
            return self._push_text(text, language, TimedText(words, phones, stamp_ns))
        except TooMuchText:
            self.face.forget_text()
            self.counts.dropped_texts += 1
            return self._push_text(text, language, TimedText(words, phones, stamp_ns))

    def _push_text(self, text: str, language: str, timed: TimedText) -> list[str]:
        if not (timed.words or timed.phones):
            return self.face.push_text(text, language=language)
        if self._segment is None:
            self.counts.dropped_texts += self._texts.wait(timed)
        else:
            self._texts.place(timed)
        return []

    def push_audio(
        self, pcm: Pcm, stamp_ns: int, now_ns: int, message: Any = None
    ) -> list[Presented]:
        """Take a chunk that arrives at ``now_ns``; return the frames that may leave.

        Args:
            pcm: any rate and number of channels.
            stamp_ns: ROS time of its first sample; 0 when the sender gave none.
            now_ns: the present ROS time.
            message: returned by take_held_back when its face has come out.

        """
        self._notice(now_ns)
        n, duration_ns = len(pcm.samples), len(pcm.samples) * _NS // pcm.rate_hz
        samples = duration_ns * SPEECH_RATE_HZ // _NS
        if self._sent_before_reset(stamp_ns, duration_ns) or samples > _MAX_BACKLOG_SAMPLES:
            self.refuse(pcm)
            return self._feed(now_ns)
        if self._sound.samples + samples > _MAX_BACKLOG_SAMPLES:
            # the oldest, which is all that waits: what comes now is spoken in its time again
            self.counts.dropped_s += self._forget()
        before_s = self._clock.position_s
        for item in self._input.push(pcm, stamp_ns, now_ns):
            if isinstance(item, Block):
                self._queue(item, duration_ns, now_ns)
        if self._clock.position_s > before_s:
            self._arrival_ns, self._chunk_ns = now_ns, min(duration_ns, _LONGEST_CHUNK_NS)
            if self.keep_messages and self._segment is not None:
                self._keep(message, self._clock.position_s - n / pcm.rate_hz)
        return self._feed(now_ns)

    def refuse(self, pcm: Pcm) -> None:
        """Count audio that is not to be heard."""
        self.counts.refused_s += pcm.duration_s

    def push_overlay(self, weights: npt.ArrayLike, now_ns: int) -> None:
        """Add weights to what the speech says, for a second; see Overlay.set.

        Raises:
            ValueError: another shape, or a number outside -1 to 1.

        """
        self.face.overlay.set(weights)
        self._overlay_ns = now_ns

    def advance(self, now_ns: int, *, is_heard: bool = False) -> list[Presented]:
        """Let time pass; return the frames that may leave. To be called some 50 times a second.

        Args:
            now_ns: the present ROS time.
            is_heard: audio has not stalled, whatever the time: simulated time may run faster
                than messages come.

        """
        self._notice(now_ns)
        frames = self._feed(now_ns)
        if self._sound or is_heard or now_ns <= self._quiet_at(now_ns):
            return frames
        if self._segment is not None:
            self.counts.stalls += 1
            for block in self._input.finish():
                self._queue(block, 0, now_ns)
            self._segment = self._arrival_ns = None
        if self._sound.end_ns is None:
            self._begin(now_ns - _STALL_NS)
        end_ns = self._sound.end_ns
        assert end_ns is not None
        if self._fill_lag_ns is None:
            # a node that hung does not stay behind by as much
            self._fill_lag_ns = min(now_ns - end_ns, _STALL_NS + self._chunk_ns)
        target_ns = now_ns - self._fill_lag_ns
        if target_ns - end_ns > _MAX_FILL_NS:
            self._add_silence(_SETTLE_SAMPLES)
            self._sound.end_ns = target_ns
        else:
            missing = (target_ns - end_ns) * SPEECH_RATE_HZ // _NS
            self._add_silence(missing // STEP_SAMPLES * STEP_SAMPLES)
        return frames + self._feed(now_ns)

    def reset(self, now_ns: int) -> None:
        """Stop speaking at once (barge-in): forget text and audio that wait; come to rest.

        Chunks that were sent before, as their stamps tell, are refused when they come later.
        """
        self.generation += 1
        self._forget()
        self.face.reset()
        self._reset_ns = now_ns

    def rest(self, now_ns: int) -> list[Presented]:
        """Stop speaking and return, at once, the frames that lead to the face at rest."""
        self.reset(now_ns)
        self.face.overlay.clear()
        if self._sound.end_ns is None:
            self._begin(now_ns)
        ahead_ns = max(0, (self._sound.end_ns or now_ns) - now_ns)
        self._add_silence(_SETTLE_SAMPLES, lead_ns=2 * _NS + ahead_ns)
        return self._feed(now_ns)

    def take_keys(self) -> list[PresentedKey]:
        """Return the key motions decided since the last call."""
        stamped = ((self._timeline.stamp_ns(k.time_s), k) for k in self.face.take_keys())
        return [PresentedKey(s + self.hold_back_ns, k) for s, k in stamped if s is not None]

    def take_held_back(self) -> list[HeldBack]:
        """Return the messages whose faces have come out since the last call."""
        return self._messages.take_before(self.face.frame_time_s * SPEECH_RATE_HZ)

    def take_problems(self) -> list[str]:
        """Return what was wrong with timed text that waited for audio, since the last call."""
        return self._texts.take_problems()

    def _forget(self) -> float:
        """Forget what waits; return how much sound that was, in seconds."""
        self._input.finish()
        self._segment = self._arrival_ns = self._fill_lag_ns = None
        dropped_s = self._sound.clear()
        self._messages.clear()
        self._texts.clear()
        self.face.take_keys()
        return dropped_s

    def _notice(self, now_ns: int) -> None:
        """Begin anew when the node's time went back: simulated time that restarts."""
        if self._now_ns is not None and now_ns < self._now_ns - _NS:
            self._forget()
            self._sound.forget_times()
            self._reset_ns = None
            self.epoch += 1
            self._oldest_epoch = self.epoch
        self._now_ns = now_ns
        if self._overlay_ns is not None and not 0 <= now_ns - self._overlay_ns <= _OVERLAY_NS:
            self.face.overlay.clear()
            self._overlay_ns = None

    def _sent_before_reset(self, stamp_ns: int, duration_ns: int) -> bool:
        if not stamp_ns or self._reset_ns is None or self._arrival_ns is not None:
            return False
        # stamps of another clock tell nothing about the time of a reset
        age_ns = self._reset_ns - (stamp_ns + duration_ns)
        return 0 <= age_ns < _SHARED_CLOCK_NS

    def _queue(self, block: Block, chunk_ns: int, now_ns: int) -> None:
        """Put a block of the audio clock behind what waits."""
        end_s = block.start_s + len(block.samples) / SPEECH_RATE_HZ
        start_ns = self._clock.stamp_ns_at(block.start_s, block.segment)
        end_ns = self._clock.stamp_ns_at(end_s, block.segment)
        begins = block.segment != self._segment
        if begins:
            self._anchor(start_ns, now_ns)
            self._segment = block.segment
        self._sound.append(
            block.samples, start_ns, end_ns, due_ns=start_ns + self._due_offset_ns,
            slack_ns=_LATE_NS + chunk_ns + round(self.face.look_ahead_s * _NS), epoch=self.epoch,
        )  # fmt: skip
        self._heard_until_s = end_s
        if begins:
            self._texts.place_waiting(len(block.samples))

    def _anchor(self, start_ns: int, now_ns: int) -> None:
        """Let a new segment begin at its own time: silence before it, or a step back."""
        self._fill_lag_ns = None
        lag_ns, end_ns = now_ns - start_ns, self._sound.end_ns
        goes_on = end_ns is not None and abs(start_ns - end_ns) < _STALL_NS
        if -_SHARED_CLOCK_NS <= lag_ns <= _LATE_NS or (goes_on and lag_ns <= _SHARED_CLOCK_NS):
            self._due_offset_ns = 0
        else:
            self._due_offset_ns = lag_ns
        if end_ns is None:
            end_ns = self._begin(start_ns - _STALL_NS)
        if start_ns < end_ns - _SHARED_CLOCK_NS:
            self.epoch += 1
        elif start_ns > end_ns:
            gap_ns = start_ns - end_ns
            n = gap_ns * SPEECH_RATE_HZ // _NS if gap_ns <= _MAX_FILL_NS else _SETTLE_SAMPLES
            # The face hears in steps. Silence that is a little shorter or longer than the hole
            # lets the sound begin with a step, so that no chunk waits for the next one.
            steps = round((self._sound.queued + n) / STEP_SAMPLES)
            n = max(0, steps * STEP_SAMPLES - self._sound.queued)
            self._add_silence(n, end_ns=start_ns if gap_ns <= _MAX_FILL_NS else None)

    def _begin(self, at_ns: int) -> int:
        """Let the face wake at a time or a little before it; return when."""
        step = at_ns // _STEP_NS
        if not self._sound.fed:
            self.face.start_at(step % _DAY_STEPS + _DAY_STEPS)
            self._sound.fed = self._sound.queued = (step % _DAY_STEPS + _DAY_STEPS) * STEP_SAMPLES
        self._sound.begin(step * _STEP_NS)
        return step * _STEP_NS

    def _add_silence(self, count: int, *, end_ns: int | None = None, lead_ns: int = 0) -> None:
        """Put silence behind what waits; it may be heard ``lead_ns`` before its time."""
        start_ns = self._sound.end_ns
        assert start_ns is not None
        self._sound.append(
            np.zeros(count, np.float32), start_ns,
            start_ns + count * _NS // SPEECH_RATE_HZ if end_ns is None else end_ns,
            due_ns=start_ns + self._due_offset_ns - lead_ns,
            slack_ns=None if lead_ns else _SILENCE_LATE_NS, epoch=self.epoch,
        )  # fmt: skip

    def _keep(self, message: Any, start_s: float) -> None:
        stamp_ns = self._clock.stamp_ns_at(start_s, self._segment) + self.hold_back_ns
        sample = self._sound.queued - round((self._heard_until_s - start_s) * SPEECH_RATE_HZ)
        self._messages.keep(sample, HeldBack(stamp_ns, message))

    def _quiet_at(self, now_ns: int) -> int:
        """Return the time until which more audio is waited for before it has stalled."""
        if self._arrival_ns is None or self._sound.end_ns is None:
            return now_ns - 1
        heard_ns = self._sound.end_ns + self._due_offset_ns
        return max(self._arrival_ns + self._chunk_ns, heard_ns) + _STALL_NS

    def _feed(self, now_ns: int) -> list[Presented]:
        """Let the face hear what is due, step by step: a minute in one message blocks nobody."""
        until_ns = now_ns + self.ahead_ns + round(self.face.look_ahead_s * _NS)
        shown: list[Presented] = []
        while (step := self._sound.take_step(until_ns)) is not None:
            samples, span = step
            self._timeline.add(span)
            for frame in self.face.push_audio(samples):
                self._present(frame, now_ns, shown)
            self._timeline.forget_before(self.face.frame_time_s)
        return shown

    def _present(self, frame: Frame, now_ns: int, shown: list[Presented]) -> None:
        span = self._timeline.at(frame.time_s)
        assert span is not None
        stamp_ns = span.stamp_ns(frame.time_s * SPEECH_RATE_HZ) + self.hold_back_ns
        if span.epoch < self._oldest_epoch:
            self._seam.cut()
            return
        if span.epoch != self._shown_epoch:
            self._shown_epoch, self._last_stamp_ns = span.epoch, None
        shown_before = self._last_stamp_ns is not None and stamp_ns <= self._last_stamp_ns
        late = not self.keep_late and span.is_late(stamp_ns - self.hold_back_ns, now_ns)
        if shown_before or late:
            self.counts.late_frames += 1
            self._seam.cut()
            return
        self._last_stamp_ns = stamp_ns
        self.counts.frames += 1
        weights = self._seam.join(frame.time_s, frame.weights, 1.0 / self.face.fps)
        shown.append(Presented(stamp_ns, frame._replace(weights=weights)))
