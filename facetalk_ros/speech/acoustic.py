# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The acoustic model at run time: log-mel steps in, phone posteriors and features out."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..audio.features import FRAMES_PER_STEP, MEL_BANDS
from ..inference.batch import Answer, Arrays, State
from ..inference.recurrent import RecurrentNetwork
from ..inference.session import Device, open_session
from ..resources import WEIGHTS
from .phones import PHONES

_KIND = 'facetalk acoustic model 2'


class Heard(NamedTuple):
    """What a step of 20 ms gives.

    Attributes:
        log_posteriors: float32 [2, 40], of the 10 ms frames ``look_ahead_steps`` steps ago.
        boundaries: float32 [2], log odds that a phone begins with these frames.
        features: float32 [channels], what the motion networks hear of this step.

    """

    log_posteriors: npt.NDArray[np.float32]
    boundaries: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]


class AcousticModel:
    """A causal network with explicit state; one object serves any number of streams.

    Attributes:
        look_ahead_steps: the posteriors that a step returns belong to the step this many before.
        log_prior: float32 [40], how common each phone is in the training data.
        provider: the onnxruntime execution provider in use.
        device: the same by its short name: cpu, cuda or tensorrt.

    """

    def __init__(self, path: Path = WEIGHTS / 'acoustic.onnx', device: Device = 'auto') -> None:
        """Load the model.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not an acoustic model of this version, or the device is unknown.
            RuntimeError: ``cuda`` or ``tensorrt`` was asked for and is not there.

        """
        session = open_session(path, device, what='acoustic model')
        facts = session.facts
        if facts.get('kind') != _KIND or tuple(facts['phones']) != PHONES:
            raise ValueError(f'{path} is not a {_KIND!r}')
        self._network = RecurrentNetwork(session)
        self.look_ahead_steps = int(facts['look_ahead_steps'])
        self.log_prior = np.array(facts['log_prior'], np.float32)
        self.provider, self.device = session.provider, session.device

    def start(self) -> State:
        """Return the state of a stream that has heard nothing."""
        return self._network.start()

    def step(self, mel: npt.NDArray[np.float32], state: State) -> tuple[Heard, State]:
        """Advance one stream by 20 ms.

        Args:
            mel: float32 [2, MEL_BANDS].
            state: from ``start`` or the step before.

        """
        (outputs, next_state) = self.step_many([(mel,)], [state])[0]
        return Heard(*outputs), next_state

    def step_many(self, inputs: Sequence[Arrays], states: Sequence[State]) -> list[Answer]:
        """Advance each of several streams by 20 ms, as ``step`` does with one.

        The arrays are those of ``Heard``; they agree with it up to float rounding.
        """
        flat = [(mel.reshape(1, FRAMES_PER_STEP * MEL_BANDS),) for (mel,) in inputs]
        return [
            Answer(tuple(output[0] for output in outputs), state)
            for outputs, state in self._network.step_many(flat, states)
        ]

    def whole(self, mel: npt.NDArray[np.float32]) -> Heard:
        """Return what all steps of a clip give at once, for training and measuring.

        Args:
            mel: float32 [2 * steps, MEL_BANDS].

        Returns:
            The arrays of ``Heard`` with a first axis of steps.

        """
        flat = mel.reshape(-1, FRAMES_PER_STEP * MEL_BANDS)
        ((outputs, _),) = self._network.step_many([(flat,)], [self.start()])
        return Heard(*outputs)


@functools.lru_cache(maxsize=4)
def default_model(device: Device = 'auto', folder: Path = WEIGHTS) -> AcousticModel:
    """Return the model of a folder, loaded once per process and device."""
    return AcousticModel(folder / 'acoustic.onnx', device)
