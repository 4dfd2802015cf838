# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The 52 ARKit blendshape names, their order here, and the regions of the face they belong to."""

from __future__ import annotations

from types import MappingProxyType

#: The order of this package: Apple's Live Link enumeration, camelCase. Others use other orders
#: (the Live Link CSV swaps two left/right pairs, MediaPipe is alphabetical), so outside this
#: package shapes are addressed by name.
ARKIT_NAMES: tuple[str, ...] = (
    'eyeBlinkLeft', 'eyeLookDownLeft', 'eyeLookInLeft', 'eyeLookOutLeft', 'eyeLookUpLeft',
    'eyeSquintLeft', 'eyeWideLeft',
    'eyeBlinkRight', 'eyeLookDownRight', 'eyeLookInRight', 'eyeLookOutRight', 'eyeLookUpRight',
    'eyeSquintRight', 'eyeWideRight',
    'jawForward', 'jawLeft', 'jawRight', 'jawOpen',
    'mouthClose', 'mouthFunnel', 'mouthPucker', 'mouthLeft', 'mouthRight',
    'mouthSmileLeft', 'mouthSmileRight', 'mouthFrownLeft', 'mouthFrownRight',
    'mouthDimpleLeft', 'mouthDimpleRight', 'mouthStretchLeft', 'mouthStretchRight',
    'mouthRollLower', 'mouthRollUpper', 'mouthShrugLower', 'mouthShrugUpper',
    'mouthPressLeft', 'mouthPressRight', 'mouthLowerDownLeft', 'mouthLowerDownRight',
    'mouthUpperUpLeft', 'mouthUpperUpRight',
    'browDownLeft', 'browDownRight', 'browInnerUp', 'browOuterUpLeft', 'browOuterUpRight',
    'cheekPuff', 'cheekSquintLeft', 'cheekSquintRight', 'noseSneerLeft', 'noseSneerRight',
    'tongueOut',
)  # fmt: skip

#: Name to position in ARKIT_NAMES.
ARKIT_INDEX = MappingProxyType({name: i for i, name in enumerate(ARKIT_NAMES)})

#: Shapes that speech drives; every other shape belongs to the upper face.
LOWER_FACE_NAMES: tuple[str, ...] = tuple(
    n for n in ARKIT_NAMES if n.startswith(('jaw', 'mouth', 'tongue')) or n == 'cheekPuff'
)
UPPER_FACE_NAMES: tuple[str, ...] = tuple(n for n in ARKIT_NAMES if n not in LOWER_FACE_NAMES)


def sides(name: str) -> tuple[str, ...]:
    """Return the ARKit names that a table's name stands for.

    A symmetric pair may be written once without its side: ``mouthSmile`` stands for
    ``mouthSmileLeft`` and ``mouthSmileRight``.

    Raises:
        ValueError: no ARKit shape has this name, with or without a side.

    """
    if name in ARKIT_INDEX:
        return (name,)
    pair = (name + 'Left', name + 'Right')
    if pair[0] in ARKIT_INDEX:
        return pair
    raise ValueError(f'unknown blendshape {name!r}: not one of the 52 ARKit names')
