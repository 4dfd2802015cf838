# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""``facetalk eval``: lips on recordings with phone timings, or against tracked video."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..evaluation.closure import ClosureCounts
from ..evaluation.speech import closure_report
from ..evaluation.tracked import Correlations, correlation_report
from .errors import UserError

_GIVEN = {'with text': True, 'audio only': False}
_Table = dict[str, dict[str, dict[str, Any]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        'data', type=Path, metavar='DATA',
        help='folder with manifest.csv and phones.csv, or with tracked faces (names.json)',
    )  # fmt: skip
    parser.add_argument('--split', default='dev', help='which rows of the manifest (dev)')
    parser.add_argument('--limit', type=int, help='only the first so many clips')
    parser.add_argument('--json', action='store_true', help='print JSON')


def run(args: argparse.Namespace) -> int:
    """Measure with and without text, and print."""
    tracked = (args.data / 'names.json').is_file()
    try:
        table: _Table = {
            name: (_tracked if tracked else _closures)(args, with_text)
            for name, with_text in _GIVEN.items()
        }
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    if args.json:
        print(json.dumps(table, indent=1))
        return 0
    print(f'{args.data}, split {args.split}')
    for name, report in table.items():
        columns = list(next(iter(report.values())))
        print(f'\n{name:28}' + ''.join(f'{c:>16}' for c in columns))
        for row, values in report.items():
            cells = (f'{v:16.1%}' if c.endswith('_rate') else f'{v:16}' for c, v in values.items())
            print(f'  {row:26}' + ''.join(cells))
    return 0


def _closures(args: argparse.Namespace, with_text: bool) -> dict[str, dict[str, Any]]:
    def row(counts: ClosureCounts) -> dict[str, Any]:
        rates = {'closure_rate': counts.closure_rate, 'wrong_rate': counts.wrong_rate}
        return {**asdict(counts), **{name: round(rate, 4) for name, rate in rates.items()}}

    report = closure_report(args.data, args.split, with_text, args.limit)
    return {source: row(counts) for source, counts in report.items()}


def _tracked(args: argparse.Namespace, with_text: bool) -> dict[str, dict[str, Any]]:
    def row(found: Correlations) -> dict[str, Any]:
        means = {k: round(float(np.mean(v)), 3) if v else None for k, v in asdict(found).items()}
        return {'clips': len(found.jaw_open), **{f'{k}_r': v for k, v in means.items()}}

    report = correlation_report(args.data, args.split, with_text, args.limit)
    return {speaker: row(found) for speaker, found in report.items()}
