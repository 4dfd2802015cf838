# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The pose of each phone and how strongly it imposes itself, read from a table."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from .names import ARKIT_INDEX, ARKIT_NAMES, sides

_TABLE = Path(__file__).parent / 'phone_poses.yaml'


@dataclass(frozen=True)
class PhonePose:
    """What a phone asks of the face.

    Attributes:
        weights: float32 [52], the pose it aims at.
        dominance: float32 [52], positive; how strongly it imposes each shape.
        reach: float32 [52]; the part of its dominance that colours its neighbours' targets.
        rise_s: from the phone's start to its pose.
        seals: whether the lips meet.
        release: how far the next pose is reached at the end, at the least.

    """

    weights: npt.NDArray[np.float32]
    dominance: npt.NDArray[np.float32]
    reach: npt.NDArray[np.float32]
    rise_s: float
    seals: bool
    release: float


def _number(value: Any, low: float, high: float, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f'{what}: {value!r} is not a number from {low} to {high}')
    return float(value)


def _entries(value: Any, what: str, needed: Collection[str] = ()) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ValueError(f'{what}: {value!r} is not a mapping')
    for key in needed:
        if key not in value:
            raise ValueError(f'{what}: {key} is missing')
    return value


def parse_pose_table(table: Any) -> dict[str, PhonePose]:
    """Turn a parsed table into poses by phone.

    Raises:
        ValueError: the table says what is wrong with it.

    """
    _entries(table, 'pose table', ('groups', 'phones'))
    group_of: dict[str, str] = {}
    reach = np.zeros(len(ARKIT_NAMES), np.float32)
    for group, row in _entries(table['groups'], 'groups').items():
        _entries(row, f'group {group}', ('reach', 'shapes'))
        for name in (n for written in row['shapes'] for n in sides(written)):
            group_of[name] = group
            reach[ARKIT_INDEX[name]] = _number(row['reach'], 0.0, 1.0, f'{group} reach')
    poses = {}
    for phone, row in _entries(table['phones'], 'phones').items():
        _entries(row, f'phone {phone}', ('rise_ms', 'dominance', 'pose'))
        unknown = row.keys() - {'pose', 'dominance', 'rise_ms', 'seals', 'release'}
        if unknown:
            raise ValueError(f'phone {phone}: unknown key {sorted(unknown)[0]!r}')
        weights = np.zeros(len(ARKIT_NAMES), np.float32)
        for written, value in _entries(row['pose'], f'{phone} pose').items():
            for name in sides(written):
                weights[ARKIT_INDEX[name]] = _number(value, 0.0, 1.0, f'{phone} {written}')
        strength = _entries(row['dominance'], f'{phone} dominance', ('other',))
        wrong = strength.keys() - {'other', *table['groups']}
        if wrong:
            raise ValueError(f'{phone} dominance: {sorted(wrong)[0]!r} is no group')
        dominance = [strength.get(group_of.get(n, ''), strength['other']) for n in ARKIT_NAMES]
        for value in dominance:
            _number(value, 0.01, 100.0, f'{phone} dominance')
        rise_s = _number(row['rise_ms'], 1.0, 500.0, f'{phone} rise_ms') / 1000.0
        poses[str(phone)] = PhonePose(
            weights,
            np.array(dominance, np.float32),
            reach,
            rise_s,
            bool(row.get('seals', False)),
            _number(row.get('release', 0.0), 0.0, 1.0, f'{phone} release'),
        )
    return poses


@functools.cache
def default_pose_table() -> Mapping[str, PhonePose]:
    """Return the table that ships, read once."""
    return parse_pose_table(yaml.safe_load(_TABLE.read_text(encoding='utf-8')))
