# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The one place that opens an onnxruntime session: which device, how many threads, what errors.

CUDA and TensorRT were not run: no machine of ours has them. What is tested is which providers are
asked for, and what becomes of those that are not there.
"""

from __future__ import annotations

import functools
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Device = Literal['auto', 'cpu', 'cuda', 'tensorrt']
DEVICES: tuple[Device, ...] = get_args(Device)
#: Key of the model's metadata under which its facts stand, as JSON.
FACTS_KEY = 'facetalk'

_CPU = 'CPUExecutionProvider'
_CUDA = 'CUDAExecutionProvider'
_TENSORRT = 'TensorrtExecutionProvider'
_NAMES: dict[str, Device] = {_CPU: 'cpu', _CUDA: 'cuda', _TENSORRT: 'tensorrt'}
# What each device asks for; later ones take what the first cannot compute.
_ASKED: dict[Device, tuple[str, ...]] = {
    'auto': (_CUDA, _CPU),
    'cpu': (_CPU,),
    'cuda': (_CUDA, _CPU),
    'tensorrt': (_TENSORRT, _CUDA, _CPU),
}
_TOLD = {_CUDA: 'CUDA', _TENSORRT: 'TensorRT'}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Session:
    """An open model.

    Attributes:
        runtime: the onnxruntime.InferenceSession.
        facts: what the file says of itself; {} when it says nothing.
        provider: the execution provider in use.

    """

    runtime: Any
    facts: dict[str, Any]
    provider: str

    @property
    def device(self) -> Device:
        """Where it runs: cpu, cuda or tensorrt."""
        return _NAMES[self.provider]


def open_session(path: Path, device: Device = 'auto', *, what: str = 'model') -> Session:
    """Open a model on a device, with one thread.

    Args:
        path: an .onnx file.
        device: ``auto`` is CUDA where it is there and else the CPU, which is told once.
        what: how errors call the model.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not an ONNX model, or the device is unknown.
        RuntimeError: ``cuda`` or ``tensorrt`` was asked for and is not there.

    """
    if not path.is_file():
        raise FileNotFoundError(f'{what} {path} is missing')
    if device not in DEVICES:
        raise ValueError(f'device {device!r} is not one of {", ".join(DEVICES)}')
    # here: nodes that only name the devices would load 20 MB for nothing
    import onnxruntime

    available = onnxruntime.get_available_providers()
    providers = [name for name in _ASKED[device] if name in available]
    if providers[0] != _ASKED[device][0]:
        _settle_for_less(device, 'is not in this onnxruntime; install onnxruntime-gpu')
    try:
        runtime = _runtime(path, providers)
    except RuntimeError as error:  # what an execution provider raises that does not start
        if len(providers) == 1:
            raise
        _settle_for_less(device, f'does not start: {error}')
        providers = [_CPU]
        runtime = _runtime(path, providers)
    except Exception as error:  # onnxruntime's own types have no common base and no export
        if not type(error).__module__.startswith('onnxruntime'):
            raise
        raise ValueError(f'{path} is not an ONNX model: {error}') from error
    provider = str(runtime.get_providers()[0])
    # a provider whose libraries are missing is left out of the session without an error
    if provider != providers[0]:
        _settle_for_less(device, 'libraries could not be loaded')
    _logger.debug('%s runs on %s', what, provider)
    facts = json.loads(runtime.get_modelmeta().custom_metadata_map.get(FACTS_KEY, '{}'))
    return Session(runtime, facts, provider)


def _runtime(path: Path, providers: list[str]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # The work is one small step at a time: a second thread costs more than it brings.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # its own fallback prints on stdout, and serves another device than the one asked for
    return onnxruntime.InferenceSession(path, options, providers=providers, enable_fallback=0)


def _settle_for_less(device: Device, reason: str) -> None:
    """Tell that ``auto`` runs on the CPU; refuse what was asked for by name.

    Args:
        device: what was asked for.
        reason: what is wrong with it, after its name.

    Raises:
        RuntimeError: the device is not ``auto``.

    """
    why = f'{_TOLD[_ASKED[device][0]]} {" ".join(reason.split())}'
    if device != 'auto':
        raise RuntimeError(f'device {device}: {why}')
    _tell_once(f'the models run on the CPU: {why}')


@functools.cache
def _tell_once(notice: str) -> None:
    _logger.info(notice)
