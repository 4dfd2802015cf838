# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""hri_msgs/Expression as one of our families."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..expression.families import FAMILIES, shipped_actions
from ..located_yaml import read_located
from ..resources import resource_dir

EXPRESSION_TYPE = 'hri_msgs/msg/Expression'


@cache
def expression_names() -> Mapping[str, tuple[str, float]]:
    """Return family and intensity of each name that hri_msgs/Expression has."""
    root = read_located(resource_dir('config') / 'expression' / 'hri_expressions.yaml')
    names = {}
    for name, entry in root.items().items():
        family, intensity = entry.list(2)
        names[name] = family.text(FAMILIES), intensity.number(0.0, 1.0)
    return names


def wanted_expression(message: Any) -> tuple[str, float]:
    """Return the family that a message asks for, and how strongly.

    A message without a name tells valence and arousal (Russell 1980, "A circumplex model of
    affect"): the family next to them is taken.

    Raises:
        ValueError: a name that hri_msgs does not have, or a number outside its range.

    """
    name = str(message.expression).strip().lower()
    if name:
        if name not in expression_names():
            raise ValueError(f'{name[:40]!r} is none of {", ".join(expression_names())}')
        return expression_names()[name]
    valence, arousal = float(message.valence), float(message.arousal)
    if not (abs(valence) <= 1.0 and abs(arousal) <= 1.0):  # NaN is found too
        raise ValueError(f'valence {valence!r} and arousal {arousal!r} are outside -1 to 1')
    strength = min(math.hypot(valence, arousal), 1.0)
    actions = shipped_actions()

    def away(family: str) -> float:
        action = actions[family]
        # the tables count arousal from 0 to 1
        return math.dist((valence, arousal), (action.valence, 2 * action.arousal - 1))

    emotions = [family for family in FAMILIES if family != 'neutral']
    return ('neutral', 1.0) if strength < 0.2 else (min(emotions, key=away), strength)
