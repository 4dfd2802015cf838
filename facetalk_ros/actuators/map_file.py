# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reading an actuator map from YAML; docs/actuators.md describes the format."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..located_yaml import Entry, LocatedError, read_located
from ..resources import resource_dir
from .actuator_map import (
    INPUTS,
    ActuatorMap,
    Beyond,
    Drive,
    Dwell,
    Extreme,
    Group,
    Joint,
    Load,
    Sum,
)
from .curves import Curve
from .safety import is_beyond, return_s

MapError = LocatedError
"""What is wrong in a map, in one line that begins with ``FILE:LINE:``."""

_INDEX = {name: i for i, name in enumerate(INPUTS)}
_NAME = re.compile('[A-Za-z][A-Za-z0-9_]*')
_TOPIC = re.compile('[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*')
_MOST_JOINTS = 200
_DEEPEST = 8
_JOINT = (
    'limits_rad', 'max_velocity_rad_s', 'max_acceleration_rad_s2', 'max_jerk_rad_s3', 'scale_rad',
    'drive',
)  # fmt: skip
_JOINT_OPTIONS = ('neutral_rad', 'trim_rad', 'direction', 'dwell', 'load')
# What lies between a dwell's time and what the watchdog and the way back take of it.
_DWELL_SLACK_S = 0.2


def shipped_maps() -> list[str]:
    """Return the names of the maps that ship."""
    return sorted(path.stem for path in (resource_dir('config') / 'actuators').glob('*.yaml'))


def map_path(name: str | Path) -> Path:
    """Return the path of a map: that of a file, or of a map that ships by its name.

    Raises:
        MapError: no map that ships has this name.

    """
    path = Path(name)
    if path.suffix in ('.yaml', '.yml'):
        return path
    if str(name) not in shipped_maps():
        raise MapError(
            f'{name}: neither a .yaml file nor a map that ships ({", ".join(shipped_maps())})'
        )
    return resource_dir('config') / 'actuators' / f'{name}.yaml'


def load_map(name: str | Path) -> ActuatorMap:
    """Read a map whole.

    Args:
        name: a .yaml file, or the name of a map that ships.

    Raises:
        MapError: it cannot be used; the message says in which line and why.

    """
    path = map_path(name)
    root = read_located(path)
    fields = root.fields(('joints', 'groups'), ('watchdog_s', 'ramp_in_s', 'exclusions'))
    entries = fields['joints'].items()
    if not 0 < len(entries) <= _MOST_JOINTS:
        fields['joints'].fail(f'{len(entries)} joints; from 1 to {_MOST_JOINTS} can be')
    joints = tuple(_joint(joint_name, entry) for joint_name, entry in entries.items())
    index = {joint.name: i for i, joint in enumerate(joints)}
    dwells = [
        (entry, _dwell(entry, i, joints[i]))
        for i, joint_entry in enumerate(entries.values())
        for entry in _dwell_entries(joint_entry)
    ]
    actuator_map = ActuatorMap(
        path.stem,
        _optional(fields, 'watchdog_s', 0.5, 0.1, 10.0),
        _optional(fields, 'ramp_in_s', 0.5, 0.0, 10.0),
        joints,
        _groups(fields['groups'], index),
        tuple(dwell for _, dwell in dwells),
        tuple(_exclusion(e, index, joints) for e in _list(fields, 'exclusions')),
    )
    for entry, dwell in dwells:
        least_s = actuator_map.watchdog_s + return_s(dwell, actuator_map) + _DWELL_SLACK_S
        if dwell.for_s < least_s:
            entry.fail(
                f'for_s {dwell.for_s:g} is too short: the watchdog and the way back may take '
                f'{least_s:.2f} s'
            )
    return actuator_map


def _optional(
    fields: Mapping[str, Entry], name: str, default: float, low: float, high: float
) -> float:
    return fields[name].number(low, high) if name in fields else default


def _list(fields: Mapping[str, Entry], name: str) -> Sequence[Entry]:
    return fields[name].list() if name in fields else []


def _joint(name: str, entry: Entry) -> Joint:
    if not _NAME.fullmatch(name):
        entry.fail(f'{name!r} is no name of a joint: letters, digits and _')
    fields = entry.fields(_JOINT, _JOINT_OPTIONS)
    lower, upper = (limit.number(-100, 100) for limit in fields['limits_rad'].list(2))
    if not lower < upper:
        fields['limits_rad'].fail(f'the lower limit {lower:g} is not below the upper {upper:g}')
    direction = _optional(fields, 'direction', 1, -1, 1)
    if direction not in (-1, 1):
        fields['direction'].fail('a direction is 1 or -1')
    joint = Joint(
        name, lower, upper,
        _optional(fields, 'neutral_rad', 0.0, lower, upper),
        _optional(fields, 'trim_rad', 0.0, -100, 100),
        int(direction),
        fields['scale_rad'].number(0, 100),
        fields['max_velocity_rad_s'].number(1e-3, 1e3),
        fields['max_acceleration_rad_s2'].number(1e-2, 1e5),
        fields['max_jerk_rad_s3'].number(1e-1, 1e7),
        _drive(fields['drive']),
        _load(fields['load']) if 'load' in fields else None,
    )  # fmt: skip
    if not lower <= joint.rest_rad <= upper:
        fields.get('trim_rad', entry).fail(
            f'{name} rests at {joint.rest_rad:g}, outside [{lower:g}, {upper:g}]'
        )
    return joint


def _drive(entry: Entry, depth: int = 0) -> Drive:
    if depth > _DEEPEST:
        entry.fail('too deep')
    if not entry.is_mapping:
        return Sum(((_INDEX[entry.text(_INDEX)], 1.0, 0.0),))
    fields = entry.fields((), ('sum', 'min', 'max', 'curve'))
    kinds = [kind for kind in ('sum', 'min', 'max') if kind in fields]
    if len(kinds) != 1:
        entry.fail("a drive is one of 'sum', 'min' and 'max'")
    curve = _curve(fields['curve']) if 'curve' in fields else None
    kind = kinds[0]
    if kind == 'sum':
        return Sum(tuple(_term(n, e) for n, e in fields['sum'].items().items()), curve)
    parts = tuple(_drive(part, depth + 1) for part in fields[kind].list())
    if not parts:
        fields[kind].fail(f'{kind} of nothing')
    return Extreme('min' if kind == 'min' else 'max', parts, curve)


def _term(name: str, entry: Entry) -> tuple[int, float, float]:
    if name not in _INDEX:
        entry.unknown(name, _INDEX)
    if not entry.is_mapping:
        return _INDEX[name], entry.number(-100, 100), 0.0
    fields = entry.fields(('weight',), ('neutral',))
    return _INDEX[name], fields['weight'].number(-100, 100), _optional(fields, 'neutral', 0, -4, 4)


def _curve(entry: Entry) -> Curve:
    fields = entry.fields(('points',), ('kind',))
    kind = fields['kind'].text(('linear', 'cubic')) if 'kind' in fields else 'linear'
    points = []
    for point in fields['points'].list():
        x, y = (value.number(-1000, 1000) for value in point.list(2))
        points.append((x, y))
    try:
        return Curve('cubic' if kind == 'cubic' else 'linear', points)
    except ValueError as error:
        fields['points'].fail(str(error))


def _load(entry: Entry) -> Load:
    fields = entry.fields(('effort',), ('for_s', 'release_s'))
    return Load(
        fields['effort'].number(0, 1e6),
        _optional(fields, 'for_s', 0.3, 0, 60),
        _optional(fields, 'release_s', 2.0, 0.1, 60),
    )


def _dwell_entries(joint: Entry) -> Sequence[Entry]:
    entry = joint.items().get('dwell')
    if entry is None:
        return []
    return entry.list() if entry.is_list else [entry]


def _beyond(fields: Mapping[str, Entry], entry: Entry, i: int, joint: Joint) -> Beyond:
    sides = [side for side in ('above_rad', 'below_rad') if side in fields]
    if len(sides) != 1:
        entry.fail("expected one of 'above_rad' and 'below_rad'")
    level = fields[sides[0]].number(joint.lower_rad, joint.upper_rad)
    beyond = Beyond(i, sides[0] == 'above_rad', level)
    if is_beyond(beyond, joint.rest_rad):
        entry.fail(f'{joint.name} rests at {joint.rest_rad:g}, which is beyond {level:g}')
    return beyond


def _dwell(entry: Entry, i: int, joint: Joint) -> Dwell:
    fields = entry.fields(('for_s',), ('above_rad', 'below_rad', 'to_rad', 'rest_s'))
    beyond = _beyond(fields, entry, i, joint)
    to_rad = _optional(
        fields, 'to_rad', (beyond.level_rad + joint.rest_rad) / 2, joint.lower_rad, joint.upper_rad
    )
    if is_beyond(beyond, to_rad) or is_beyond(Beyond(i, beyond.above, to_rad), joint.rest_rad):
        entry.fail(
            f'to_rad {to_rad:g} is not between the level {beyond.level_rad:g} and the rest '
            f'{joint.rest_rad:g}'
        )
    return Dwell(
        beyond, fields['for_s'].number(0.1, 3600), to_rad, _optional(fields, 'rest_s', 1, 0, 60)
    )


def _exclusion(
    entry: Entry, index: Mapping[str, int], joints: Sequence[Joint]
) -> tuple[Beyond, Beyond]:
    sides = []
    for side in entry.list(2):
        fields = side.fields(('joint',), ('above_rad', 'below_rad'))
        i = index[fields['joint'].text(index)]
        sides.append(_beyond(fields, side, i, joints[i]))
    first, second = sides
    if first.joint == second.joint:
        entry.fail('two different joints exclude each other')
    return first, second


def _groups(entry: Entry, index: Mapping[str, int]) -> tuple[Group, ...]:
    groups: list[Group] = []
    seen: dict[str, str] = {}
    for name, group in entry.items().items():
        if not _NAME.fullmatch(name):
            group.fail(f'{name!r} is no name of a group: letters, digits and _')
        fields = group.fields(('joints',), ('output', 'topic', 'latency_s'))
        joints = [(e, e.text(index)) for e in fields['joints'].list()]
        if not joints:
            fields['joints'].fail('a group has at least one joint')
        for joint_entry, joint in joints:
            if joint in seen:
                joint_entry.fail(f'{joint} is in the group {seen[joint]} already')
            seen[joint] = name
        forward = (
            'output' in fields and fields['output'].text(('trajectory', 'forward')) == 'forward'
        )
        topic = f'{name}/{"commands" if forward else "joint_trajectory"}'
        if 'topic' in fields:
            topic = fields['topic'].text()
            if not _TOPIC.fullmatch(topic):
                fields['topic'].fail(f'{topic!r} is no relative name of a topic')
        if topic in (other.topic for other in groups):
            group.fail(f'two groups have the topic {topic}')
        groups.append(Group(
            name, tuple(index[joint] for _, joint in joints),
            'forward' if forward else 'trajectory', topic,
            _optional(fields, 'latency_s', 0.0, 0.0, 1.0),
        ))  # fmt: skip
    missing = [joint for joint in index if joint not in seen]
    if missing:
        entry.fail(f'{missing[0]} is in no group')
    return tuple(groups)
