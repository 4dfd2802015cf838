# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""``facetalk eval``: how well the lips close on recordings with phone timings."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..evaluation.closure import ClosureCounts
from ..evaluation.speech import closure_report
from .errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        'data', type=Path, metavar='DATA', help='folder with manifest.csv, phones.csv and audio'
    )
    parser.add_argument('--split', default='dev', help='which rows of the manifest (default dev)')
    parser.add_argument('--limit', type=int, help='only the first so many clips')
    parser.add_argument('--json', action='store_true', help='print JSON')


def run(args: argparse.Namespace) -> int:
    """Measure with and without text, and print."""
    try:
        reports = {
            name: closure_report(args.data, args.split, with_text, args.limit)
            for name, with_text in (('with text', True), ('audio only', False))
        }
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    if args.json:
        table = {n: {s: _row(c) for s, c in report.items()} for n, report in reports.items()}
        print(json.dumps(table, indent=1))
        return 0
    print(f'{args.data}, split {args.split}: p, b, m that close; open vowels wrongly closed')
    for name, report in reports.items():
        print(f'\n{name:28}{"p/b/m":>7}{"closed":>9}{"vowels":>8}{"wrong":>8}{"never open":>12}')
        for source, counts in report.items():
            row = _row(counts)
            print(
                f'  {source:26}{counts.bilabials:7}{row["closure_rate"]:9.1%}'
                f'{counts.open_vowels:8}{row["wrong_rate"]:8.1%}'
                f'{counts.never_opens / max(1, counts.open_vowels):12.1%}'
            )
    return 0


def _row(counts: ClosureCounts) -> dict[str, Any]:
    return {
        **asdict(counts),
        'closure_rate': round(counts.closure_rate, 4),
        'wrong_rate': round(counts.wrong_rate, 4),
    }
