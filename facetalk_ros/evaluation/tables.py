# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The reports of an evaluation as tables to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .clip_score import CHANNELS, JITTER_MOTIONS
from .motion_scores import ALL

_Report = Mapping[str, Any]
_CLOSURES = ('bilabials', 'closed', 'closure_rate', 'open_vowels', 'wrongly_closed', 'wrong_rate')
_FIGURES = ('made', 'seen', 'ratio')
_SEEN_AS = {'made': 'made', 'sampled': 'made, video frames', 'seen': 'video'}
_NAME, _WIDTH = 34, 11


def likeness_tables(given: str, report: _Report) -> Iterator[str]:
    """Yield the lines for a report of ``MotionScores``; ``given`` says what made the motion."""
    speakers: _Report = report['speakers']
    shown = [name for name in speakers if name != ALL]
    yield _line(f'r with the video, {given}', [*shown, 'speakers', 'clips'])
    counts = [speakers[name]['clips'] for name in shown]
    yield _line('  clips', [*counts, '', speakers[ALL]['clips']])
    for name in CHANNELS:
        if name in speakers[ALL]['r']:
            values = [speakers[speaker]['r'].get(name) for speaker in shown]
            means = [report['mean_of_speakers'].get(name), speakers[ALL]['r'][name]]
            yield _line(f'  {name}', [*values, *means], '.3f')
    yield ''
    yield _line(f'later than the video, {given}', ['lag, ms', 'r there', 'r as is', 'apart, ms'])
    for speaker in _rows(speakers):
        for name, lag in speakers[speaker]['lag'].items():
            apart_s = speakers[speaker]['misalignment_s'][name]
            forms = ('+.0f', '.3f', '.3f', '.0f')
            figures = [lag['lag_s'] * 1e3, lag['r'], lag['r_unshifted'], apart_s * 1e3]
            cells = [format(v, f) for v, f in zip(figures, forms, strict=True)]
            line = _line(f'  {speaker}, {name}', cells)
            yield line + (' (edge of the search)' if lag['at_edge'] else '')


def motion_tables(given: str, report: _Report) -> Iterator[str]:
    """Yield the lines on the motion itself: jitter, loudness, closures."""
    speakers: _Report = report['speakers']
    columns = ['made', 'video', 'ratio']
    yield _line(f'acceleration, {given}', [*columns, *(f'{c} /sd' for c in columns)])
    for speaker in _rows(speakers):
        for name in JITTER_MOTIONS:
            raw, scaled = (speakers[speaker][kind] for kind in ('jitter', 'jitter_scaled'))
            figures = [part.get(name, {}).get(k) for part in (raw, scaled) for k in _FIGURES]
            if any(figure is not None for figure in figures):
                yield _line(f'  {speaker}, {name}', figures, '.2f')
    if speakers[ALL]['loudness']:
        yield ''
        yield _line(f'lips with loudness, {given}', columns[:2])
        for speaker in _rows(speakers):
            values = [speakers[speaker]['loudness'].get(k) for k in ('made', 'seen')]
            yield _line(f'  {speaker}', values, '.3f')
    if speakers[ALL]['closures']:
        yield ''
        rows = {
            f'{speaker}, {_SEEN_AS[of]}': counts
            for speaker in _rows(speakers)
            for of, counts in speakers[speaker]['closures'].items()
        }
        yield from closure_table(given, rows)


def closure_table(given: str, rows: Mapping[str, _Report]) -> Iterator[str]:
    """Yield the lines for closures by name, of ``closure_row``."""
    yield _line(f'closures, {given}', list(_CLOSURES), width=16)
    for name, counts in rows.items():
        cells = [
            _cell(counts[column], '.1%' if column.endswith('_rate') else '', 16)
            for column in _CLOSURES
        ]
        yield f'  {name}'.ljust(_NAME) + ''.join(cells)


def _rows(speakers: _Report) -> list[str]:
    # of one speaker, all clips are no other row
    return [name for name in speakers if name != ALL or len(speakers) > 2]


def _line(name: str, values: list[Any], form: str = '', width: int = 0) -> str:
    width = width or max(_WIDTH, *(len(v) + 2 for v in values if isinstance(v, str)), 0)
    return name.ljust(_NAME) + ''.join(_cell(value, form, width) for value in values)


def _cell(value: Any, form: str, width: int) -> str:
    return ('-' if value is None else format(value, form)).rjust(width)
