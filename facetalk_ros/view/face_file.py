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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.resources import resource_dir

from .face_curves import Shape, read_curve, read_head
from .face_errors import LOADER, FaceError, at, is_left, line_of, mapping, numbers, sequence
from .face_model import Contact, Curve, FaceModel, Layer

_Color = tuple[int, int, int, int]

_COLOR = re.compile('#([0-9a-fA-F]{6})([0-9a-fA-F]{2})?')
_NEEDED = ('view', 'background', 'colors', 'curves', 'layers')
_CONTACT = {'upper', 'lower', 'slack', 'side', 'with_upper', 'with_lower'}
_LAYER = {'name', 'fill', 'stroke', 'path', 'clip', 'side', 'soft'}
_MOST_POINTS = 10_000  # a drawing has hundreds


def face_names() -> list[str]:
    """Return the names of the faces that ship."""
    return sorted(path.stem for path in (resource_dir('config') / 'faces').glob('*.yaml'))


def load_face(face: str | Path = 'friendly') -> FaceModel:
    """Read a face.

    Args:
        face: the name of one that ships, or the path of a YAML file.

    Raises:
        ValueError: no face of this name, or 'FILE:LINE: PLACE: what is wrong'.
        OSError: the file cannot be read.

    """
    path = Path(face)
    if path.suffix not in ('.yaml', '.yml'):
        if str(face) not in face_names():
            raise ValueError(f'no face {str(face)!r}; there are {", ".join(face_names())}')
        path = resource_dir('config') / 'faces' / f'{face}.yaml'
    try:
        text = path.read_text('utf-8')
        return parse_face(yaml.load(text, Loader=LOADER))
    except FaceError as error:
        line, place = line_of(text, error.place), '.'.join(str(key) for key in error.place)
        raise ValueError(f'{path}:{line}: {place}{": " if place else ""}{error}') from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f'{path}:{line}: {error.problem}') from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'{path}: {" ".join(str(error).split())}') from error


def parse_face(data: object) -> FaceModel:
    """Return the face that a parsed file describes.

    Raises:
        FaceError: a key, name, number or count that is wrong, with its place.

    """
    face = mapping(data, 'face', {*_NEEDED, 'head', 'contacts'}, _NEEDED)
    with at('head'):
        head = read_head(face.get('head') or {})
    shapes = _read_curves(face['curves'], head)
    curves: dict[str, Curve] = {}
    start = 0
    for name, shape in shapes.items():
        curves[name] = Curve(slice(start, start + len(shape.points)), shape.closed)
        start += len(shape.points)
    moves = np.zeros((len(ARKIT_INDEX), start, 3), np.float32)
    for name, shape in shapes.items():
        for arkit, move in shape.moves.items():
            moves[ARKIT_INDEX[arkit], curves[name].points] = move
    with at('view'):
        view = numbers(face['view']).ravel().tolist()
        if len(view) != 4 or not 0 < view[2] - view[0] == view[3] - view[1]:
            raise FaceError(f'{face["view"]} is no square [left, top, right, bottom]')
    with at('background'):
        above, below = (_color(c) for c in sequence(face['background']))
    colors = {}
    with at('colors'):
        for name, value in _named(face['colors']).items():
            with at(name):
                colors[name] = _color(value)
    return FaceModel(
        (view[0], view[1], view[2], view[3]),
        (above, below),
        curves,
        tuple(_read_layers(face['layers'], curves, colors)),
        tuple(_read_contacts(face.get('contacts') or [], curves)),
        np.concatenate([shape.points for shape in shapes.values()]),
        moves,
        head.pivot,
        np.concatenate([shape.depths for shape in shapes.values()]),
    )


def _read_curves(entries: object, head: Any) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    with at('curves'):
        for name, curve in _named(entries).items():
            with at(name):
                for own_name, shape in read_curve(name, curve, head).items():
                    if own_name in shapes:
                        raise FaceError(f'two curves are named {own_name}')
                    shapes[own_name] = shape
                if sum(len(shape.points) for shape in shapes.values()) > _MOST_POINTS:
                    raise FaceError(f'the face has more than {_MOST_POINTS} points')
    return shapes


def _named(data: object) -> Mapping[str, Any]:
    """Return a mapping with one entry or more, named by text."""
    if not isinstance(data, Mapping) or not data:
        raise FaceError(f'not written as a mapping of names: {str(data)[:60]!r}')
    for name in data:
        if not isinstance(name, str):
            raise FaceError(f'the name {name!r} is no text: put it in quotes')
    return data


def _color(text: object) -> _Color:
    match = _COLOR.fullmatch(str(text))
    if not match:
        raise FaceError(f'{text!r} is no colour #rrggbb or #rrggbbaa')
    red, green, blue = bytes.fromhex(match[1])
    return red, green, blue, int(match[2] or 'ff', 16)


def _read_layers(
    entries: object, curves: Mapping[str, Curve], colors: Mapping[str, _Color]
) -> list[Layer]:
    layers: dict[str, Layer] = {}
    with at('layers'):
        for i, entry in enumerate(sequence(entries)):
            with at(i):
                layer = mapping(entry, 'layer', _LAYER, ('name', 'path'))
                for suffix in ('_left', '_right') if is_left(layer) else ('',):
                    one = _read_layer(layer, suffix, curves, colors, layers)
                    if one.name in layers:
                        raise FaceError(f'two layers are named {one.name}', ('name',))
                    layers[one.name] = one
        if not layers:
            raise FaceError('nothing to draw')
    return list(layers.values())


def _read_layer(
    layer: Mapping[str, Any],
    suffix: str,
    curves: Mapping[str, Curve],
    colors: Mapping[str, _Color],
    known: Mapping[str, Layer],
) -> Layer:
    if ('fill' in layer) == ('stroke' in layer):
        raise FaceError('has either a fill or a stroke')
    kind = 'stroke' if 'stroke' in layer else 'fill'
    with at(kind):
        if layer[kind] not in colors:
            raise FaceError(f'unknown colour {layer[kind]!r}')
    with at('path'):
        path = []
        for part in sequence(layer['path']):
            name = str(part)
            path.append((_find(name.removeprefix('-'), suffix, curves), name.startswith('-')))
        if not path or (kind == 'stroke' and len(path) != 1):
            raise FaceError('a stroke follows one curve, a fill one or more')
    clip = None
    if layer.get('clip') is not None:
        with at('clip'):
            clip = _find(str(layer['clip']), suffix, known)
            if known[clip].clip or known[clip].stroke or known[clip].soft:
                raise FaceError(f'{clip} is clipped, soft or a stroke: it cannot clip')
    with at('soft'):
        soft = numbers(layer.get('soft', 0.0))
        if soft.shape or not 0 <= soft <= 1 or (soft > 0 and kind == 'stroke'):
            raise FaceError(f'{layer["soft"]} is not 0 to 1 of a fill')
    name = str(layer['name']) + suffix
    return Layer(name, tuple(path), kind == 'stroke', colors[layer[kind]], clip, float(soft))


def _read_contacts(entries: object, curves: Mapping[str, Curve]) -> list[Contact]:
    contacts = []
    with at('contacts'):
        for i, entry in enumerate(sequence(entries)):
            with at(i):
                contact = mapping(entry, 'contact', _CONTACT, ('upper', 'lower', 'slack'))
                for suffix in ('_left', '_right') if is_left(contact) else ('',):
                    contacts.append(_read_contact(contact, suffix, curves))
    return contacts


def _read_contact(contact: Mapping[str, Any], suffix: str, curves: Mapping[str, Curve]) -> Contact:
    def rows(key: str, names: Sequence[Any]) -> npt.NDArray[np.intp]:
        with at(key):
            found = [curves[_find(str(name), suffix, curves)].points for name in names]
            count = {p.stop - p.start for p in found} | {size}
            if len(count) != 1:
                raise FaceError('curves of a contact have one length')
            indices = [np.arange(p.start, p.stop) for p in found]
            return np.array(indices, np.intp).reshape(-1, size)

    with at('upper'):
        first = curves[_find(str(contact['upper']), suffix, curves)].points
        size = first.stop - first.start
    with at('slack'):
        slack = numbers(contact['slack'])
        if slack.shape or not slack > 0:
            raise FaceError(f'slack {contact["slack"]} is not above 0')
    return Contact(
        rows('upper', [contact['upper']])[0],
        rows('lower', [contact['lower']])[0],
        rows('with_upper', sequence(contact.get('with_upper', []))),
        rows('with_lower', sequence(contact.get('with_lower', []))),
        float(slack),
    )


def _find(name: str, suffix: str, known: Mapping[str, object]) -> str:
    for candidate in (name + suffix, name):
        if candidate in known:
            return candidate
    raise FaceError(f'unknown curve or layer {name!r}')
