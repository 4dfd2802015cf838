# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Reading a face from YAML, and the rule by which any renderer draws it.

**Reading.** Units are those of the face's own square, x to the right and y down in the picture;
the character looks at us, so its left side has positive x. Keys not named here are refused.

- `view`: [left, top, right, bottom], the square that is shown. `background`: colours of its top
  and bottom edge, mixed linearly between. `colors`: name -> '#rrggbb' or '#rrggbbaa'.
- `head` (optional): `pivot` [x, y], about which the head turns; `dome` [x, y, rx, ry, rz]: at rest
  a point lies at depth rz * sqrt(max(0, 1 - ((px-x)/rx)^2 - ((py-y)/ry)^2)), towards us.
- `curves`: name -> control points, each (x, y, width, depth, follow):
    - `points`: [[x, y] or [x, y, width], ...], width 0 where it is not given; or `circle`:
      [x, y, radius] or [x, y, x radius, y radius], the 8 points x + rx*sin(a), y - ry*cos(a),
      a = 0, 45, ... 315 degrees, closed. `closed` (else false): the last point joins the first.
    - `depth` (0), `follow` (1): one number, or one for each point. Depth is added to the dome's,
      or stands alone when `flat: true`. Follow is the share of the head's motion: 0 for a body.
    - `moves`: ARKit shape -> what it adds at weight 1: `x`, `y`, `width` (0), each one number or
      one for each point; `grow` (1): adds (grow - 1) * (point - middle of the curve's bounding box
      at rest) to x and y.
    - `side: left`: the curve NAME_left as written, and NAME_right: x and x moves negated, Left and
      Right at the end of the shapes' names exchanged.
    - else, unless `symmetric: false`: for every shape S with a side whose mirror M is not given,
      M adds to a point what S adds to its mirror image, x negated (the mirror image is the point
      at (-x, y, width); shapes without a side are written out in full).
- `contacts`: `upper`, `lower`: names of two curves with as many points; `with_upper`,
  `with_lower`: lists of curves taken along; `slack`; `side: left` stands for two contacts.
- `layers`: in order of drawing. `fill` or `stroke`: a colour. `path`: curves, '-' walks one
  backwards. `clip`: a fill layer inside which alone it shows. `soft` (0, to 1; of a fill): below.
  `side: left`: drawn for the left, then for the right. Names of curves and layers are looked up
  with _left or _right added first.

**Drawing** a pose: 52 weights, clipped to 0..1, and a head pose (roll, pitch, yaw) [rad].

1. points = rest + sum over shapes of weight * move (x, y, width).
2. Each contact, point by point, with u and l the points of upper and lower, m = (u + l) / 2:
   gap = l.y - u.y; gap = max(0, min(gap, 2 * max(0, gap - slack))); apart = min(1, gap / (2 *
   slack)) * (l.x - u.x) / 2; new u = (m.x - apart, m.y - gap / 2), new l = (m.x + apart,
   m.y + gap / 2). Curves with_upper are shifted by new u - u, those with_lower by new l - l.
3. The head, per point, with p relative to the pivot, z its depth and the angles as REP-103 has
   them (roll about the line of sight lifts the left side, pitch down, yaw to the left positive;
   pitch and yaw clipped to 0.6): x1 = x*cos(yaw) + z*sin(yaw), z1 = z*cos(yaw) - x*sin(yaw),
   y1 = y*cos(pitch) + z1*sin(pitch), x2 = x1*cos(roll) + y1*sin(roll),
   y2 = y1*cos(roll) - x1*sin(roll); p = p + follow * ((x2, y2) - p).
4. Curves are uniform Catmull-Rom splines (x, y and width alike; as cubic Beziers: the handles of
   the piece from b to c in a, b, c, d are b + (c - a)/6 and c - (d - b)/6). An open one is
   continued at its ends by the neighbour's mirror image (2 * end - neighbour).
5. Layers, painted over one another. A fill paints the inside (non-zero winding) of its curves,
   one after the other. A stroke paints a round brush of the line's width along its one curve;
   where the width is 0 or less there is none. With `soft` s the fill is painted 6 times,
   k = 0..5, its polygon scaled about the middle of its bounding box by 1 - s*k/6, each time with
   the alpha 1 - (1 - a)^(1/6), where a is the colour's: an edge that fades, as a gradient would.
"""

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
    'face': {'view', 'background', 'colors', 'head', 'curves', 'contacts', 'layers'},
    'head': {'pivot', 'dome'},
    'curve': {
        'side', 'points', 'circle', 'closed', 'symmetric', 'depth', 'flat', 'follow', 'moves',
    },
    'move': {'x', 'y', 'width', 'grow'},
    'contact': {'upper', 'lower', 'slack', 'side', 'with_upper', 'with_lower'},
    'layer': {'name', 'fill', 'stroke', 'path', 'clip', 'side', 'soft'},
}  # fmt: skip
# eight points of a circle; a Catmull-Rom spline through them stays within 1 % of its radius
_CIRCLE = np.array([[np.sin(a), -np.cos(a)] for a in np.arange(8) * np.pi / 4])


class _Shape(NamedTuple):
    """A curve as it is being read.

    Attributes:
        points: float32 [n, 3]: x, y, stroke width.
        depths: float32 [n, 2]: depth, and the share of the head's motion.
        closed: whether the last point joins the first.
        moves: float32 [n, 3] by shape.

    """

    points: _Array
    depths: _Array
    closed: bool
    moves: dict[str, _Array]


class _Head(NamedTuple):
    """About what the head turns, and how round it is: x, y, rx, ry, rz."""

    pivot: tuple[float, float] = (0.0, 0.0)
    dome: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0, 0.0)

    def depth(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how far in front of the pivot points of the head lie."""
        x, y, rx, ry, rz = self.dome
        out = ((points[:, 0] - x) / rx) ** 2 + ((points[:, 1] - y) / ry) ** 2
        return rz * np.sqrt(np.maximum(0.0, 1.0 - out))


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
    head = _read_head(_mapping(face.get('head') or {}, 'head'))
    shapes: dict[str, _Shape] = {}
    for name, curve in face['curves'].items():
        try:
            shapes |= _read_curve(name, _mapping(curve, 'curve'), head)
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
        head.pivot,
        np.concatenate([shape.depths for shape in shapes.values()]),
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


def _read_head(head: Mapping[str, Any]) -> _Head:
    found = _Head()
    if 'pivot' in head:
        x, y = (float(v) for v in head['pivot'])
        found = found._replace(pivot=(x, y))
    if 'dome' in head:
        dome = tuple(float(v) for v in head['dome'])
        if len(dome) != 5 or not all(v > 0 for v in dome[2:]):
            raise ValueError('a dome is [x, y, rx, ry, rz], the radii above 0')
        found = found._replace(dome=dome)
    if not np.isfinite([*found.pivot, *found.dome]).all():
        raise ValueError('the head has a number that is not finite')
    return found


def _read_curve(name: str, curve: Mapping[str, Any], head: _Head) -> dict[str, _Shape]:
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
    depths = np.column_stack(
        [_per_point(curve.get(key, default), key, len(points))
         for key, default in (('depth', 0.0), ('follow', 1.0))]
    )  # fmt: skip
    if not curve.get('flat', False):
        depths[:, 0] += head.depth(points)
    if not (np.isfinite(points).all() and np.isfinite(depths).all()):
        raise ValueError('a number that is not finite')
    shape = _Shape(points.astype(np.float32), depths.astype(np.float32), closed, moves)
    if _sided(curve, name):
        return {f'{name}_left': shape, f'{name}_right': _mirrored(shape)}
    if curve.get('symmetric', True):
        shape = _both_sides(shape)
    return {name: shape}


def _read_move(points: npt.NDArray[np.float64], move: Mapping[str, Any]) -> _Array:
    added = np.zeros_like(points)
    for column, key in enumerate(('x', 'y', 'width')):
        added[:, column] = _per_point(move.get(key, 0.0), key, len(points))
    centre = (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    added[:, :2] += (float(move.get('grow', 1.0)) - 1.0) * (points[:, :2] - centre)
    if not np.isfinite(added).all():
        raise ValueError('a number that is not finite')
    return added.astype(np.float32)


def _per_point(given: object, key: str, count: int) -> npt.NDArray[np.float64]:
    value = np.asarray(given, np.float64)
    if value.shape not in ((), (count,)):
        raise ValueError(f'{key} has {value.size} numbers for {count} points')
    return np.broadcast_to(value, count)


def _other_side(arkit: str) -> str:
    for side, other in (('Left', 'Right'), ('Right', 'Left')):
        if arkit.endswith(side):
            return arkit.removesuffix(side) + other
    return arkit


def _mirrored(shape: _Shape) -> _Shape:
    flip = np.array([-1, 1, 1], np.float32)
    return _Shape(
        shape.points * flip,
        shape.depths,
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
            if clip and (known[clip].clip or known[clip].stroke or known[clip].soft):
                raise ValueError(f'layer {name}: {clip} is clipped, soft or a stroke: cannot clip')
            if 'stroke' in layer and len(path) != 1:
                raise ValueError(f'layer {name}: a stroke follows one curve')
            soft = float(layer.get('soft', 0.0))
            if not 0 <= soft <= 1 or (soft and 'stroke' in layer):
                raise ValueError(f'layer {name}: soft {soft:g} is not 0 to 1 of a fill')
            if name + suffix in known:
                raise ValueError(f'two layers are named {name + suffix}')
            layers.append(Layer(name + suffix, tuple(path), 'stroke' in layer, color, clip, soft))
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
