# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk bench`: speed, look-ahead, latency, start-up and memory on this machine."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import __version__
from ..audio.files import AudioFileError, read_audio
from .errors import UserError, warn
from .measure import (
    Measured,
    measure_engine,
    measure_expression,
    measure_graph,
    measure_start,
    own_graph,
)
from .options import add_text_arguments, given_text, number
from .summary import print_rows

_SAMPLE = Path(__file__).parents[2] / 'test' / 'data' / 'sense.opus'
_ROWS = (
    ('real_time_factor', 'real-time factor, with text', '', 0.05),
    ('real_time_factor_without_text', 'real-time factor, without text', '', 0.05),
    ('streams_per_core', 'streams per core (1 / real-time factor)', '', None),
    ('streams_per_core_batched', 'streams per core, batched', '', None),
    ('look_ahead_ms', 'look-ahead, with text', 'ms', 80.0),
    ('look_ahead_without_text_ms', 'look-ahead, without text', 'ms', 80.0),
    ('step_p50_ms', '20 ms of sound take, p50', 'ms', 2.0),
    ('step_p99_ms', '20 ms of sound take, p99', 'ms', 6.0),
    ('plan_p50_ms', 'text to expression, a sentence, p50', 'ms', None),
    ('plan_p99_ms', 'text to expression, a sentence, p99', 'ms', 10.0),
    ('alive_frame_ms', 'expression and idle life of a frame', 'ms', 0.2),
    ('start_up_s', 'start-up to the first frame', 's', 1.5),
    ('peak_memory_mb', 'peak resident memory', 'MB', 250.0),
    ('graph_sound_to_face_p50_ms', 'message to message, p50', 'ms', None),
    ('graph_sound_to_face_p99_ms', 'message to message, p99', 'ms', None),
    ('graph_beyond_look_ahead_p50_ms', 'the same beyond the look-ahead, p50', 'ms', None),
    ('graph_beyond_look_ahead_p99_ms', 'the same beyond the look-ahead, p99', 'ms', 15.0),
    (
        'graph_cpu_share',
        'processor time of the talk node for one face at 60 fps',
        'of a core',
        0.15,
    ),
    ('soak_minutes', 'speech through a talk node', 'min', None),
    ('soak_speed', 'times as fast as it is spoken', '', None),
    ('soak_frames', 'frames', '', None),
    ('soak_lost_frames', 'frames lost', '', 0.0),
    ('soak_cpu_share', 'processor time by the time spoken', 'of a core', 0.15),
    ('soak_memory_mb', 'memory after warming up', 'MB', None),
    ('soak_memory_growth_mb', 'growth from there', 'MB', 10.0),
    ('soak_answer_p50_first_ms', 'sound in to face out, p50, first third', 'ms', None),
    ('soak_answer_p50_last_ms', 'the same, last third', 'ms', None),
    ('soak_answer_p99_first_ms', 'sound in to face out, p99, first third', 'ms', None),
    ('soak_answer_p99_last_ms', 'the same, last third', 'ms', None),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'audio', metavar='AUDIO', nargs='?', type=Path,
        help='a recording; its text may lie beside it in a .txt (the sample of the repository)',
    )  # fmt: skip
    add_text_arguments(parser)
    parser.add_argument('--json', action='store_true', help='machine-readable output')
    parser.add_argument('--no-graph', action='store_true', help='leave out the messages')
    parser.add_argument(
        '--soak', metavar='MINUTES', type=number(0.1, 10_000), default=None,
        help='only this: let a talk node speak for so long, as fast as it can; what grows?',
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    path = args.audio or _SAMPLE
    if args.audio is None and not path.is_file():
        raise UserError('give a recording to measure with: the repository is not here')
    text = given_text(args)
    beside = path.with_suffix('.txt')
    if not text and beside.is_file():
        text = beside.read_text('utf-8')
    try:
        pcm, warning = read_audio(path)
    except AudioFileError as error:
        raise UserError(str(error)) from None
    if warning:
        warn(warning)
    if not text:
        warn('no text was given: figures with text are those without')
    facts: Measured = {'version': __version__, 'audio': str(path), 'audio_s': pcm.duration_s}
    try:
        if args.soak is not None:
            facts |= _soak(path, text, args.soak)
        else:
            with _one_core():
                facts |= measure_engine(pcm, text)
                facts |= measure_expression()
                facts |= measure_start(path)
            if not args.no_graph:
                facts |= measure_graph(path, text, pcm.duration_s)
    except (RuntimeError, ImportError) as error:
        raise UserError(f'the graph: {error}') from None
    if args.json:
        print(json.dumps(facts, indent=2))
    else:
        print_rows(_table(facts))
    return 0


def _soak(path: Path, text: str, minutes: float) -> Measured:
    from .soak import measure_soak

    with own_graph():
        return measure_soak(path, text, minutes, lambda line: print(line, file=sys.stderr))


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Run on one core only, where the system lets us choose."""
    if not hasattr(os, 'sched_setaffinity'):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _table(facts: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [('sound', f'{facts["audio_s"]:.2f} s, {facts["audio"]}')]
    for key, name, unit, goal in _ROWS:
        if key in facts:
            wanted = '' if goal is None else f'  (goal {goal:g} or less)'
            value = facts[key]
            told = f'{value}' if isinstance(value, int) else f'{value:.3g}'
            rows.append((name, f'{told} {unit}{wanted}'))
    return rows
