# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk replay`: the face for a recorded bag, the same bytes every time."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ..bag_input import BagError
from ..bags import replay
from ..nodes.talk_parameters import SPECS, face_settings
from ..presentation import Presenter
from ..stream import FaceStream
from .errors import UserError, reason, warn
from .options import (
    add_params_argument,
    add_text_arguments,
    given_parameters,
    given_text,
    number,
)
from .summary import print_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'bag', metavar='BAG', type=Path, help='a rosbag2 folder, or a .mcap or .db3 file'
    )
    parser.add_argument(
        '--out', metavar='BAG', type=Path, required=True,
        help='a new folder, or a file that ends with .mcap',
    )  # fmt: skip
    parser.add_argument('--storage', choices=('mcap', 'sqlite3'), default='mcap')
    parser.add_argument('--audio-topic', default='', help='when several topics have audio')
    parser.add_argument('--text-topic', default='', help='when the text is not on /text')
    add_text_arguments(parser)
    parser.add_argument('--fps', type=number(1, 240), default=None, help='frames a second (60)')
    parser.add_argument('--seed', type=int, default=None, help='of the blinks (0)')
    parser.add_argument('--device', choices=('auto', 'cpu', 'cuda'), default=None)
    add_params_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Replay, and tell what was in the bag."""
    text = given_text(args)
    values = {name: spec.default for name, spec in SPECS.items()} | given_parameters(args)
    for name in ('fps', 'seed', 'device', 'language'):
        if getattr(args, name) is not None:
            values[name] = getattr(args, name)
    if not args.out.parent.is_dir():
        raise UserError(f'--out {args.out}: no such folder: {args.out.parent}')
    try:
        face = FaceStream(
            values['fps'], device=values['device'], seed=values['seed'],
            settings=face_settings(values),
        )  # fmt: skip
    except (ValueError, RuntimeError, FileNotFoundError) as error:
        raise UserError(str(error)) from None
    started_s = time.perf_counter()
    try:
        report = replay(
            args.bag, args.out, Presenter(face, ahead_s=values['publish_ahead_s']),
            audio_topic=args.audio_topic, text_topic=args.text_topic, text=text,
            language=values['language'], storage=args.storage,
        )  # fmt: skip
    except BagError as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f'--out {args.out}: {reason(error)}') from None
    for warning in report.warnings:
        warn(warning)
    rows = [
        ('audio', f'{report.audio_messages} messages of {report.audio.type_name} on '
         f'{report.audio.name}'),
        ('text', f'{report.text_messages} messages on '
         f'{", ".join(t.name for t in report.texts) or "no topic"}'),
        ('frames', f'{report.frames}, and {report.late_frames} that were late'),
        ('took', f'{time.perf_counter() - started_s:.1f} s'),
        ('written', str(args.out)),
    ]  # fmt: skip
    if report.bad_messages:
        rows.insert(2, ('bad messages', str(report.bad_messages)))
    print_rows(rows)
    return 0
