# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Fits an acoustic network to its examples: from a seed, interruptible, the same when resumed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..audio.features import FRAMES_PER_STEP, HOP_SAMPLES, MEL_BANDS, LogMel
from .acoustic_examples import Examples, draw
from .checkpoint import read_checkpoint, refuse_other, write_checkpoint
from .data import corpus
from .models.acoustic import AcousticConfig, AcousticNet

_KIND = 'facetalk acoustic training 1'
_BATCH, _CROP_STEPS = 16, 200
_SAVE_EVERY = 1000
# Boundaries are one frame in eight.
_BOUNDARY_WEIGHT = 3.0
_BOUNDARY_SHARE = 0.2


@dataclass(frozen=True)
class Fitting:
    """How to fit.

    Attributes:
        steps: how often the weights are moved.
        rate: the highest learning rate.

    """

    steps: int
    seed: int
    rate: float


def boundary_targets(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where a phone begins and how sure that is, float [B, n] both.

    Machine alignments are on a 10 ms grid: the frames beside a boundary count half.

    Args:
        labels: int64 [B, n], phone indices or corpus.UNKNOWN.

    """
    known = (labels != corpus.UNKNOWN).float()
    begins = torch.zeros_like(known)
    begins[:, 1:] = (labels[:, 1:] != labels[:, :-1]).float() * known[:, 1:] * known[:, :-1]
    near = 0.5 * functional.max_pool1d(begins[:, None], 3, 1, 1)[:, 0]
    return torch.maximum(begins, near), known


def loss_of(net: AcousticNet, delay: int, mel: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the cross entropy of phones and, weighted, of boundaries."""
    log_posteriors, boundaries, _, _ = net(mel, torch.zeros(len(mel), net.state_size))
    shift = FRAMES_PER_STEP * delay
    known = labels[:, : labels.shape[1] - shift]
    heard = log_posteriors[:, delay:].flatten(1, 2)
    phones = functional.cross_entropy(
        heard.transpose(1, 2), known, ignore_index=corpus.UNKNOWN, label_smoothing=0.05
    )
    begins, sure = boundary_targets(known)
    edge = functional.binary_cross_entropy_with_logits(
        boundaries[:, delay:].flatten(1), begins, weight=sure,
        pos_weight=torch.tensor(_BOUNDARY_WEIGHT),
    )  # fmt: skip
    return phones + _BOUNDARY_SHARE * edge


def fit(
    net: AcousticNet, config: AcousticConfig, fitting: Fitting, groups: Mapping[str, Examples],
    checkpoint: Path,
) -> None:  # fmt: skip
    """Train a network, or go on where its checkpoint stopped.

    Raises:
        ValueError: the checkpoint is of another configuration.

    """
    optimiser = torch.optim.AdamW(net.parameters(), lr=fitting.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, fitting.rate, fitting.steps, pct_start=0.1
    )
    wanted = {'config': asdict(config), 'fitting': asdict(fitting)}
    first = 0
    if checkpoint.is_file():
        found = read_checkpoint(checkpoint, _KIND)
        refuse_other(checkpoint, found, wanted)
        net.load_state_dict(found['net'])
        optimiser.load_state_dict(found['optimiser'])
        schedule.load_state_dict(found['schedule'])
        first = found['step']
        print(f'{checkpoint}: goes on at step {first}', flush=True)
    started, running = time.monotonic(), 0.0
    for step in range(first + 1, fitting.steps + 1):
        rng = np.random.default_rng((fitting.seed, step))
        torch.manual_seed(int(rng.integers(1 << 31)))  # of the dropout
        mel, labels = (torch.from_numpy(x) for x in draw(groups, rng, _BATCH, _CROP_STEPS))
        net.train()
        # bfloat16 halves the time of a step where the processor has it
        with torch.autocast('cpu', torch.bfloat16):
            loss = loss_of(net, config.look_ahead_steps, mel, labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            left_s = (time.monotonic() - started) / (step - first) * (fitting.steps - step)
            print(f'{step}/{fitting.steps} loss {running:.3f} {left_s:.0f} s left', flush=True)
        if step % _SAVE_EVERY == 0 or step == fitting.steps:
            write_checkpoint(checkpoint, _KIND, {
                **wanted, 'net': net.state_dict(), 'optimiser': optimiser.state_dict(),
                'schedule': schedule.state_dict(), 'step': step,
            })  # fmt: skip


def evaluate(
    net: AcousticNet, config: AcousticConfig, clips: list[corpus.Clip]
) -> dict[str, float]:
    """Return the share of frames whose phone is right, by source and in all."""
    net.eval()
    mel, delay = LogMel(), config.look_ahead_steps
    right: defaultdict[str, int] = defaultdict(int)
    total: defaultdict[str, int] = defaultdict(int)
    with torch.no_grad():
        for clip in clips:
            tail = np.zeros(delay * HOP_SAMPLES * FRAMES_PER_STEP, np.float32)
            frames = mel.whole(np.concatenate((clip.samples(), tail)))
            x = torch.from_numpy(frames.reshape(1, -1, FRAMES_PER_STEP * MEL_BANDS))
            log_posteriors = net(x, torch.zeros(1, net.state_size))[0]
            best = log_posteriors[0, delay:].argmax(-1).reshape(-1).numpy()
            labels = corpus.frame_labels(clip.phones, len(best))
            for source in (clip.source, 'all'):
                right[source] += int(((best == labels) & (labels >= 0)).sum())
                total[source] += int((labels >= 0).sum())
    return {source: round(right[source] / total[source], 4) for source in sorted(total)}
