# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Streams that ask for a network's work, and who does it: for one stream, or for many at once.

A stream is written as a generator: where it needs a network it yields an ``Ask`` and goes on with
the answer. It does not know whether it is alone.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

#: What a network takes or returns for one stream.
Arrays = tuple[npt.NDArray[np.float32], ...]
#: What a network remembers of a stream; only the network that returned it can read it.
State = Any


class Answer(NamedTuple):
    """What a network returned for one stream.

    Attributes:
        outputs: its outputs, without the axis of streams.
        state: the next state.

    """

    outputs: Arrays
    state: State


class Stepper(Protocol):
    """A network with explicit state that advances any number of streams at once."""

    def start(self) -> State:
        """Return the state of a stream that has begun."""

    def step_many(self, inputs: Sequence[Arrays], states: Sequence[State]) -> list[Answer]:
        """Advance each stream by one step; as many states as inputs, at least one."""


class Ask(NamedTuple):
    """One step of one stream.

    Attributes:
        stepper: the network; asks of the same object may be answered at once.
        inputs: without the axis of streams.
        state: from ``stepper.start`` or the answer before.
        stage: where the network comes in the work of a step: 0 is asked once at its beginning,
            higher ones later, each any number of times.

    """

    stepper: Stepper
    inputs: Arrays
    state: State
    stage: int = 0


T = TypeVar('T')
Task = Generator[Ask, Answer, T]
"""A stream at work: yields asks, is sent answers, returns a T."""


def alone(task: Task[T]) -> T:
    """Do the work of one stream, step by step; return what it returns."""
    try:
        ask = next(task)
        while True:
            (answer,) = ask.stepper.step_many([ask.inputs], [ask.state])
            ask = task.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


def together(tasks: Sequence[Task[T]]) -> list[T]:
    """Do the work of many streams, with one call of a network for all that wait for it.

    Streams may need unequal numbers of steps, and different networks in a step. The one that is
    the furthest behind is served first, with all that wait for the same network: so it catches up
    with the others, and they wait together again for the next.

    Returns:
        What each of them returns, in their order.

    """
    asks: dict[int, Ask] = {}
    steps = [0] * len(tasks)
    results: dict[int, T] = {}

    def go_on(i: int, answer: Answer | None) -> None:
        try:
            asks[i] = next(tasks[i]) if answer is None else tasks[i].send(answer)
            steps[i] += asks[i].stage == 0
        except StopIteration as end:
            asks.pop(i, None)
            results[i] = end.value

    for i in range(len(tasks)):
        go_on(i, None)
    while asks:
        last = min(asks, key=lambda i: (steps[i], asks[i].stage))
        stepper = asks[last].stepper
        group = sorted(i for i, ask in asks.items() if ask.stepper is stepper)
        answers = stepper.step_many(
            [asks[i].inputs for i in group], [asks[i].state for i in group]
        )
        for i, answer in zip(group, answers, strict=True):
            go_on(i, answer)
    return [results[i] for i in range(len(tasks))]
