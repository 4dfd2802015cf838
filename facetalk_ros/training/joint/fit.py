# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Training of the joint network: from a seed, interruptible, the same when resumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..checkpoint import read_checkpoint, refuse_other, write_checkpoint
from .examples import Example
from .net import JointConfig, JointNet

_KIND = 'facetalk joint model 1'
# The difference between faces that follow each other counts as much as the face itself.
_VELOCITY = 10.0


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        steps: how often the weights are moved.
        batch: clips at a time.
        crop: faces of each clip at a time; 0 for whole clips, one at a time as in the papers.
        text_dropout: how often a clip is heard without its text, so that both are known.

    """

    steps: int
    seed: int = 1
    batch: int = 16
    crop: int = 150
    rate: float = 2e-3
    text_dropout: float = 0.2


def _batch(
    examples: list[Example], training: Training, step: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return audio, text, spoken, motion and seen; speakers are drawn alike often."""
    rng = np.random.default_rng((training.seed, step))
    by_speaker: dict[str, list[Example]] = {}
    for example in examples:
        by_speaker.setdefault(example.speaker, []).append(example)
    # a speaker of one clip is not drawn as often as one of a thousand, nor a thousandth as often
    crowd = np.sqrt([len(clips) for clips in by_speaker.values()])
    names = list(by_speaker)
    columns: list[list[np.ndarray[Any, Any]]] = [[], [], [], [], []]
    for _ in range(training.batch if training.crop else 1):
        clips = by_speaker[names[rng.choice(len(names), p=crowd / crowd.sum())]]
        example = clips[rng.integers(len(clips))]
        text, spoken = example.text()
        if rng.random() < training.text_dropout:
            spoken = np.zeros_like(spoken)
        crop = training.crop or len(example.audio)
        start = int(rng.integers(max(1, len(example.audio) - crop + 1)))
        seen = example.seen.astype(np.float32)[:, None]
        for column, values in zip(
            columns, (example.audio, text, spoken, example.motion, seen), strict=True
        ):
            part = values[start : start + crop]
            column.append(np.pad(part, ((0, crop - len(part)), (0, 0))))
    audio, text, spoken, motion, seen = (torch.from_numpy(np.stack(c)) for c in columns)
    return audio, text, spoken, motion, seen


def _loss(made: torch.Tensor, motion: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    difference = (made - motion) * seen
    change = (difference[:, 1:] - difference[:, :-1]) * seen[:, 1:] * seen[:, :-1]
    return (difference**2).mean() + _VELOCITY * (change**2).mean()


class Trainer:
    """A network in training.

    Raises:
        ValueError: there is nothing to train on.

    """

    def __init__(self, config: JointConfig, training: Training, examples: list[Example]) -> None:
        if not examples:
            raise ValueError('no clips to train on')
        self.config, self.training, self.examples = config, training, examples
        torch.manual_seed(training.seed)
        self.net = JointNet(config)
        spread = np.sqrt(np.mean([np.square(e.motion[e.seen]).mean() for e in examples]))
        self.net.scale.fill_(float(max(spread, 1e-9)))
        self.step = 0
        self._optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=training.rate, weight_decay=0.02
        )

    def run(self, until: int | None = None, report: Callable[[str], None] = print) -> None:
        """Train to the end, or until a step; every hundred steps says how long it will take."""
        end = min(until or self.training.steps, self.training.steps)
        started, first = time.monotonic(), self.step
        running = 0.0
        self.net.train()
        while self.step < end:
            for group in self._optimiser.param_groups:
                warm = min(1.0, (self.step + 1) / 50)
                left = 1 - self.step / self.training.steps
                group['lr'] = self.training.rate * warm * left
            audio, text, spoken, motion, seen = _batch(self.examples, self.training, self.step)
            made, _ = self.net(audio, text, spoken, torch.zeros(len(audio), self.net.state_size))
            # in units of the data's spread: vertices in metres would else have no gradient
            loss = _loss(made / self.net.scale, motion / self.net.scale, seen)
            self._optimiser.zero_grad()
            loss.backward()
            for part in (self.net.lower, self.net.upper, self.net.after):
                torch.nn.utils.clip_grad_norm_(part.parameters(), 5.0)
            self._optimiser.step()
            self.step += 1
            running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
            if self.step % 100 == 0:
                spent_s = time.monotonic() - started
                left_s = spent_s / (self.step - first) * (self.training.steps - self.step)
                report(f'{self.step}/{self.training.steps} loss {running:.4f} {left_s:.0f} s left')

    def save(self, path: Path) -> None:
        """Write everything that training goes on from; a file half written replaces nothing."""
        write_checkpoint(path, _KIND, {
            'config': asdict(self.config), 'training': asdict(self.training),
            'net': self.net.state_dict(), 'optimiser': self._optimiser.state_dict(),
            'step': self.step,
        })  # fmt: skip

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            ValueError: it is none, or one of another configuration.

        """
        found = read_checkpoint(path, _KIND)
        refuse_other(path, found['config'], asdict(self.config))
        refuse_other(path, found['training'], asdict(self.training))
        self.net.load_state_dict(found['net'])
        self._optimiser.load_state_dict(found['optimiser'])
        self.step = found['step']


def load_net(path: Path, config: JointConfig | None = None) -> tuple[JointNet, JointConfig]:
    """Return a checkpoint's network, ready to run.

    Args:
        path: a file that Trainer.save wrote.
        config: what it has to be; None takes what is there.

    Raises:
        ValueError: it is no checkpoint, or one of another configuration.

    """
    found = read_checkpoint(path, _KIND)
    if config is not None:
        refuse_other(path, found['config'], asdict(config))
    config = JointConfig(**found['config'])
    net = JointNet(config)
    net.load_state_dict(found['net'])
    return net.eval(), config
