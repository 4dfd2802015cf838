# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import shutil

import numpy as np
import pytest

from facetalk_ros.expression.families import FAMILIES, SIGNALS, load_actions
from facetalk_ros.expression.words import load_signs, load_words
from facetalk_ros.face.names import ARKIT_INDEX, ARKIT_NAMES
from facetalk_ros.located_yaml import LocatedError
from facetalk_ros.resources import resource_dir

_FOLDER = resource_dir('config') / 'expression'
_ACTIONS = load_actions()


def test_every_family_and_signal_has_an_action():
    assert set(_ACTIONS) == {*FAMILIES, *SIGNALS}


@pytest.mark.parametrize('name', [*FAMILIES, *SIGNALS])
def test_an_action_is_bounded_and_leaves_the_lips_to_the_sound(name):
    action = _ACTIONS[name]
    for part in (action.upper, action.corners):
        assert part.shape == (52,)
        assert part.dtype == np.float32
        assert part.min() >= 0.0
        assert part.max() <= 0.75
    moved = {ARKIT_NAMES[i] for i in np.flatnonzero(action.upper)}
    assert not any(n.startswith(('mouth', 'jaw', 'tongue', 'eyeBlink', 'eyeLook')) for n in moved)
    corners = {ARKIT_NAMES[i] for i in np.flatnonzero(action.corners)}
    assert all(n[:-5].startswith('mouth') or n[:-4].startswith('mouth') for n in corners)
    assert not corners & {'mouthClose', 'mouthFunnel', 'mouthPucker', 'jawOpen'}
    assert 0.1 <= action.onset_s <= 2.0


def test_what_people_know_of_each_family():
    def weight(family, shape):
        action = _ACTIONS[family]
        return float((action.upper + action.corners)[ARKIT_INDEX[shape]])

    assert weight('joy', 'mouthSmileLeft') > 0.4
    assert weight('joy', 'cheekSquintRight') > 0.3
    assert weight('sadness', 'browInnerUp') > weight('sadness', 'browDownLeft')
    assert weight('anger', 'browDownLeft') > 0.5
    assert weight('disgust', 'noseSneerLeft') > 0.4
    assert weight('surprise', 'browOuterUpLeft') > 0.4
    assert weight('doubt', 'browOuterUpLeft') > weight('doubt', 'browOuterUpRight')
    assert not _ACTIONS['neutral'].upper.any()


def _changed(tmp_path, name, old, new):
    for path in _FOLDER.glob('*.yaml'):
        shutil.copy(path, tmp_path)
    text = (tmp_path / name).read_text()
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1))
    return 1 + text[: text.index(old)].count('\n')


@pytest.mark.parametrize(
    ('name', 'old', 'new', 'problem'),
    [
        ('au_to_arkit.yaml', '{browInnerUp: 1.0}', '{jawOpen: 1.0}', 'jawOpen does not belong'),
        ('au_to_arkit.yaml', '{browInnerUp: 1.0}', '{mouthSmile: 1.0}', 'text must not move it'),
        ('au_to_arkit.yaml', '{browInnerUp: 1.0}', '{browInnerUp: .nan}', 'is no'),
        ('au_to_arkit.yaml', '{browInnerUp: 1.0}', '{browInner: 1.0}', "'browInner'"),
        ('au_to_arkit.yaml', 'part: upper', 'part: uper', "did you mean 'upper'"),
        ('families.yaml', 'AU6: 0.55', 'AU66: 0.55', "unknown 'AU66'"),
        ('families.yaml', 'AU6: 0.55', 'AU6: 5.5', 'not within'),
        ('families.yaml', 'onset_s: 0.45', 'onset_s: 0', 'does not jump'),
        ('families.yaml', 'onset_s: 0.45', 'onset: 0.45', "unknown 'onset'"),
        ('families.yaml', '  joy:', '  glee:', "unknown 'glee'"),
    ],
)
def test_a_wrong_table_is_told_with_its_file_and_line(tmp_path, name, old, new, problem):
    _changed(tmp_path, name, old, new)
    with pytest.raises(LocatedError, match=rf'{name}:\d+: .*') as caught:
        load_actions(tmp_path)
    assert problem in str(caught.value)


def test_a_wrong_sign_is_told_with_its_file_and_line(tmp_path):
    line = _changed(tmp_path, 'signs.yaml', 'joy 0.6: 🙂', 'glee 0.6: 🙂')
    with pytest.raises(LocatedError, match=rf"signs.yaml:{line}: unknown 'glee'"):
        load_signs(tmp_path / 'signs.yaml')
    _changed(tmp_path, 'signs.yaml', 'joy 0.6: 🙂', 'joy 6: 🙂')
    with pytest.raises(LocatedError, match='not an intensity'):
        load_signs(tmp_path / 'signs.yaml')
    _changed(tmp_path, 'signs.yaml', '😠', '🙂')
    with pytest.raises(LocatedError, match='twice'):
        load_signs(tmp_path / 'signs.yaml')


def test_a_missing_word_table_is_told(tmp_path):
    _changed(tmp_path, 'words.yaml', '\nfocus: ', '\nfocuses: ')
    with pytest.raises(LocatedError, match=r"words.yaml:\d+: unknown 'focuses'"):
        load_words(tmp_path / 'words.yaml')
