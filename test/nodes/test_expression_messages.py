# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np
import pytest

from facetalk_ros import FaceStream
from facetalk_ros.face import ARKIT_INDEX
from facetalk_ros.nodes.expression_messages import expression_names, wanted_expression
from facetalk_ros.nodes.parameter_file import read_parameter_file
from facetalk_ros.nodes.talk_parameters import face_settings
from facetalk_ros.resources import resource_dir

PRESETS = sorted((resource_dir('config') / 'presets').glob('*.yaml'))


def message(expression='', valence=0.0, arousal=0.0):
    return SimpleNamespace(expression=expression, valence=valence, arousal=arousal)


def test_every_name_of_hri_msgs_is_an_expression_that_the_face_has():
    assert len(expression_names()) == 25
    for name in expression_names():
        FaceStream().express(*wanted_expression(message(name)))
    assert wanted_expression(message(' Happy '))[0] == 'joy'


@pytest.mark.parametrize(
    ('valence', 'arousal', 'family'),
    [(0.8, 0.5, 'joy'), (-0.6, -0.3, 'sadness'), (0.0, 0.1, 'neutral')],
)
def test_valence_and_arousal_stand_for_the_family_next_to_them(valence, arousal, family):
    assert wanted_expression(message('', valence, arousal))[0] == family


@pytest.mark.parametrize('bad', [('dancing', 0, 0), ('', 2.0, 0), ('', 0, float('nan'))])
def test_what_is_no_expression_is_refused(bad):
    with pytest.raises(ValueError, match=r'none of|outside'):
        wanted_expression(message(*bad))


def test_an_expression_holds_until_the_text_may_say_again():
    stream, second = FaceStream(), np.zeros(16000, np.float32)
    brow = ARKIT_INDEX['browDownLeft']
    stream.express('anger', 1.0, 0.3)
    angry = [f.weights[brow] for f in stream.push_audio(second)]
    held = [f.weights[brow] for f in stream.push_audio(second)]
    assert angry[-1] > 0.3
    assert min(held) > 0.3
    stream.express('', fade_s=0.3)
    assert stream.push_audio(second)[-1].weights[brow] < 0.05


@pytest.mark.parametrize('wrong', [('rage', 1.0), ('joy', 1.5), ('joy', float('nan'))])
def test_what_cannot_be_expressed_is_refused(wrong):
    with pytest.raises(ValueError, match=r'none of|outside'):
        FaceStream().express(*wrong)


@pytest.mark.parametrize('path', PRESETS, ids=lambda path: path.stem)
def test_presets_are_parameters_of_the_talk_node(path):
    assert {p.stem for p in PRESETS} == {'calm', 'neutral', 'lively'}
    face_settings(read_parameter_file(path))
