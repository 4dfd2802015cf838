# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the acoustic encoder from a fixed seed and writes ``acoustic.onnx`` and its record.

A teacher that hears 0.24 s ahead is trained first. It labels the recordings without text, and the
encoder that ships, which hears 40 ms ahead, starts from its weights. Data folders are those that
``data.collect`` knows; with ``--sentences`` synthesisers speak a text file as well.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from .acoustic_examples import by_group, choose, phone_counts, prepare
from .acoustic_fit import Fitting, evaluate, fit
from .data.augment import Augmenter
from .data.collect import collect
from .data.recording import Recording
from .data.sound import read_sounds
from .data.synthesis import speak_sentences
from .models.acoustic import AcousticConfig, AcousticNet, export
from .pseudo_labels import pseudo_label

_TEACHER_LOOK_AHEAD_STEPS = 12


class Gathered(NamedTuple):
    """Recordings to train on, to test on, and to train on once a teacher has labelled them."""

    chosen: list[Recording]
    dev: list[Recording]
    unlabelled: list[Recording]


def gather(args: argparse.Namespace) -> Gathered:
    """Return the recordings to train and to test on, chosen and spoken from the seed."""
    found = collect(args.data)
    for line in found.skipped:
        print(f'skipped: {line}')
    rng = np.random.default_rng(args.seed)
    # whatever order folders are read in, the same are drawn
    recordings = sorted(found.recordings, key=lambda r: (r.source, r.speaker, r.name))
    known = [r for r in recordings if r.phones]
    dev = [r for r in known if r.split == 'dev' and not r.source.startswith('GRID')]
    chosen = choose([r for r in known if r.split == 'train'], rng)
    if args.sentences:
        lines = args.sentences.read_text(encoding='utf-8').splitlines()
        spoken, skipped = speak_sentences(lines, args.spoken, args.out / 'spoken', args.seed)
        chosen += spoken
        for line in skipped:
            print(f'skipped: {line}')
    tested = {r.speaker for r in dev}
    unlabelled = [
        r for r in recordings
        if r.split == 'train' and r.language.startswith('en') and r.speaker not in tested
        and not r.phones and not r.motion
    ]  # fmt: skip
    return Gathered(chosen, dev, unlabelled)


def train(args: argparse.Namespace) -> None:
    """Prepare the data, train, export, and write what was done to ``acoustic.json``."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    started = time.monotonic()
    chosen, dev, unlabelled = gather(args)
    if not chosen:
        raise ValueError(f'{args.data} has no recording with phones to train on')
    voices = [r.samples() for r in chosen[:: max(1, len(chosen) // 60)]]
    rooms, noises = (read_sounds(args.data / 'speech' / kind) for kind in ('rir', 'noise'))
    augment = Augmenter(rooms, noises, voices, args.seed)
    groups = {
        name: prepare(group, augment, args.variants) for name, group in by_group(chosen).items()
    }
    hours = {name: round(e.hours / args.variants, 2) for name, e in groups.items()}
    print(f'prepared {hours} hours in {time.monotonic() - started:.0f} s', flush=True)

    config = AcousticConfig(args.channels, look_ahead_steps=_TEACHER_LOOK_AHEAD_STEPS)
    net = AcousticNet(config)
    fitting = Fitting(args.teacher_steps, args.seed, args.rate)
    fit(net, config, fitting, groups, args.out / 'teacher.pt')
    teacher_accuracy = evaluate(net, config, dev)
    print(f'teacher, dev {teacher_accuracy}', flush=True)
    if unlabelled:
        heard = [pseudo_label(net, config, r) for r in unlabelled]
        groups['unlabelled'] = prepare(heard, augment, args.variants)
        hours['unlabelled'] = round(groups['unlabelled'].hours / args.variants, 2)
        chosen += heard

    counts = phone_counts(groups)
    log_prior = np.log(counts / counts.sum()).astype(np.float32)
    config = AcousticConfig(args.channels)
    student = AcousticNet(config)
    student.load_state_dict(net.state_dict())
    fitting = Fitting(args.steps, args.seed + 1, args.rate)
    fit(student, config, fitting, groups, args.out / 'encoder.pt')
    accuracy = evaluate(student, config, dev)
    print(f'encoder, dev {accuracy}', flush=True)
    export(student, config, log_prior, args.out / 'acoustic.onnx')
    licences = Counter((c.source, c.licence) for c in chosen)
    record = {
        'hours': hours, 'clips': len(chosen), 'speakers': len({c.speaker for c in chosen}),
        'sources': [{'source': s, 'licence': li, 'clips': n} for (s, li), n in licences.items()],
        'dev_frame_accuracy': accuracy, 'teacher_frame_accuracy': teacher_accuracy,
        'teacher_steps': args.teacher_steps, 'steps': args.steps, 'seed': args.seed,
        'parameters': sum(p.numel() for p in student.parameters()),
        'look_ahead_ms': 20 * config.look_ahead_steps,
        'training_s': round(time.monotonic() - started), 'threads': args.threads,
    }  # fmt: skip
    (args.out / 'acoustic.json').write_text(json.dumps(record, indent=1) + '\n')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the encoder's training."""
    parser.add_argument('--data', type=Path, required=True, help='folder with speech/ and av/')
    parser.add_argument('--out', type=Path, required=True, help='folder for acoustic.onnx')
    parser.add_argument('--sentences', type=Path, help='text file that synthesisers speak')
    parser.add_argument('--spoken', type=int, default=2400, help='how many of the sentences')
    parser.add_argument('--teacher-steps', type=int, default=4000)
    parser.add_argument('--steps', type=int, default=12000)
    parser.add_argument('--variants', type=int, default=5)
    parser.add_argument('--channels', type=int, default=AcousticConfig.channels)
    parser.add_argument('--rate', type=float, default=2e-3, help='peak learning rate')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1)


def main(argv: list[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog='facetalk train acoustic', description=__doc__)
    add_arguments(parser)
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    train(args)


if __name__ == '__main__':
    main()
