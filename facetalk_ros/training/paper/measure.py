# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The errors of animated scans: LVE, FDD, MVE."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...commands.progress import ProgressBar
from ...evaluation.vertices import MotionErrors
from ..layouts.clip import Floats, Regions
from .examples import Example
from .net import PaperNet

Animation = Callable[[Example], Floats]


def animation(net: PaperNet, style: str = '') -> Animation:
    """Return what animates a clip with a network.

    Args:
        net: the network.
        style: whose style to take; '' for each speaker's own, and the mean of all learned styles
            for one who was not trained on.

    Raises:
        ValueError: nobody of that name was trained on.

    """
    if style and style not in net.config.speakers:
        raise ValueError(f'style {style!r} is not one of {", ".join(net.config.speakers)}')
    net.eval()
    device = net.scale.device

    def animate(example: Example) -> Floats:
        with torch.no_grad():
            motion = net(
                torch.from_numpy(example.samples).to(device), example.frames,
                torch.from_numpy(example.keys).to(device),
                torch.from_numpy(example.phones).to(device), style or example.speaker,
            )  # fmt: skip
        return np.asarray(motion.cpu().numpy(), np.float32)

    return animate


def at_rest(example: Example) -> Floats:
    """Return the template through all of a clip: what any animation has to be better than."""
    return np.zeros_like(example.motion())


def errors(animate: Animation, examples: list[Example], regions: Regions) -> dict[str, float]:
    """Return LVE, FDD (signed and absolute) and MVE over clips; see MotionErrors."""
    found = MotionErrors(regions.lips, regions.upper, regions.corners)
    shape = (-1, regions.points, regions.dimensions)
    with ProgressBar('measuring') as bar:
        for done, example in enumerate(examples):
            bar.show(done, len(examples))
            found.add(example.motion().reshape(shape), animate(example).reshape(shape))
    return found.report()
