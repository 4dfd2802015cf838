# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Makes the encoder and the motion networks that ship, from a fixed seed, and measures them.

``facetalk train defaults --data ../shared/data --out OUT``. What OUT has already is not made
again, and what was interrupted goes on: with other options take another folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..commands.progress import ProgressBar
from ..evaluation import ablations
from ..evaluation.animation import animate
from ..evaluation.baseline import follow_loudness
from ..evaluation.motion_scores import closure_row, score_clips
from ..evaluation.speech import closure_report
from ..evaluation.tracked import TrackedClip, read_tracked
from . import model_card, train_acoustic, train_motion
from .sentences import wordnet_sentences

#: Where the Debian package wordnet-base puts its files.
WORDNET = Path('/usr/share/wordnet')
_GIVEN = {'with text': True, 'audio only': False}
_LOUDNESS = 'loudness alone'
_STEPS = ('KEYS', 'COMPLETION', 'JOINT')


class _Stage(NamedTuple):
    """A part of the work, and what it leaves in the folder; the last file is written last."""

    name: str
    run: Callable[[argparse.Namespace], None]
    files: tuple[str, ...]


def _sentences(args: argparse.Namespace) -> None:
    try:
        lines = wordnet_sentences(args.wordnet)
    except ValueError as error:
        print(
            f'no synthetic speech: {error}; install wordnet-base, and flite, festival, espeak-ng'
        )
        return
    _write(args.out / 'sentences.txt', '\n'.join(lines) + '\n')


def _acoustic(args: argparse.Namespace) -> None:
    options = ['--teacher-steps', args.teacher_steps, '--steps', args.acoustic_steps]
    options += ['--variants', args.acoustic_variants, '--spoken', args.spoken]
    if args.channels:
        options += ['--channels', args.channels]
    sentences = args.out / 'sentences.txt'
    if sentences.is_file():
        options += ['--sentences', sentences]
    train_acoustic.main([*_common(args), *map(str, options)])


def _motion(args: argparse.Namespace) -> None:
    options = ['--encoder', args.out, '--variants', args.motion_variants]
    if args.motion_steps:
        options += ['--steps', *args.motion_steps]
    if args.lip_steps:
        options += ['--lip-steps', args.lip_steps]
    train_motion.main([*_common(args), *map(str, options)])


def _common(args: argparse.Namespace) -> list[str]:
    options = ['--data', args.data, '--out', args.out, '--seed', args.seed]
    return [str(o) for o in (*options, '--threads', args.threads)]


def _ablations(args: argparse.Namespace) -> None:
    options = ['--data', args.data / 'av', '--weights', args.out]
    options += ['--out', args.out / 'ablations.json', '--seeds', args.ablation_seeds]
    if args.ablation_steps:
        options += ['--steps', *args.ablation_steps]
    if args.held is not None:
        options += ['--held', *args.held]
    ablations.main([*map(str, options), '--threads', str(args.threads)])


def _evaluation(args: argparse.Namespace) -> None:
    report = evaluate(args.data, args.out)
    _write(args.out / 'eval.json', json.dumps(report, indent=1) + '\n')


def evaluate(data: Path, weights: Path) -> dict[str, Any]:
    """Return what the dev clips of ``data`` tell about weights.

    Returns:
        ``closures``: by input and source, as ``closure_row`` has them; ``tracked``: by language
        and input, as ``MotionScores`` reports.

    Raises:
        ValueError: a folder has another layout or no dev clips.

    """
    animation = partial(animate, weights=weights)
    report: dict[str, Any] = {'closures': {}, 'tracked': {}}
    for name, with_text in _GIVEN.items():
        with ProgressBar(f'lips, {name}') as bar:
            found = closure_report(
                data / 'speech', 'dev', with_text, animation=animation, progress=bar.show
            )
        report['closures'][name] = {source: closure_row(c) for source, c in found.items()}
    languages: defaultdict[str, list[TrackedClip]] = defaultdict(list)
    for clip in read_tracked(data / 'av', 'dev'):
        languages[clip.language].append(clip)
    for language, clips in languages.items():
        reports = report['tracked'][language] = {}
        for name, with_text in _GIVEN.items():
            usable = [clip for clip in clips if clip.transcript or not with_text]
            if usable:
                with ProgressBar(f'faces, {language}, {name}') as bar:
                    scores = score_clips(usable, with_text, animation, progress=bar.show)
                reports[name] = scores.report()
        reports[_LOUDNESS] = score_clips(clips, False, follow_loudness).report()
    return report


def _card(args: argparse.Namespace) -> None:
    record = {
        'machine': f'a machine with {os.cpu_count()} cores, {platform.machine()}',
        'command': f'facetalk train defaults --data ../shared/data --out OUT{_unusual(args)}',
    }
    _write(args.out / 'defaults.json', json.dumps(record, indent=1) + '\n')
    model_card.main(args.out)


def _unusual(args: argparse.Namespace) -> str:
    """Return the options that are not the usual ones, as the command line has them."""
    usual, told = _parser().parse_args(['--data', '.', '--out', '.']), ''
    for name, value in vars(args).items():
        if name not in ('data', 'out', 'wordnet') and value != getattr(usual, name):
            values = value if isinstance(value, list | tuple) else [value]
            told += f' --{name.replace("_", "-")} {" ".join(map(str, values))}'
    return told


def _write(path: Path, text: str) -> None:
    """Write a file; one half written replaces nothing."""
    partial_file = path.with_suffix('.partial')
    partial_file.write_text(text, encoding='utf-8')
    partial_file.replace(path)


_STAGES = (
    _Stage('sentences to speak', _sentences, ('sentences.txt',)),
    _Stage('encoder', _acoustic, ('acoustic.onnx', 'acoustic.json')),
    _Stage('motion', _motion, ('keys.onnx', 'completion.onnx', 'motion.json')),
    _Stage('ablations', _ablations, ('ablations.json',)),
    _Stage('evaluation', _evaluation, ('eval.json',)),
    _Stage('model card', _card, ()),
)


def make(args: argparse.Namespace) -> None:
    """Run the stages whose files are not all there.

    Raises:
        ValueError: the data cannot be used.

    """
    for i, stage in enumerate(_STAGES, 1):
        is_done = stage.files and all((args.out / name).is_file() for name in stage.files)
        state = ': is there' if is_done else ''
        print(f'stage {i} of {len(_STAGES)}, {stage.name}{state}', flush=True)
        if not is_done:
            stage.run(args)
    print(f'{args.out}: use it with FaceStream(weights=...) or facetalk animate --weights')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='facetalk train defaults', description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='folder with speech/ and av/')
    parser.add_argument('--out', type=Path, required=True, help='folder for all that is made')
    parser.add_argument('--wordnet', type=Path, default=WORDNET, help='its data files')
    parser.add_argument('--spoken', type=int, default=2400, help='sentences to synthesise')
    parser.add_argument('--teacher-steps', type=int, default=4000)
    parser.add_argument('--acoustic-steps', type=int, default=12000)
    parser.add_argument('--acoustic-variants', type=int, default=5)
    parser.add_argument('--channels', type=int, default=0, help='of the encoder (as shipped)')
    parser.add_argument('--motion-steps', nargs=3, type=int, metavar=_STEPS)
    parser.add_argument('--motion-variants', type=int, default=3)
    parser.add_argument('--lip-steps', type=int)
    parser.add_argument('--ablation-steps', nargs=3, type=int, metavar=_STEPS)
    parser.add_argument('--ablation-seeds', type=int, default=2)
    parser.add_argument('--held', nargs='*', metavar='SPEAKER', help='of the ablations')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1)
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and make everything."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        make(args)
    except (ValueError, OSError) as error:
        parser.exit(2, f'facetalk train defaults: {error}\n')


if __name__ == '__main__':
    main()
