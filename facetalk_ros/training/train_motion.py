# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the motion networks on captured faces, anew or further from a folder of weights.

``facetalk train --data FOLDER`` goes on from the weights that ship with one's own capture: sound
with Live Link CSV or JSON beside it. What it writes is used by ``FaceStream(weights=OUT)``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..audio.features import STEP_S
from ..resources import WEIGHTS
from ..speech.acoustic import AcousticModel
from .data.augment import Augmenter
from .data.checks import Collected
from .data.collect import collect
from .data.recording import Recording
from .data.sound import read_sounds
from .lips_fit import VARIANTS, fit_lips, lip_examples
from .models.motion import MotionConfig, export_motion, load_weights
from .motion_examples import Example, example, measure
from .motion_fit import Fitting, Trainer
from .motion_measure import correlations
from .skipped import list_skipped

# At most so many clips of one talker are looked at: of one there are a thousand.
_CLIPS_PER_SPEAKER = 250
# Of a capture without a split every tenth recording is kept to measure with.
_KEPT_EVERY = 10
_FINE_STEPS = (0, 0, 600)
# Half a minute of one person is forgotten by heart at more than this.
_FINE_RATE = 1e-4


def _choose(recordings: Sequence[Recording], seed: int) -> list[Recording]:
    """Return recordings with motion in an order of their own, of each talker not too many."""
    rng = np.random.default_rng(seed)
    ordered = sorted(recordings, key=lambda r: (r.source, r.speaker, r.name))
    count: Counter[tuple[str, str]] = Counter()
    chosen = []
    for i in rng.permutation(len(ordered)):
        recording = ordered[i]
        count[recording.speaker, recording.split] += 1
        if count[recording.speaker, recording.split] <= _CLIPS_PER_SPEAKER:
            chosen.append(recording)
    return chosen


def _split(recordings: list[Recording]) -> tuple[list[Recording], list[Recording]]:
    """Return what to train on and what to measure with."""
    dev = [r for r in recordings if r.split == 'dev']
    if not dev and len(recordings) > 2:
        dev = recordings[::_KEPT_EVERY]
    kept = {id(r) for r in dev}
    return [r for r in recordings if r.split == 'train' and id(r) not in kept], dev


def prepare(
    recordings: Sequence[Recording], model: AcousticModel, augment: Augmenter, variants: int,
    personal: bool, skipped: list[str],
) -> list[Example]:  # fmt: skip
    """Return recordings and variations of them; what cannot be read is added to ``skipped``."""
    usable = []
    for recording in recordings:
        try:
            recording.face()
        except ValueError as error:
            skipped.append(f'{recording.name}: {error}')
        else:
            usable.append(recording)
    baselines = measure(usable, personal)
    examples = []
    for i, recording in enumerate(usable):
        for variant in range(variants):
            try:
                examples.append(example(
                    recording, baselines[recording.speaker], model, augment,
                    clean=variant == 0, muted=variant == 1 and i % 10 == 0,
                ))  # fmt: skip
            except ValueError as error:
                skipped.append(f'{recording.name}: {error}')
                break
    return examples


def _fit_lips(
    trainer: Trainer, found: Collected, model: AcousticModel, augment: Augmenter,
    args: argparse.Namespace,
) -> dict[str, Any]:  # fmt: skip
    """Train when lips meet on all speech with phones; return what was done."""
    speech = sorted(
        (r for r in found.recordings if r.phones and r.split == 'train'),
        key=lambda r: (r.source, r.speaker, r.name),
    )
    if not speech:
        print('no speech with phones: lips meet where text has p, b or m, not by the sound')
        return {}
    examples = lip_examples(speech, model, augment, args.seed)
    hours = round(len(examples.features) * STEP_S / 3600 / VARIANTS, 2)
    print(f'{hours} hours of speech with phones', flush=True)
    fit_lips(
        trainer.completion, examples, args.lip_steps, args.seed,
        lambda line: print(line, flush=True),
    )  # fmt: skip
    return {'hours': hours, 'steps': args.lip_steps}


def train(args: argparse.Namespace) -> dict[str, Any]:
    """Train, export, and return the record that is written to ``motion.json``.

    Raises:
        ValueError: the folder has no captured motion, or a checkpoint is of another training.

    """
    torch.set_num_threads(args.threads)
    started = time.monotonic()
    further = args.base is not None
    encoder = (args.base or args.encoder) / 'acoustic.onnx'
    model = AcousticModel(encoder, 'cpu')
    found = collect(args.data)
    chosen = _choose([r for r in found.recordings if r.motion is not None], args.seed)
    chosen, dev = _split(chosen)
    skipped: list[str] = []
    speech = args.data / 'speech'
    augment = Augmenter(read_sounds(speech / 'rir'), read_sounds(speech / 'noise'), [], args.seed)
    examples = prepare(chosen, model, augment, args.variants, further, skipped)
    tested = prepare(dev, model, augment, 1, further, skipped)
    lines = [*found.skipped, *skipped]
    if not examples and len(lines) == 1:
        raise ValueError(lines[0])
    list_skipped(lines)
    if not examples:
        raise ValueError(f'{args.data} has no captured motion to train on')
    args.out.mkdir(parents=True, exist_ok=True)  # not before: it may lie in a mistyped folder
    seconds: defaultdict[str, float] = defaultdict(float)
    for e in examples:
        seconds[e.recording.speaker] += e.recording.duration_s / args.variants
    print(f'{len(examples)} clips of {len(seconds)} speakers, {sum(seconds.values()):.0f} s')

    config = MotionConfig(features=examples[0].features.shape[1])
    steps = tuple(args.steps) if args.steps else (_FINE_STEPS if further else Fitting.steps)
    rate = args.rate or (_FINE_RATE if further else Fitting.rate)
    trainer = Trainer(config, Fitting(steps, args.seed, rate), examples, scale=not further)
    trainer.resume(args.out / 'motion.pt', lambda line: print(line, flush=True))
    if further and not trainer.step:
        load_weights(trainer.keys, args.base / 'keys.onnx')
        load_weights(trainer.completion, args.base / 'completion.onnx')
        print(f'before: {correlations(trainer, tested)}')
    if not (further or trainer.step):
        trainer.about_lips = _fit_lips(trainer, found, model, augment, args)
    trainer.run_saving(args.out / 'motion.pt', lambda line: print(line, flush=True))
    reached = correlations(trainer, tested)
    print(f'after: {reached}')
    export_motion(trainer.keys, trainer.completion, config, args.out)
    if not (args.out / 'acoustic.onnx').is_file():
        shutil.copyfile(encoder, args.out / 'acoustic.onnx')
    sources = Counter((r.source, r.licence) for r in chosen)
    record = {
        'clips': len(chosen), 'hours': round(sum(seconds.values()) / 3600, 2),
        'speakers': {s: round(v) for s, v in sorted(seconds.items())},
        'sources': [{'source': s, 'licence': li, 'clips': n} for (s, li), n in sources.items()],
        'variants': args.variants, 'steps': list(steps), 'seed': args.seed,
        'parameters': sum(
            p.numel() for net in (trainer.keys, trainer.completion) for p in net.parameters()
        ),
        'training_s': round(time.monotonic() - started), 'threads': args.threads,
        'dev_r': reached, 'lips': trainer.about_lips,
    }  # fmt: skip
    (args.out / 'motion.json').write_text(json.dumps(record, indent=1) + '\n')
    return record


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog='facetalk train motion', description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='folder with captured faces')
    parser.add_argument('--out', type=Path, required=True, help='folder for the weights')
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument(
        '--base', type=Path, nargs='?', const=WEIGHTS,
        help='go on from this folder of weights; without a folder, from those that ship',
    )  # fmt: skip
    begin.add_argument(
        '--encoder', type=Path, default=WEIGHTS, help='folder with acoustic.onnx, to train anew'
    )
    parser.add_argument('--steps', type=int, nargs=3, metavar=('KEYS', 'COMPLETION', 'JOINT'))
    parser.add_argument('--rate', type=float, help='the highest learning rate')
    parser.add_argument('--lip-steps', type=int, default=2500)
    parser.add_argument('--variants', type=int, default=3)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args(argv)
    try:
        train(args)
    except (ValueError, OSError) as error:
        parser.exit(2, f'facetalk train motion: {error}\n')


if __name__ == '__main__':
    main()
