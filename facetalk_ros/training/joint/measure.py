# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The test of the hypothesis: real, shuffled and zeroed text, and what each does to the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ...evaluation.vertices import MotionErrors
from ..layouts.clip import Regions
from .examples import TEXTS, Example, with_text
from .fit import Trainer, Training
from .net import JointConfig, JointNet


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
    # corners belong to the lips of a scan but text moves them: the lip error is of what is left
    lips = np.setdiff1d(regions.lips, np.union1d(regions.upper, regions.corners))
    found = MotionErrors(lips, regions.upper)
    shape = (-1, regions.points, regions.dimensions)
    for example in examples:
        if example.seen.any():
            made = animate(net, example)[example.seen]
            found.add(example.motion[example.seen].reshape(shape), made.reshape(shape))
    return found


@dataclass(frozen=True)
class Outcome:
    """One row of the table.

    Attributes:
        trained: the text that the network learned with.
        tested: the text that it was given.
        report: the errors, averaged over seeds.
        against_real: upper-face error minus that of real text in both, as a share of it: low and
            high end of the 95 % interval over clips (bootstrap), and the mean.

    """

    trained: str
    tested: str
    report: dict[str, float]
    against_real: tuple[float, float, float]


def _interval(difference: npt.NDArray[np.float64], base: float) -> tuple[float, float, float]:
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(difference), size=(2000, len(difference)))
    low, high = np.percentile(difference[drawn].mean(1), (2.5, 97.5))
    return float(low / base), float(high / base), float(difference.mean() / base)


def compare_texts(
    config: JointConfig, training: Training, train: list[Example], test: list[Example],
    regions: Regions, seeds: int = 1,
) -> list[Outcome]:  # fmt: skip
    """Train with each text, test with it, and test the one trained on real text with all.

    Args:
        config: the network's configuration.
        training: how to train it; its seed is the first of ``seeds``.
        train: clips to learn from.
        test: clips of other speakers, or of other words.
        regions: the parts of the face.
        seeds: how many trainings each number is the mean of.

    """
    pairs = [('real', text) for text in TEXTS] + [(text, text) for text in TEXTS[1:]]
    reports: dict[tuple[str, str], list[dict[str, float]]] = {pair: [] for pair in pairs}
    uppers: dict[tuple[str, str], list[npt.NDArray[np.float64]]] = {pair: [] for pair in pairs}
    for seed in range(training.seed, training.seed + seeds):
        tests = {text: with_text(test, text, seed) for text in TEXTS}
        for trained in TEXTS:
            own = Training(**{**training.__dict__, 'seed': seed})
            trainer = Trainer(config, own, with_text(train, trained, seed))
            print(f'seed {seed}, {trained} text', flush=True)
            trainer.run(report=lambda line: print(f'  {line}', flush=True))
            for pair in pairs:
                if pair[0] == trained:
                    found = errors(trainer.net, tests[pair[1]], regions)
                    reports[pair].append(found.report())
                    uppers[pair].append(found.upper_by_clip())
    real = np.mean(uppers['real', 'real'], axis=0)
    return [
        Outcome(
            *pair,
            {k: float(np.mean([r[k] for r in reports[pair]])) for k in reports[pair][0]},
            _interval(np.mean(uppers[pair], axis=0) - real, float(real.mean())),
        )
        for pair in pairs
    ]


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a Markdown table."""
    lines = [
        '| trained with | tested with | upper | upper against real (95 %) | FDD | FDD abs | LVE |',
        '|---|---|---|---|---|---|---|',
    ]
    for o in outcomes:
        low, high, mean = o.against_real
        against = '-' if low == high == 0 else f'{mean:+.1%} ({low:+.1%} to {high:+.1%})'
        r = o.report
        lines.append(
            f'| {o.trained} | {o.tested} | {r["upper"]:.4e} | {against} | {r["fdd"]:+.3e} '
            f'| {r["fdd_abs"]:.3e} | {r["lve"]:.6e} |'
        )
    return '\n'.join(lines)
