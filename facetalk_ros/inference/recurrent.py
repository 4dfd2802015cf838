# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A network with explicit state, for any number of streams, on any device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .batch import Answer, Arrays, State
from .session import Session

_STATE, _NEXT_STATE = 'state', 'next_state'
_HOST = 'cpu'


class _DeviceState(NamedTuple):
    """One row of states [streams, state] that stay on a device."""

    values: Any  # onnxruntime.OrtValue
    row: int


class RecurrentNetwork:
    """An ONNX model whose first axis is that of streams, with an input ``state``.

    Streams that are advanced together get what each would get alone, up to float rounding where a
    matrix kernel sums in another order for another number of rows.

    On a device the states stay there between steps. That was tested with the CPU as the device;
    on CUDA and TensorRT it was not run. On the CPU itself it brings nothing: 161 us a step bound
    and 157 us not, for one stream; 3547 and 3557 us for 32 (one thread, onnxruntime 1.32).

    Attributes:
        inputs: names of the inputs, without the state.
        outputs: names of the outputs, without the next state.

    """

    def __init__(self, session: Session, *, state_on: str | None = None) -> None:
        """Run a session.

        Args:
            session: of a model with float32 inputs and outputs ``state`` and ``next_state``.
            state_on: the device that keeps the states, as onnxruntime calls it, by IO binding;
                without it, that of the model, and no binding on the CPU.

        Raises:
            ValueError: the model has no state.

        """
        runtime = session.runtime
        shapes = {i.name: i.shape for i in runtime.get_inputs()}
        outputs = [o.name for o in runtime.get_outputs()]
        if _STATE not in shapes or _NEXT_STATE not in outputs:
            raise ValueError('the model has no state')
        self._runtime = runtime
        self._state_size = int(shapes[_STATE][1])
        self.inputs = tuple(name for name in shapes if name != _STATE)
        self.outputs = tuple(name for name in outputs if name != _NEXT_STATE)
        # TensorRT's memory is CUDA's
        self._state_on = state_on or (None if session.device == 'cpu' else 'cuda')

    def start(self) -> State:
        """Return the state of a stream that has begun."""
        return np.zeros((1, self._state_size), np.float32)

    def step_many(self, inputs: Sequence[Arrays], states: Sequence[State]) -> list[Answer]:
        """Advance each stream by one step.

        Args:
            inputs: for each stream the inputs in the order of ``inputs``, without the axis of
                streams.
            states: from ``start`` or the step before.

        Returns:
            For each stream the outputs in the order of ``outputs``, and the next state.

        """
        feeds = {
            name: stacked([of_stream[k] for of_stream in inputs])
            for k, name in enumerate(self.inputs)
        }
        if self._state_on is None:
            outputs, next_states = self._run(feeds, states)
        else:
            outputs, next_states = self._run_bound(feeds, states, self._state_on)
        return [
            Answer(tuple(output[i] for output in outputs), state)
            for i, state in enumerate(next_states)
        ]

    def _run(
        self, feeds: dict[str, npt.NDArray[np.float32]], states: Sequence[State]
    ) -> tuple[list[npt.NDArray[np.float32]], list[State]]:
        feeds[_STATE] = states[0] if len(states) == 1 else np.concatenate(states)
        *outputs, state = self._runtime.run([*self.outputs, _NEXT_STATE], feeds)
        return outputs, [state[i : i + 1] for i in range(len(states))]

    def _run_bound(
        self, feeds: dict[str, npt.NDArray[np.float32]], states: Sequence[State], state_on: str
    ) -> tuple[list[npt.NDArray[np.float32]], list[State]]:
        binding = self._runtime.io_binding()
        for name, values in feeds.items():
            binding.bind_cpu_input(name, values)
        together = _one_value(states)
        if together is not None:
            binding.bind_ortvalue_input(_STATE, together)
        else:  # other streams than at the last step: their states meet on the host
            binding.bind_cpu_input(_STATE, _on_host(states))
        for name in self.outputs:
            binding.bind_output(name, _HOST)
        binding.bind_output(_NEXT_STATE, state_on)
        self._runtime.run_with_iobinding(binding)
        *outputs, state = binding.get_outputs()
        kept: list[State] = [_DeviceState(state, row) for row in range(len(states))]
        return [output.numpy() for output in outputs], kept


def stacked(arrays: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Return arrays of one shape with a first axis of their number."""
    # one stream is the usual case, and a view takes a tenth of the time
    return arrays[0][None] if len(arrays) == 1 else np.stack(arrays)


def _one_value(states: Sequence[State]) -> Any:
    """Return the OrtValue whose rows the states are, all and in order; None when there is none."""
    values: Any = getattr(states[0], 'values', None)
    for row, state in enumerate(states):
        if not isinstance(state, _DeviceState) or state.values is not values or state.row != row:
            return None
    return values if values.shape()[0] == len(states) else None


def _on_host(states: Sequence[State]) -> npt.NDArray[np.float32]:
    """Return states as float32 [streams, state]."""
    copies: dict[int, npt.NDArray[np.float32]] = {}  # by OrtValue, each of which comes over once
    rows = []
    for state in states:
        if isinstance(state, _DeviceState):
            if id(state.values) not in copies:
                copies[id(state.values)] = state.values.numpy()
            state = copies[id(state.values)][state.row : state.row + 1]
        rows.append(state)
    return np.concatenate(rows)
