# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What keys at the boundaries of phones are worth: the same networks with other keys or none.

``python -m facetalk_ros.evaluation.ablations --data ../shared/data/av --weights FOLDER --out
ablations.json`` trains them on some speakers and measures them on others, beside the loudness
alone, the hand-made engine and the networks of FOLDER. ``ablation_table`` makes a table of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ..face.articulation import pose_of
from ..resources import WEIGHTS
from ..speech.acoustic import AcousticModel
from ..training.data.augment import Augmenter, Variation
from ..training.data.collect import collect
from ..training.data.recording import Recording
from ..training.data.sound import read_sounds
from ..training.key_choice import Choice, with_keys
from ..training.models.motion import MotionConfig
from ..training.motion_examples import Example
from ..training.motion_fit import Fitting, Trainer
from ..training.motion_measure import motion_of
from ..training.train_motion import prepare
from .ablation_table import ROWS, Row, summarise, table_and_reading
from .animation import Animation, animate
from .baseline import follow_loudness
from .motion_scores import MotionScores, score_clips
from .tracked import TrackedClip, read_tracked

#: Speakers that have train clips and are kept out of a training of their own.
HELD = ('grid_s2', 'grid_s3', 'grid_s4', 'grid_s31')
#: Twenty trainings of 300 600 300 and all rows took 14 minutes of one core.
STEPS = (250, 500, 250)
# Smaller than those of what ships, so that twenty trainings take a quarter of an hour.
_BATCH, _CROP = 12, 100
_VARIANTS = 2
_CLIPS_PER_SPEAKER = 250
_TELL_EVERY_S = 20.0


class _AsRecorded(Augmenter):
    """Leaves sound as it is: what is tested is what the engine hears."""

    def vary(
        self, samples: npt.NDArray[np.float32], clean: bool = False, muted: bool = False
    ) -> Variation:
        return Variation(samples, 1.0)


class Fold(NamedTuple):
    """Clips to train on, and clips of other speakers to test on with what was seen there."""

    trained: list[Example]
    tested: list[Example]
    seen: list[TrackedClip]


@dataclass
class Estimate:
    """Tells how far all trainings are together, and how long the rest will take."""

    steps: int
    done: int = 0
    started_s: float = 0.0
    told_s: float = 0.0

    def tell(self, title: str, step: int) -> None:
        """Say it, now and then: ``step`` is that of the training that runs."""
        now_s = time.monotonic()
        if now_s - self.told_s < _TELL_EVERY_S or not self.done + step:
            return
        self.told_s = now_s
        spent_s = now_s - self.started_s
        left_s = spent_s * (self.steps / (self.done + step) - 1.0)
        share = (self.done + step) / self.steps
        print(f'{title}: {share:.0%} of all trainings, {left_s:.0f} s left', flush=True)


def _some(recordings: Sequence[Recording]) -> list[Recording]:
    """Return recordings of which no speaker has too many."""
    by_speaker: defaultdict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker].append(recording)
    found = []
    for mine in by_speaker.values():
        found += mine[:: -(-len(mine) // _CLIPS_PER_SPEAKER)]
    return found


def folds_of(
    data: Path, model: AcousticModel, held: Collection[str], seed: int, skipped: list[str]
) -> list[Fold]:
    """Return a fold for the dev speakers without train clips, and one for ``held``.

    Args:
        data: a folder of tracked faces; noises and rooms are those of ``speech`` beside it.
        model: makes the features.
        held: speakers with train clips.
        seed: of the variations to train on.
        skipped: what cannot be read is added.

    Raises:
        ValueError: nobody to test on, or nothing to train on.

    """
    found = collect(data)
    skipped += found.skipped
    moving = [r for r in found.recordings if r.motion is not None]
    known = {r.speaker for r in moving if r.split == 'train'}
    strangers = {r.speaker for r in moving if r.split == 'dev'} - known
    missing = sorted(set(held) - known)
    if missing:
        raise ValueError(f'no train clips of {missing[0]!r}; there are {", ".join(sorted(known))}')
    if not strangers and not held:
        raise ValueError(f'{data}: every speaker has train clips; hold some out')
    rooms, noises = (read_sounds(data.parent / 'speech' / kind) for kind in ('rir', 'noise'))
    augment, plain = Augmenter(rooms, noises, [], seed), _AsRecorded([], [], [], seed)
    to_train = _some([r for r in moving if r.split == 'train'])
    trained = prepare(to_train, model, augment, _VARIANTS, False, skipped)
    folds = []
    for speakers, split in ((strangers, 'dev'), (set(held), 'train')):
        if not speakers:
            continue
        mine = [r for r in moving if r.speaker in speakers and r.split == split]
        tested = prepare(mine, model, plain, 1, False, skipped)
        others = [e for e in trained if e.recording.speaker not in speakers]
        if not others:
            raise ValueError(f'{data}: nobody to train on without {", ".join(sorted(speakers))}')
        folds.append(Fold(others, tested, list(read_tracked(data, split, sorted(speakers)))))
    return folds


def trained_networks(
    examples: Sequence[Example], choice: Choice, fitting: Fitting, checkpoint: Path,
    report: Callable[[int], None],
) -> Trainer:  # fmt: skip
    """Return networks trained on clips with keys of a choice; ``report`` is told the step.

    Without keys there is no stage for them, and the completion gets nothing but zeros for them: it
    is the direct regression of the paper's comparison.
    """
    config = MotionConfig(features=examples[0].features.shape[1])
    trainer = Trainer(config, fitting, with_keys(examples, choice, fitting.seed))
    if choice == 'none':
        trainer.keys.scale.zero_()
    trainer.run_saving(checkpoint, lambda _: report(trainer.step))
    return trainer


def add_motion(scores: MotionScores, trainer: Trainer, fold: Fold, row: Row, seed: int) -> None:
    """Measure what networks make of the tested clips of a fold, instant by instant."""
    seen = {(clip.speaker, clip.name): clip for clip in fold.seen}
    for e in with_keys(fold.tested, row.keys, seed):
        mode = 'text' if row.text else 'sound'
        clip = seen.get((e.recording.speaker, e.recording.name))
        if clip is None or mode not in e.told:
            continue
        times_s, channels = motion_of(trainer, e, mode)
        weights = np.stack([pose_of(instant) for instant in np.maximum(channels, 0)])
        scores.add(times_s.astype(np.float64), weights, clip)


def _made(row: Row, folds: Sequence[Fold], weights: Path) -> dict[str, Any]:
    """Return the report of a row that nothing is trained for."""
    engines: dict[str, Animation] = {
        'loudness': follow_loudness,
        'table': partial(animate, weights=weights, engine='table'),
        'shipped': partial(animate, weights=weights),
    }
    # the weights that ship were trained with the others
    shown = folds[:1] if row.engine == 'shipped' else folds
    clips = [clip for fold in shown for clip in fold.seen if clip.transcript or not row.text]
    print(f'{row.name}: {len(clips)} clips', flush=True)
    return score_clips(clips, row.text, engines[row.engine]).report()


def _trained(
    folds: Sequence[Fold], seeds: Sequence[int], fitting: Fitting, work: Path
) -> dict[str, list[dict[str, Any]]]:
    """Return the reports of the rows with networks, by name, one a seed."""
    rows = [row for row in ROWS if not row.engine]
    choices = dict.fromkeys(row.keys for row in rows)
    estimate = Estimate(len(choices) * len(folds) * len(seeds) * sum(fitting.steps))
    estimate.started_s = time.monotonic()
    reports: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for seed in seeds:
        for choice in choices:
            scores = {row: MotionScores() for row in rows if row.keys == choice}
            for i, fold in enumerate(folds):
                title = f'{choice}, seed {seed}, fold {i + 1}'
                keys, completion, joint = fitting.steps
                steps = (0 if choice == 'none' else keys, completion, joint)
                wanted = Fitting(steps, seed, batch=fitting.batch, crop=fitting.crop)
                trainer = trained_networks(
                    fold.trained, choice, wanted, work / f'{choice}-{seed}-{i}.pt',
                    partial(estimate.tell, title),
                )  # fmt: skip
                estimate.done += sum(fitting.steps)
                for row, found in scores.items():
                    add_motion(found, trainer, fold, row, seed)
            for row, found in scores.items():
                if found.clips:
                    reports[row.name].append(found.report())
    return reports


def ablate(args: argparse.Namespace) -> dict[str, Any]:
    """Train, measure, and return what is written to ``--out``; interrupted, it goes on later.

    Raises:
        ValueError: the data cannot be used so.
        FileNotFoundError: a network is missing.

    """
    torch.set_num_threads(args.threads)
    started = time.monotonic()
    encoder = args.weights / 'acoustic.onnx'
    model = AcousticModel(encoder, 'cpu')
    skipped: list[str] = []
    folds = folds_of(args.data, model, args.held, 1, skipped)
    for line in skipped:
        print(f'skipped: {line}', file=sys.stderr)
    spent_s = time.monotonic() - started
    clips = [len(fold.trained) for fold in folds], [len(fold.tested) for fold in folds]
    print(f'prepared {clips[0]} clips to train on, {clips[1]} to test, {spent_s:.0f} s')
    seeds = list(range(1, args.seeds + 1))
    fitting = Fitting(tuple(args.steps), batch=_BATCH, crop=_CROP)
    # half-finished trainings of another encoder or with other steps are no use
    same = (*clips, sorted(args.held), asdict(fitting))
    digest = hashlib.sha256(encoder.read_bytes() + repr(same).encode()).hexdigest()
    work = args.out.with_name(f'{args.out.stem}-{digest[:12]}')
    work.mkdir(parents=True, exist_ok=True)
    reports: dict[str, list[dict[str, Any]]] = {
        row.name: [_made(row, folds, args.weights)] for row in ROWS if row.engine
    }
    reports |= _trained(folds, seeds, fitting, work)
    unheard = sorted({clip.speaker for clip in folds[0].seen} - set(args.held))
    result = {
        'steps': list(fitting.steps), 'batch': _BATCH, 'crop': _CROP, 'variants': _VARIANTS,
        'seeds': seeds, 'unheard': unheard, 'held': sorted(args.held),
        'clips': sum(len(fold.seen) for fold in folds),
        'minutes': round((time.monotonic() - started) / 60, 1), 'threads': args.threads,
        'rows': [
            summarise(row, reports[row.name], unheard) for row in ROWS if reports.get(row.name)
        ],
    }  # fmt: skip
    args.out.write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    shutil.rmtree(work)
    return result


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line, measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog='python -m facetalk_ros.evaluation.ablations', description=__doc__
    )
    parser.add_argument('--data', type=Path, required=True, help='folder of tracked faces')
    parser.add_argument('--weights', type=Path, default=WEIGHTS, help='folder with the networks')
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    parser.add_argument('--seeds', type=int, default=2, help='how many trainings of each kind')
    parser.add_argument(
        '--steps', type=int, nargs=3, default=STEPS, metavar=('KEYS', 'COMPLETION', 'JOINT')
    )
    parser.add_argument(
        '--held', nargs='*', default=HELD, metavar='SPEAKER',
        help='speakers with train clips, kept out of a second training',
    )  # fmt: skip
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error(f'{args.seeds} seeds: at least 1')
    try:
        print(table_and_reading(ablate(args)))
    except (ValueError, OSError) as error:
        parser.exit(2, f'ablations: {error}\n')


if __name__ == '__main__':
    main()
