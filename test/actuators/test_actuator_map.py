# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import yaml

from facetalk_ros.actuators import INPUTS, MapError, load_map, map_path, shipped_maps
from facetalk_ros.face import ARKIT_INDEX

JAW = {
    'limits_rad': [0.0, 0.4], 'scale_rad': 0.4, 'max_velocity_rad_s': 7,
    'max_acceleration_rad_s2': 400, 'max_jerk_rad_s3': 30000, 'drive': 'jawOpen',
}  # fmt: skip


def face(**weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[ARKIT_INDEX[name]] = value
    return w


@pytest.fixture
def write(tmp_path):
    def write(joints=None, groups=None, **others):
        joints = {'jaw': JAW} if joints is None else joints
        groups = {'mouth': {'joints': list(joints)}} if groups is None else groups
        path = tmp_path / 'test_map.yaml'
        path.write_text(yaml.safe_dump(
            {'joints': joints, 'groups': groups, **others}, sort_keys=False
        ))  # fmt: skip
        return path

    return write


@pytest.mark.parametrize('name', shipped_maps())
def test_maps_that_ship_can_be_loaded(name):
    m = load_map(name)
    assert m.name == name
    # at rest with a face at rest, but for what follows the head
    np.testing.assert_allclose(m.positions_rad(face()), m.rest_rad, atol=1e-9)
    # every joint is moved by something, within its limits, over much of its range
    extremes = [m.positions_rad(w) for w in np.eye(52, dtype=np.float32)]
    extremes += [m.positions_rad(face(), h) for h in np.vstack((np.eye(3), -np.eye(3)))]
    moved = np.ptp(extremes, axis=0)
    assert np.all(moved > 0.3 * (m.upper_rad - m.lower_rad))


def test_the_maps_that_the_readme_names_are_there():
    counts = {name: len(load_map(name).joints) for name in shipped_maps()}
    assert counts == {'jaw': 1, 'hobby_head': 8, 'head_25': 25}


@pytest.mark.parametrize('name', ['hobby_head', 'head_25'])
def test_left_and_right_are_alike(name):
    m = load_map(name)
    index = {j.name: i for i, j in enumerate(m.joints)}
    pairs = [(i, index[n.replace('left', 'right')]) for n, i in index.items() if 'left' in n]
    assert pairs
    both = np.random.default_rng(0).random(52).astype(np.float32)
    for shape, i in ARKIT_INDEX.items():  # the same on both sides, and eyes straight ahead
        if shape.endswith('Right'):
            both[i] = both[ARKIT_INDEX[shape.replace('Right', 'Left')]]
    both[[ARKIT_INDEX[n] for n in ('mouthLeft', 'mouthRight')]] = 0.2
    away = m.positions_rad(both) - m.rest_rad
    for left, right in pairs:
        mounted = m.joints[left].direction * m.joints[right].direction
        expected = away[left] * mounted
        if 'pan' in m.joints[left].name:  # eyes turn in: to opposite sides
            expected = -expected
        assert away[right] == pytest.approx(expected, abs=1e-6), m.joints[left].name


def test_the_eyes_look_the_same_way():
    m = load_map('head_25')
    index = {j.name: i for i, j in enumerate(m.joints)}
    to_the_left = m.positions_rad(face(eyeLookOutLeft=0.5, eyeLookInRight=0.5))
    assert to_the_left[index['eye_pan_left']] == pytest.approx(0.3)
    assert to_the_left[index['eye_pan_right']] == pytest.approx(0.3)


@pytest.mark.parametrize('name', ['jaw', 'hobby_head'])
def test_the_jaw_shuts_for_closed_lips(name):
    m = load_map(name)
    jaw = [j.name for j in m.joints].index('jaw')
    assert m.positions_rad(face(jawOpen=0.3, mouthClose=0.3))[jaw] == pytest.approx(0, abs=1e-3)
    assert m.positions_rad(face(jawOpen=0.3))[jaw] > 0.2


def test_a_chain_is_computed_as_it_is_written(write):
    drive = {
        'max': [
            {'sum': {'jawOpen': {'weight': 2.0, 'neutral': 0.1}, 'mouthClose': -1.0}},
            {'min': ['mouthFunnel', 'mouthPucker'], 'curve': {'points': [[0, 0], [1, 0.5]]}},
        ],
        'curve': {'kind': 'linear', 'points': [[-1, -1], [0, 0], [2, 1]]},
    }
    joint = JAW | {
        'drive': drive, 'limits_rad': [-2, 2], 'scale_rad': 1.5, 'direction': -1,
        'neutral_rad': 0.2, 'trim_rad': 0.05,
    }  # fmt: skip
    m = load_map(write({'jaw': joint}))
    assert m.rest_rad[0] == pytest.approx(0.25)
    w = face(jawOpen=0.5, mouthClose=0.2, mouthFunnel=0.9, mouthPucker=0.4)
    assert m.positions_rad(w)[0] == pytest.approx(0.25 - 1.5 * 0.6 / 2)
    w = face(jawOpen=0.1, mouthFunnel=0.9, mouthPucker=0.4)
    assert m.positions_rad(w)[0] == pytest.approx(0.25 - 1.5 * 0.2 / 2)
    # a sum far out ends at the end of the curve, and the joint at its limit
    assert m.positions_rad(face(jawOpen=1, mouthClose=0))[0] >= -2


def test_the_head_may_drive_joints(write):
    m = load_map(
        write({'neck': JAW | {'drive': 'headYaw', 'limits_rad': [-1, 1], 'scale_rad': 1}})
    )
    assert m.positions_rad(face(), (0.1, 0.2, 0.3))[0] == pytest.approx(0.3)
    assert INPUTS[-3:] == ('headRoll', 'headPitch', 'headYaw')


def test_groups_say_what_is_published_together(write):
    m = load_map(write(
        {'a': JAW, 'b': JAW, 'c': JAW},
        {'x': {'joints': ['c', 'a'], 'latency_s': 0.05},
         'y': {'joints': ['b'], 'output': 'forward'}},
    ))  # fmt: skip
    assert [(g.name, g.joints, g.output, g.topic) for g in m.groups] == [
        ('x', (2, 0), 'trajectory', 'x/joint_trajectory'),
        ('y', (1,), 'forward', 'y/commands'),
    ]
    assert m.groups[0].latency_s == 0.05


BAD_JOINTS = [
    ({'limits_rad': [0.4, 0.0]}, 'not below'),
    ({'limits_rad': [0.0]}, 'expected 2 values'),
    ({'limits_rad': [0, 'nan']}, 'not finite'),
    ({'max_jerk_rad_s3': -1}, 'not within'),
    ({'max_velocity_rad_s': 'fast'}, 'no number'),
    ({'max_velocty_rad_s': 1}, "did you mean 'max_velocity_rad_s'"),
    ({'direction': 0.5}, '1 or -1'),
    ({'trim_rad': 3}, 'rests at 3'),
    ({'drive': 'jawOpn'}, "did you mean 'jawOpen'"),
    ({'drive': {'sum': {'jawOpn': 1}}}, "did you mean 'jawOpen'"),
    ({'drive': {'sum': {}, 'max': []}}, 'one of'),
    ({'drive': {'max': []}}, 'of nothing'),
    ({'drive': {'sum': {'jawOpen': 1}, 'curve': {'points': [[0, 0], [0, 1]]}}}, 'ascends'),
    ({'dwell': {'above_rad': 0.3, 'for_s': 0.2}}, 'too short'),
    ({'dwell': {'for_s': 2}}, 'above_rad'),
    ({'dwell': {'above_rad': 0.3, 'to_rad': 0.35, 'for_s': 3}}, 'not between'),
    ({'dwell': {'below_rad': 0.1, 'for_s': 3}}, 'is beyond'),
    ({'load': {'for_s': 1}}, "'effort' is missing"),
]


@pytest.mark.parametrize(('change', 'problem'), BAD_JOINTS)
def test_a_bad_joint_is_refused_with_its_line(write, change, problem):
    path = write({'good': JAW, 'bad': JAW | change})
    with pytest.raises(MapError, match=problem) as error:
        load_map(path)
    file, line, *_ = str(error.value).split(':')
    assert file == str(path)
    lines = path.read_text().splitlines()
    begin = next(i for i, text in enumerate(lines) if text.startswith('  bad:'))
    assert begin < int(line) <= len(lines)


BAD_MAPS = [
    ({'joints': {}}, '0 joints'),
    ({'groups': {}}, 'jaw is in no group'),
    ({'groups': {'a': {'joints': ['jaw']}, 'b': {'joints': ['jaw']}}}, 'in the group a already'),
    ({'groups': {'a': {'joints': []}}}, 'at least one'),
    ({'groups': {'a': {'joints': ['jaws']}}}, "did you mean 'jaw'"),
    ({'groups': {'a': {'joints': ['jaw'], 'topic': '/a b'}}}, 'no relative name'),
    ({'groups': {'a': {'joints': ['jaw'], 'latency_s': 9}}}, 'not within'),
    ({'watchdog_s': 0}, 'not within'),
    ({'exclusions': [[{'joint': 'jaw', 'above_rad': 0.2}]]}, 'expected 2 values'),
    ({'exclusions': [[{'joint': 'jaw', 'above_rad': 0.2}] * 2]}, 'two different joints'),
    ({'wathdog_s': 1}, "did you mean 'watchdog_s'"),
]


@pytest.mark.parametrize(('change', 'problem'), BAD_MAPS)
def test_a_bad_map_is_refused(write, change, problem):
    with pytest.raises(MapError, match=problem):
        load_map(write(**change))


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', 'is empty'),
        ('joints: [', ':1: not YAML'),
        ('- 1', "expected 'name: value'"),
        ('joints: {}\njoints: {}', 'is there twice'),
        ('joints: {a: &x {b: *x}}', 'not YAML|joints|missing'),
        ('\x00', 'not YAML'),
    ],
)
def test_what_is_no_map_is_refused(tmp_path, text, problem):
    path = tmp_path / 'm.yaml'
    path.write_text(text)
    with pytest.raises(MapError, match=problem):
        load_map(path)


def test_no_such_map():
    with pytest.raises(MapError, match=r'nothing\.yaml: no such file'):
        load_map('nothing.yaml')
    with pytest.raises(MapError, match='hobby_head'):
        load_map('nothing')
    assert map_path('jaw').is_file()
