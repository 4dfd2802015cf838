# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk view`: the face in the browser, of the graph, of a recording, or of a sound file."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..actuators import MapError, load_map
from ..audio.files import AudioFile, AudioFileError
from ..nodes.interrupt import Interrupt, interruptible
from ..recording import Recording, RecordingError, read_recording
from .errors import UserError, reason, warn
from .options import add_text_arguments, given_text

if TYPE_CHECKING:
    from ..nodes.view import ViewNode

_LOOK_S = 0.1
# After the end of a sound: the face comes to rest, and stays there for a moment.
_PAUSE_S = 2.0
_AUDIO_SUFFIXES = ('.wav', '.flac', '.ogg', '.opus', '.mp3', '.m4a', '.aiff')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        'recording', nargs='?', type=Path, metavar='BAG|CSV',
        help='a recorded run: a bag, .mcap, .csv or .json; without it what is on the graph',
    )  # fmt: skip
    parser.add_argument(
        '--source', metavar='FILE', help='let the face speak a recording of speech, over and over'
    )
    add_text_arguments(parser)
    parser.add_argument(
        '--host', default='127.0.0.1', metavar='ADDRESS',
        help='address to listen on (127.0.0.1); with any other the URL has a token in it',
    )  # fmt: skip
    parser.add_argument('--port', type=int, default=0, help='TCP port (0: one that is free)')
    parser.add_argument('--token', default='', help='8 to 128 letters, digits, - or _')
    parser.add_argument(
        '--face', default='friendly', metavar='NAME|FILE', help='the face that is shown first'
    )
    parser.add_argument(
        '--avatar', type=Path, metavar='FILE',
        help='a .glb, .vrm or .gltf file with ARKit morph targets',
    )  # fmt: skip
    parser.add_argument('--map', default='', metavar='NAME|FILE', help='show its joints')
    parser.add_argument('--open', action='store_true', help='open the browser, too')
    parser.add_argument(
        '--once', action='store_true', help='end when the recording or the sound has ended'
    )
    parser.epilog = 'What follows --ros-args goes to the nodes: -r blendshapes:=other/blendshapes'


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, or with --once to the end of what is played."""
    text = given_text(args)
    if importlib.util.find_spec('tornado') is None:
        raise UserError("it needs the extra view: pip install 'facetalk_ros[view]'")
    if not 0 <= args.port <= 65535:
        raise UserError(f'--port {args.port}: from 0 to 65535')
    if args.recording is not None and (args.source or text or args.ros_args):
        raise UserError('a recording is played as it is: --source, --text and --ros-args are not')
    if text and not args.source:
        raise UserError('--text needs --source FILE; a graph has its own text')
    if args.once and not (args.source or args.recording):
        raise UserError('--once needs a recording or --source FILE; a graph has no end')
    with interruptible() as interrupt:
        if args.recording is not None:
            _view_recording(args, interrupt)
        else:
            _view_graph(args, interrupt, text)
    return 0


def _show(args: argparse.Namespace, url: str) -> None:
    print(f'open {url}\nCtrl-C ends', flush=True)
    if args.open and not webbrowser.open(url):
        warn('there is no browser that could be opened')


# a recording


def _view_recording(args: argparse.Namespace, interrupt: Interrupt) -> None:
    from ..view.player import Player
    from ..view.server.scene import Abilities, Scene, load_faces, map_joints
    from ..view.server.server import ViewServer

    if args.recording.suffix.lower() in _AUDIO_SUFFIXES:
        raise UserError(
            f'{args.recording} is sound: --source {args.recording} lets the face speak'
        )
    try:
        recording = read_recording(args.recording)
        actuators = load_map(args.map) if args.map else None
        face, faces = load_faces(args.face)
    except (RecordingError, MapError, ValueError) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(f'{args.face}: {reason(error)}') from None
    for warning in recording.warnings:
        warn(warning)
    if not _anything(recording):
        raise UserError(f'{args.recording}: there are no poses and no sound in it')
    player = Player(recording, actuators)
    scene = Scene(face, faces, Abilities(overlay=True, reset=True), args.recording.name)
    try:
        server = ViewServer(
            scene, now_ns=time.time_ns, on_request=player.put, host=args.host, port=args.port,
            token=args.token, avatar=args.avatar,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise UserError(_start_problem(args, error)) from None
    try:
        if actuators is not None:
            server.joints(map_joints(actuators))
        _show(args, server.url)
        player.play(server, lambda: interrupt.requested, once=args.once)
    finally:
        server.close()


def _anything(recording: Recording) -> bool:
    return bool(len(recording.frame_times_s) or recording.audio)


def _start_problem(args: argparse.Namespace, error: Exception) -> str:
    if isinstance(error, OSError):
        where = args.avatar if error.filename else f'{args.host}, port {args.port}'
        return f'{where}: {reason(error)}'
    return str(error)


# the graph


def _view_graph(args: argparse.Namespace, interrupt: Interrupt, text: str) -> None:
    if args.source:
        try:
            with AudioFile(args.source):
                pass
        except (AudioFileError, OSError) as error:
            raise UserError(str(error)) from None
    with _graph(args), _view_node(args) as view:
        _show(args, view.url)
        if args.source:
            _speak(args, interrupt, view, text)
        else:
            from ..ros.executors import SingleThreadedExecutor

            executor = SingleThreadedExecutor()
            executor.add_node(view)
            while not interrupt.requested:
                executor.spin_once(timeout_sec=_LOOK_S)


@contextlib.contextmanager
def _graph(args: argparse.Namespace) -> Iterator[None]:
    """Join the graph; its own signal handlers would leave it before the nodes have ended."""
    try:
        from ..ros import rclpy
        from ..ros.signals import SignalHandlerOptions

        rclpy.init(
            args=['facetalk', '--ros-args', *args.ros_args],
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except (ImportError, ValueError, RuntimeError) as error:
        raise UserError(f'cannot join the ROS graph: {error}') from None
    try:
        yield
    finally:
        rclpy.try_shutdown()


@contextlib.contextmanager
def _view_node(args: argparse.Namespace) -> Iterator[ViewNode]:
    from ..nodes.view import ViewNode
    from ..ros.parameter import Parameter

    values = {
        'host': args.host, 'port': args.port, 'token': args.token, 'face': args.face,
        'avatar': str(args.avatar or ''), 'map': args.map,
    }  # fmt: skip
    try:
        node = ViewNode(
            parameter_overrides=[Parameter(name, value=value) for name, value in values.items()]
        )
    except OSError as error:
        raise UserError(_start_problem(args, error)) from None
    except Exception as error:  # the types of refused parameters differ between graphs
        raise UserError(str(error)) from None
    try:
        yield node
    finally:
        node.close()


def _speak(args: argparse.Namespace, interrupt: Interrupt, view: ViewNode, text: str) -> None:
    """Run the talk node and a source beside the view; a round begins when somebody looks."""
    from ..nodes.talk import TalkNode
    from ..ros.executors import SingleThreadedExecutor
    from ..ros.lifecycle import TransitionCallbackReturn

    try:
        talk = TalkNode()
    except Exception as error:  # as above
        raise UserError(f'the talk node: {error}') from None
    try:
        if talk.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            raise UserError(talk.problem)
        talk.trigger_activate()
        executor = SingleThreadedExecutor()
        for node in (view, talk):
            executor.add_node(node)
        while not interrupt.requested:
            executor.spin_once(timeout_sec=_LOOK_S)
            if view.server.client_count:
                _play_once(args, interrupt, executor, text)
                if args.once:
                    return
    finally:
        talk.close()


def _play_once(args: argparse.Namespace, interrupt: Interrupt, executor: Any, text: str) -> None:
    from ..nodes.audio_source import AudioSource
    from ..nodes.sound_sources import FileSource

    source = FileSource(args.source)
    player = AudioSource(source, text=text, language=args.language or '')
    try:
        executor.add_node(player)
        ended_s: float | None = None
        while not interrupt.requested:
            executor.spin_once(timeout_sec=_LOOK_S)
            if player.ended:
                ended_s = ended_s or time.monotonic()
                if time.monotonic() > ended_s + _PAUSE_S:
                    break
        if source.warning:
            warn(source.warning)
    finally:
        executor.remove_node(player)
        player.destroy_node()
        source.close()
