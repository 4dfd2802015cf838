# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Learned motion: key poses at the phones, and what the sound makes of the way between them.

KMTalk's two steps (ECCV 2024, arXiv 2409.01113) as a stream. Each phone that is decided gets its
keys once; each 20 ms step completes two instants, 10 ms apart. How the networks were made is in
training/models/motion.py.
"""

from __future__ import annotations

import functools
from collections import deque
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..audio.features import STEP_S
from ..face.articulation import APERTURE, ARTICULATED, CHANNELS, pose_of
from ..face.names import ARKIT_INDEX, ARKIT_NAMES, sides
from ..inference.batch import Ask, Task
from ..inference.feedforward import FeedForwardNetwork
from ..inference.recurrent import RecurrentNetwork
from ..inference.session import Device, open_session
from ..resources import WEIGHTS
from ..speech.phones import PHONE_INDEX, PHONES, SILENCE
from .gates import OPEN_AT_LEAST, TABLE_PLACES, Gates, PhoneGates
from .keys import KeyKind, KeyMotion
from .seal import LipSeal

Floats = npt.NDArray[np.float32]

KEY_KIND = 'facetalk key motions 1'
COMPLETION_KIND = 'facetalk motion completion 1'
#: Instants that a step completes, so long before its end.
INSTANTS = 2
INSTANT_AGES_S = (0.065, 0.055)
#: A phone's keys: at its start, at its target, at its end.
KEY_POSES = 3
#: From a phone's start to its target.
RISE_S = 0.06
#: The phone before, the phone itself, the next two.
NEIGHBOURS = 4
UNKNOWN_PHONE = len(PHONES)
KNOWN_PHONES = len(PHONES) + 1
#: A phone is no older than this for the networks; what was silent for long has settled.
OLDEST_S = 0.5
# A face that is told to rest comes to a halt in so long.
_BRAKE_S = 0.03
# Low-pass of the shapes that part and close the lips, and of the others, which are slower in
# people too: it costs as much delay, and takes out tremor (docs/kmtalk.md).
_LIPS_S, _OTHERS_S = 0.01, 0.02
_LIPS = ('jawOpen', 'mouthClose', 'mouthLowerDown', 'mouthUpperUp', 'mouthPress')
_SMOOTHING_S = np.full(len(ARKIT_NAMES), _OTHERS_S)
_SMOOTHING_S[[ARKIT_INDEX[n] for name in _LIPS for n in sides(name)]] = _LIPS_S
# Of the way to the next pose so much is gone at each instant.
_FOLLOWS = (1.0 - np.exp(-STEP_S / INSTANTS / _SMOOTHING_S)).astype(np.float32)
_AT_REST = 1e-3
# From rest to speaking and back.
_WAKE_S, _REST_S = 0.05, 0.2
# Full ranges a second, as for the quickest shapes of motion.completion: what no face does, no
# sound makes the networks do.
_FASTEST_PER_S = 14.0
# Log odds of an open vowel: from the first on it is heeded, at the second it is believed.
_APART = -2.0, 0.0
# What is more likely silence than this is not speech.
_SILENT = 0.5


class Spoken(NamedTuple):
    """A phone and what is known around it.

    Attributes:
        phone: ARPAbet without stress, or SIL; anything else is unknown to the networks.
        upcoming: the next phones, at most two, as far as text tells.
        told: whether text told the phone, not the sound alone.
        word: which word it belongs to; '' when unknown and in silence.

    """

    phone: str
    start_s: float
    before: str = SILENCE
    upcoming: tuple[str, ...] = ()
    told: bool = False
    word: str = ''

    def one_hot(self) -> Floats:
        """Return the phones as the networks read them, float32 [NEIGHBOURS * KNOWN_PHONES]."""
        found = np.zeros((NEIGHBOURS, KNOWN_PHONES), np.float32)
        named = [
            PHONE_INDEX.get(p, UNKNOWN_PHONE)
            for p in (self.before, self.phone, *self.upcoming[:2])
        ]
        named += [UNKNOWN_PHONE] * (NEIGHBOURS - len(named))
        found[np.arange(NEIGHBOURS), named] = 1.0
        return found.reshape(-1)


def clock_s(start_s: float, heard_s: float) -> Floats:
    """Return how old a phone is at the instants of the step that ends at ``heard_s``."""
    ages = [heard_s - age_s - start_s for age_s in INSTANT_AGES_S]
    return np.clip(np.array(ages, np.float32), 0.0, OLDEST_S)


class MotionModel:
    """The two networks; one object serves any number of streams."""

    def __init__(self, folder: Path = WEIGHTS, device: Device = 'auto') -> None:
        """Load ``keys.onnx`` and ``completion.onnx``.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: one is not such a model of this version, or the device is unknown.
            RuntimeError: the device was asked for by name and is not there.

        """
        sessions = []
        for name, kind in (('keys', KEY_KIND), ('completion', COMPLETION_KIND)):
            path = folder / f'{name}.onnx'
            session = open_session(path, device, what=f'{name} model')
            if session.facts.get('kind') != kind or tuple(session.facts['channels']) != CHANNELS:
                raise ValueError(f'{path} is not a {kind!r}')
            sessions.append(session)
        self.keys = FeedForwardNetwork(sessions[0])
        self.completion = RecurrentNetwork(sessions[1])


@functools.lru_cache(maxsize=4)
def default_motion(device: Device = 'auto', folder: Path = WEIGHTS) -> MotionModel:
    """Return the networks of a folder, loaded once per process and device."""
    return MotionModel(folder, device)


class LearnedMotion:
    """The speaking mouth of one stream; a pose at any time up to the newest instant."""

    def __init__(self, model: MotionModel) -> None:
        self._model = model
        self._gates = PhoneGates()
        self._seal = LipSeal()
        self._rest = np.zeros(len(ARTICULATED), np.float32)
        # the last instant of the step before, and those of this step
        self._shown = deque([(-1.0, self._rest)], maxlen=1 + INSTANTS)
        self._left, self._left_s, self._joined_s = self._rest, -1.0, -1.0
        self._speed = self._rest
        self._forget()

    def _forget(self) -> None:
        self._state = self._model.completion.start()
        self._spoken = Spoken(SILENCE, -1.0)
        self._said = self._spoken.one_hot()
        self._keys = np.zeros(KEY_POSES * len(CHANNELS), np.float32)
        self._awake = 0.0
        self._smooth = self._rest
        self._moved = np.zeros(len(CHANNELS), np.float32)

    def reset(self, rest_s: float) -> None:
        """Forget what was said; lead from the present pose to rest within ``rest_s``."""
        before_s, before = self._shown[-2] if len(self._shown) > 1 else self._shown[-1]
        self._left_s, self._left = self._shown[-1]
        self._speed = (self._left - before) / np.float32(max(self._left_s - before_s, 1e-3))
        if self._left.any():
            self._joined_s = self._left_s + rest_s
        self._gates.reset()
        self._seal.reset()
        self._forget()

    def foresee(self, spoken: Spoken) -> list[KeyMotion]:
        """Let a phone seal or part the lips as soon as it is known; it has no keys yet."""
        self._gates.phone(spoken.phone, spoken.start_s)
        return []

    def phone(self, spoken: Spoken, features: Floats) -> Task[list[KeyMotion]]:
        """Take a phone that begins; return its key motions.

        Args:
            spoken: the phone, foreseen before.
            features: float32 [features], of the step that decided it.

        """
        self._spoken, self._said = spoken, spoken.one_hot()
        self._seal.phone(spoken)
        told = np.array([spoken.told], np.float32)
        (keys,), _ = yield Ask(
            self._model.keys, (features[None], self._said[None], told[None]), None, stage=1
        )
        self._keys = keys[0]
        begin, target, _ = self._keys.reshape(KEY_POSES, -1)
        if spoken.phone == SILENCE:
            target = np.zeros_like(target)
        demand = self._gates.demand(spoken.phone)
        kind = KeyKind.REST if spoken.phone == SILENCE else KeyKind.TARGET
        about = spoken.phone, spoken.told
        begin_s = spoken.start_s
        return [
            KeyMotion(begin_s, KeyKind.BOUNDARY, *about, pose_of(begin), spoken.word),
            KeyMotion(begin_s + RISE_S, kind, *about, _held(target, demand), spoken.word),
        ]

    def step(self, features: Floats, heard_s: float, silence: float) -> Task[None]:
        """Complete the instants of a step.

        Args:
            features: float32 [features], of this step.
            heard_s: the end of the step on the audio clock.
            silence: the posterior of silence at the newest frames.

        """
        clock = clock_s(self._spoken.start_s, heard_s)
        told = np.array([[self._spoken.told]], np.float32)
        (poses, lips), self._state = yield Ask(
            self._model.completion,
            (features[None], self._said[None], told, clock[None], self._keys[None]),
            self._state, stage=2,
        )  # fmt: skip
        wanted = 1.0 if self._spoken.phone != SILENCE or silence < _SILENT else 0.0
        # log odds of each instant: that lips meet, that they are wide apart
        odds = lips[0].reshape(INSTANTS, -1)
        made = poses[0].reshape(INSTANTS, -1)
        for age_s, channels, (meet, apart) in zip(INSTANT_AGES_S, made, odds, strict=True):
            self._show(heard_s - age_s, channels, wanted, float(meet), float(apart))

    def _show(
        self, time_s: float, channels: Floats, wanted: float, meet: float, apart: float
    ) -> None:
        """Make the pose of an instant from what the networks say and the phones demand."""
        spacing_s = STEP_S / INSTANTS
        if wanted > self._awake:
            self._awake = min(1.0, self._awake + spacing_s / _WAKE_S)
        elif wanted < self._awake:
            self._awake = max(0.0, self._awake - spacing_s / _REST_S)
        gates = self._gates.advance(max(time_s, self._gates.time_s))
        seal = self._seal.advance(meet, time_s - self._spoken.start_s, spacing_s)
        surely = min(1.0, max(0.0, (apart - _APART[0]) / (_APART[1] - _APART[0])))
        least = max(gates.least_aperture, OPEN_AT_LEAST * surely)
        gates = Gates(max(gates.seal, seal), least * self._awake, gates.shapes)
        awake = np.float32(self._awake * self._awake * (3.0 - 2.0 * self._awake))
        farthest = np.float32(_FASTEST_PER_S * spacing_s)
        wished = np.clip(channels, 0, 1) * awake
        self._moved = np.clip(wished, self._moved - farthest, self._moved + farthest)
        pose = _held(self._moved, gates) if awake > 0.0 or self._moved.any() else self._rest
        self._smooth = self._smooth + _FOLLOWS * (pose - self._smooth)
        # at rest it rests, to the last bit
        near = not pose.any() and float(np.abs(self._smooth).max()) < _AT_REST
        self._smooth = pose = self._rest if near else self._smooth
        if time_s < self._joined_s:
            part = (time_s - self._left_s) / (self._joined_s - self._left_s)
            eased = np.float32(part * part * (3.0 - 2.0 * part))
            # what was moving brakes first: neither the place nor the speed jumps
            gone = min(1.0, (time_s - self._left_s) / _BRAKE_S)
            left = self._left + self._speed * np.float32(_BRAKE_S * gone * (1.0 - 0.5 * gone))
            pose = np.maximum(left + eased * (pose - left), 0)
        self._shown.append((time_s, pose))

    def pose(self, time_s: float) -> Floats:
        """Return the pose at a time within the instants of the last step, float32 [52]."""
        i = 1
        while i + 1 < len(self._shown) and time_s > self._shown[i][0]:
            i += 1
        (before_s, before), (after_s, after) = self._shown[i - 1], self._shown[i]
        part = np.float32(min(1.0, max(0.0, (time_s - before_s) / (after_s - before_s))))
        return np.asarray(before + part * (after - before), np.float32)


def _held(channels: Floats, gates: Gates) -> Floats:
    """Return the pose of channels within what phones demand, float32 [52]."""
    held = np.maximum(channels, 0)
    aperture = max(float(held[APERTURE]), gates.least_aperture)
    held[APERTURE] = aperture * (1.0 - gates.seal)
    pose = pose_of(held)
    pose[TABLE_PLACES] = gates.shapes
    return pose
