# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk sync`: whether the face of a recording is in time with its sound."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from ..recording import Recording, RecordingError, read_recording
from ..synchrony import ACCEPTED_MS, LONGEST_S, Lag, Spread, Synchrony, measure_synchrony
from .errors import UserError, warn
from .summary import print_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'bag', metavar='BAG', type=Path, help='a rosbag2 folder, or a .mcap or .db3 file'
    )
    parser.add_argument(
        '--namespace', default=None, help='which robot, when a bag has several (/robot1)'
    )
    parser.add_argument('--json', action='store_true', help='machine-readable output')
    low, high = ACCEPTED_MS
    parser.epilog = (
        f'Exit code 0: nine tenths of the frames are within {low:g} to +{high:g} ms (face minus '
        'sound; ITU-R BT.1359); 1: they are not; 2: the recording cannot be used.'
    )


def run(args: argparse.Namespace) -> int:
    """Measure and print; 0 when in sync, else 1."""
    try:
        recording = read_recording(args.bag, namespace=args.namespace)
        measured = measure_synchrony(recording)
    except RecordingError as error:
        raise UserError(str(error)) from None
    except ValueError as error:
        raise UserError(f'{args.bag}: {error}') from None
    for warning in recording.warnings:
        warn(warning)
    if recording.audio[-1].end_s - recording.audio[0].start_s > LONGEST_S:
        warn(f'only the first {LONGEST_S:g} s were looked at')
    if args.json:
        print(json.dumps(_facts(recording, measured), indent=2))
    else:
        print_rows(_rows(recording, measured))
    return 0 if measured.is_accepted else 1


def _facts(recording: Recording, measured: Synchrony) -> dict[str, Any]:
    facts = dataclasses.asdict(measured)
    facts['joints'] = {
        topic: {'joint': name, **dataclasses.asdict(lag)}
        for topic, (name, lag) in measured.joints.items()
    }
    return {
        'bag': str(recording.path), 'audio_topic': recording.audio_topic,
        'accepted_ms': ACCEPTED_MS, 'pass': measured.is_accepted, **facts,
    }  # fmt: skip


def _rows(recording: Recording, measured: Synchrony) -> list[tuple[str, str]]:
    rows = [('sound', recording.audio_topic)]
    if measured.arrival is not None:
        rows.append(('frames came after their stamp', _percentiles(measured.arrival)))
    content = 'cannot be told: too little speech, or a face that is not that of the sound'
    if measured.content is not None:
        content = _lag(measured.content)
    rows.append(('face after sound, by content', content))
    rows += [
        (f'{topic}, {name}', _lag(lag)) for topic, (name, lag) in sorted(measured.joints.items())
    ]
    if measured.total is not None:
        rows.append(('face after sound, as seen', _percentiles(measured.total)))
    low, high = ACCEPTED_MS
    verdict = 'pass' if measured.is_accepted else 'FAIL'
    rows.append(('verdict', f'{verdict} (accepted: {low:g} to +{high:g} ms, ITU-R BT.1359)'))
    if _arrives_late(measured):
        rows.append(
            ('', 'the frames come too late for sound that is heard at its stamp: play audio_out '
             '(publish_audio_out:=true, hold_back_s)')
        )  # fmt: skip
    return rows


def _arrives_late(measured: Synchrony) -> bool:
    return measured.arrival is not None and measured.arrival.p95_ms > ACCEPTED_MS[1]


def _percentiles(spread: Spread) -> str:
    return (
        f'p50 {spread.p50_ms:+.0f} ms, p5 {spread.p5_ms:+.0f} ms, p95 {spread.p95_ms:+.0f} ms '
        f'({spread.count})'
    )


def _lag(lag: Lag) -> str:
    return (
        f'{_percentiles(lag.spread)}, sure to {lag.uncertainty_ms:.0f} ms, '
        f'likeness {lag.likeness:.2f}'
    )
