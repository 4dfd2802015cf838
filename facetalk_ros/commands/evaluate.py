# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""``facetalk eval``: lips on recordings with phone timings, or against tracked video."""

from __future__ import annotations

import argparse
import functools
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from ..evaluation.animation import Animation, animate
from ..evaluation.baseline import follow_loudness
from ..evaluation.motion_scores import closure_row, score_clips
from ..evaluation.speech import closure_report
from ..evaluation.tables import closure_table, likeness_tables, motion_tables
from ..evaluation.tracked import TrackedClip, read_tracked
from ..stream import Engine
from .errors import UserError
from .options import add_weights_argument
from .progress import ProgressBar

_TEXT, _AUDIO, _LOUDNESS = 'with text', 'audio only', 'loudness alone'
_GIVEN = {'text': _TEXT, 'audio': _AUDIO}
_Reports = dict[str, dict[str, Any]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        'data', type=Path, metavar='DATA',
        help='folder with manifest.csv and phones.csv, or with tracked faces (names.json)',
    )  # fmt: skip
    parser.add_argument('--split', default='dev', help='which rows of the manifest (dev)')
    parser.add_argument(
        '--speakers', default='', metavar='NAME,NAME', help='only these, as the manifest has them'
    )
    parser.add_argument('--only', choices=tuple(_GIVEN), help='with text, or the sound alone')
    parser.add_argument('--limit', type=_count, help='only the first so many clips')
    parser.add_argument('--jobs', type=_count, default=1, help='how many processes (1)')
    parser.add_argument('--json', action='store_true', help='print JSON')
    add_weights_argument(parser)
    parser.add_argument(
        '--engine', choices=get_args(Engine), default='learned',
        help='what moves the mouth; table: the hand-made one (learned)',
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Measure with and without text, and print."""
    args.speakers = tuple(name for name in args.speakers.split(',') if name)
    tracked = (args.data / 'names.json').is_file()
    try:
        reports = (_tracked if tracked else _closures)(args)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    if args.json:
        print(json.dumps(reports, indent=1))
        return 0
    print(f'{args.data}, split {args.split}')
    for line in (_tracked_lines if tracked else _closure_lines)(reports):
        print(line)
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f'{text!r} is not a number from 1 on')
    return int(text)


def _animation(args: argparse.Namespace) -> Animation:
    return functools.partial(animate, weights=args.weights, engine=args.engine)


def _given(args: argparse.Namespace) -> dict[str, bool]:
    """Return what the face is to be made from, with whether that is text."""
    return {name: key == 'text' for key, name in _GIVEN.items() if args.only in (None, key)}


def _closures(args: argparse.Namespace) -> _Reports:
    reports = {}
    for name, with_text in _given(args).items():
        with ProgressBar(name) as bar:
            found = closure_report(
                args.data, args.split, with_text, args.limit, args.speakers,
                _animation(args), args.jobs, bar.show,
            )  # fmt: skip
        reports[name] = {source: closure_row(counts) for source, counts in found.items()}
    return reports


def _closure_lines(reports: _Reports) -> Iterator[str]:
    for given, rows in reports.items():
        yield ''
        yield from closure_table(given, rows)


def _tracked(args: argparse.Namespace) -> _Reports:
    """Return the reports by language and by what the motion was made from."""
    languages: defaultdict[str, list[TrackedClip]] = defaultdict(list)
    for clip in islice(read_tracked(args.data, args.split, args.speakers), args.limit):
        languages[clip.language].append(clip)
    reports: _Reports = defaultdict(dict)
    for language, clips in languages.items():
        for name, with_text in _given(args).items():
            # without a transcript both would be the same
            usable = [clip for clip in clips if clip.transcript or not with_text]
            if not usable:
                continue
            with ProgressBar(f'{language} {name}'.lstrip()) as bar:
                scores = score_clips(usable, with_text, _animation(args), args.jobs, bar.show)
            reports[language][name] = scores.report()
        if language in reports:
            reports[language][_LOUDNESS] = score_clips(clips, False, follow_loudness).report()
    if not reports:
        raise ValueError(f'{args.data}, split {args.split!r}: no clip has a transcript')
    return dict(reports)


def _tracked_lines(reports: _Reports) -> Iterator[str]:
    for language, made_from in reports.items():
        for given, report in made_from.items():
            title = f'{language} {given}'.lstrip()
            yield ''
            yield from likeness_tables(title, report)
            if given != _LOUDNESS:
                yield ''
                yield from motion_tables(title, report)
