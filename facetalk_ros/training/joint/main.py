# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains and tests the joint audio-text model.

``fit`` trains, and goes on where it was interrupted; ``eval`` measures a checkpoint; ``test-text``
trains with real, shuffled and zeroed text and prints what each does to the face.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from ...expression.encoder import StudentEncoder, TextEncoder, default_encoder
from ...expression.pretrained import PretrainedEncoder
from ..layouts.clip import FaceClip, Layout
from ..layouts.scans import PROTOCOLS, read_scans
from ..layouts.tracked import read_tracked_faces
from ..skipped import list_skipped
from .controlled import controlled_set
from .examples import TEXTS, Example, prepare, with_text
from .fit import Trainer, Training, load_net
from .measure import compare_texts, errors, table
from .net import JointConfig, config_for
from .onnx_form import export

_SAVE_EVERY = 200


def _encoder(name: str) -> TextEncoder:
    if name == 'student':
        return default_encoder()
    folder = Path(name)
    # the model that ships is a folder of this form as well, when it was trained again
    is_student = (folder / 'text.onnx').is_file()
    return StudentEncoder(folder) if is_student else PretrainedEncoder(folder)


def _layout(args: argparse.Namespace) -> Layout:
    if args.layout == 'controlled':
        return controlled_set(args.made, args.made // 4, args.seed)
    if args.data is None:
        raise ValueError(f'layout {args.layout} needs --data')
    if args.layout == 'tracked':
        layout = read_tracked_faces(args.data, args.language)
    else:
        layout = read_scans(args.data, args.layout)
    list_skipped(layout.skipped)
    return layout


def _config(args: argparse.Namespace, layout: Layout, encoder: TextEncoder) -> JointConfig:
    regions = layout.regions
    return config_for(
        args.size, regions.points * regions.dimensions, regions.text_outputs(), encoder.width,
        layout.fps, args.channels,
    )  # fmt: skip


def _training(args: argparse.Namespace) -> Training:
    crop = 0 if args.size == 'paper' else Training.crop
    return Training(args.steps, args.seed, args.batch, crop, args.rate)


def _examples(clips: list[FaceClip], config: JointConfig, encoder: TextEncoder) -> list[Example]:
    return [prepare(clip, config, encoder) for clip in clips]


def _fit(args: argparse.Namespace) -> None:
    layout, encoder = _layout(args), _encoder(args.text)
    config = _config(args, layout, encoder)
    examples = _examples(layout.split('train'), config, encoder)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / 'joint.pt'
    trainer = Trainer(config, _training(args), examples)
    if checkpoint.is_file():
        trainer.resume(checkpoint)
        print(f'{checkpoint}: goes on at step {trainer.step}')
    while trainer.step < args.steps:
        trainer.run(until=trainer.step + _SAVE_EVERY, report=lambda s: print(s, flush=True))
        trainer.save(checkpoint)
    if config.causal:
        export(trainer.net, config, args.out / 'joint.onnx')
    print(f'{len(examples)} clips, {len(layout.skipped)} skipped: {checkpoint}')


def _eval(args: argparse.Namespace) -> None:
    layout, encoder = _layout(args), _encoder(args.text)
    config = _config(args, layout, encoder)
    net, _ = load_net(args.checkpoint, config)
    examples = _examples(layout.split(args.split), config, encoder)
    reports = {}
    for text in TEXTS:
        try:
            given = with_text(examples, text, args.seed)
        except ValueError as error:
            print(f'{text} text left out: {error}', file=sys.stderr)
        else:
            reports[text] = errors(net, given, layout.regions).report()
    print(json.dumps(reports, indent=1))


def _test_text(args: argparse.Namespace) -> None:
    layout, encoder = _layout(args), _encoder(args.text)
    config = _config(args, layout, encoder)
    split = 'test' if args.layout == 'controlled' else args.split
    held = {clip.speaker for clip in layout.split(split)}
    train, test = layout.split('train'), layout.split(split)
    if args.held:
        held = set(args.held)
        train = [clip for clip in layout.clips if clip.speaker not in held]
        test = [clip for clip in layout.clips if clip.speaker in held]
    elif args.layout != 'controlled':
        test = [clip for clip in test if clip.speaker not in {c.speaker for c in train}]
    if not train or not test:
        raise ValueError(f'{len(train)} clips to train on, {len(test)} to test')
    print(
        f'{len(train)} clips to train on, {len(test)} to test, of '
        f'{", ".join(sorted({clip.speaker for clip in test}))}'
    )
    rows = compare_texts(
        config, _training(args), _examples(train, config, encoder),
        _examples(test, config, encoder), layout.regions, args.seeds,
    )  # fmt: skip
    print(table(rows))


def main(argv: list[str] | None = None) -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog='facetalk train joint', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument('--layout', choices=('tracked', *PROTOCOLS, 'controlled'), required=True)
    shared.add_argument('--data', type=Path, help='the folder')
    shared.add_argument('--language', default='en', help='of tracked faces (en)')
    shared.add_argument('--made', type=int, default=840, help='clips of the controlled set')
    shared.add_argument('--size', choices=('paper', 'realtime'), default='realtime')
    shared.add_argument(
        '--text', default='student', metavar='MODEL',
        help='student (ships), or a folder of transformers, such as GPT-2',
    )  # fmt: skip
    shared.add_argument('--channels', type=int)
    shared.add_argument('--seed', type=int, default=1)
    shared.add_argument('--threads', type=int, default=1)
    learning = argparse.ArgumentParser(add_help=False)
    learning.add_argument('--steps', type=int, default=1500)
    learning.add_argument('--batch', type=int, default=Training.batch)
    learning.add_argument('--rate', type=float, default=Training.rate)
    fit = commands.add_parser('fit', parents=[shared, learning], help='train')
    fit.add_argument('--out', type=Path, required=True)
    measure = commands.add_parser('eval', parents=[shared], help='measure a checkpoint')
    measure.add_argument('checkpoint', type=Path)
    test = commands.add_parser('test-text', parents=[shared, learning], help='is text of use?')
    test.add_argument('--seeds', type=int, default=1)
    test.add_argument('--held', nargs='*', help='speakers to test on, out of all splits')
    for command in (measure, test):
        command.add_argument('--split', default='dev')
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    try:
        {'fit': _fit, 'eval': _eval, 'test-text': _test_text}[args.command](args)
    except (ValueError, FileNotFoundError, ImportError) as error:
        parser.exit(2, f'facetalk train joint: {error}\n')
