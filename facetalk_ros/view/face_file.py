# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reading a face from YAML; the format is described at the head of config/faces/friendly.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import yaml

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.resources import resource_dir

from .face_model import Contact, Curve, FaceModel, Layer

_Array = npt.NDArray[np.float32]

_COLOR = re.compile('#([0-9a-fA-F]{6})([0-9a-fA-F]{2})?')
_KEYS = {
    'face': {'view', 'background', 'colors', 'curves', 'contacts', 'layers'},
    'curve': {'side', 'points', 'circle', 'closed', 'symmetric', 'moves'},
    'move': {'x', 'y', 'width', 'grow'},
    'contact': {'upper', 'lower', 'slack', 'side', 'with_upper', 'with_lower'},
    'layer': {'name', 'fill', 'stroke', 'path', 'clip', 'side'},
}
# eight points of a circle; a Catmull-Rom spline through them stays within 1 % of its radius
_CIRCLE = np.array([[np.sin(a), -np.cos(a)] for a in np.arange(8) * np.pi / 4])


class _Shape(NamedTuple):
    """A curve as it is being read: points [n, 3] and what shapes add to them."""

    points: _Array
    closed: bool
    moves: dict[str, _Array]


def face_names() -> list[str]:
    """Return the names of the faces that ship."""
    return sorted(path.stem for path in (resource_dir('config') / 'faces').glob('*.yaml'))


def load_face(face: str | Path = 'friendly') -> FaceModel:
    """Read a face.

    Args:
        face: the name of one that ships, or the path of a YAML file.

    Raises:
        ValueError: no face of this name, or a file that is no face; the message says where.
        OSError: the file cannot be read.

    """
    path = Path(face)
    if path.suffix not in ('.yaml', '.yml'):
        if str(face) not in face_names():
            raise ValueError(f'no face {str(face)!r}; there are {", ".join(face_names())}')
        path = resource_dir('config') / 'faces' / f'{face}.yaml'
    try:
        return parse_face(yaml.safe_load(path.read_text('utf-8')))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f'{path}: {" ".join(str(error).split())}') from error


def parse_face(data: object) -> FaceModel:
    """Return the face that a parsed file describes.

    Raises:
        ValueError: a key, name, number or count that is wrong; the message says where.
        TypeError: a value of a wrong type.

    """
    face = _mapping(data, 'face')
    for key in ('view', 'background', 'colors', 'curves', 'layers'):
        if key not in face:
            raise ValueError(f'the face has no {key!r}')
    shapes: dict[str, _Shape] = {}
    for name, curve in face['curves'].items():
        try:
            shapes |= _read_curve(name, _mapping(curve, 'curve'))
        except (ValueError, TypeError) as error:
            raise ValueError(f'curve {name}: {error}') from error
    curves: dict[str, Curve] = {}
    start = 0
    for name, shape in shapes.items():
        curves[name] = Curve(slice(start, start + len(shape.points)), shape.closed)
        start += len(shape.points)
    moves = np.zeros((len(ARKIT_INDEX), start, 3), np.float32)
    for name, shape in shapes.items():
        for arkit, move in shape.moves.items():
            moves[ARKIT_INDEX[arkit], curves[name].points] = move
    colors = {name: _color(value) for name, value in face['colors'].items()}
    left, top, right, bottom = (float(v) for v in face['view'])
    if not (left < right and top < bottom and right - left == bottom - top):
        raise ValueError(f'view {face["view"]} is no square')
    above, below = (_color(c) for c in face['background'])
    return FaceModel(
        (left, top, right, bottom),
        (above, below),
        curves,
        tuple(_read_layers(face['layers'], curves, colors)),
        tuple(_read_contacts(face.get('contacts', []), curves)),
        np.concatenate([shape.points for shape in shapes.values()]),
        moves,
    )


def _mapping(data: object, kind: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError(f'a {kind} is not written as a mapping: {str(data)[:60]!r}')
    unknown = sorted(str(key) for key in data.keys() - _KEYS[kind])
    if unknown:
        raise ValueError(f'a {kind} has no key {unknown[0]!r}')
    return data


def _color(text: object) -> tuple[int, int, int, int]:
    match = _COLOR.fullmatch(str(text))
    if not match:
        raise ValueError(f'{text!r} is no colour #rrggbb or #rrggbbaa')
    red, green, blue = bytes.fromhex(match[1])
    return red, green, blue, int(match[2] or 'ff', 16)


def _sided(entry: Mapping[str, Any], name: str) -> bool:
    side = entry.get('side')
    if side not in (None, 'left'):
        raise ValueError(f'{name}: side {side!r} is not left')
    return side == 'left'


def _read_curve(name: str, curve: Mapping[str, Any]) -> dict[str, _Shape]:
    closed = bool(curve.get('closed', 'circle' in curve))
    if ('circle' in curve) == ('points' in curve):
        raise ValueError('has either points or a circle')
    if 'circle' in curve:
        x, y, *radii = (float(v) for v in curve['circle'])
        plane = np.array([x, y]) + _CIRCLE * np.array(radii)
        points = np.column_stack([plane, np.zeros(len(plane))])
    else:
        points = np.array([[*point, 0.0][:3] for point in curve['points']], np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
        raise ValueError('needs two or more points [x, y] or [x, y, width]')
    moves = {}
    for arkit, move in (curve.get('moves') or {}).items():
        if arkit not in ARKIT_INDEX:
            raise ValueError(f'{arkit!r} is none of the 52 ARKit names')
        try:
            moves[arkit] = _read_move(points, _mapping(move, 'move'))
        except (ValueError, TypeError) as error:
            raise ValueError(f'{arkit}: {error}') from error
    shape = _Shape(points.astype(np.float32), closed, moves)
    if _sided(curve, name):
        return {f'{name}_left': shape, f'{name}_right': _mirrored(shape)}
    if curve.get('symmetric', True):
        shape = _both_sides(shape)
    return {name: shape}


def _read_move(points: npt.NDArray[np.float64], move: Mapping[str, Any]) -> _Array:
    added = np.zeros_like(points)
    for column, key in enumerate(('x', 'y', 'width')):
        value = np.asarray(move.get(key, 0.0), np.float64)
        if value.shape not in ((), (len(points),)):
            raise ValueError(f'{key} has {value.size} numbers for {len(points)} points')
        added[:, column] = value
    centre = (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    added[:, :2] += (float(move.get('grow', 1.0)) - 1.0) * (points[:, :2] - centre)
    if not np.isfinite(added).all():
        raise ValueError('a number that is not finite')
    return added.astype(np.float32)


def _other_side(arkit: str) -> str:
    for side, other in (('Left', 'Right'), ('Right', 'Left')):
        if arkit.endswith(side):
            return arkit.removesuffix(side) + other
    return arkit


def _mirrored(shape: _Shape) -> _Shape:
    flip = np.array([-1, 1, 1], np.float32)
    return _Shape(
        shape.points * flip,
        shape.closed,
        {_other_side(arkit): move * flip for arkit, move in shape.moves.items()},
    )


def _both_sides(shape: _Shape) -> _Shape:
    """Add the Right moves to a curve that is symmetric and says only the Left ones."""
    mirrored = _mirrored(shape)
    distance = np.abs(shape.points[:, None] - mirrored.points[None]).max(-1)
    partner = distance.argmin(1)
    if distance.min(1).max() > 1e-4:
        lone = shape.points[distance.min(1).argmax(), :2]
        raise ValueError(f'point {lone.tolist()} has no mirror image; add symmetric: false')
    moves = dict(shape.moves)
    for arkit, move in mirrored.moves.items():
        moves.setdefault(arkit, move[partner])
    return shape._replace(moves=moves)


def _read_layers(
    entries: list[Any],
    curves: Mapping[str, Curve],
    colors: Mapping[str, tuple[int, int, int, int]],
) -> list[Layer]:
    layers: list[Layer] = []
    for entry in entries:
        layer = _mapping(entry, 'layer')
        name = str(layer.get('name'))
        if ('fill' in layer) == ('stroke' in layer):
            raise ValueError(f'layer {name} has either a fill or a stroke')
        color = colors.get(layer.get('fill', layer.get('stroke')))
        if color is None:
            raise ValueError(f'layer {name}: unknown colour')
        for suffix in ('_left', '_right') if _sided(layer, name) else ('',):
            path = [
                (_find(str(part).removeprefix('-'), suffix, curves), str(part).startswith('-'))
                for part in layer['path']
            ]
            known = {earlier.name: earlier for earlier in layers}
            clip = _find(layer['clip'], suffix, known) if layer.get('clip') else None
            if clip and (known[clip].clip or known[clip].stroke):
                raise ValueError(f'layer {name}: {clip} is clipped or a stroke and cannot clip')
            if 'stroke' in layer and len(path) != 1:
                raise ValueError(f'layer {name}: a stroke follows one curve')
            if name + suffix in known:
                raise ValueError(f'two layers are named {name + suffix}')
            layers.append(Layer(name + suffix, tuple(path), 'stroke' in layer, color, clip))
    return layers


def _read_contacts(entries: list[Any], curves: Mapping[str, Curve]) -> list[Contact]:
    contacts = []
    for entry in entries:
        contact = _mapping(entry, 'contact')
        for suffix in ('_left', '_right') if _sided(contact, 'contact') else ('',):

            def rows(names: list[str], suffix: str = suffix) -> npt.NDArray[np.intp]:
                found = [curves[_find(name, suffix, curves)].points for name in names]
                return np.array([np.arange(p.start, p.stop) for p in found], np.intp)

            upper, lower = rows([contact['upper']])[0], rows([contact['lower']])[0]
            taken = [rows(contact.get(key, [])) for key in ('with_upper', 'with_lower')]
            with_upper, with_lower = (t.reshape(-1, len(upper)) for t in taken)
            slack = float(contact['slack'])
            if len(upper) != len(lower) or not slack > 0:
                raise ValueError('a contact has curves of one length, and slack above 0')
            contacts.append(Contact(upper, lower, with_upper, with_lower, slack))
    return contacts


def _find(name: str, suffix: str, known: Mapping[str, object]) -> str:
    for candidate in (name + suffix, name):
        if candidate in known:
            return candidate
    raise ValueError(f'unknown curve or layer {name!r}')
