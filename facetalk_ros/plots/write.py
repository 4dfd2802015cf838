# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Recordings to a plot in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..export.target import check_target
from ..recording import Recording
from .model import PlotError
from .report import Limits, Report, make_report

SUFFIXES = ('.html', '.png', '.svg')


def check_plot_out(path: Path) -> None:
    """Check before the work that a plot can be written to this file.

    Raises:
        PlotError: the name has none of SUFFIXES.
        OSError: the folder does not exist, or the path is a folder.
        ImportError: a picture is asked for and the extra `plot` is not installed.

    """
    if path.suffix.lower() not in SUFFIXES:
        raise PlotError(f'{path.name}: the name must end with one of {", ".join(SUFFIXES)}')
    check_target(path)
    if path.suffix.lower() != '.html':
        from . import picture  # noqa: F401


def plot_recordings(
    recordings: Sequence[Recording], out: Path, *, shapes: Sequence[str] = (),
    limits: Limits | None = None, from_s: float | None = None, to_s: float | None = None,
    notes: Sequence[tuple[str, str]] = (),
) -> Report:  # fmt: skip
    """Write a plot of one recording, or of two for comparison; return what is in it.

    Args:
        recordings: one or two.
        out: a file that ends with one of SUFFIXES.
        shapes: ARKit names, or names of symmetric pairs; none: those that move most.
        limits: of the joints, by name.
        from_s: where the part to show begins; None: with the first thing there is.
        to_s: where it ends.
        notes: name and value of what else is to be told.

    Raises:
        PlotError: nothing to draw, an empty range, an unknown shape or ending.
        OSError: the file cannot be written.
        ImportError: a picture is asked for and the extra `plot` is not installed.

    """
    check_plot_out(out)
    report = make_report(
        recordings, shapes=shapes, limits=limits, from_s=from_s, to_s=to_s, notes=notes
    )
    if out.suffix.lower() == '.html':
        from .page import write_page

        write_page(out, report)
    else:
        from .picture import write_picture

        write_picture(out, report)
    return report


def plot_difference(
    expected: Recording, actual: Recording, shapes: Sequence[str], out: Path
) -> Report:
    """Write what was expected and what came, laid on each other with the difference between.

    See plot_recordings; ``shapes`` are those that differ, and may be empty.
    """
    return plot_recordings([expected, actual], out, shapes=shapes)
