# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The acoustic model at run time: log-mel steps in, phone log posteriors out."""

from __future__ import annotations

import functools
import json
import logging
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import onnxruntime

from ..audio.features import FRAMES_PER_STEP, MEL_BANDS
from .phones import PHONES

Device = Literal['auto', 'cpu', 'cuda']

_WEIGHTS = Path(__file__).parents[1] / 'weights' / 'acoustic.onnx'
_KIND = 'facetalk acoustic model 1'
_logger = logging.getLogger(__name__)


class AcousticModel:
    """A causal network with explicit state; one object serves any number of streams.

    Attributes:
        look_ahead_steps: the posteriors that a step returns belong to the step this many before.
        log_prior: float32 [40], how common each phone is in the training data.
        provider: the onnxruntime execution provider in use.

    """

    def __init__(self, path: Path = _WEIGHTS, device: Device = 'auto') -> None:
        """Load the model.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not an acoustic model of this version, or the device is unknown.
            RuntimeError: ``cuda`` was asked for and is not there.

        """
        if not path.is_file():
            raise FileNotFoundError(f'acoustic model {path} is missing')
        options = onnxruntime.SessionOptions()
        # The work is one small step every 20 ms: a second thread costs more than it brings.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(path, options, providers=_providers(device))
        except Exception as error:  # onnxruntime's own types have no common base and no export
            if not type(error).__module__.startswith('onnxruntime'):
                raise
            raise ValueError(f'{path} is not an ONNX model: {error}') from error
        facts = json.loads(session.get_modelmeta().custom_metadata_map.get('facetalk', '{}'))
        if facts.get('kind') != _KIND or tuple(facts['phones']) != PHONES:
            raise ValueError(f'{path} is not a {_KIND!r}')
        self._session = session
        self._state_size = int(session.get_inputs()[1].shape[1])
        self.look_ahead_steps = int(facts['look_ahead_steps'])
        self.log_prior = np.array(facts['log_prior'], np.float32)
        self.provider = str(session.get_providers()[0])

    def start(self) -> npt.NDArray[np.float32]:
        """Return the state of a stream that has heard nothing, float32 [1, state]."""
        return np.zeros((1, self._state_size), np.float32)

    def step(
        self, mel: npt.NDArray[np.float32], state: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Advance one stream by 20 ms.

        Args:
            mel: float32 [2, MEL_BANDS].
            state: float32 [1, state], from ``start`` or the step before.

        Returns:
            Log posteriors, float32 [2, 40], of the 10 ms frames ``look_ahead_steps`` steps ago,
            and the next state.

        """
        feeds: dict[str, Any] = {
            'mel': mel.reshape(1, 1, FRAMES_PER_STEP * MEL_BANDS),
            'state': state,
        }
        log_posteriors, state = self._session.run(None, feeds)
        return log_posteriors[0, 0], state


def _providers(device: Device) -> list[str]:
    if device not in get_args(Device):
        raise ValueError(f'device {device!r} is not one of {", ".join(get_args(Device))}')
    available = onnxruntime.get_available_providers()
    if device == 'cuda' and 'CUDAExecutionProvider' not in available:
        raise RuntimeError('device cuda: this onnxruntime has no CUDA; install onnxruntime-gpu')
    if device == 'cpu' or 'CUDAExecutionProvider' not in available:
        return ['CPUExecutionProvider']
    return ['CUDAExecutionProvider', 'CPUExecutionProvider']


@functools.lru_cache(maxsize=4)
def default_model(device: Device = 'auto') -> AcousticModel:
    """Return the model that ships, loaded once per process and device."""
    model = AcousticModel(device=device)
    if device == 'cuda' and model.provider != 'CUDAExecutionProvider':
        raise RuntimeError('device cuda: CUDA libraries could not be loaded')
    _logger.debug('acoustic model runs on %s', model.provider)
    return model
