# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The few numbers that a speaking mouth moves by, and the ARKit weights that show them.

Captured faces and learned motion are compared and made in these channels: both sides of the mouth
alike, and the lip aperture as a number of its own, because it is what is seen of p, b and m.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .aperture import LIPS_CLOSED_BELOW, lip_aperture
from .names import ARKIT_INDEX, ARKIT_NAMES, sides

Floats = npt.NDArray[np.float32]

#: Shapes that a captured face tells; a pair of sides is one channel.
ARTICULATED_SHAPES: tuple[str, ...] = (
    'jawOpen', 'mouthPucker', 'mouthFunnel', 'mouthLowerDown', 'mouthUpperUp', 'mouthPress',
    'mouthRollLower', 'mouthRollUpper', 'mouthStretch', 'mouthSmile', 'mouthShrugLower',
    'mouthShrugUpper', 'mouthDimple',
)  # fmt: skip
#: The channels of learned motion: the lip aperture (face.aperture), then the shapes.
CHANNELS: tuple[str, ...] = ('aperture', *ARTICULATED_SHAPES)
APERTURE = 0

_PLACES = [np.array([ARKIT_INDEX[n] for n in sides(name)]) for name in ARTICULATED_SHAPES]
_COLUMN = np.zeros(len(ARKIT_NAMES), np.intp)
for _channel, _places in enumerate(_PLACES, 1):
    _COLUMN[_places] = _channel
#: bool [52], the weights that ``pose_of`` sets.
ARTICULATED: npt.NDArray[np.bool_] = _COLUMN > 0
_CLOSE = ARKIT_INDEX['mouthClose']
ARTICULATED[_CLOSE] = True
_JAW, _LOWER, _UPPER, _PRESS = (
    CHANNELS.index(n) for n in ('jawOpen', 'mouthLowerDown', 'mouthUpperUp', 'mouthPress')
)
# What the lips lack when the jaw alone does not part them enough: two thirds from the lower lip.
_LOWER_PART, _UPPER_PART = 4 / 3, 2 / 3


def channels_of(weights: Floats) -> Floats:
    """Return the channels of poses, float32 [T, channels], from float32 [T, 52]."""
    shapes = [weights[:, places].mean(1) for places in _PLACES]
    return np.stack([lip_aperture(weights), *shapes], 1).astype(np.float32)


def pose_of(channels: Floats) -> Floats:
    """Return the pose that shows the channels, float32 [52]; inverse of ``channels_of``.

    The shapes are taken as they are, but for the lips: ``mouthClose`` makes up for what the jaw
    opens too far; lips that part too much are drawn back, lips that part too little are raised.
    Of closed lips (below LIPS_CLOSED_BELOW) the aperture may come out smaller.

    Args:
        channels: float32 [channels], none below 0.

    """
    c = np.maximum(channels, 0)
    parted = 0.5 * (c[_LOWER] + c[_UPPER])
    # pressing makes good for lips that are apart; of lips that meet it asks nothing of the jaw
    pressed = 0.25 * c[_PRESS] * min(1.0, c[APERTURE] / LIPS_CLOSED_BELOW)
    gap = c[APERTURE] + pressed - parted  # what is left for the jaw to open
    if gap < 0:
        drawn = (c[APERTURE] + pressed) / parted
        c[_LOWER] *= drawn
        c[_UPPER] *= drawn
        gap = 0.0
    elif gap > c[_JAW]:
        missing = gap - c[_JAW]
        c[_LOWER] += _LOWER_PART * missing
        c[_UPPER] += _UPPER_PART * missing
        gap = c[_JAW]
    c[APERTURE] = 0.0  # what no channel moves stands there
    pose = c[_COLUMN]
    pose[_CLOSE] = c[_JAW] - gap
    return np.asarray(np.minimum(pose, 1.0), np.float32)
