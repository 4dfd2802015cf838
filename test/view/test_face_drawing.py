# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a drawn face shows, for every face that ships."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facetalk_ros.face import ARKIT_INDEX, ARKIT_NAMES, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.view import face_names, load_face

pytest.importorskip('PIL', reason="needs Pillow, the extra 'video'")
from facetalk_ros.view.contact_sheet import contact_sheet
from facetalk_ros.view.renderer import FaceRenderer

SIZE = 192
FACE = load_face()
INSIDE = ('mouth', 'throat', 'teeth', 'tongue')
LIPS = [n for n in ARKIT_NAMES if n.startswith(('jaw', 'mouth')) or n == 'cheekPuff']


@pytest.fixture(scope='module', params=face_names())
def renderer(request):
    return FaceRenderer(load_face(request.param), SIZE)


def pose(**weights):
    w = np.zeros(52, np.float32)
    for name, value in weights.items():
        w[ARKIT_INDEX[name]] = value
    return w


def pixels(renderer, *poses):
    return np.stack([np.asarray(i, np.int16) for i in renderer.images(np.stack(poses))])


def dark_mouth_area(renderer, w):
    """Pixels of the colour that only the inside of the mouth has, near enough."""
    (image,) = pixels(renderer, w)
    mouth = image[SIZE // 2 :]
    red, green, blue = mouth[..., 0], mouth[..., 1], mouth[..., 2]
    # the inside is dark red; the night behind the head is blue, the brows are above
    return int(((red < 110) & (red > 1.5 * green) & (red > 1.3 * blue)).sum())


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


def test_left_shapes_change_the_right_half_of_the_picture_and_mirror(renderer):
    pairs = [
        n.removesuffix('Left')
        for n in ARKIT_NAMES
        if n.endswith('Left') and not n.startswith(('jaw', 'mouthLeft'))
    ]
    assert len(pairs) == 18
    for name in pairs:
        rest, left, right = pixels(
            renderer, pose(), pose(**{name + 'Left': 1}), pose(**{name + 'Right': 1})
        )
        of_left = np.abs(left - rest).sum(-1)
        half = SIZE // 2
        assert of_left[:, half:].sum() > 4 * of_left[:, :half].sum(), name
        of_right = np.abs(right - rest).sum(-1)
        assert of_right[:, :half].sum() > 4 * of_right[:, half:].sum(), name
        assert of_right.sum() == pytest.approx(of_left.sum(), rel=0.35), name


def test_the_jaw_goes_to_its_own_left(renderer):
    rest, left, right = pixels(renderer, pose(), pose(jawLeft=1), pose(jawRight=1))
    skin = [np.argwhere(i[int(SIZE * 0.88), :, 0] > 200).mean() for i in (rest, left, right)]
    assert skin[2] < skin[0] < skin[1]


@settings(max_examples=400, deadline=None)
@given(
    lips=st.lists(st.floats(0, 1), min_size=len(LIPS), max_size=len(LIPS)),
    shut=st.booleans(),
)
def test_lips_that_are_shut_by_definition_are_shut_in_the_drawing(lips, shut):
    w = pose(**dict(zip(LIPS, lips, strict=True)))
    if shut:
        # just below the threshold, however the lips get there
        open_by = max(float(lip_aperture(w)), 1e-6)
        for name in ('jawOpen', 'mouthLowerDownLeft', 'mouthLowerDownRight', 'mouthUpperUpLeft',
                     'mouthUpperUpRight'):  # fmt: skip
            w[ARKIT_INDEX[name]] *= min(1.0, 0.999 * LIPS_CLOSED_BELOW / open_by)
    if lip_aperture(w) < LIPS_CLOSED_BELOW:
        assert open_mouth(FACE, w) < 1e-3
    elif lip_aperture(w) > 0.3 and w[ARKIT_INDEX['mouthClose']] <= w[ARKIT_INDEX['jawOpen']]:
        # mouthClose beyond jawOpen presses lips shut that the definition leaves parted
        assert open_mouth(FACE, w) > 1.0


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
def test_shut_lips_show_no_dark_pixel(renderer, weights):
    assert lip_aperture(pose(**weights)) < LIPS_CLOSED_BELOW
    assert dark_mouth_area(renderer, pose(**weights)) == 0


def test_the_dark_of_the_mouth_grows_with_the_jaw(renderer):
    areas = [dark_mouth_area(renderer, pose(jawOpen=j)) for j in (0.2, 0.4, 0.6, 0.8, 1.0)]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1] / 4
    assert areas[-1] > 0.008 * SIZE**2


def test_teeth_show_over_the_lip_of_an_f(renderer):
    (image,) = pixels(
        renderer,
        pose(jawOpen=0.08, mouthUpperUpLeft=0.35, mouthUpperUpRight=0.35, mouthRollLower=0.5),
    )
    mouth = image[int(SIZE * 0.66) : int(SIZE * 0.8), int(SIZE * 0.4) : int(SIZE * 0.6)]
    assert (mouth.min(-1) > 235).sum() > 20


def test_a_blink_hides_the_eye(renderer):
    opened, shut = pixels(renderer, pose(), pose(eyeBlinkLeft=1))
    eye = np.s_[int(SIZE * 0.3) : int(SIZE * 0.5), int(SIZE * 0.55) : int(SIZE * 0.8)]
    assert (opened[eye].min(-1) > 235).sum() > 50
    assert (shut[eye].min(-1) > 235).sum() == 0


def test_a_picture_does_not_depend_on_the_one_before_it(renderer):
    poses = np.random.default_rng(3).random((12, 52)).astype(np.float32)
    poses[::3, :] *= 0.02  # shapes just appear and disappear
    one_after_the_other = pixels(renderer, *poses)
    fresh = FaceRenderer(renderer._face, SIZE)
    for i in (11, 4, 7, 0, 9):
        assert np.abs(one_after_the_other[i] - pixels(fresh, poses[i])[0]).max() <= 1, i


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
    labels = [(i / 10, f'P{i}') for i in range(9)]
    sheet = contact_sheet(load_face(), poses, labels, 60)
    assert sheet.size == (8 * 60, 2 * 70)
    cells = np.asarray(sheet)
    assert (cells[70:, 60:] == 255).all()
    assert (cells[60:70, :60] < 128).any()  # the label of the first
    with pytest.raises(ValueError, match='9 poses and 8 labels'):
        contact_sheet(load_face(), poses, labels[:8])
