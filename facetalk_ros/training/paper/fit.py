# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Training in stages: keys, completion, both; from a seed, resumed to the same weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss

from ..checkpoint import read_checkpoint, refuse_other, write_checkpoint
from .examples import Example
from .net import PaperConfig, PaperNet

_KIND = 'facetalk paper model 1'
STAGES = ('keys', 'completion', 'joint')
# The joint stage learns at this share of the rate.
_JOINT_RATE = 0.1
_REPORT_S = 10.0


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        keys, completion, joint: steps of each stage; a step is one clip.
        start: the sign of the audio encoder's first weights, see load_wav2vec2.
        clips: the names of the clips, in order.
        rate: of Adam, a tenth of it in the joint stage.
        velocity: weight of the squared error of the change from frame to frame.

    """

    keys: int
    completion: int
    joint: int
    start: str
    clips: tuple[str, ...]
    seed: int = 1
    rate: float = 1e-4
    velocity: float = 1.0

    @property
    def steps(self) -> int:
        """The steps of all stages."""
        return self.keys + self.completion + self.joint

    def stage(self, step: int) -> str:
        """Return the stage of a step."""
        if step < self.keys:
            return 'keys'
        return 'completion' if step < self.keys + self.completion else 'joint'

    def true_keys(self, step: int) -> float:
        """Return which share of the keys is captured, not made: in completion from 1 to 0."""
        if self.stage(step) != 'completion':
            return 0.0
        return 1 - (step - self.keys) / self.completion


class Trainer:
    """A network in training.

    Attributes:
        losses: the last loss of each stage, in squared units of the data's spread.

    Raises:
        ValueError: there is nothing to train on.

    """

    def __init__(
        self, config: PaperConfig, training: Training, examples: list[Example],
        wav2vec2: Any = None, device: str = 'cpu',
    ) -> None:  # fmt: skip
        """Begin.

        Args:
            config: the network's configuration.
            training: how to train it.
            examples: the clips.
            wav2vec2: the audio encoder to begin from; None for random weights.
            device: of torch.

        """
        if not examples:
            raise ValueError('no clips to train on')
        self.config, self.training, self.examples = config, training, examples
        self.device = torch.device(device)
        torch.manual_seed(training.seed)
        self.net = PaperNet(config, wav2vec2)
        spread = math.sqrt(float(np.mean([example.power for example in examples])))
        self.net.scale.fill_(max(spread, 1e-9))
        self.net.to(self.device)
        self.step = 0
        self.losses: dict[str, float] = {}
        self._stage = ''

    def _enter(self, stage: str) -> None:
        """Let those parts learn that learn in a stage; the others stand still."""
        net, learning = self.net, []
        # direct regression has no keys: all its stages train all of it
        whole = stage == 'joint' or net.key_decoder is None
        net.requires_grad_(False)
        net.eval()
        if whole or stage == 'keys':
            learning += [net.encoder.projection, net.encoder.transformer, net.encoder.out]
            learning.append(net.styles)
            if net.key_decoder is not None:
                learning.append(net.key_decoder)
        if whole or stage == 'completion':
            learning.append(net.completion)
        for part in learning:
            part.requires_grad_(True).train()
        rate = self.training.rate * (_JOINT_RATE if stage == 'joint' else 1.0)
        weights = [weight for weight in net.parameters() if weight.requires_grad]
        self._optimiser = torch.optim.Adam(weights, lr=rate)
        self._stage = stage

    def _example(self) -> Example:
        """Return the clip of the step: every epoch has all of them in another order."""
        epoch, at = divmod(self.step, len(self.examples))
        order = np.random.default_rng((self.training.seed, epoch)).permutation(len(self.examples))
        return self.examples[int(order[at])]

    def _loss(self, example: Example) -> torch.Tensor:
        net, device = self.net, self.device
        truth = torch.from_numpy(example.motion()).to(device) / net.scale
        keys = torch.from_numpy(example.keys).to(device)
        phones = torch.from_numpy(example.phones).to(device)
        samples = torch.from_numpy(example.samples).to(device)
        with torch.set_grad_enabled(self._stage != 'completion' or net.key_decoder is None):
            heard, style = net.encoder(samples, example.frames), net.style(example.speaker)
            motions = net.key_motions(heard, keys, phones, style)
        if self._stage == 'keys' and net.key_decoder is not None:
            at_keys: torch.Tensor = mse_loss(motions, truth[keys])
            return at_keys
        rng = np.random.default_rng((self.training.seed, self.step, 1))
        forced = rng.random(len(keys)) < self.training.true_keys(self.step)
        given = torch.where(torch.from_numpy(forced).to(device)[:, None], truth[keys], motions)
        wrong = net.completion(heard, keys, given, style) - truth
        change = wrong[1:] - wrong[:-1]
        loss: torch.Tensor = (
            wrong.square().mean() + self.training.velocity * change.square().mean()
        )
        if self._stage == 'joint' and net.key_decoder is not None:
            loss = loss + mse_loss(motions, truth[keys])
        return loss

    def run(self, until: int | None = None, report: Callable[[str], None] = print) -> None:
        """Train to the end or until a step.

        Args:
            until: the step to stop before; None for the end.
            report: is told every ten seconds, and at the end of a stage, how far it is.

        Raises:
            ValueError: the loss is no number any more, or a clip cannot be read again.

        """
        training = self.training
        end = training.steps if until is None else min(until, training.steps)
        begun_s = told_s = time.monotonic()
        first = self.step
        while self.step < end:
            stage = training.stage(self.step)
            if stage != self._stage:
                self._enter(stage)
            # dropout is the same in this step, whether training was interrupted or not
            torch.manual_seed((training.seed << 32) + self.step)
            loss = self._loss(self._example())
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
            self.losses[stage] = loss.item()
            if not math.isfinite(self.losses[stage]):
                raise ValueError(f'step {self.step}: the loss is no number; try a lower rate')
            self.step += 1
            now_s = time.monotonic()
            ends = self.step == training.steps or training.stage(self.step) != stage
            if ends or now_s - told_s > _REPORT_S:
                told_s = now_s
                left_s = (now_s - begun_s) / (self.step - first) * (training.steps - self.step)
                report(
                    f'{self.step}/{training.steps} {stage} loss {self.losses[stage]:.4f} '
                    f'{left_s:.0f} s left'
                )

    def save(self, path: Path) -> None:
        """Write everything that training goes on from; a file half written replaces nothing."""
        write_checkpoint(path, _KIND, {
            'config': asdict(self.config), 'training': asdict(self.training),
            'net': self.net.state_dict(), 'step': self.step, 'stage': self._stage,
            'optimiser': self._optimiser.state_dict() if self._stage else {},
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
        self.step = found['step']
        self._stage = ''
        if found['stage']:
            self._enter(found['stage'])
            self._optimiser.load_state_dict(found['optimiser'])


def load_net(path: Path, expected: dict[str, Any], device: str = 'cpu') -> PaperNet:
    """Return a checkpoint's network, ready to run.

    Args:
        path: a file that Trainer.save wrote.
        expected: what its configuration has to say.
        device: of torch.

    Raises:
        ImportError: transformers is not installed.
        ValueError: it is no checkpoint, or one of another configuration.

    """
    found = read_checkpoint(path, _KIND)
    refuse_other(path, found['config'], expected)
    net = PaperNet(PaperConfig(**found['config']))
    net.load_state_dict(found['net'])
    net.to(device).eval()
    return net
