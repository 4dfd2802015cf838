# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A network without state, for any number of streams, on any device."""

from __future__ import annotations

from collections.abc import Sequence

from .batch import Answer, Arrays, State
from .recurrent import stacked
from .session import Session


class FeedForwardNetwork:
    """An ONNX model whose first axis is that of streams; it remembers nothing.

    Attributes:
        inputs: names of the inputs.

    """

    def __init__(self, session: Session) -> None:
        self._runtime = session.runtime
        self.inputs = tuple(i.name for i in session.runtime.get_inputs())

    def start(self) -> State:
        """Return what it remembers: nothing."""
        return None

    def step_many(self, inputs: Sequence[Arrays], states: Sequence[State]) -> list[Answer]:
        """Compute the outputs of each stream.

        Args:
            inputs: for each stream the inputs in the order of ``inputs``, float32, without the
                axis of streams.
            states: what ``start`` returned, for each.

        """
        feeds = {
            name: stacked([of_stream[k] for of_stream in inputs])
            for k, name in enumerate(self.inputs)
        }
        outputs = self._runtime.run(None, feeds)
        return [Answer(tuple(o[i] for o in outputs), None) for i in range(len(states))]
