# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a drawn face shows, for every face that ships."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.view import face_names, load_face

pytest.importorskip('PIL', reason="needs Pillow, the extra 'video'")
from facetalk_ros.view.contact_sheet import Label, contact_sheet
from facetalk_ros.view.picture_libraries import Image
from facetalk_ros.view.renderer import FaceRenderer

SIZE = 192
INSIDE = {'mouth', 'throat', 'teeth_upper', 'teeth_lower', 'tongue'}
FACES = {name: load_face(name) for name in face_names()}
LIPS = [n for n in ARKIT_NAMES if n.startswith(('jaw', 'mouth')) or n == 'cheekPuff']
PAIRS = [
    n.removesuffix('Left')
    for n in ARKIT_NAMES
    if n.endswith('Left') and n not in ('jawLeft', 'mouthLeft')
]


@pytest.fixture(scope='module', params=face_names())
def face(request):
    return load_face(request.param)


@pytest.fixture(scope='module')
def renderer(face):
    return FaceRenderer(face, SIZE)


def pose(**weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[ARKIT_INDEX[name]] = value
    return w


def pixels(renderer, *poses, head_rad=(0.0, 0.0, 0.0)):
    return np.stack([np.asarray(i, np.int16) for i in renderer.images(np.stack(poses), head_rad)])


def shown_share(face, names, *poses):
    """Return how many pixels of some layers are to be seen, all others painted black over them."""
    layers = tuple(
        replace(layer, color=(0, 255, 0, 255) if layer.name in names else (0, 0, 0, 255), soft=0)
        for layer in face.layers
        if layer.color[3] == 255
    )
    assert names <= {layer.name for layer in layers}
    black = ((0, 0, 0, 255),) * 2
    painted = FaceRenderer(replace(face, layers=layers, background=black), SIZE)
    return [round(float(i[..., 1].sum()) / 255, 2) for i in pixels(painted, *poses)]


def open_mouth(face, w):
    """Area between the lips' inner contours, in view units squared."""
    points = face.control_points(w[None])[0]
    upper, lower = (
        points[face.curves[f'lip_{which}_inner'].points, :2] for which in ('upper', 'lower')
    )
    around = np.vstack([upper, lower[::-1]])
    x, y = around.T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def test_every_shape_changes_the_picture(renderer):
    rest, *shapes = pixels(renderer, pose(), *np.eye(52, dtype=np.float32))
    changed = [(np.abs(s - rest).max(-1) > 24).sum() for s in shapes]
    still = [n for n, c in zip(ARKIT_NAMES, changed, strict=True) if c < 10]
    assert still == []


def test_no_two_shapes_look_the_same(face):
    shapes = pixels(FaceRenderer(face, 128), *np.eye(52, dtype=np.float32))
    for i in range(52):
        differs = (np.abs(shapes[:i] - shapes[i]).max(-1) > 24).sum((1, 2))
        assert differs.min(initial=999) >= 5, ARKIT_NAMES[i]


def test_left_shapes_change_the_right_half_of_the_picture(renderer):
    half = SIZE // 2
    for name in PAIRS:
        rest, left, right = pixels(
            renderer, pose(), pose(**{name + 'Left': 1}), pose(**{name + 'Right': 1})
        )
        of_left, of_right = np.abs(left - rest).sum(-1), np.abs(right - rest).sum(-1)
        assert of_left[:, half:].sum() > 3 * of_left[:, :half].sum(), name
        assert of_right[:, :half].sum() > 3 * of_right[:, half:].sum(), name


def test_left_and_right_mirror_each_other(face):
    points = face.control_points(np.zeros((1, 52)))[0]

    def is_mirrored(layer):
        own = np.concatenate([points[face.curves[name].points] for name, _ in layer.path])
        other_layer = layer
        if layer.name.endswith(('_left', '_right')):
            side = {'left': 'right', 'right': 'left'}[layer.name.rpartition('_')[2]]
            other_layer = next(
                x for x in face.layers if x.name == layer.name.rpartition('_')[0] + '_' + side
            )
        other = np.concatenate([points[face.curves[n].points] for n, _ in other_layer.path])
        return np.abs(own[:, None] * [-1, 1, 1] - other[None]).max(-1).min(1).max() < 1e-4

    # one highlight for both eyes, a parting: what lies on one side alone is left out
    names = {x.name for x in face.layers if x.name.endswith('_right')}
    names = {n.removesuffix('_right') for n in names}
    paired = [
        x for x in face.layers
        if not x.name.endswith(('_left', '_right'))
        or {x.name.rpartition('_')[0] + e for e in ('_left', '_right')}
        <= {y.name for y in face.layers}
    ]  # fmt: skip
    layers = tuple(layer for layer in paired if is_mirrored(layer))
    assert len(layers) > 40
    renderer = FaceRenderer(replace(face, layers=layers), SIZE)
    for name in [*PAIRS, 'jaw', 'mouth']:
        left, right = pixels(renderer, pose(**{name + 'Left': 1}), pose(**{name + 'Right': 1}))
        # right of two stacked see-through layers the order of drawing differs: by a few levels
        assert (np.abs(left - right[:, ::-1]).max(-1) > 40).sum() < 10, name


def test_the_jaw_goes_to_its_own_left(face):
    chin = face.curves['chin'].points
    rest, left, right = face.control_points(np.stack([pose(), pose(jawLeft=1), pose(jawRight=1)]))[
        :, chin, 0
    ].mean(1)
    assert right + 5 < rest < left - 5


def test_the_head_turns_as_rep_103_says(face):
    def middle(curve, head_rad):
        return face.control_points(pose()[None], head_rad)[0, face.curves[curve].points, :2].mean(
            0
        )

    def shift(curve, head_rad):
        return middle(curve, head_rad) - middle(curve, (0.0, 0.0, 0.0))

    # the character's left is right in the picture, down is down
    assert shift('nose', (0, 0, 0.3))[0] > 5
    assert shift('nose', (0, 0.3, 0))[1] > 5
    # roll is a turn about its line of sight: the left goes up
    assert shift('brow_left', (0.3, 0, 0))[1] < -5
    assert shift('brow_right', (0.3, 0, 0))[1] > 5
    # what is in front moves farther than what is behind it
    assert shift('nose', (0, 0, 0.3))[0] > shift('brow_left', (0, 0, 0.3))[0] + 1
    both = np.array([shift('nose', (0, 0, yaw))[0] for yaw in (0.6, 2.0)])
    assert both[0] == both[1]


def test_the_body_stays_when_the_head_turns(renderer):
    still, turned = (
        pixels(renderer, pose(), head_rad=head)[0] for head in ((0, 0, 0), (0.1, 0.2, 0.4))
    )
    differs = np.abs(still - turned).max(-1) > 24
    assert differs.mean() > 0.1
    assert not differs[-2:].any()


@settings(max_examples=200, deadline=None)
@given(
    lips=st.lists(st.floats(0, 1), min_size=len(LIPS), max_size=len(LIPS)),
    shut=st.booleans(),
)
@pytest.mark.parametrize('name', face_names())
def test_lips_that_are_shut_by_definition_are_shut_in_the_drawing(name, lips, shut):
    face = FACES[name]
    w = pose(**dict(zip(LIPS, lips, strict=True)))
    if shut:
        # just below the threshold, however the lips get there
        open_by = max(float(lip_aperture(w)), 1e-6)
        for name in ('jawOpen', 'mouthLowerDownLeft', 'mouthLowerDownRight', 'mouthUpperUpLeft',
                     'mouthUpperUpRight'):  # fmt: skip
            w[ARKIT_INDEX[name]] *= min(1.0, 0.999 * LIPS_CLOSED_BELOW / open_by)
    if lip_aperture(w) < LIPS_CLOSED_BELOW:
        assert open_mouth(face, w) < 1e-3
    elif lip_aperture(w) > 0.3 and w[ARKIT_INDEX['mouthClose']] <= w[ARKIT_INDEX['jawOpen']]:
        # mouthClose beyond jawOpen presses lips shut that the definition leaves parted
        assert open_mouth(face, w) > 1.0


@pytest.mark.parametrize(
    'weights',
    [
        {},
        {'jawOpen': 0.049},
        {'jawOpen': 1, 'mouthClose': 1},
        {'jawOpen': 0.6, 'mouthClose': 0.56},
        {'mouthClose': 1},
        {'mouthFunnel': 1, 'mouthPucker': 1},
        {'mouthSmileLeft': 1, 'mouthFrownRight': 1},
        {'mouthLowerDownLeft': 0.19},
        {'mouthPressLeft': 1, 'mouthPressRight': 1, 'jawOpen': 0.25},
        {'jawLeft': 1, 'mouthRight': 1},
        {'mouthShrugLower': 1, 'mouthShrugUpper': 1, 'mouthRollLower': 1, 'mouthRollUpper': 1},
    ],
)
def test_shut_lips_show_nothing_of_the_inside(face, weights):
    assert lip_aperture(pose(**weights)) < LIPS_CLOSED_BELOW
    assert shown_share(face, INSIDE, pose(**weights))[0] < 0.5  # of a pixel


def test_the_inside_of_the_mouth_grows_with_the_jaw(face):
    areas = shown_share(face, INSIDE, *(pose(jawOpen=j) for j in (0.2, 0.4, 0.6, 0.8, 1.0)))
    assert areas == sorted(areas)
    assert areas[0] < areas[-1] / 4
    assert areas[-1] > 0.01 * SIZE**2


def test_teeth_show_over_the_lip_of_an_f(face):
    weights = {'mouthUpperUpLeft': 0.35, 'mouthUpperUpRight': 0.35, 'mouthRollLower': 0.5}
    rest, f = shown_share(face, {'teeth_upper'}, pose(), pose(jawOpen=0.08, **weights))
    assert rest == 0
    assert f > 20


def test_a_blink_hides_the_eye(face):
    inside = {'eye_left', 'iris_left', 'pupil_left'}
    opened, shut, other = shown_share(
        face, inside, pose(), pose(eyeBlinkLeft=1), pose(eyeBlinkRight=1)
    )
    assert opened == other > 200
    assert shut < 1


def test_gaze_goes_where_it_is_said_to(face):
    for side in ('left', 'right'):
        pupil = face.curves[f'pupil_{side}'].points
        names = [f'eyeLook{to}{side.title()}' for to in ('In', 'Out', 'Up', 'Down')]
        rest, *looks = face.control_points(np.stack([pose(), *(pose(**{n: 1}) for n in names)]))
        shifts = np.array([(look - rest)[pupil, :2].mean(0) for look in looks])
        outward = 1 if side == 'left' else -1
        assert (shifts[:, 0] * outward).tolist() == pytest.approx(
            [-shifts[1, 0] * outward, shifts[1, 0] * outward, 0, 0]
        )
        assert shifts[1, 0] * outward > 4
        assert shifts[2, 1] < -4 < 4 < shifts[3, 1]


def test_no_mix_of_shapes_throws_a_spike(face):
    """Points stay near the face, and near their neighbours."""
    poses = np.random.default_rng(7).random((100, 52)).astype(np.float32)
    rest, everything = np.zeros((1, 52), np.float32), np.ones((1, 52), np.float32)
    poses = np.concatenate([rest, everything, poses, np.round(poses)])
    points = face.control_points(poses)[..., :2]
    assert np.abs(points).max() < 140
    for name, curve in face.curves.items():
        steps = np.linalg.norm(np.diff(points[:, curve.points], axis=1), axis=-1)
        assert (steps - steps[0]).max() < 30, name


def test_a_picture_does_not_depend_on_the_one_before_it(renderer):
    poses = np.random.default_rng(3).random((12, 52)).astype(np.float32)
    poses[::3, :] *= 0.02  # shapes just appear and disappear
    one_after_the_other = pixels(renderer, *poses)
    fresh = FaceRenderer(renderer._face, SIZE)
    for i in (11, 4, 7, 0, 9):
        differs = np.abs(one_after_the_other[i] - pixels(fresh, poses[i])[0])
        assert differs.max() <= 8, i
        assert (differs > 1).sum() <= 12, i


GOLDEN = {
    'rest': {},
    'smile': {'mouthSmileLeft': 0.9, 'mouthSmileRight': 0.7, 'jawOpen': 0.4, 'browInnerUp': 0.6},
    'tongue': {'tongueOut': 1, 'jawOpen': 0.5, 'eyeBlinkLeft': 1, 'cheekPuff': 0.6},
}


@pytest.mark.parametrize('name', face_names())
def test_pictures_look_as_they_did(name):
    """To make the pictures anew after a change that is meant: delete them, run, and look."""
    renderer = FaceRenderer(load_face(name), 96)
    made = []
    for title, weights in GOLDEN.items():
        picture = renderer.image(pose(**weights), (0.05, 0.1, 0.25 if title == 'smile' else 0))
        path = Path(__file__).parent / 'goldens' / f'{name}_{title}.png'
        if not path.exists():
            picture.save(path, optimize=True)
            made.append(path.name)
            continue
        with Image.open(path) as golden:
            was = np.asarray(golden.convert('RGB'), np.int16)
        differs = np.abs(np.asarray(picture, np.int16) - was).max(-1)
        assert differs.mean() < 1, title
        assert (differs > 40).sum() < 20, title
    assert not made, 'made anew: look at them and add them'


def test_weights_beyond_their_range_are_drawn_as_the_end_of_it(renderer):
    one, more = pixels(renderer, pose(jawOpen=1), pose(jawOpen=9, mouthClose=-4))
    assert np.array_equal(one, more)


@pytest.mark.parametrize('weights', [np.zeros((2, 51)), np.zeros(52), np.zeros((1, 1, 52))])
def test_weights_of_another_shape_are_refused(renderer, weights):
    with pytest.raises(ValueError, match='shape'):
        list(renderer.images(weights))


@pytest.mark.parametrize('size', [8, 5000])
def test_sizes_out_of_range_are_refused(size):
    with pytest.raises(ValueError, match=f'{size} is outside'):
        FaceRenderer(load_face(), size)


def test_a_contact_sheet_has_a_cell_for_each_pose():
    poses = np.eye(52, dtype=np.float32)[:9]
    labels = [Label(i / 10, f'P{i}') for i in range(9)]
    sheet = contact_sheet(load_face(), poses, labels, 60)
    assert sheet.size == (8 * 60, 2 * 72)
    cells = np.asarray(sheet)
    assert (cells[72:, 60:] == 255).all()
    assert (cells[60:72, :60] < 128).any()  # the label of the first
    seen = []
    worded = [*labels[:8], Label(0.8, 'P8', 'incomprehensibilities')]
    sheet = contact_sheet(
        load_face(), poses, worded, 60, lambda done, count: seen.append((done, count))
    )
    assert sheet.size == (8 * 60, 2 * 82)
    cells = np.asarray(sheet)
    assert (cells[82 + 72 :, :60] < 200).any()
    assert (cells[82:, 60:] == 255).all()  # a long word is cut
    assert seen == [(i, 9) for i in range(1, 10)]
    with pytest.raises(ValueError, match='9 poses and 8 labels'):
        contact_sheet(load_face(), poses, labels[:8])
