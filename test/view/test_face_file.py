# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Faces as data: what is read, and what is refused with its place."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.view import face_names, load_face
from facetalk_ros.view.face_file import parse_face
from facetalk_ros.view.splines import catmull_rom_basis, stroke_outline

SMALL = """
view: [-10, -10, 10, 10]
background: ['#000000', '#000000']
colors: {red: '#ff0000', glass: '#ffffff80'}
curves:
  brow: {side: left, points: [[2, -4, 1], [6, -5, 1]], moves: {browDownLeft: {y: [2, 1]}}}
  top:
    points: [[-4, 3], [0, 3], [4, 3]]
    moves: {mouthSmileLeft: {y: [0, 0, -2]}, jawOpen: {y: -1}}
  bottom: {points: [[-4, 3], [0, 3], [4, 3]], moves: {jawOpen: {y: [0, 4, 0]}}}
contacts: [{upper: top, lower: bottom, slack: 1}]
layers:
  - {name: brow, stroke: red, path: [brow], side: left}
  - {name: mouth, fill: red, path: [top, -bottom]}
  - {name: shine, fill: glass, path: [top], clip: mouth}
"""


@pytest.mark.parametrize('name', face_names())
def test_every_face_that_ships_loads_and_moves_by_every_shape(name):
    face = load_face(name)
    assert face.moves.shape == (52, len(face.rest), 3)
    assert (np.abs(face.moves).max((1, 2)) > 0).all()


@pytest.mark.parametrize('name', face_names())
def test_the_lips_of_a_face_meet_in_the_corners_whatever_it_does(name):
    face = load_face(name)
    poses = np.random.default_rng(0).random((200, 52))
    points = face.control_points(poses)
    ends = [
        points[:, [face.curves[f'lip_{a}_{b}'].points.start,
                   face.curves[f'lip_{a}_{b}'].points.stop - 1], :2]
        for a in ('upper', 'lower') for b in ('inner', 'outer')
    ]  # fmt: skip
    for other in ends[1:]:
        assert np.allclose(ends[0], other, atol=1e-4)


def test_one_side_is_written_and_the_other_mirrored():
    face = parse_face(yaml.safe_load(SMALL))
    left, right = (face.curves[f'brow_{side}'].points for side in ('left', 'right'))
    assert np.array_equal(face.rest[left] * [-1, 1, 1], face.rest[right])
    down = ARKIT_INDEX['browDownRight']
    assert face.moves[down, left].any() == np.False_
    assert face.moves[down, right, 1].tolist() == [2, 1]
    smile = face.moves[ARKIT_INDEX['mouthSmileRight'], face.curves['top'].points, 1]
    assert smile.tolist() == [-2, 0, 0]


def test_contacts_touch_but_never_cross():
    face = parse_face(yaml.safe_load(SMALL))
    top, bottom = face.curves['top'].points, face.curves['bottom'].points
    poses = np.zeros((4, 52))
    poses[:, ARKIT_INDEX['jawOpen']] = [0.0, 0.19, 0.3, 1.0]  # gaps 0, 0.95, 1.5, 5
    points = face.control_points(poses)
    gap = points[:, bottom, 1] - points[:, top, 1]
    assert gap[:, 1] == pytest.approx([0, 0, 1.0, 5.0], abs=1e-6)
    smile = np.zeros((1, 52))
    smile[0, ARKIT_INDEX['mouthSmileLeft']] = -1
    assert face.control_points(smile)[0, top, 1].tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ('old', 'new', 'line', 'complaint'),
    [
        ('view: [-10, -10,', 'view: [-10, 0,', 2, 'view: .*no square'),
        ('view: [-10, -10, 10, 10]', 'view:', 2, 'view: not numbers: None'),
        ("red: '#ff0000'", "red: 'red'", 4, "colors.red: 'red' is no colour"),
        ('jawOpen: {y: -1}', 'jawWide: {y: -1}', 9, "top.moves.jawWide: 'jawWide' is none of"),
        ('jawOpen: {y: -1}', 'jawOpen: {z: -1}', 9, "jawOpen.z: a move has no key 'z'"),
        ('jawOpen: {y: -1}', 'jawOpen: {y: [1, 2]}', 9, 'y has 2 numbers for 3 points'),
        ('jawOpen: {y: -1}', 'jawOpen: {y: .inf}', 9, 'not finite'),
        ('jawOpen: {y: -1}', 'jawOpen: {y: -.5}', 9, 'write -0.5'),
        ('jawOpen: {y: -1}', 'jawOpen: [1, 2]', 9, 'not written as a mapping'),
        ('[-4, 3], [0, 3], [4, 3]]\n    m', '[1, 2]]\n    m', 8, 'two or more points'),
        ('[-4, 3], [0, 3], [4, 3]]\n    m', '[-4, 3], [0], [4, 3]]\n    m', 8, 'no point'),
        ('[4, 3]]\n    m', '[5, 3]]\n    m', 8, 'no mirror image'),
        ('    moves: {mouth', '    circle: [0, 0, 1]\n    moves: {mouth', 7, 'points or a circle'),
        ('[4, 3]]\n    m', '[4, 3]]\n    depth: [1, 2]\n    m', 9, '2 numbers for 3 points'),
        ('side: left, points', 'side: right, points', 6, "side 'right' is not left"),
        ('side: left, points', 'side: left, closed: 1, points', 6, '1 is not true or false'),
        ('slack: 1', 'slack: 0', 11, 'slack 0 is not above 0'),
        ('slack: 1', 'gap: 0', 11, "contact has no key 'gap'"),
        (', slack: 1', '', 11, "a contact needs 'slack'"),
        ('lower: bottom', 'lower: chin', 11, "lower: unknown curve or layer 'chin'"),
        ('lower: bottom', 'lower: brow_left', 11, 'one length'),
        ('stroke: red', 'stroke: blue', 13, "layers.0.stroke: unknown colour 'blue'"),
        ('fill: red', 'fill: red, stroke: red', 14, 'either a fill or a stroke'),
        ('path: [top, -bottom]', 'path: [chin]', 14, "unknown curve or layer 'chin'"),
        ('path: [top, -bottom]', 'path: top', 14, 'not a list'),
        (', path: [top, -bottom]', '', 14, "a layer needs 'path'"),
        ('clip: mouth', 'clip: brow', 15, "unknown curve or layer 'brow'"),
        ('clip: mouth', 'clip: brow_left', 15, 'cannot clip'),
        ('clip: mouth', 'soft: 2', 15, 'soft: 2 is not 0 to 1'),
        ('stroke: red', 'stroke: red, soft: .5', 13, 'soft: 0.5 is not 0 to 1 of a fill'),
        ('name: shine', 'name: mouth', 15, 'two layers are named mouth'),
        ('clip: mouth', 'shade: 1', 15, "a layer has no key 'shade'"),
        ('contacts:', 'head: {dome: [0, 0, 1, 0, 1]}\ncontacts:', 11, 'radii above 0'),
        ('contacts:', 'hair: 1\ncontacts:', 11, "a face has no key 'hair'"),
        ('contacts: [', 'contacts: [[', 12, 'expected'),
    ],
)
def test_a_mistake_in_a_face_is_named_with_its_line(old, new, line, complaint, tmp_path):
    assert SMALL.count(old) == 1
    file = tmp_path / 'own.yaml'
    file.write_text(SMALL.replace(old, new))
    with pytest.raises(ValueError, match=complaint) as raised:
        load_face(file)
    assert str(raised.value).startswith(f'{file}:{line}: ')
    assert '\n' not in str(raised.value)


def test_the_face_of_the_documentation_can_be_drawn():
    text = (Path(__file__).parents[2] / 'docs' / 'faces.md').read_text('utf-8')
    (example,) = re.findall('```yaml\n(.*?)```', text, re.DOTALL)
    face = parse_face(yaml.safe_load(example))
    assert (np.abs(face.moves).max((1, 2)) > 0).sum() > 25


@pytest.mark.parametrize('text', ['', '[1, 2]', 'view: [', 'hello', 'view: [-1, -1, 1, 1]'])
def test_a_file_that_is_no_face_is_refused(text, tmp_path):
    (tmp_path / 'own.yaml').write_text(text)
    with pytest.raises(ValueError, match=r'own\.yaml'):
        load_face(tmp_path / 'own.yaml')


def test_an_unknown_face_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match=r"'grumpy'; there are .*friendly"):
        load_face('grumpy')
    with pytest.raises(FileNotFoundError):
        load_face('nowhere/own.yaml')


def test_a_spline_goes_through_its_points_and_keeps_straight_lines():
    points = np.array([[0, 0], [1, 0.5], [2, 1], [3, 1.5]], np.float32)
    line = catmull_rom_basis(4, False, 5) @ points
    assert np.allclose(line[::5], points, atol=1e-6)
    assert np.allclose(line[:, 1], line[:, 0] / 2, atol=1e-6)
    circle = np.array([[np.sin(a), np.cos(a)] for a in np.arange(8) * np.pi / 4])
    loop = catmull_rom_basis(8, True, 6) @ circle.astype(np.float32)
    assert np.abs(np.linalg.norm(loop, axis=1) - 1).max() < 0.01


def test_a_stroke_is_as_wide_as_it_says_and_nothing_without_width():
    line = np.array([[0, 0, 0], [2, 0, 0], [4, 0, 1], [6, 0, 2], [8, 0, -1]], np.float32)
    outline = stroke_outline(line)
    assert outline[:, 0].min() >= 3.4  # round end of the first inked point
    assert outline[:, 1].max() == pytest.approx(1.0)
    assert outline[:, 1].min() == pytest.approx(-1.0)
    assert np.ptp(stroke_outline(line * [1, 1, 0]), axis=0).max() == 0
