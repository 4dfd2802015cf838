# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk animate`: a recording through the streaming engine, chunk by chunk."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.files import AudioFile, AudioFileError
from ..export import SUFFIXES, Audio, check_out, write_frames
from ..inference.session import DEVICES
from ..motion.keys import KeyMotion
from ..nodes.talk_parameters import face_settings
from ..stream import FaceStream, Frame
from ..view import FaceModel, face_names, load_face
from .errors import UserError, reason, warn
from .options import (
    add_params_argument,
    add_text_arguments,
    add_weights_argument,
    given_parameters,
    given_text,
    number,
)
from .progress import ProgressBar
from .recognise import heard_text
from .summary import closures, print_rows, text_share

# Samples at full scale that are no accident.
_CLIPPED_SHARE = 0.001
_SILENT_PEAK = 1e-4
_SOUND_SUFFIXES = ('.mcap', '.mp4')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument('audio', metavar='AUDIO', help='WAV, FLAC, Ogg, Opus, MP3, AIFF, ...')
    add_text_arguments(parser)
    parser.add_argument(
        '--asr', metavar='FOLDER', type=Path,
        help='without text: get it from the sound with the Whisper model in this folder [asr]',
    )  # fmt: skip
    parser.add_argument(
        '--fps', type=number(1, 240), default=None,
        help='frames a second (60); also of a video, at most 120 (30)',
    )  # fmt: skip
    parser.add_argument(
        '--face', metavar='NAME', default='friendly',
        help=f'of pictures and videos: {", ".join(face_names())}, or your own .yaml (friendly)',
    )  # fmt: skip
    parser.add_argument(
        '--size', type=int, metavar='PIXELS', default=None,
        help='width and height of a drawn face: .mp4 (512), .gif (256), each of .png (160)',
    )  # fmt: skip
    parser.add_argument(
        '--out', metavar='FILE', type=Path, action='append', default=[],
        help=f'one of {", ".join(SUFFIXES)}; may be given again',
    )  # fmt: skip
    parser.add_argument(
        '--chunk-ms', type=number(1, 10_000), default=20.0,
        help='how much sound the engine gets at a time; the result is the same (20)',
    )  # fmt: skip
    parser.add_argument('--seed', type=int, default=None, help='of the blinks (0)')
    parser.add_argument('--device', choices=DEVICES, default=None)
    add_weights_argument(parser)
    add_params_argument(parser)


@dataclass
class Animation:
    """What came out of a recording, and how it went."""

    frames: list[Frame] = field(default_factory=list)
    keys: list[KeyMotion] = field(default_factory=list)
    sound: list[Any] = field(default_factory=list)
    duration_s: float = 0.0
    compute_s: float = 0.0
    peak: float = 0.0
    clipped: int = 0
    samples: int = 0
    bad_samples: int = 0
    rate_hz: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def real_time_factor(self) -> float:
        """Time it took over the length of the sound."""
        return self.compute_s / self.duration_s if self.duration_s else float('nan')


def animate_file(
    path: Path, stream: FaceStream, *, text: str = '', language: str = 'en',
    chunk_s: float = 0.02, keep_sound: bool = False,
) -> Animation:  # fmt: skip
    """Push a recording through a stream.

    Raises:
        AudioFileError: it cannot be used as audio.
        UserError: too much text.

    """
    result = Animation()
    with AudioFile(path) as audio:
        result.rate_hz = audio.rate_hz
        started = time.perf_counter()
        if text:
            try:
                result.warnings += stream.push_text(text, language=language)
            except ValueError as error:
                raise UserError(f'the text: {error}') from None
        for block in audio.blocks(chunk_s):
            result.frames += stream.push_audio(block.samples, block.rate_hz)
            result.keys += stream.take_keys()
            magnitude = np.abs(block.samples)
            result.samples += magnitude.size
            result.clipped += int(np.count_nonzero(magnitude >= 0.999))
            result.peak = max(result.peak, float(np.nanmax(magnitude)))
            result.duration_s += block.duration_s
            if keep_sound:
                result.sound.append(Audio(block.samples, block.rate_hz).as_int16())
        result.frames += stream.finish()
        result.keys += stream.take_keys()
        result.compute_s = time.perf_counter() - started
        result.bad_samples = stream.bad_samples
        if audio.warning:
            result.warnings.append(audio.warning)
    return result


def run(args: argparse.Namespace) -> int:
    """Animate, write, and tell how it went."""
    text, parameters = given_text(args), given_parameters(args)
    if not text and args.asr is not None:
        text = heard_text(Path(args.audio), args.asr)
    face = _checked_face(args)

    def chosen(name: str, default: Any) -> Any:
        given = getattr(args, name)
        return parameters.get(name, default) if given is None else given

    try:
        stream = FaceStream(
            chosen('fps', 60.0), device=chosen('device', 'auto'), seed=chosen('seed', 0),
            settings=face_settings(parameters), weights=chosen('weights', ''),
        )  # fmt: skip
    except (ValueError, RuntimeError, FileNotFoundError) as error:
        raise UserError(str(error)) from None
    keep_sound = any(out.name.lower().endswith(_SOUND_SUFFIXES) for out in args.out)
    try:
        result = animate_file(
            Path(args.audio), stream, text=text, language=chosen('language', 'en'),
            chunk_s=args.chunk_ms / 1000, keep_sound=keep_sound,
        )  # fmt: skip
    except AudioFileError as error:
        raise UserError(str(error)) from None
    for warning in [*result.warnings, *_sound_warnings(args.audio, result)]:
        warn(warning)
    sound = Audio(np.concatenate(result.sound), result.rate_hz) if keep_sound else None
    for out in args.out:
        try:
            with ProgressBar(out.name) as progress:
                write_frames(
                    out, result.frames, audio=sound, keys=result.keys, face=face, size=args.size,
                    fps=None if args.fps is None else round(args.fps), progress=progress.show,
                )  # fmt: skip
        except (ValueError, OSError, ImportError) as error:
            raise UserError(f'--out {out}: {reason(error)}') from None
    _summarise(args, stream, result, bool(text))
    return 0


def _checked_face(args: argparse.Namespace) -> FaceModel:
    """Return the face to draw; what cannot be written is told before the work.

    Raises:
        UserError: a file that cannot be written, no such face, or an impossible size or rate.

    """
    for out in args.out:
        try:
            check_out(out)
        except (ValueError, OSError, ImportError) as error:
            raise UserError(f'--out {out}: {reason(error)}') from None
    videos = any(out.name.lower().endswith('.mp4') for out in args.out)
    if args.size is not None and (not 16 <= args.size <= 4096 or (videos and args.size % 2)):
        raise UserError(f'--size {args.size}: must be 16 to 4096, and even for a video')
    if videos and args.fps is not None and (args.fps > 120 or args.fps != round(args.fps)):
        raise UserError(f'--fps {args.fps:g}: a video has a whole number, 1 to 120')
    try:
        return load_face(args.face)
    except OSError as error:
        raise UserError(f'--face {args.face}: {reason(error)}') from None
    except ValueError as error:
        raise UserError(f'--face: {error}') from None


def _sound_warnings(path: str, result: Animation) -> list[str]:
    found = []
    if result.bad_samples:
        found.append(
            f'{path}: {result.bad_samples} samples are not finite or absurdly loud; replaced'
        )
    share = result.clipped / result.samples
    if share > _CLIPPED_SHARE:
        found.append(f'{path}: clipped, {share:.1%} of the samples are at full scale')
    if result.peak < _SILENT_PEAK:
        found.append(f'{path}: there is only silence in it')
    return found


def _summarise(
    args: argparse.Namespace, stream: FaceStream, result: Animation, has_text: bool
) -> None:
    counts = closures(result.frames, result.keys, result.duration_s)
    told = f'{text_share(result.keys):.0%} of the phones from the text'
    print_rows(
        [
            ('sound', f'{result.duration_s:.2f} s, {result.rate_hz} Hz'),
            ('frames', f'{len(result.frames)} at {stream.fps:g} fps'),
            ('speed', f'real-time factor {result.real_time_factor:.3f}'),
            ('alignment', told if has_text else 'no text given'),
            ('lip closures', f'{counts.closed} of {counts.bilabials} p, b, m'),
            *(('written', str(out)) for out in args.out),
        ]
    )
