# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the robot attends to, and what that makes of its eyes and head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from ..located_yaml import Entry, read_located

Attention = Literal['speaking', 'listening', 'thinking', 'idle']
ATTENTIONS: tuple[Attention, ...] = get_args(Attention)

_DIRECTIONS = ('up', 'side', 'down')
_FIELDS = (
    'partner_s', 'away_s', 'away_deg', 'away_to', 'face_deg', 'head_deg', 'head_follows',
)  # fmt: skip


@dataclass(frozen=True)
class AttentionStyle:
    """How eyes and head behave in one state; attention.yaml says what the numbers mean."""

    partner_s: float
    away_s: float
    away_deg: tuple[float, float]
    away_to: tuple[float, float, float]
    face_deg: float
    head_deg: tuple[float, float, float]
    head_follows: float


@cache
def attention_styles() -> Mapping[Attention, AttentionStyle]:
    """Return the styles that ship, by state."""
    fields = read_located(Path(__file__).with_name('attention.yaml')).fields(ATTENTIONS)
    return {name: _style(fields[name]) for name in ATTENTIONS}


def _style(entry: Entry) -> AttentionStyle:
    fields = entry.fields(_FIELDS)
    mean, most = (e.number(0, 20) for e in fields['away_deg'].list(2))
    to = fields['away_to'].fields(_DIRECTIONS)
    up, side, down = (to[name].number(0, 100) for name in _DIRECTIONS)
    roll, pitch, yaw = (e.number(0, 10) for e in fields['head_deg'].list(3))
    return AttentionStyle(
        fields['partner_s'].number(0.2, 60), fields['away_s'].number(0.2, 60), (mean, most),
        (up, side, down), fields['face_deg'].number(0, 5), (roll, pitch, yaw),
        fields['head_follows'].number(0, 1),
    )  # fmt: skip
