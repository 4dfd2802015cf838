# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The figures of the ablations: their rows, a table of them, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ..audio.features import STEP_S
from .motion_scores import ALL

Figures = Mapping[str, float]
Report = Mapping[str, Any]


class Row(NamedTuple):
    """One kind of motion.

    Attributes:
        name: in the table.
        keys: where the keys of trained networks are (training.key_choice); of engines no matter.
        text: whether it is told what is said.
        engine: what makes it instead of networks trained for the table.

    """

    name: str
    keys: Literal['boundaries', 'unnamed', 'uniform', 'random', 'none'] = 'none'
    text: bool = False
    engine: Literal['', 'loudness', 'table', 'shipped'] = ''


LOUDNESS = Row('loudness alone', engine='loudness')
TABLE, TABLE_TEXT = (
    Row(f'hand-made engine, {given}', text=given == 'text', engine='table')
    for given in ('sound', 'text')
)
DIRECT = Row('direct regression, no keys')
UNIFORM = Row('keys every 80 ms', 'uniform')
RANDOM = Row('random keys, as many as phones', 'random')
UNNAMED = Row('keys at phone boundaries, phones unnamed', 'unnamed')
PHONES = Row('keys at phone boundaries, sound', 'boundaries')
PHONES_TEXT = Row('keys at phone boundaries, text', 'boundaries', text=True)
SHIPPED, SHIPPED_TEXT = (
    Row(f'as shipped, {given}', text=given == 'text', engine='shipped')
    for given in ('sound', 'text')
)
ROWS = (
    LOUDNESS, TABLE, TABLE_TEXT, DIRECT, UNIFORM, RANDOM, UNNAMED, PHONES, PHONES_TEXT,
    SHIPPED, SHIPPED_TEXT,
)  # fmt: skip

_R = ('jawOpen', 'lip_gap', 'mouthPucker', 'mouthFunnel', 'mouthLowerDown')
# What the reading judges by.
_JUDGED = {'jawOpen': 'the jaw', 'lip_gap': 'the lip gap'}
# What is asked: which row against which.
_ASKED = (
    (PHONES, DIRECT, 'keys at phone boundaries against direct regression'),
    (PHONES, UNIFORM, 'against keys every 80 ms'),
    (PHONES, RANDOM, 'against random keys'),
    (PHONES, TABLE, 'against the hand-made engine'),
    (PHONES, LOUDNESS, 'against the loudness alone'),
    (PHONES_TEXT, PHONES, 'with text against without'),
    (PHONES, UNNAMED, 'with the names of the phones against without'),
    (UNNAMED, RANDOM, 'without the names against random keys, which is placement alone'),
)
_RIVALS = (DIRECT, UNIFORM, RANDOM)


def summarise(row: Row, reports: Sequence[Report], unheard: Collection[str]) -> dict[str, Any]:
    """Return a row as JSON has it.

    Args:
        row: what was measured.
        reports: of ``MotionScores``, one a seed.
        unheard: the speakers of whom not even the encoder has heard anything.

    Returns:
        ``seeds``: the figures of each; their ``mean`` and ``spread``, the largest less the
        smallest; ``speakers``: r of the jaw and the lip gap of each, mean over seeds.

    """
    figures = [_figures(report, unheard) for report in reports]
    names = [name for name in figures[0] if all(name in one for one in figures)]
    by_speaker: dict[str, dict[str, float]] = {}
    for speaker in reports[0]['speakers']:
        if speaker != ALL:
            r = [report['speakers'][speaker]['r'] for report in reports]
            by_speaker[speaker] = {
                channel: round(float(np.mean([one[channel] for one in r])), 4)
                for channel in _JUDGED
                if all(channel in one for one in r)
            }
    return {
        **row._asdict(),
        'clips': reports[0]['speakers'][ALL]['clips'],
        'mean': {n: round(float(np.mean([one[n] for one in figures])), 4) for n in names},
        'spread': {n: round(float(np.ptp([one[n] for one in figures])), 4) for n in names},
        'seeds': [{n: round(one[n], 4) for n in names} for one in figures],
        'speakers': by_speaker,
    }


def _figures(report: Report, unheard: Collection[str]) -> dict[str, float]:
    """Return the figures of a report: r, means of speakers; the others of all clips."""
    speakers = report['speakers']
    found = {name: report['mean_of_speakers'][name] for name in _R
             if name in report['mean_of_speakers']}  # fmt: skip
    everyone = speakers[ALL]
    for channel in _JUDGED:
        theirs = [speakers[s]['r'].get(channel) for s in unheard if s in speakers]
        if theirs and None not in theirs:
            found[f'{channel}_unheard'] = float(np.mean(theirs))
        ratio = everyone['jitter_scaled'].get(channel, {}).get('ratio')
        if ratio is not None:
            found[f'{channel}_acceleration'] = ratio
        if channel in everyone['lag']:
            found[f'{channel}_lag_ms'] = 1e3 * everyone['lag'][channel]['lag_s']
    return found


_COLUMNS = {
    'jawOpen': 'r jaw', 'lip_gap': 'r lip gap', 'jawOpen_unheard': 'r jaw, unheard',
    'lip_gap_unheard': 'r gap, unheard', 'mouthPucker': 'r pucker', 'mouthFunnel': 'r funnel',
    'mouthLowerDown': 'r lower lip', 'jawOpen_acceleration': 'acceleration, jaw',
    'lip_gap_acceleration': 'acceleration, gap', 'jawOpen_lag_ms': 'lag, jaw',
    'lip_gap_lag_ms': 'lag, gap',
}  # fmt: skip


def table_and_reading(result: Mapping[str, Any]) -> str:
    """Return the ablations in Markdown: what was done, the table, what it says."""
    held, unheard = (', '.join(result[name]) for name in ('held', 'unheard'))
    beside = (
        f'; and, held out of a training of their own, {held}, whose voices, not faces, the '
        'encoder has heard'
    )
    steps = ' + '.join(map(str, result['steps']))
    lines = [
        f'{result["clips"]} clips of speakers whose faces no network of the row has seen: '
        f'{unheard}{beside if held else ""}.',
        f'Trained anew for each row: {steps} steps (keys, completion, both) of '
        f'{result["batch"]} x {result["crop"] * STEP_S:.1f} s, {len(result["seeds"])} seeds; '
        '± is the largest less the smallest of them. That is less than what ships had: the rows '
        'are to be compared with each other. The two rows of named phones are one training, which '
        'is told the text of some clips and not of others; all other choices never know text. '
        'Direct regression has no stage for keys. '
        f'{result["minutes"]:.0f} minutes of wall time.',
        'r with what the camera saw: mean over speakers of the mean over clips; "unheard" are '
        f'{unheard} alone, the only ones that the rows "as shipped" are measured on. '
        'Acceleration: 95th percentile in speech, each over its own deviation, made over seen. '
        'Lag in ms: positive is later than the camera. The trained rows are what the networks '
        'give, without gates, smoothing and idle life; the engines have them.',
        '',
        '| motion | ' + ' | '.join(_COLUMNS.values()) + ' |',
        '|' + '---|' * (len(_COLUMNS) + 1),
    ]
    for row in result['rows']:
        cells = [_cell(row, name) for name in _COLUMNS]
        only = f' ({unheard} only)' if row['engine'] == 'shipped' else ''
        lines.append(f'| {row["name"]}{only} | ' + ' | '.join(cells) + ' |')
    return '\n'.join([*lines, '', reading(result)]) + '\n'


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row['mean'] or (row['engine'] == 'shipped' and name in _JUDGED):
        return '-'
    value, form = row['mean'][name], '+.0f' if name.endswith('_ms') else '.2f'
    form = '.3f' if name in _R or name.endswith('_unheard') else form
    spread = row['spread'][name]
    return format(value, form) + (f' ± {format(spread, form.lstrip("+"))}' if spread else '')


def reading(result: Mapping[str, Any]) -> str:
    """Return a paragraph on which differences exceed the spread over seeds, and which do not.

    The spread of few seeds may be small by chance: a difference counts when it exceeds the largest
    spread of any row that was trained.
    """
    rows = {row['name']: row for row in result['rows']}
    several = len(result['seeds']) > 1
    spread = {
        channel: max((row['spread'].get(channel, 0.0) for row in rows.values()), default=0.0)
        for channel in _JUDGED
    }
    told, verdicts = [], {}
    for one, other, words in _ASKED:
        if one.name not in rows or other.name not in rows:
            continue
        pair = rows[one.name], rows[other.name]
        found = {channel: _difference(*pair, channel) for channel in _JUDGED}
        sure = [several and abs(found[c]) > spread[c] for c in _JUDGED]
        told.append(f'{words} ' + ' and '.join(
            f'{found[c]:+.3f}{"*" if is_sure else ""} ({_wins(*pair, c)})'
            for c, is_sure in zip(_JUDGED, sure, strict=True)
        ))  # fmt: skip
        if one is PHONES and other in _RIVALS:
            verdicts[other.name] = [
                int(np.sign(found[c])) if is_sure else 0
                for c, is_sure in zip(_JUDGED, sure, strict=True)
            ]
    spreads = ' and '.join(f'{spread[c]:.3f}' for c in _JUDGED)
    head = (
        f'Differences in r of {" and of ".join(_JUDGED.values())}, in brackets for how many '
        'speakers it is better'
    )
    if not several:
        return f'{head}, from one seed, so that none is certain: {"; ".join(told)}.'
    head += f'; * exceeds the largest spread of a trained row over seeds, {spreads}: '
    return head + '; '.join(told) + '. ' + _verdict(verdicts, len(result['seeds']))


def _verdict(verdicts: Mapping[str, Sequence[int]], seeds: int) -> str:
    """Return what the differences from the other choices of keys amount to."""
    groups = {
        'better in both': [n for n, v in verdicts.items() if min(v) > 0],
        'better in one, no worse in the other': [
            n for n, v in verdicts.items() if min(v) == 0 and max(v) > 0
        ],
        'not told apart': [n for n, v in verdicts.items() if not any(v)],
        'worse in one or both': [n for n, v in verdicts.items() if min(v) < 0],
    }
    beaten = len(groups['better in both'])
    claim = 'is' if beaten == len(verdicts) else 'is in part' if beaten else 'is not'
    lists = '; '.join(
        f'{words}: ' + ', '.join(f'"{name}"' for name in names)
        for words, names in groups.items()
        if names
    )
    return (
        f'That keys at phone boundaries are better than other keys or none {claim} borne out here '
        f'({lists}). {seeds} seeds are few.'
    )


def _difference(one: Mapping[str, Any], other: Mapping[str, Any], channel: str) -> float:
    return float(one['mean'].get(channel, np.nan) - other['mean'].get(channel, np.nan))


def _wins(one: Mapping[str, Any], other: Mapping[str, Any], channel: str) -> str:
    pairs = [
        (figures[channel], other['speakers'][speaker][channel])
        for speaker, figures in one['speakers'].items()
        if channel in figures and channel in other['speakers'].get(speaker, ())
    ]
    return f'{sum(a > b for a, b in pairs)} of {len(pairs)}'
