# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk send`: a face to Unreal, VSeeFace, Warudo and others, as it happens."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio.files import AudioFileError
from ..export.avatar import AvatarSender, AvatarTarget, parse_target
from ..nodes.face_input import HeadRad
from ..nodes.interrupt import Interrupt, interruptible
from ..recording import SUFFIXES, RecordingError, read_recording
from ..stream import FaceStream
from .animate import animate_file
from .errors import UserError, reason, warn
from .graph import joined_graph
from .options import add_text_arguments, given_text
from .summary import print_rows

_LOOK_S = 0.1
_STILL = (0.0, 0.0, 0.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'recording', nargs='?', type=Path, metavar='RECORDING|SOUND',
        help='a bag, .csv or .json, or a sound file; without it the face that is on the graph',
    )  # fmt: skip
    parser.add_argument(
        '--to', metavar='URL', action='append', required=True,
        help='livelink://HOST[:PORT][/SUBJECT] for Unreal, or vmc://HOST[:PORT][/vrm] for others; '
        'may be given again',
    )  # fmt: skip
    add_text_arguments(parser)
    parser.add_argument('--loop', action='store_true', help='begin again at the end')
    parser.add_argument('--namespace', default=None, help='which robot, when a bag has several')
    parser.epilog = 'What follows --ros-args goes to the nodes: -r blendshapes:=other/blendshapes'


def run(args: argparse.Namespace) -> int:
    """Send until the recording ends, or until Ctrl-C."""
    text = given_text(args)
    try:
        targets = [parse_target(url) for url in args.to]
    except ValueError as error:
        raise UserError(f'--to: {error}') from None
    if args.recording is None:
        if text or args.loop or args.namespace is not None:
            raise UserError('--text, --loop and --namespace need a recording or a sound file')
        return _send_graph(args.ros_args, targets)
    if args.ros_args:
        raise UserError('--ros-args has no meaning with a recording')
    times_s, weights, heads = _poses(args, text)
    senders = _senders(targets)
    try:
        with interruptible() as interrupt:
            late_ms = _play(times_s, weights, heads, senders, interrupt, loop=args.loop)
    finally:
        for sender in senders:
            sender.close()
    p99 = f'{np.percentile(late_ms, 99):.1f}' if len(late_ms) else '-'
    print_rows(
        [
            *((f'sent to {s.target.host}:{s.target.port}', f'{s.sent} poses, {s.failed} failed')
              for s in senders),
            ('after their time', f'p99 {p99} ms'),
        ]
    )  # fmt: skip
    for sender in senders:
        if sender.failed:
            warn(sender.problem)
    return 0


def _senders(targets: Sequence[AvatarTarget]) -> list[AvatarSender]:
    senders: list[AvatarSender] = []
    try:
        for target in targets:
            senders.append(AvatarSender(target))
    except (ValueError, OSError) as error:
        for sender in senders:
            sender.close()
        raise UserError(f'--to: {reason(error)}') from None
    return senders


def _poses(
    args: argparse.Namespace, text: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32], Sequence[HeadRad]]:
    """Return times, faces and heads of a recording, or of what is made from a sound file."""
    path = args.recording
    if not path.is_dir() and path.suffix.lower() not in SUFFIXES:
        try:
            made = animate_file(path, FaceStream(), text=text, language=args.language or 'en')
        except AudioFileError as error:
            raise UserError(str(error)) from None
        for warning in made.warnings:
            warn(warning)
        times_s = np.array([f.time_s for f in made.frames])
        return times_s, np.array([f.weights for f in made.frames]), [_STILL] * len(times_s)
    if text:
        raise UserError('--text is for a sound file; a recording is sent as it is')
    try:
        found = read_recording(path, namespace=args.namespace)
    except RecordingError as error:
        raise UserError(str(error)) from None
    for warning in found.warnings:
        warn(warning)
    if not len(found.frame_times_s):
        raise UserError(f'{path}: there are no poses in it')
    heads = [found.head.at(time_s) for time_s in found.frame_times_s]
    return found.frame_times_s, found.weights, heads


def _play(
    times_s: npt.NDArray[np.float64], weights: npt.NDArray[np.float32], heads: Sequence[HeadRad],
    senders: Sequence[AvatarSender], interrupt: Interrupt, *, loop: bool,
) -> list[float]:  # fmt: skip
    """Send the poses at their times; return how late each was [ms], of the last round."""
    late_ms: list[float] = []
    while not interrupt.requested:
        late_ms.clear()
        began_s, began_wall_s = time.monotonic(), time.time()
        for time_s, pose, head in zip(times_s - times_s[0], weights, heads, strict=True):
            while (wait_s := began_s + time_s - time.monotonic()) > 0:
                # in short pieces: an interrupt only sets a flag
                time.sleep(min(wait_s, _LOOK_S))
                if interrupt.requested:
                    return late_ms
            late_ms.append(-wait_s * 1e3)
            for sender in senders:
                sender.send(pose, head, began_wall_s + time_s)
        if not loop:
            break
    return late_ms


def _send_graph(ros_args: Sequence[str], targets: Sequence[AvatarTarget]) -> int:
    """Send what is on the graph until Ctrl-C."""
    with interruptible() as interrupt, joined_graph(ros_args):
        from ..nodes.avatar_outputs import AvatarNode
        from ..ros.executors import SingleThreadedExecutor

        nodes: list[AvatarNode] = []
        executor = SingleThreadedExecutor()
        try:
            for i, target in enumerate(targets):
                name = f'avatar_{i + 1}' if i else 'avatar'
                nodes.append(AvatarNode(target=target, name=name))
                executor.add_node(nodes[-1])
            print(f'listening on {nodes[0].resolve_topic_name("blendshapes")}; Ctrl-C ends',
                  flush=True)  # fmt: skip
            while not interrupt.requested:
                executor.spin_once(timeout_sec=_LOOK_S)
        except (ValueError, OSError) as error:
            raise UserError(f'--to: {reason(error)}') from None
        finally:
            for node in nodes:
                node.close()
    return 0
