# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The test of the hypothesis: real, shuffled and zeroed text, and what each does to the face."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from ...evaluation.vertices import MotionErrors
from ...face.names import ARKIT_NAMES
from ..layouts.clip import Regions
from .examples import TEXTS, Example, with_text
from .fit import Trainer, Training
from .net import JointConfig, JointNet

_Signal = npt.NDArray[np.float64]


def animate(net: JointNet, example: Example) -> npt.NDArray[np.float32]:
    """Return the face's difference from rest, float32 [T, outputs]."""
    text, spoken = example.text()
    with torch.no_grad():
        motion, _ = net.eval()(
            torch.from_numpy(example.audio)[None],
            torch.from_numpy(text)[None],
            torch.from_numpy(spoken)[None],
            torch.zeros(1, net.state_size),
        )
    return np.asarray(motion[0].numpy(), np.float32)


def errors(net: JointNet, examples: list[Example], regions: Regions) -> MotionErrors:
    """Return the errors on clips, where the camera saw the face."""
    found = MotionErrors(regions.lips, regions.upper, regions.corners)
    shape = (-1, regions.points, regions.dimensions)
    for example in examples:
        if example.seen.any():
            made = animate(net, example)[example.seen]
            found.add(example.motion[example.seen].reshape(shape), made.reshape(shape))
    return found


Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Outcome:
    """One row of the table.

    Attributes:
        trained: the text that the network learned with; empty for a face at rest.
        tested: the text that it was given.
        report: the errors, averaged over seeds.
        against_real: by part of the face, the mean squared error minus that of real text in both,
            as a share of it: the mean, and the 95 % interval over clips (bootstrap).

    """

    trained: str
    tested: str
    report: dict[str, float]
    against_real: dict[str, Interval]


def _parts(regions: Regions) -> dict[str, Regions]:
    """Return the upper face, and the brows alone where weights have names: eyes blink a lot."""
    parts = {'upper': regions}
    if (regions.points, regions.dimensions) == (len(ARKIT_NAMES), 1):
        brows = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith('brow')]
        parts['brows'] = replace(regions, upper=np.array(brows, np.int64))
    return parts


def _interval(by_clip: _Signal, real: _Signal) -> Interval:
    difference = (by_clip - real) / real.mean()
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(difference), size=(2000, len(difference)))
    low, high = np.percentile(difference[drawn].mean(1), (2.5, 97.5))
    return float(difference.mean()), float(low), float(high)


def compare_texts(
    config: JointConfig, training: Training, train: list[Example], test: list[Example],
    regions: Regions, seeds: int = 1,
) -> list[Outcome]:  # fmt: skip
    """Train with each text and test with it; test the one trained on real text with all.

    Args:
        config: the network's configuration.
        training: how to train it; its seed is the first of ``seeds``.
        train: clips to learn from.
        test: clips of other speakers, or of other words.
        regions: the parts of the face.
        seeds: how many trainings each number is the mean of.

    """
    parts = _parts(regions)
    reports: defaultdict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    by_clip: defaultdict[tuple[str, str, str], list[_Signal]] = defaultdict(list)

    def measure(net: JointNet, trained: str, tested: str, examples: list[Example]) -> None:
        found = {part: errors(net, examples, own) for part, own in parts.items()}
        report = found['upper'].report()
        for part, its in found.items():
            report[part] = its.report()['upper']
            by_clip[trained, tested, part].append(its.upper_by_clip())
        reports[trained, tested].append(report)

    # before its training a network leaves the face at rest
    measure(JointNet(config), '', 'face at rest', test)
    for seed in range(training.seed, training.seed + seeds):
        tests = {text: with_text(test, text, seed) for text in TEXTS}
        for trained in TEXTS:
            trainer = Trainer(
                config, replace(training, seed=seed), with_text(train, trained, seed)
            )
            print(f'seed {seed}, {trained} text', flush=True)
            trainer.run(report=lambda line: print(f'  {line}', flush=True))
            for tested in TEXTS if trained == 'real' else (trained,):
                measure(trainer.net, trained, tested, tests[tested])
    real = {part: np.mean(by_clip['real', 'real', part], axis=0) for part in parts}
    return [
        Outcome(
            *pair,
            {key: float(np.mean([r[key] for r in found])) for key in found[0]},
            {
                part: _interval(np.mean(by_clip[pair[0], pair[1], part], axis=0), real[part])
                for part in parts
            },
        )
        for pair, found in reports.items()
    ]


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a Markdown table."""
    parts = list(outcomes[0].against_real)
    heads = [f'{part} | against real (95 %)' for part in parts]
    names = ['trained with', 'tested with', *heads, 'FDD', 'FDD abs', 'corners', 'lips']
    columns = ' | '.join(names)
    lines = [f'| {columns} |', '|' + '---|' * (columns.count('|') + 1)]
    for o in outcomes:
        cells = [o.trained, o.tested]
        for part in parts:
            mean, low, high = o.against_real[part]
            cells.append(f'{o.report[part]:.4e}')
            cells.append(f'{mean:+.1%} ({low:+.1%} to {high:+.1%})')
        cells += [f'{o.report["fdd"]:+.3e}', f'{o.report["fdd_abs"]:.3e}']
        cells.append(f'{o.report["corners"]:.3e}' if 'corners' in o.report else '')
        cells.append(f'{o.report.get("lve_without_corners", o.report["lve"]):.6e}')
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)
