# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk plot`: what was said and how the face moved, as a picture or a page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..actuators import MapError, load_map
from ..plots import JointLimits, PlotError, check_plot_out, plot_recordings
from ..recording import Recording, RecordingError, read_recording
from ..synchrony import measure_synchrony
from .errors import UserError, reason, warn
from .options import number
from .summary import print_rows

_DAY_S = 86400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'recording', metavar='RECORDING', type=Path,
        help='a bag (folder, .mcap, .db3), or a .csv or .json that animate wrote',
    )  # fmt: skip
    parser.add_argument(
        'other', metavar='RECORDING2', type=Path, nargs='?',
        help='another one to lay over it, with the difference',
    )  # fmt: skip
    parser.add_argument(
        '--out', metavar='FILE', type=Path, required=True,
        help='.html (zooms, plays the sound; opens without a network), .png or .svg [plot]',
    )  # fmt: skip
    parser.add_argument(
        '--shapes', metavar='A,B', default='',
        help='ARKit names, or names of pairs such as mouthSmile (those that move most)',
    )  # fmt: skip
    parser.add_argument(
        '--from', dest='from_s', metavar='S', type=number(-_DAY_S, _DAY_S), default=None,
        help='where the part to show begins, in seconds from the first sample of the sound',
    )  # fmt: skip
    parser.add_argument(
        '--to', dest='to_s', metavar='S', type=number(-_DAY_S, _DAY_S), default=None,
        help='where it ends',
    )  # fmt: skip
    parser.add_argument(
        '--actuators',
        metavar='MAP',
        default='',
        help='a map, or the name of one that ships: draws the limits of its joints',
    )
    parser.add_argument(
        '--no-sync', action='store_true',
        help='do not measure how far the face is off the sound, which takes a tenth of its length',
    )  # fmt: skip
    parser.add_argument(
        '--namespace', default=None, help='which robot, when a bag has several (/robot1)'
    )


def run(args: argparse.Namespace) -> int:
    """Plot, and tell what was found."""
    try:
        check_plot_out(args.out)
    except (PlotError, OSError, ImportError) as error:
        raise UserError(f'--out {args.out}: {reason(error)}') from None
    limits = _limits(args.actuators) if args.actuators else {}
    recordings = [
        _read(path, args.namespace) for path in (args.recording, args.other) if path is not None
    ]
    shapes = [name.strip() for name in args.shapes.split(',') if name.strip()]
    try:
        report = plot_recordings(
            recordings, args.out, shapes=shapes, limits=limits, from_s=args.from_s,
            to_s=args.to_s, notes=[] if args.no_sync else _sync_notes(recordings),
        )  # fmt: skip
    except PlotError as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f'--out {args.out}: {reason(error)}') from None
    shown = ', '.join(panel.title for panel in report.panels)
    print_rows(
        [
            ('shown', f'{report.from_s:.2f} to {report.to_s:.2f} s: {shown}'),
            *report.notes,
            ('written', f'{args.out} ({args.out.stat().st_size / 1000:.0f} kB)'),
        ]
    )
    return 0


def _read(path: Path, namespace: str | None) -> Recording:
    try:
        recording = read_recording(path, namespace=namespace)
    except RecordingError as error:
        raise UserError(str(error)) from None
    for warning in recording.warnings:
        warn(warning)
    return recording


def _sync_notes(recordings: Sequence[Recording]) -> list[tuple[str, str]]:
    """Return how far each face is off its sound; nothing where that cannot be told."""
    notes = []
    for recording in recordings:
        try:
            measured = measure_synchrony(recording)
        except ValueError:  # no sound or no face in it
            continue
        told = []
        if measured.content is not None:
            lag = measured.content
            told.append(
                f'{lag.spread.p50_ms:+.0f} ms by content (sure to {lag.uncertainty_ms:.0f} ms)'
            )
        if measured.arrival is not None:
            late = measured.arrival
            told.append(
                f'frames came {late.p50_ms:+.0f} ms after their stamp (p95 {late.p95_ms:+.0f})'
            )
        name = f', {recording.path.name}' if len(recordings) > 1 else ''
        notes.append((f'face after sound{name}', '; '.join(told)))
    return notes


def _limits(name: str) -> dict[str, JointLimits]:
    try:
        return {j.name: JointLimits(j.lower_rad, j.upper_rad) for j in load_map(name).joints}
    except (MapError, OSError) as error:
        raise UserError(f'--actuators: {reason(error)}') from None
