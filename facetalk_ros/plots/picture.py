# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Draws a report as PNG or SVG with matplotlib."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

try:
    import matplotlib
except ImportError as error:
    raise ImportError(
        "pictures of plots need matplotlib: install the extra 'plot', "
        "pip install 'facetalk_ros[plot]' (.html needs nothing)"
    ) from error

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..export.target import whole_file
from ..motion.keys import KeyKind
from .model import Panel, Span
from .report import Report

# Okabe and Ito's palette, which colour-blind people tell apart: first and second side of a pair.
_COLOURS = (('#0072B2', '#56B4E9'), ('#D55E00', '#E69F00'))
_INK, _FAINT = '#222222', '#bbbbbb'
_SPAN_COLOURS = ('#dfe9f2', '#eef3f7')
_LIMIT = '#CC79A7'

_INCHES_PER_S = 2.0
_NARROWEST, _WIDEST = 9.0, 36.0
_LEFT, _RIGHT, _BOTTOM = 1.7, 0.25, 0.5
# The title, each line of notes, and the legend.
_TITLE, _NOTE, _LEGEND = 0.36, 0.17, 0.27
_HEIGHTS = {'sound': 0.8, 'spans': 0.26, 'curve': 0.95}
_GAP = 0.12
_TICK_ROOM = 0.48
_SMALL_PT, _NOTE_PT = 6.5, 8.0
# Of an average glyph, in units of the font's size.
_GLYPH_WIDTH = 0.62
_DPI = 120


def write_picture(path: Path, report: Report) -> None:
    """Write a report as .png or .svg; equal input gives equal bytes.

    Raises:
        OSError: see whole_file.

    """
    figure = draw(report)
    kind = path.suffix.lower().removeprefix('.')
    # no date and no random ids in the file
    metadata = {'Date': None} if kind == 'svg' else {'Software': None}
    with (
        whole_file(path) as part,
        matplotlib.rc_context({'svg.hashsalt': 'facetalk'}),
        warnings.catch_warnings(),
    ):
        # a script that the font does not have is drawn as boxes
        warnings.filterwarnings('ignore', message='Glyph', category=UserWarning)
        figure.savefig(part, format=kind, dpi=_DPI, metadata=metadata)


def draw(report: Report) -> Figure:
    """Return a report as a matplotlib figure."""
    lasts_s = report.to_s - report.from_s
    width = float(np.clip(lasts_s * _INCHES_PER_S, _NARROWEST, _WIDEST)) + _LEFT + _RIGHT
    heights = [_HEIGHTS[panel.kind] for panel in report.panels]
    notes = _wrapped(report.notes, width)
    top = _TITLE + _NOTE * len(notes) + _LEGEND
    height = sum(heights) + _GAP * (len(heights) - 1) + top + _BOTTOM
    figure = Figure(figsize=(width, height), facecolor='white')
    below = height - top
    axes: list[Any] = []
    for panel, strip in zip(report.panels, heights, strict=True):
        below -= strip
        box = (_LEFT / width, below / height, (width - _LEFT - _RIGHT) / width, strip / height)
        axes.append(figure.add_axes(box))
        below -= _GAP
        _draw_panel(axes[-1], panel, report, (width - _LEFT - _RIGHT) * 72 / lasts_s)
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    since = ' from the first sample of the sound' if report.sound is not None else ''
    axes[-1].set_xlabel(f'time{since} [s]', fontsize=8)
    _head(figure, report, notes, height)
    return figure


def _wrapped(notes: Sequence[tuple[str, str]], width: float) -> list[str]:
    columns = int((width - _LEFT - _RIGHT) * 72 / (_NOTE_PT * _GLYPH_WIDTH))
    return [line for name, value in notes for line in textwrap.wrap(f'{name}: {value}', columns)]


def _head(figure: Figure, report: Report, notes: Sequence[str], height: float) -> None:
    left, right = _LEFT / figure.get_figwidth(), 1 - _RIGHT / figure.get_figwidth()

    def write(text: str, down: float, **style: Any) -> None:
        # a dollar sign in a name is no formula
        figure.text(
            left, 1 - down / height, text, color=_INK, va='center', parse_math=False, **style
        )

    write(report.title, 0.22, fontsize=10, weight='bold')
    for i, line in enumerate(notes):
        write(line, _TITLE + _NOTE * (i + 0.5), fontsize=_NOTE_PT)
    handles = _legend(report)
    if handles:
        figure.legend(
            handles=handles, loc='upper right', ncols=len(handles), fontsize=7.5, frameon=False,
            bbox_to_anchor=(right, 1 - (_TITLE + _NOTE * len(notes)) / height),
            borderaxespad=0, borderpad=0, handlelength=1.6, columnspacing=1.4,
        )  # fmt: skip


def _legend(report: Report) -> list[Line2D]:
    handles: list[Line2D] = []

    def add(label: str, **style: Any) -> None:
        handles.append(Line2D([], [], label=label.replace('$', r'\$'), **style))

    if len(report.runs) > 1:
        for name, colours in zip(report.runs, _COLOURS, strict=True):
            add(name, color=colours[0], linewidth=1.5)
    elif any(panel.dots for panel in report.panels):
        add('completion', color=_COLOURS[0][0], linewidth=1.2)
    if any(panel.dots for panel in report.panels):
        ink = _COLOURS[0][0] if len(report.runs) == 1 else _INK
        add('target of a phone', **_marker(KeyKind.TARGET, ink))
        add('boundary', **_marker(KeyKind.BOUNDARY, ink))
        add('rest', **_marker(KeyKind.REST, ink))
    lines = [line for panel in report.panels for line in panel.lines]
    if any(line.style == 'dashed' for line in lines):
        add('commanded', color=_INK, linewidth=1.0)
        add('measured', color=_INK, linewidth=1.0, linestyle='--')
    if any(panel.limits for panel in report.panels):
        add('limits', color=_LIMIT, linewidth=1.0, linestyle=':')
    return handles


def _marker(kind: int, colour: str) -> dict[str, Any]:
    style: dict[str, Any] = {'linestyle': 'none', 'markeredgecolor': colour, 'markersize': 4}
    if kind == KeyKind.BOUNDARY:
        return style | {'marker': 'o', 'markerfacecolor': 'white', 'markersize': 3}
    return style | {'marker': 'o' if kind == KeyKind.TARGET else 's', 'markerfacecolor': colour}


def _draw_panel(axis: Any, panel: Panel, report: Report, points_per_s: float) -> None:
    axis.set_xlim(report.from_s, report.to_s)
    axis.set_ylim(panel.low, panel.high)
    axis.tick_params(labelsize=7, length=2, color=_FAINT)
    for side in axis.spines.values():
        side.set_color(_FAINT)
        side.set_linewidth(0.6)
    _name(axis, panel, (_LEFT - _TICK_ROOM - 0.1) * 72)
    if panel.kind == 'spans':
        _draw_spans(axis, panel, report, points_per_s)
        return
    axis.grid(axis='x', color='#eeeeee', linewidth=0.5)
    axis.set_axisbelow(True)
    if panel.kind == 'sound':
        highest, lowest = panel.lines
        axis.fill_between(highest.times_s, lowest.values, highest.values, color='#666666',
                          linewidth=0)  # fmt: skip
        axis.yaxis.set_major_locator(matplotlib.ticker.MaxNLocator(3, symmetric=True))
        return
    axis.yaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4))
    _draw_curves(axis, panel)


def _name(axis: Any, panel: Panel, room_pt: float) -> None:
    """Write what a panel shows, as large as it fits."""
    lines = [panel.title, *([f'[{panel.unit}]'] if panel.unit else [])]
    size = min(8.0, room_pt / (max(len(line) for line in lines) * _GLYPH_WIDTH))
    axis.annotate(
        '\n'.join(lines), (0, 0.5), xycoords='axes fraction', xytext=(-_TICK_ROOM * 72, 0),
        textcoords='offset points', ha='right', va='center', fontsize=size, color=_INK,
        parse_math=False, annotation_clip=False,
    )  # fmt: skip


def _draw_curves(axis: Any, panel: Panel) -> None:
    for name, value in panel.limits:
        axis.axhline(value, color=_LIMIT, linewidth=1.0, linestyle=':', label=name)
    sides: dict[int, list[str]] = {}
    for line in panel.lines:
        labels = sides.setdefault(line.run, [])
        labels += [line.label] if line.label not in labels else []
        second = line.style == 'solid' and labels.index(line.label) > 0 and not panel.limits
        colour = _INK if panel.filled else _COLOURS[line.run][1 if second else 0]
        axis.plot(
            line.times_s, line.values, color=colour, linewidth=1.1,
            linestyle='--' if line.style == 'dashed' else '-',
        )  # fmt: skip
        if panel.filled:
            axis.fill_between(line.times_s, 0, line.values, color=colour, alpha=0.25, linewidth=0)
    _shade(axis, panel)
    for dots in panel.dots:
        for kind in KeyKind:
            chosen = np.flatnonzero(np.asarray(dots.kinds) == kind)
            axis.plot(dots.times_s[chosen], dots.values[chosen], zorder=3,
                      **_marker(kind, _COLOURS[dots.run][0]))  # fmt: skip
    labels = sides.get(0, [])
    if len(labels) > 1 and not any(line.style == 'dashed' for line in panel.lines):
        for i, label in enumerate(labels):
            axis.text(1, 1 - 0.16 * i, f'{label} ', color=_COLOURS[0][i], fontsize=7, ha='right',
                      va='top', transform=axis.transAxes, parse_math=False)  # fmt: skip


def _shade(axis: Any, panel: Panel) -> None:
    """Shade what lies between two runs."""
    for line in panel.lines:
        other = [o for o in panel.lines
                 if (o.run, o.label, o.style) == (1, line.label, line.style)]  # fmt: skip
        if line.run == 0 and other and len(other[0].times_s) and len(line.times_s):
            values = np.interp(line.times_s, other[0].times_s, other[0].values,
                               left=np.nan, right=np.nan)  # fmt: skip
            axis.fill_between(line.times_s, line.values, values, color=_INK, alpha=0.18,
                              linewidth=0)  # fmt: skip


def _draw_spans(axis: Any, panel: Panel, report: Report, points_per_s: float) -> None:
    axis.set_yticks([])
    axis.tick_params(bottom=False)
    n_text = 0
    for span in panel.spans:
        if not span.text:
            continue
        start_s, end_s = max(span.start_s, report.from_s), min(span.end_s, report.to_s)
        axis.axvspan(start_s, end_s, color=_SPAN_COLOURS[n_text % 2], linewidth=0)
        axis.axvline(start_s, color=_FAINT, linewidth=0.5)
        n_text += 1
        _label(axis, span, (start_s + end_s) / 2, (end_s - start_s) * points_per_s)


def _label(axis: Any, span: Span, middle_s: float, room_pt: float) -> None:
    """Write a text where it fits: lying, smaller, upright, or not at all."""
    size, turn = 8.0, 0.0
    if len(span.text) * size * _GLYPH_WIDTH > room_pt:
        size = room_pt / (len(span.text) * _GLYPH_WIDTH)
    if size < _SMALL_PT:
        size, turn = _SMALL_PT, 90.0
        if room_pt < size or len(span.text) * size * _GLYPH_WIDTH > _HEIGHTS['spans'] * 72:
            return
    axis.text(middle_s, 0.5, span.text, fontsize=size, rotation=turn, ha='center',
              va='center_baseline' if not turn else 'center', color=_INK, parse_math=False,
              clip_on=True)  # fmt: skip
