# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What each family of expression does to the face: config/expression/families.yaml."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..face.names import ARKIT_INDEX, ARKIT_NAMES, UPPER_FACE_NAMES, sides
from ..located_yaml import Entry, read_located
from ..resources import resource_dir

Pose = npt.NDArray[np.float32]

#: The families a sentence's expression is one of, in the order of the model's output.
FAMILIES: tuple[str, ...] = (
    'neutral', 'joy', 'sadness', 'anger', 'fear', 'disgust', 'surprise', 'doubt',
)  # fmt: skip
#: What a sentence may do besides.
SIGNALS: tuple[str, ...] = ('question', 'negation')

_UNIT = re.compile(r'AU\d{1,2}')
_SIDED_UNIT = re.compile(r'([LR])-(AU\d{1,2})')
_TIMES = ('onset_s', 'hold_s', 'decay_s')
_LONGEST_S = 10.0
# Shapes a text may move. Lids and gaze belong to idle life, the rest of the mouth to the sound.
_CORNERS = frozenset(
    shape
    for pair in ('mouthSmile', 'mouthFrown', 'mouthDimple', 'mouthStretch')
    for shape in sides(pair)
)
_UPPER = frozenset(n for n in UPPER_FACE_NAMES if not n.startswith(('eyeBlink', 'eyeLook')))


@dataclass(frozen=True, eq=False)
class Action:
    """What a family or a signal does to the face.

    Attributes:
        upper: float32 [52], what it adds to the upper face at intensity 1.
        corners: float32 [52], what it adds to the corners of the mouth.
        onset_s: from nothing to full.
        hold_s: it stays at full for at least so long.
        decay_s: from full to nothing.
        valence: -1 to 1, at full.
        arousal: 0 to 1, at full.
        max_intensity: 0 to 1.
        units: the action units and their weights.

    """

    upper: Pose
    corners: Pose
    onset_s: float
    hold_s: float
    decay_s: float
    valence: float
    arousal: float
    max_intensity: float
    units: Mapping[str, float]


@dataclass(frozen=True)
class _Unit:
    shapes: Mapping[str, float]
    corners: bool


def load_actions(folder: Path | None = None) -> dict[str, Action]:
    """Read families.yaml and au_to_arkit.yaml from a folder, or those that ship.

    Returns:
        The action of every name in FAMILIES and SIGNALS.

    Raises:
        LocatedError: ``FILE:LINE: what is wrong``.

    """
    place = resource_dir('config') / 'expression' if folder is None else folder
    units = _read_units(read_located(place / 'au_to_arkit.yaml'))
    root = read_located(place / 'families.yaml').fields(('families', 'signals'), ('sources',))
    families = root['families'].fields(FAMILIES)
    signals = root['signals'].fields(SIGNALS)
    needed = ('source', 'units', *_TIMES)
    actions = {}
    for name, entry in families.items():
        fields = entry.fields((*needed, 'valence', 'arousal', 'max_intensity'))
        actions[name] = _action(fields, units)
    for name, entry in signals.items():
        actions[name] = _action(entry.fields(needed), units)
    return actions


@functools.cache
def shipped_actions() -> Mapping[str, Action]:
    """Return the actions that ship, read once."""
    return load_actions()


def _read_units(root: Entry) -> dict[str, _Unit]:
    found = {}
    table = root.fields(('units',), ('sources',))['units'].items()
    for name, entry in table.items():
        if not _UNIT.fullmatch(name):
            entry.fail(f'{name!r} is not the name of an action unit, such as AU12')
        fields = entry.fields(('name', 'part', 'shapes'))
        corners = fields['part'].text(('upper', 'corners')) == 'corners'
        shapes: dict[str, float] = {}
        for pair, weight in fields['shapes'].items().items():
            try:
                names = sides(pair)
            except ValueError as error:
                weight.fail(str(error))
            allowed = _CORNERS if corners else _UPPER
            for shape in names:
                if shape not in allowed:
                    weight.fail(f'{shape} does not belong to the part: text must not move it')
                shapes[shape] = weight.number(-1.0, 1.0)
        found[name] = _Unit(shapes, corners)
    return found


def _action(fields: Mapping[str, Entry], units: Mapping[str, _Unit]) -> Action:
    upper = np.zeros(len(ARKIT_NAMES), np.float32)
    corners = upper.copy()
    weights = {}
    for name, entry in fields['units'].items().items():
        sided = _SIDED_UNIT.fullmatch(name)
        side, plain = sided.groups() if sided else ('', name)
        if plain not in units:
            entry.unknown(plain, units)
        unit = units[plain]
        weights[name] = entry.number(0.0, 1.0)
        target = corners if unit.corners else upper
        for shape, share in unit.shapes.items():
            if side and shape.endswith('Right' if side == 'L' else 'Left'):
                continue
            target[ARKIT_INDEX[shape]] += weights[name] * share
    if max(upper.max(), corners.max()) > 1.0:
        fields['units'].fail('the units add up to more than 1 in a shape')
    times = {name: fields[name].number(0.0, _LONGEST_S) for name in _TIMES}
    if times['onset_s'] == 0.0 or times['decay_s'] == 0.0:
        fields['onset_s'].fail('a face does not jump: onset_s and decay_s are above 0')
    return Action(
        upper=upper,
        corners=corners,
        valence=fields['valence'].number(-1.0, 1.0) if 'valence' in fields else 0.0,
        arousal=fields['arousal'].number(0.0, 1.0) if 'arousal' in fields else 0.0,
        max_intensity=(
            fields['max_intensity'].number(0.0, 1.0) if 'max_intensity' in fields else 1.0
        ),
        units=weights,
        **times,
    )
