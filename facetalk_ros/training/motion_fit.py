# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Fits the motion networks in KMTalk's stages: keys, completion with keys partly given, both.

From a seed, interruptible, the same when resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..face.articulation import CHANNELS
from ..motion.learned import INSTANTS, KEY_POSES
from .checkpoint import read_checkpoint, refuse_other, write_checkpoint
from .data.baselines import speaker_balanced
from .models.motion import CompletionNet, KeyNet, MotionConfig, set_scales
from .motion_examples import Example, usual_reach

_KIND = 'facetalk motion training 1'
_C = len(CHANNELS)
_SAVE_EVERY = 250
# A speaker of whom there is much is drawn more often, but far from as often as that.
_BALANCE = 0.35
# The aperture and the jaw are what is seen of speech.
_IMPORTANT = ('aperture', 'jawOpen')
_TIMES = 2.0
# How fast a pose changes within 20 ms counts so much beside the pose itself.
_VELOCITY = 2.0
# The joint stage learns at this share of the rate.
_JOINT_RATE = 0.3
STAGES = ('keys', 'completion', 'joint')


@dataclass(frozen=True)
class Fitting:
    """How to fit.

    Attributes:
        steps: of each stage.
        rate: the highest learning rate; less of it in the joint stage.
        with_text: how often a clip that has text is shown with it.
        given: how often a clip's captured keys are given in the completion stage.

    """

    steps: tuple[int, int, int] = (500, 1500, 2200)
    seed: int = 1
    rate: float = 2e-3
    batch: int = 24
    crop: int = 120
    with_text: float = 0.6
    given: float = 0.3


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops of clips, first axis the clips and second the steps."""

    features: torch.Tensor
    decided: torch.Tensor  # features of the step that decided the phone being spoken
    phones: torch.Tensor
    told: torch.Tensor
    clock: torch.Tensor
    keys: torch.Tensor
    begins: torch.Tensor
    motion: torch.Tensor
    sure: torch.Tensor


def draw(
    examples: Sequence[Example], shares: npt.NDArray[np.float64], fitting: Fitting,
    rng: np.random.Generator,
) -> Batch:  # fmt: skip
    """Return crops of clips, drawn by their shares."""
    columns: list[list[npt.NDArray[np.float32]]] = [[] for _ in range(9)]
    for i in rng.choice(len(examples), fitting.batch, p=shares):
        example = examples[i]
        by_text = 'text' in example.told and rng.random() < fitting.with_text
        told = example.told['text' if by_text else 'sound']
        n = len(example.features)
        first = int(rng.integers(max(1, n - fitting.crop + 1)))
        steps = np.arange(first, min(n, first + fitting.crop))
        at = told.at[steps]
        values = (
            example.features[steps], example.features[told.step[at]], told.phones[at],
            told.told[at, None], told.clock(steps), told.keys[at],
            (np.diff(at, prepend=-1) > 0)[:, None],
            example.motion[steps].reshape(len(steps), -1),
            example.sure[steps].reshape(len(steps), -1),
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            missing = fitting.crop - len(steps)
            column.append(np.pad(value.astype(np.float32), ((0, missing), (0, 0))))
    return Batch(*(torch.from_numpy(np.stack(c)) for c in columns))


class Trainer:
    """The two networks in training.

    Raises:
        ValueError: there is nothing to train on.

    """

    def __init__(
        self, config: MotionConfig, fitting: Fitting, examples: Sequence[Example],
        scale: bool = True,
    ) -> None:  # fmt: skip
        """Take examples; ``scale`` fits the networks' scales to them."""
        if not examples:
            raise ValueError('no captured motion to train on')
        self.config, self.fitting, self.examples = config, fitting, examples
        torch.manual_seed(fitting.seed)
        self.keys, self.completion = KeyNet(config), CompletionNet(config)
        if scale:
            some = np.concatenate([e.features[::10].astype(np.float32) for e in examples])
            for net in (self.keys, self.completion):
                set_scales(net, usual_reach(), some.mean(0), some.std(0) + 0.05)
        self.step = 0
        self.about_lips: dict[str, Any] = {}  # how they were trained, kept with the checkpoint
        self._shares = speaker_balanced([e.recording for e in examples], _BALANCE)
        weight = [_TIMES if name in _IMPORTANT else 1.0 for name in CHANNELS]
        self._weight = torch.tensor(weight) / torch.from_numpy(usual_reach())
        self._optimiser = self._new_optimiser()

    def _new_optimiser(self) -> torch.optim.AdamW:
        return torch.optim.AdamW(
            [{'params': self.keys.parameters()}, {'params': self.completion.parameters()}],
            lr=self.fitting.rate, weight_decay=0.05,
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """Of all stages."""
        return sum(self.fitting.steps)

    def stage(self) -> tuple[int, float]:
        """Return the stage of the next step and how far it is, 0 to 1."""
        first = 0
        for i, length in enumerate(self.fitting.steps):
            if self.step < first + length:
                return i, (self.step - first) / length
            first += length
        raise ValueError('training is over')

    def loss(self, batch: Batch, stage: int, rng: np.random.Generator) -> torch.Tensor:
        """Return the loss of a batch in a stage."""
        made = self.keys(batch.decided, batch.phones, batch.told)
        key_error = (made - batch.keys) * self._weight.repeat(KEY_POSES) * batch.begins
        # what was not measured at the instant of a phone's decision was not at its keys
        measured = batch.sure[..., :_C].repeat(1, 1, KEY_POSES)
        of_keys = (measured * key_error**2).sum() / (measured * batch.begins).sum().clamp(min=1)
        if stage == 0:
            return of_keys
        keys = made if stage == 2 else made.detach()
        given = 0.0 if stage == 2 else self.fitting.given
        is_given = torch.from_numpy(rng.random((len(keys), 1, 1)) < given)
        keys = torch.where(is_given, batch.keys, keys)
        state = torch.zeros(len(keys), self.completion.state_size)
        poses, _, _ = self.completion(
            batch.features, batch.phones, batch.told, batch.clock, keys, state
        )
        error = (poses - batch.motion) * self._weight.repeat(INSTANTS) * batch.sure
        change = (error[:, 1:] - error[:, :-1]) * batch.sure[:, 1:] * batch.sure[:, :-1]
        of_motion = ((error**2).sum() + _VELOCITY * (change**2).sum()) / batch.sure.sum()
        return of_motion + (0.2 * of_keys if stage == 2 else 0.0)

    def run(self, until: int | None = None, report: Callable[[str], None] = print) -> None:
        """Train to the end, or until a step; every hundred steps says how long it will take."""
        end = min(until if until is not None else self.steps, self.steps)
        started, first, running = time.monotonic(), self.step, 0.0
        self.keys.train()
        self.completion.train()
        while self.step < end:
            stage, part = self.stage()
            if part == 0.0:
                self._optimiser, running = self._new_optimiser(), 0.0
            for group in self._optimiser.param_groups:
                peak = self.fitting.rate * (_JOINT_RATE if stage == 2 else 1.0)
                group['lr'] = peak * min(1.0, 0.02 + 20 * part) * (1.0 - part)
            rng = np.random.default_rng((self.fitting.seed, self.step))
            torch.manual_seed(int(rng.integers(1 << 31)))
            batch = draw(self.examples, self._shares, self.fitting, rng)
            loss = self.loss(batch, stage, rng)
            self._optimiser.zero_grad()
            loss.backward()
            for net in (self.keys, self.completion):
                torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            self._optimiser.step()
            self.step += 1
            running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
            if self.step % 100 == 0:
                left_s = (time.monotonic() - started) / (self.step - first)
                left_s *= self.steps - self.step
                report(
                    f'{self.step}/{self.steps} {STAGES[stage]} loss {running:.4f} '
                    f'{left_s:.0f} s left'
                )

    def resume(self, checkpoint: Path, report: Callable[[str], None] = print) -> None:
        """Go on where a checkpoint stopped; nothing happens when there is none.

        Raises:
            ValueError: it is of another configuration.

        """
        if not checkpoint.is_file():
            return
        found = read_checkpoint(checkpoint, _KIND)
        refuse_other(checkpoint, found, self._settings)
        self.keys.load_state_dict(found['keys'])
        self.completion.load_state_dict(found['completion'])
        self._optimiser.load_state_dict(found['optimiser'])
        self.step, self.about_lips = found['step'], found['about_lips']
        report(f'{checkpoint}: goes on at step {self.step}')

    @property
    def _settings(self) -> dict[str, Any]:
        return {'config': asdict(self.config), 'fitting': asdict(self.fitting)}

    def run_saving(self, checkpoint: Path, report: Callable[[str], None] = print) -> None:
        """Train to the end, or go on where a checkpoint stopped, and save now and then.

        Raises:
            ValueError: the checkpoint is of another configuration.

        """
        if self.step == 0:
            self.resume(checkpoint, report)
        while self.step < self.steps:
            self.run(self.step + _SAVE_EVERY, report)
            write_checkpoint(checkpoint, _KIND, {
                **self._settings, 'keys': self.keys.state_dict(),
                'completion': self.completion.state_dict(),
                'optimiser': self._optimiser.state_dict(), 'step': self.step,
                'about_lips': self.about_lips,
            })  # fmt: skip
