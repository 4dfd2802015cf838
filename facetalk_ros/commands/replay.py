# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk replay`: the face for a recorded bag, the same bytes every time; and a test of it."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from ..bags import ReplayReport
from ..inference.session import DEVICES
from ..recording import Recording
from ..replaying.compare import GoldenError
from ..replaying.junit import write_junit
from ..replaying.report import Comparison
from ..replaying.run import check, replay_bag
from ..replaying.tolerances import SHAPE_GROUPS, Tolerances, parse_tolerances
from .errors import UserError, reason, warn
from .options import (
    add_params_argument,
    add_text_arguments,
    add_weights_argument,
    given_parameters,
    given_text,
    number,
)
from .summary import print_rows

EXIT_DIFFERENT = 1
# More curves than this nobody tells apart.
_PLOTTED_SHAPES = 6

_EPILOG = """
A golden bag pins how a robot behaves. Make one, and keep it beside the test:
  facetalk replay hello.bag --expect hello.golden.mcap --update-golden
It holds only what came out, compressed; what --out writes serves as well. Then:
  facetalk replay hello.bag --expect hello.golden.mcap --junit replay.xml
Exit code 0: the same. 1: different, and how. 2: something cannot be used.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        'bag', metavar='BAG', type=Path, help='a rosbag2 folder, or a .mcap or .db3 file'
    )
    parser.add_argument(
        '--out', metavar='BAG', type=Path,
        help='a new folder, or a file that ends with .mcap; may be left out with --expect',
    )  # fmt: skip
    parser.add_argument('--storage', choices=('mcap', 'sqlite3'), default='mcap')
    parser.add_argument('--audio-topic', default='', help='when several topics have audio')
    parser.add_argument('--text-topic', default='', help='when the text is not on /text')
    add_text_arguments(parser)
    parser.add_argument('--fps', type=number(1, 240), default=None, help='frames a second (60)')
    parser.add_argument('--seed', type=int, default=None, help='of the blinks (0)')
    parser.add_argument('--device', choices=DEVICES, default=None)
    add_weights_argument(parser)
    add_params_argument(parser)
    parser.add_argument(
        '--actuators', metavar='MAP',
        help='an actuator map, or the name of one that ships: joint trajectories as well',
    )  # fmt: skip
    test = parser.add_argument_group('test against a golden bag')
    test.add_argument(
        '--expect', metavar='GOLDEN', type=Path, help='compare with this bag, or csv or json'
    )
    test.add_argument('--update-golden', action='store_true', help='write GOLDEN instead')
    test.add_argument(
        '--recorded', action='store_true',
        help='BAG has a face already, for example recorded from the live node: compare that',
    )  # fmt: skip
    test.add_argument('--namespace', help='which robot, when the bags have several')
    test.add_argument(
        '--tolerance', metavar='[NAME=]X', action='append', default=[],
        help='how far a weight may be off (0.01); NAME is a shape, a group '
        f'({", ".join(SHAPE_GROUPS)}), or joints [rad]; may be given several times',
    )  # fmt: skip
    test.add_argument(
        '--tolerance-ms', metavar='X', type=number(0, 1000), default=None,
        help='how far times may be apart (1)',
    )  # fmt: skip
    test.add_argument(
        '--lines', metavar='N', type=int, default=20, help='differences that are printed (20)'
    )
    test.add_argument('--junit', metavar='FILE.xml', type=Path, help='a report for CI')
    test.add_argument(
        '--plot', metavar='FILE', type=Path, help='.html, .png or .svg of the worst shapes'
    )


def run(args: argparse.Namespace) -> int:
    """Replay, tell what was in the bag, and compare it when that is asked for."""
    text = given_text(args)
    tolerances = _check_options(args)
    started_s = time.perf_counter()
    if args.recorded:
        return _compare(args, args.bag, tolerances, started_s)
    out = args.expect if args.update_golden else args.out
    if out is not None:
        print_rows(_rows(_replay(args, out, text), out, started_s))
        return 0 if args.update_golden or not args.expect else _compare(
            args, out, tolerances, started_s
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix='facetalk-') as folder:
        actual = Path(folder) / 'replay.mcap'
        _replay(args, actual, text)
        return _compare(args, actual, tolerances, started_s)


def _check_options(args: argparse.Namespace) -> Tolerances:
    for option in ('update_golden', 'recorded', 'tolerance', 'tolerance_ms', 'junit', 'plot'):
        if getattr(args, option) not in (None, False, []) and args.expect is None:
            raise UserError(f'--{option.replace("_", "-")} needs --expect GOLDEN')
    if args.out is None and args.expect is None:
        raise UserError('--out BAG or --expect GOLDEN is needed')
    if args.recorded and (args.out or args.update_golden):
        raise UserError('--recorded only compares: --out and --update-golden have no meaning')
    if args.update_golden and args.expect.suffix != '.mcap':
        raise UserError(f'--expect {args.expect}: a golden bag that is written ends with .mcap')
    if args.lines < 1:
        raise UserError(f'--lines {args.lines}: at least 1')
    for option in ('out', 'junit', 'plot', 'expect' if args.update_golden else 'out'):
        path = getattr(args, option)
        if path is not None and not path.parent.is_dir():
            raise UserError(f'--{option} {path}: no such folder: {path.parent}')
    if args.plot is not None:
        from ..plots import check_plot_out

        try:
            check_plot_out(args.plot)
        except (ValueError, OSError, ImportError) as error:
            raise UserError(f'--plot {args.plot}: {reason(error)}') from None
    try:
        return parse_tolerances(args.tolerance, args.tolerance_ms)
    except ValueError as error:
        raise UserError(f'--{error}') from None


def _replay(args: argparse.Namespace, out: Path, text: str) -> ReplayReport:
    given = {
        name: getattr(args, name) for name in ('fps', 'seed', 'device', 'weights', 'language')
    }
    overrides = given_parameters(args) | {k: v for k, v in given.items() if v is not None}
    try:
        report = replay_bag(
            args.bag, out, overrides=overrides, text=text, audio_topic=args.audio_topic,
            text_topic=args.text_topic, actuators=args.actuators, storage=args.storage,
            as_golden=args.update_golden,
        )  # fmt: skip
    except (ValueError, RuntimeError, FileNotFoundError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f'--out {out}: {reason(error)}') from None
    for warning in report.warnings:
        warn(warning)
    return report


def _rows(report: ReplayReport, out: Path, started_s: float) -> list[tuple[str, str]]:
    rows = [
        ('audio', f'{report.audio_messages} messages of {report.audio.type_name} on '
         f'{report.audio.name}'),
        ('text', f'{report.text_messages} messages on '
         f'{", ".join(t.name for t in report.texts) or "no topic"}'),
        ('frames', f'{report.frames}, and {report.late_frames} that were late'),
        ('took', f'{time.perf_counter() - started_s:.1f} s'),
        ('written', str(out)),
    ]  # fmt: skip
    if report.bad_messages:
        rows.insert(2, ('bad messages', str(report.bad_messages)))
    return rows


def _compare(
    args: argparse.Namespace, actual: Path, tolerances: Tolerances, started_s: float
) -> int:
    try:
        comparison, expected, found = check(
            actual, args.expect, tolerances, args.namespace, live=args.recorded
        )
    except GoldenError as error:
        raise UserError(str(error)) from None
    for line in comparison.lines(args.lines):
        print(line)
    try:
        if args.junit is not None:
            write_junit(args.junit, comparison, time.perf_counter() - started_s)
            print(f'written  {args.junit}')
        if args.plot is not None:
            _plot(args.plot, comparison, expected, found)
    except OSError as error:
        raise UserError(f'{error.filename}: {reason(error)}') from None
    return 0 if comparison.same else EXIT_DIFFERENT


def _plot(path: Path, comparison: Comparison, expected: Recording, actual: Recording) -> None:
    from ..plots import plot_difference

    shapes = [d for c in comparison.checks if c.name.startswith('shapes') for d in c.differences]
    worst = [d.subject for d in sorted(shapes, key=lambda d: -d.severity)]
    plot_difference(expected, actual, worst[:_PLOTTED_SHAPES], path)
    print(f'written  {path}')
