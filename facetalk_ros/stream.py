# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""FaceStream: push text and audio, get frames. No ROS inside."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from .audio.features import FRAMES_PER_STEP, SAMPLE_RATE_HZ, STEP_S, STEP_SAMPLES, LogMel
from .audio.pcm import sanitise, to_mono
from .audio.resample import StreamingResampler
from .inference.batch import Ask, Task, alone
from .inference.session import Device
from .motion.acting import Acting
from .motion.attention import ATTENTIONS, Attention
from .motion.head import STRAIGHT, Head
from .motion.idle import IdleLife
from .motion.keys import KeyMotion
from .motion.learned import LearnedMotion, Spoken, default_motion
from .motion.overlay import Overlay
from .motion.post import PostProcessor
from .motion.prosody import Prosody
from .motion.settings import FaceSettings
from .motion.table_motion import TableMotion
from .resources import WEIGHTS
from .speech.acoustic import Heard, default_model
from .speech.g2p import text_to_phones
from .speech.phones import SILENCE
from .speech.timings import TimedPhone, TimedWord, check_order, name_words, spread_phones
from .speech.tokens import Pause
from .speech.tracker import PhoneStart, PhoneTracker

# A frame leaves once the sound this much later has been heard: the newest instant of learned
# motion is so old (motion.learned.INSTANT_AGES_S).
_FRAME_DELAY_S = 0.055
# Phones are decided so many 10 ms frames after their posteriors: at the newest instant.
LAG_FRAMES = 2
#: After the end of an utterance the face has this long to come to rest.
SETTLE_S = 0.3
_RESET_S = 0.15
# Timed phones need no listening: their keys are planned this much ahead of the frame.
_TIMED_AHEAD_S = 0.15
# A phone that the sound tells is decided 40 to 60 ms after its start (two steps of posteriors).
BEGINS_AFTER_S = 0.05
_HANGOVER_S = 0.25
_KEPT_KEYS = 4096
# The encoder remembers 62 steps and the completion 14 (their dilations): after so many of silence
# nothing of what was before is left.
_SETTLING_STEPS = 80
# A silence this long after the last one that was one ends a phrase.
_PHRASE_S = 1.0
# The head nods with the brows, at a full accent.
_NOD_DEG = 2.5
Engine = Literal['learned', 'table']


class Frame(NamedTuple):
    """One pose and when it is to be shown.

    Attributes:
        time_s: presentation time on the audio clock.
        weights: float32 [52] in ARKIT_NAMES order.
        head: pose of the head, and the breath.

    """

    time_s: float
    weights: npt.NDArray[np.float32]
    head: Head = STRAIGHT


class FaceStream:
    """Streams facial poses from speech.

    Frames come on a fixed grid, frame k at k / fps seconds after the first sample. They do not
    depend on how the audio was cut into chunks.

    Attributes:
        overlay: what is added to the speaking face.
        bad_samples: samples that were not finite or absurdly loud, and were replaced.

    """

    def __init__(
        self, fps: float = 60.0, *, device: Device = 'auto', seed: int = 0,
        settings: FaceSettings | None = None, weights: Path | str | None = None,
        engine: Engine = 'learned',
    ) -> None:  # fmt: skip
        """Load the weights and start at rest.

        Args:
            fps: frames a second, 1 to 240.
            device: where the networks run: auto, cpu, cuda or tensorrt.
            seed: of blinks, gaze and head.
            settings: how the motion is shaped; may be set anew at any time.
            weights: a folder that ``facetalk train`` wrote; without it, what ships.
            engine: what moves the mouth; ``table`` is the hand-made one, to compare with.

        Raises:
            ValueError: fps out of range, an unknown device or engine.
            RuntimeError: the device is not there.
            FileNotFoundError: the folder lacks one of the networks.

        """
        if not 1.0 <= fps <= 240.0:
            raise ValueError(f'fps {fps!r} is outside 1 to 240')
        self.fps = float(fps)
        folder = Path(weights) if weights else WEIGHTS
        self._model = default_model(device, folder)
        self._seed = seed
        self._tracker = PhoneTracker(self._model.log_prior, lag_frames=LAG_FRAMES)
        if engine not in get_args(Engine):
            raise ValueError(f'engine {engine!r} is not one of {", ".join(get_args(Engine))}')
        self._mouth: LearnedMotion | TableMotion = (
            LearnedMotion(default_motion(device, folder)) if engine == 'learned' else TableMotion()
        )
        self._phone = SILENCE
        self._foreseen: deque[Spoken] = deque()
        self._post = PostProcessor(settings or FaceSettings())
        self.overlay = Overlay()
        self._idle = IdleLife(seed)
        self._acting = Acting(lambda time_s, strength: self._idle.nod(time_s, _NOD_DEG * strength))
        self._acting.expressiveness = self.settings.expressiveness
        self._prosody = Prosody()
        self._attention: Attention = 'idle'
        self._phrase_from_s = 0.0
        self._mel = LogMel()
        self._state = self._model.start()
        self._resampler: StreamingResampler | None = None
        self._pending = np.zeros(0, np.float32)
        self._steps = 0
        self._heard_steps = 0
        self._next_frame = 0
        self._spoke_until_s = -math.inf
        self._keys: deque[KeyMotion] = deque(maxlen=_KEPT_KEYS)
        self.bad_samples = 0

    @property
    def settings(self) -> FaceSettings:
        """How the motion is shaped; a change glides in over a quarter of a second."""
        return self._post.settings

    @settings.setter
    def settings(self, settings: FaceSettings) -> None:
        self._post.settings = settings
        self._acting.expressiveness = settings.expressiveness

    @property
    def attention(self) -> Attention:
        """What the robot attends to when it does not speak."""
        return self._attention

    def attend(self, attention: str) -> None:
        """Set what the robot does when it does not speak: idle, listening, thinking or speaking.

        Raises:
            ValueError: something else.

        """
        for known in ATTENTIONS:
            if attention == known:
                self._attention = known
                return
        raise ValueError(f'attention {attention[:40]!r} is none of {", ".join(ATTENTIONS)}')

    def express(self, family: str, intensity: float = 1.0, fade_s: float | None = None) -> None:
        """Show an expression instead of what the text says, until another call.

        Args:
            family: one of facetalk_ros.expression.families.FAMILIES; '' lets the text say again.
            intensity: 0 to 1.
            fade_s: how long the change takes; None is the family's own time.

        Raises:
            ValueError: an unknown family, or a number that cannot be.

        """
        self._acting.express(family, intensity, fade_s)

    @property
    def look_ahead_s(self) -> float:
        """The most sound after a frame's time that is needed before the frame comes out."""
        resampling_s = self._resampler.latency_s if self._resampler else 0.0
        return _FRAME_DELAY_S + STEP_S + resampling_s

    @property
    def input_time_s(self) -> float:
        """Time of the next sample on the audio clock."""
        return self._steps * STEP_S + len(self._pending) / SAMPLE_RATE_HZ

    @property
    def frame_time_s(self) -> float:
        """Time of the next frame."""
        return self._next_frame / self.fps

    @property
    def is_speaking(self) -> bool:
        """Whether the next frame belongs to speech, or ended less than 0.25 s before."""
        return self.frame_time_s < self._spoke_until_s + _HANGOVER_S

    @property
    def phones_waiting(self) -> int:
        """Phones of text and timings that were not spoken yet."""
        return self._tracker.phones_waiting

    @property
    def device(self) -> str:
        """Where the acoustic model runs: cpu, cuda or tensorrt."""
        return self._model.device

    @property
    def follows_text(self) -> bool:
        """Whether the phones of the moment come from text."""
        return self._tracker.follows_text

    def start_at(self, step: int) -> None:
        """Begin the audio clock at ``step`` times 20 ms, after silence, instead of at 0.

        Faces that hear the same at the same times of their clocks show the same to the last bit,
        however long they have been idle before.

        Raises:
            ValueError: something was heard already, or a step below 75.

        """
        if self._heard_steps or len(self._pending) or step < _SETTLING_STEPS:
            raise ValueError(f'the audio clock cannot begin at step {step}')
        self._steps = step - _SETTLING_STEPS
        self._tracker.begin_at(self._steps * FRAMES_PER_STEP)
        self._next_frame = math.ceil(self._steps * STEP_S * self.fps)
        alone(self._push_speech(np.zeros(_SETTLING_STEPS * STEP_SAMPLES, np.float32)))
        self._keys.clear()

    def push_text(
        self, text: str, *, language: str = 'en', words: Sequence[TimedWord] = (),
        phones: Sequence[TimedPhone] = (),
    ) -> list[str]:  # fmt: skip
        """Tell what will be said, before or while its audio arrives.

        Args:
            text: may carry numbers, punctuation, emoji and markup.
            language: BCP 47; English is spoken, other languages are animated from the sound.
            words: timings of a speech synthesiser, seconds from the next sample pushed.
            phones: the same by phone; they take precedence over ``words``, which name them then.

        Returns:
            Warnings: what could not be pronounced. The sound alone moves the face there.

        Raises:
            ValueError: timings overlap or name unknown phones.
            TooMuchText: an hour of text is waiting already.

        """
        if phones or words:
            start_s = self.input_time_s
            check_order(phones or words, 0.0)
            timed = name_words(phones, words) if phones else spread_phones(words, _pronounce)
            self._tracker.add_timed(
                [replace(p, start_s=p.start_s + start_s, end_s=p.end_s + start_s) for p in timed]
            )
            self._acting.add(text, language, _places(text, [p.word for p in timed]))
            return []
        spoken = text_to_phones(text, language)
        self._tracker.add_words(
            [(w.phones, w.pause_after >= Pause.COMMA) for w in spoken.words],
            [text[w.start : w.end] for w in spoken.words],
        )
        self._acting.add(text, language, [(w.start, w.end) for w in spoken.words])
        return list(spoken.warnings)

    def forget_text(self) -> None:
        """Forget text and timings that were not spoken yet; the sound goes on moving the face."""
        self._tracker.forget_text()
        self._acting.forget_text()

    def push_audio(self, samples: npt.ArrayLike, rate_hz: int = SAMPLE_RATE_HZ) -> list[Frame]:
        """Take the next samples; return the frames that are ready.

        Args:
            samples: float in -1..1, int16 or int32; [n] or [n, channels]. What is not finite is
                taken as silence and counted in ``bad_samples``.
            rate_hz: 8,000 to 192,000; may change from call to call.

        Raises:
            ValueError: another type or shape, or an impossible rate.

        """
        return alone(self.pushing(samples, rate_hz))

    def pushing(self, samples: npt.ArrayLike, rate_hz: int = SAMPLE_RATE_HZ) -> Task[list[Frame]]:
        """Do what ``push_audio`` does, asking for each step of a network; see StreamBatch."""
        with np.errstate(over='ignore', invalid='ignore'):  # what overflows is counted as bad
            mono, bad = sanitise(to_mono(samples))
        self.bad_samples += bad
        if self._resampler is None or self._resampler.rate_in_hz != rate_hz:
            successor = StreamingResampler(rate_hz)
            self._drain_resampler()
            self._resampler = successor
        return (yield from self._push_speech(self._resampler.push(mono)))

    def finish(self) -> list[Frame]:
        """End the utterance: return the frames held back, up to the face at rest.

        The audio clock moves on by the silence that this takes; later audio follows it. Timings
        that reach beyond the audio are cut off; text that was not heard goes on waiting.
        """
        return alone(self.finishing())

    def finishing(self) -> Task[list[Frame]]:
        """Do what ``finish`` does, asking for each step of a network; see StreamBatch."""
        self._drain_resampler()
        self._resampler = None
        for start in self._tracker.end_timed(self.input_time_s):
            self._foresee(start)
        silence_s = SETTLE_S + _FRAME_DELAY_S + STEP_S
        samples = math.ceil((self.input_time_s + silence_s) / STEP_S) * STEP_SAMPLES
        samples -= self._steps * STEP_SAMPLES + len(self._pending)
        return (yield from self._push_speech(np.zeros(samples, np.float32)))

    def reset(self) -> None:
        """Stop speaking at once (barge-in): forget text and sound, come to rest from here.

        Nothing jumps: the next frames lead from the present pose to rest within 0.15 s. Time
        goes on.
        """
        self._tracker.reset(self._steps * FRAMES_PER_STEP)
        self._mouth.reset(_RESET_S)
        self._foreseen.clear()
        self._phone = SILENCE
        self._pending[:] = 0.0
        self._mel.reset()
        self._prosody.reset(self._steps * STEP_S)
        self._acting.stop()
        self._state = self._model.start()
        self._heard_steps = 0
        self._spoke_until_s = -math.inf

    def take_keys(self) -> list[KeyMotion]:
        """Return the key motions decided since the last call, in order of decision."""
        taken = list(self._keys)
        self._keys.clear()
        return taken

    def _drain_resampler(self) -> None:
        if self._resampler is not None:
            self._pending = np.concatenate((self._pending, self._resampler.flush()))

    def _push_speech(self, samples: npt.NDArray[np.float32]) -> Task[list[Frame]]:
        data = np.concatenate((self._pending, samples)) if len(self._pending) else samples
        whole = len(data) // STEP_SAMPLES * STEP_SAMPLES
        self._pending = data[whole:].copy()
        frames: list[Frame] = []
        for at in range(0, whole, STEP_SAMPLES):
            mel = self._hear(data[at : at + STEP_SAMPLES])
            outputs, self._state = yield Ask(self._model, (mel,), self._state)
            frames += yield from self._decide(Heard(*outputs))
        return frames

    def _hear(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Take 20 ms; return what the acoustic model hears of them, float32 [2, MEL_BANDS]."""
        accent = self._prosody.step(samples)
        if accent is not None and self._spoke_until_s == math.inf:
            self._acting.stress(max(accent.time_s, self.frame_time_s), accent.strength)
        return self._mel.step(samples)

    def _decide(self, heard: Heard) -> Task[list[Frame]]:
        """Follow the speaker by what a step gave; return the frames that are due."""
        self._steps += 1
        self._heard_steps += 1
        silence = 1.0
        if self._heard_steps > self._model.look_ahead_steps:
            silence = float(np.exp(heard.log_posteriors[:, 0]).mean())
            for frame in heard.log_posteriors:
                for start in self._tracker.push(frame):
                    self._foresee(start)
        heard_s = self._steps * STEP_S
        for start in self._tracker.timed_starts(heard_s - _FRAME_DELAY_S + _TIMED_AHEAD_S):
            self._foresee(start)
        # what timings told ahead begins when it is heard, as what the sound told
        while self._foreseen and self._foreseen[0].start_s <= heard_s - BEGINS_AFTER_S:
            keys = yield from self._mouth.phone(self._foreseen.popleft(), heard.features)
            self._keys.extend(keys)
        yield from self._mouth.step(heard.features, heard_s, silence)
        frames = []
        while (time_s := self._next_frame / self.fps) <= heard_s - _FRAME_DELAY_S:
            frames.append(self._frame(time_s))
            self._next_frame += 1
        return frames

    def _foresee(self, start: PhoneStart) -> None:
        """Take a phone as soon as it is known."""
        spoken = Spoken(
            start.phone, start.start_s, self._phone, start.upcoming, start.from_text, start.word
        )
        self._phone = start.phone
        self._foreseen.append(spoken)
        self._keys.extend(self._mouth.foresee(spoken))
        self._acting.say(start.word, start.start_s, self.frame_time_s)
        if start.phone != SILENCE:
            self._spoke_until_s = math.inf
            return
        self._acting.pause(start.start_s)
        if self._spoke_until_s == math.inf:
            self._spoke_until_s = start.start_s
            if start.start_s - self._phrase_from_s > _PHRASE_S:
                self._phrase_from_s = start.start_s
                self._idle.blinker.phrase_end(start.start_s)

    def _frame(self, time_s: float) -> Frame:
        step_s = 1.0 / self.fps
        pose = self._mouth.pose(time_s)
        pose += self._acting.advance(time_s, step_s, self.is_speaking)
        attention: Attention = 'speaking' if self.is_speaking else self._attention
        head = self._idle.add(pose, time_s, step_s, attention, self.settings)
        weights = self._post.apply(pose, step_s, self.overlay.advance(step_s))
        return Frame(time_s, weights, head)


def _places(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the words of timings, one after the other, stand in the text."""
    places: list[tuple[int, int]] = []
    at = 0
    for before, name in zip(('', *names), names, strict=False):
        if name and name != before and (found := text.find(name, at)) >= 0:
            at = found + len(name)
            places.append((found, at))
    return places


def _pronounce(word: str) -> tuple[str, ...]:
    return tuple(phone for spoken in text_to_phones(word).words for phone in spoken.phones)
