# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the key-motion model of paper size on BIWI or VOCASET, and measures it.

``fit`` trains, and goes on where it was interrupted; ``eval`` prints LVE, FDD and MVE as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch

from ...commands.options import number
from ..layouts.scans import PROTOCOLS, ScanFolder
from ..skipped import list_skipped
from .audio import RANDOM, load_wav2vec2
from .examples import read_examples
from .fit import STAGES, Trainer, Training, load_net
from .key_frames import KEYS
from .measure import animation, at_rest, errors
from .net import PaperConfig


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f'{self.prog}: {message} (see {self.prog} -h)\n')


def _whole(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    """Return an argparse type: a whole number from ``low`` to ``high``."""

    def parse(text: str) -> int:
        value = int(text) if text.isdecimal() else -1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f'{text!r} is not a whole number from {low} to {high}'
            )
        return value

    return parse


def _device(name: str) -> str:
    try:
        torch.zeros(1, device=name)
    # torch says with an AssertionError that it was built without CUDA
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition('\n')[0]
        raise ValueError(f'device {name!r} cannot be used: {reason}') from error
    return name


def _config(
    args: argparse.Namespace, scans: ScanFolder, speakers: set[str], encoder: dict[str, object]
) -> PaperConfig:
    if args.width % args.heads:
        raise ValueError(f'width {args.width} is no multiple of {args.heads} heads')
    outputs = scans.regions.points * scans.regions.dimensions
    return PaperConfig(
        args.layout, outputs, scans.fps, args.keys, tuple(sorted(speakers)), encoder, args.width,
        args.heads, args.layers,
    )  # fmt: skip


def _fit(args: argparse.Namespace) -> None:
    device = _device(args.device)
    if not sum(args.steps):
        raise ValueError('no step to train')
    wav2vec2, shape, start = load_wav2vec2(args.audio_encoder, args.seed)
    scans = ScanFolder(args.data, args.layout)
    examples = read_examples(scans, 'train', args.keys)
    list_skipped(scans.skipped)
    config = _config(args, scans, {example.speaker for example in examples}, shape)
    clips = tuple(example.name for example in examples)
    keys, completion, joint = args.steps
    training = Training(keys, completion, joint, start, clips, args.seed, args.rate, args.velocity)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / 'paper.pt'
    trainer = Trainer(config, training, examples, wav2vec2, device)
    if checkpoint.is_file():
        trainer.resume(checkpoint)
        print(f'{checkpoint}: goes on at step {trainer.step}')
    while trainer.step < training.steps:
        trainer.run(trainer.step + args.save_every, lambda line: print(line, flush=True))
        trainer.save(checkpoint)
    print(f'{len(examples)} clips, {len(scans.skipped)} skipped: {checkpoint}')


def _eval(args: argparse.Namespace) -> None:
    splits = PROTOCOLS[args.layout].splits
    if args.split not in splits:
        raise ValueError(f'split {args.split!r} is not one of {", ".join(splits)}')
    scans = ScanFolder(args.data, args.layout)
    outputs = scans.regions.points * scans.regions.dimensions
    expected = {'data_set': args.layout, 'outputs': outputs}
    net = load_net(args.checkpoint, expected, _device(args.device))
    animate = animation(net, args.style)
    examples = read_examples(scans, args.split, net.config.keys)
    list_skipped(scans.skipped)
    report = {
        'split': args.split, 'clips': len(examples), 'skipped': len(scans.skipped),
        'model': errors(animate, examples, scans.regions),
        'template': errors(at_rest, examples, scans.regions),
    }  # fmt: skip
    print(json.dumps(report, indent=1))


def main(argv: list[str] | None = None) -> None:
    """Read the command line and do it."""
    parser = _Parser(prog='facetalk train paper', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    shared = _Parser(add_help=False)
    shared.add_argument('--layout', choices=tuple(PROTOCOLS), required=True)
    shared.add_argument('--data', type=Path, required=True, help='the folder')
    shared.add_argument('--threads', type=_whole(1, 1024), default=1)
    shared.add_argument('--device', default='cpu', help="torch's: cpu or cuda (cpu)")
    fit = commands.add_parser('fit', parents=[shared], help='train, or go on')
    fit.add_argument('--out', type=Path, required=True)
    fit.add_argument(
        '--audio-encoder', required=True, metavar='MODEL',
        help=f'a folder of transformers with a wav2vec 2.0, or {RANDOM} (tiny, for tests)',
    )  # fmt: skip
    fit.add_argument('--keys', choices=KEYS, default='boundaries', help='where the keys are')
    fit.add_argument(
        '--steps', type=_whole(0), nargs=3, default=(10000, 10000, 5000),
        metavar=tuple(stage.upper() for stage in STAGES), help='of each stage, a clip each',
    )  # fmt: skip
    fit.add_argument('--width', type=_whole(1, 65536), default=PaperConfig.width)
    fit.add_argument('--heads', type=_whole(1, 1024), default=PaperConfig.heads)
    fit.add_argument('--layers', type=_whole(1, 1024), default=PaperConfig.layers)
    fit.add_argument('--rate', type=number(1e-9, 1), default=Training.rate)
    fit.add_argument('--velocity', type=number(0, 1e6), default=Training.velocity)
    fit.add_argument('--seed', type=_whole(0), default=Training.seed)
    fit.add_argument('--save-every', type=_whole(1), default=500, metavar='STEPS')
    measure = commands.add_parser('eval', parents=[shared], help='measure a checkpoint')
    measure.add_argument('checkpoint', type=Path)
    measure.add_argument('--split', default='val')
    measure.add_argument('--style', default='', help='whose style; else their own, or the mean')
    args = parser.parse_args(argv)
    try:
        torch.set_num_threads(args.threads)
        {'fit': _fit, 'eval': _eval}[args.command](args)
    except (ValueError, OSError, ImportError) as error:
        parser.exit(2, f'facetalk train paper: {" ".join(str(error).split())}\n')
