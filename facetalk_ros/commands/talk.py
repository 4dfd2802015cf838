# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk talk`: source, talk node and recorder in one process, on the real graph."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.files import AudioFileError
from ..export import check_out, write_frames
from ..nodes.interrupt import Interrupt, interruptible
from .companions import Companions, add_companion_arguments, check_companions
from .errors import UserError, reason, warn
from .options import add_params_argument, add_text_arguments, given_parameters, given_text
from .summary import closures, print_rows, text_share

if TYPE_CHECKING:
    from ..nodes.audio_source import AudioSource
    from ..nodes.recorder import Recorder
    from ..nodes.sound_sources import SoundSource
    from ..nodes.talk import TalkNode

# After the sound has ended the face comes to rest; then the recording is whole.
_AFTER_S = 0.5
_GIVE_UP_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        '--source', default='topic', metavar='FILE|mic|topic',
        help='a recording, the microphone, or whoever publishes on the topic audio (topic)',
    )  # fmt: skip
    add_text_arguments(parser)
    parser.add_argument('--once', action='store_true', help='end when the recording has ended')
    parser.add_argument(
        '--out', metavar='DIR', type=Path,
        help='write blendshapes.csv, face.mcap and, with the extra [video], face.mp4 and face.png',
    )  # fmt: skip
    add_companion_arguments(parser)
    add_params_argument(parser)
    parser.epilog = 'What follows --ros-args goes to the nodes: -r audio:=speech -p seed:=3 ...'


def run(args: argparse.Namespace) -> int:
    """Run the nodes until the recording ends (--once) or Ctrl-C."""
    text = given_text(args)
    given_parameters(args)  # a mistake in it is told with its line, before anything starts
    if args.once and args.source in ('topic', 'mic'):
        raise UserError(f'--once needs --source FILE; {args.source} has no end')
    if args.source == 'topic' and text:
        raise UserError('--text needs --source FILE or mic; a topic has its own text')
    check_companions(args)
    outs = _outs(args.out)
    source = _source(args.source)
    try:
        with interruptible() as interrupt, _graph(args):
            return _talk(args, interrupt, source, text, outs)
    finally:
        if source is not None:
            source.close()


def _outs(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    names = ['blendshapes.csv', 'face.mcap']
    if importlib.util.find_spec('av') is not None:
        names += ['face.mp4', 'face.png']
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            check_out(folder / name)
    except OSError as error:
        raise UserError(f'--out {folder}: {reason(error)}') from None
    return [folder / name for name in names]


def _source(name: str) -> SoundSource | None:
    from ..nodes.sound_sources import FileSource, MicSource

    try:
        if name == 'topic':
            return None
        return MicSource() if name == 'mic' else FileSource(name)
    except (AudioFileError, ImportError, OSError) as error:
        raise UserError(str(error)) from None


@contextlib.contextmanager
def _graph(args: argparse.Namespace) -> Iterator[None]:
    """Join the graph; its own signal handlers would leave it before the mouth is at rest."""
    try:
        from ..ros import rclpy
        from ..ros.signals import SignalHandlerOptions
    except (ImportError, ValueError) as error:
        raise UserError(str(error)) from None
    ros_args = list(args.ros_args)
    if args.params_file is not None:
        ros_args += ['--params-file', str(args.params_file)]
    try:
        rclpy.init(
            args=['facetalk', '--ros-args', *ros_args],
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except (ValueError, RuntimeError) as error:
        raise UserError(f'cannot join the ROS graph: {error}') from None
    try:
        yield
    finally:
        rclpy.try_shutdown()


def _talk(
    args: argparse.Namespace,
    interrupt: Interrupt,
    source: SoundSource | None,
    text: str,
    outs: list[Path],
) -> int:
    from ..nodes.audio_source import AudioSource
    from ..nodes.recorder import Recorder
    from ..nodes.talk import TalkNode
    from ..ros.executors import SingleThreadedExecutor
    from ..ros.lifecycle import TransitionCallbackReturn

    try:
        node = TalkNode()
    except Exception as error:  # the types of refused parameters differ between graphs
        raise UserError(f'the talk node: {error}') from None
    executor = SingleThreadedExecutor()
    recorder, player, companions = None, None, None
    try:
        companions = Companions(args)
        recorder = Recorder() if outs or args.once else None
        if node.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            raise UserError(node.problem)
        node.trigger_activate()
        if source is not None:
            player = AudioSource(source, text=text, language=args.language or '')
        for member in (node, recorder, player, *companions.nodes):
            if member is not None:
                executor.add_node(member)
        for name, what in companions.rows():
            print(f'{name}: {what}')
        print(f'listening on {node.resolve_topic_name("audio")}; Ctrl-C ends', flush=True)
        _spin(executor, interrupt, recorder, player if args.once else None)
        if source is not None and source.warning:
            warn(source.warning)
        look_ahead_s = node.look_ahead_s
        node.trigger_deactivate()
        _drain(executor)
        return _finish(args, node, look_ahead_s, recorder, outs, companions.rows())
    finally:
        if companions is not None:
            companions.close()
        for member in (player, recorder):
            if member is not None:
                member.destroy_node()
        node.close()


def _spin(
    executor: Any, interrupt: Interrupt, recorder: Recorder | None, player: AudioSource | None
) -> None:
    """Spin until interrupted; with a player, until its sound has ended and its face came."""
    give_up_s: float | None = None
    while not interrupt.requested:
        executor.spin_once(timeout_sec=0.1)
        if player is None or recorder is None or not player.ended:
            continue
        now_s = time.monotonic()
        give_up_s = give_up_s or now_s + _GIVE_UP_S
        if recorder.is_full or recorder.shown_s > player.sent_s + _AFTER_S:
            return
        if now_s > give_up_s:
            raise UserError(f'no face came for {_GIVE_UP_S:g} s after the sound had ended')


def _drain(executor: Any) -> None:
    """Let the frames that lead to rest arrive."""
    end_s = time.monotonic() + 0.1
    while time.monotonic() < end_s:
        executor.spin_once(timeout_sec=0.02)


def _finish(
    args: argparse.Namespace,
    node: TalkNode,
    look_ahead_s: float,
    recorder: Recorder | None,
    outs: list[Path],
    companions: list[tuple[str, str]],
) -> int:
    frames = recorder.frames() if recorder is not None else []
    if recorder is None or not frames:
        if args.once:
            raise UserError('no frame was recorded')
        return 0
    keys, audio = recorder.keys(), recorder.audio()
    if recorder.is_full:
        warn('only the first part was recorded')
    for out in outs:
        try:
            write_frames(out, frames, audio=audio, keys=keys)
        except (ValueError, OSError, ImportError) as error:
            raise UserError(f'--out {out}: {reason(error)}') from None
    delays_ms = np.array(recorder.delays_s(look_ahead_s)) * 1e3
    look_ahead_ms = look_ahead_s * 1e3
    p50, p99 = np.percentile(delays_ms, (50, 99)) if len(delays_ms) else (np.nan, np.nan)
    counts = closures(frames, keys, recorder.heard_s)
    print_rows(
        [
            ('sound', f'{recorder.heard_s:.2f} s'),
            ('frames', f'{len(frames)} in {frames[-1].time_s - frames[0].time_s:.2f} s'),
            ('sound to face', f'p50 {p50:.1f} ms, p99 {p99:.1f} ms'),
            ('beyond look-ahead', f'p50 {p50 - look_ahead_ms:.1f} ms, '
             f'p99 {p99 - look_ahead_ms:.1f} ms (look-ahead {look_ahead_ms:.1f} ms)'),
            ('speed', f'real-time factor {node.stats.real_time_factor:.3f}'),
            ('alignment', f'{text_share(keys):.0%} of the phones from the text'),
            ('lip closures', f'{counts.closed} of {counts.bilabials} p, b, m'),
            *companions,
            *(('written', str(out)) for out in outs),
        ]
    )  # fmt: skip
    return 0
