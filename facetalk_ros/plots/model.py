# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The parts of a plot, which the picture and the page draw alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt


class PlotError(ValueError):
    """Nothing that can be drawn, or not in this form; the text says why, in one line."""


class Line(NamedTuple):
    """A curve of one run: float [n] over float64 [n] seconds; NaN makes a hole."""

    label: str
    run: int
    times_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.floating]
    style: Literal['solid', 'dashed'] = 'solid'


class Dots(NamedTuple):
    """Key motions of one run; ``kinds`` are numbers of msg/KeyMotion.msg."""

    run: int
    times_s: npt.NDArray[np.float64]
    values: npt.NDArray[np.floating]
    kinds: Sequence[int]
    phones: Sequence[str]


class Span(NamedTuple):
    """A word or phone; without text it is a pause."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Panel:
    """A strip of the plot.

    Attributes:
        kind: 'sound' (two lines: the envelope), 'spans', or 'curve'.
        title: what it shows.
        unit: of its values.
        low, high: its range of values.
        lines, dots, spans: what is in it.
        limits: values that a line must stay between, with their names.
        filled: whether the area below the lines is filled.

    """

    kind: Literal['sound', 'spans', 'curve']
    title: str
    unit: str
    low: float
    high: float
    lines: Sequence[Line] = ()
    dots: Sequence[Dots] = ()
    spans: Sequence[Span] = ()
    limits: Sequence[tuple[str, float]] = ()
    filled: bool = False
