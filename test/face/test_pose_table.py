# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

import facetalk_ros.face
from facetalk_ros.face import ARKIT_INDEX, LIPS_CLOSED_BELOW, lip_aperture
from facetalk_ros.face.pose_table import default_pose_table, parse_pose_table
from facetalk_ros.speech.phones import BILABIALS, OPEN_VOWELS, PHONES

TABLE = yaml.safe_load(
    (Path(facetalk_ros.face.__file__).parent / 'phone_poses.yaml').read_text(encoding='utf-8')
)


def test_every_phone_has_a_row_and_no_other_has():
    assert set(default_pose_table()) == set(PHONES)


def test_only_p_b_and_m_seal():
    assert {p for p, row in default_pose_table().items() if row.seals} == BILABIALS


@pytest.mark.parametrize('phone', PHONES)
def test_a_row_is_sane(phone):
    row = default_pose_table()[phone]
    assert row.weights.dtype == row.dominance.dtype == row.reach.dtype == np.float32
    assert row.weights.shape == row.dominance.shape == row.reach.shape == (52,)
    assert ((row.weights >= 0) & (row.weights <= 1)).all()
    assert (row.dominance > 0).all()
    assert ((row.reach >= 0) & (row.reach <= 1)).all()
    assert 0.001 <= row.rise_s <= 0.5


def test_rows_look_like_their_sounds():
    table = default_pose_table()

    def weight(phone, shape):
        return table[phone].weights[ARKIT_INDEX[shape]]

    for phone in ('SIL', *BILABIALS):
        assert lip_aperture(table[phone].weights) < LIPS_CLOSED_BELOW, phone
    for phone in OPEN_VOWELS:
        assert lip_aperture(table[phone].weights) > 4 * LIPS_CLOSED_BELOW, phone
    assert weight('AA', 'jawOpen') > weight('EH', 'jawOpen') > weight('IY', 'jawOpen')
    for phone in ('UW', 'W', 'OW', 'SH'):
        assert weight(phone, 'mouthPucker') + weight(phone, 'mouthFunnel') > 0.5, phone
    for phone in ('F', 'V'):
        assert weight(phone, 'mouthRollLower') > 0.4, phone
        assert weight(phone, 'mouthUpperUpLeft') > 0.2, phone


def broken(change):
    table = copy.deepcopy(TABLE)
    change(table)
    return table


@pytest.mark.parametrize(
    ('table', 'named'),
    [
        (None, 'pose table: None'),
        ([], 'pose table.*mapping'),
        ('phones', "pose table: 'phones'"),
        ({'phones': {}}, 'groups is missing'),
        (broken(lambda t: t['phones']['AA'].update(colour=1)), "AA.*'colour'"),
        (broken(lambda t: t['phones']['AA']['pose'].update(jawOpn=0.1)), "'jawOpn'"),
        (broken(lambda t: t['phones']['AA']['pose'].update(jawOpen=1.5)), 'AA jawOpen.*1.5'),
        (broken(lambda t: t['phones']['AA']['pose'].update(jawOpen=float('nan'))), 'AA jawOpen'),
        (broken(lambda t: t['phones']['AA']['pose'].update(jawOpen=True)), 'AA jawOpen.*True'),
        (broken(lambda t: t['phones']['AA']['pose'].update(jawOpen='wide')), "AA jawOpen.*'wide'"),
        (broken(lambda t: t['phones']['B'].update(rise_ms=0)), 'B rise_ms.*0'),
        (broken(lambda t: t['phones']['B'].update(rise_ms=None)), 'B rise_ms.*None'),
        (broken(lambda t: t['phones']['B'].pop('rise_ms')), 'B.*rise_ms'),
        (broken(lambda t: t['phones']['B'].pop('pose')), 'B.*pose'),
        (broken(lambda t: t['phones']['B'].pop('dominance')), 'B.*dominance'),
        (broken(lambda t: t['phones']['B']['dominance'].pop('other')), 'B.*other'),
        (broken(lambda t: t['phones']['B']['dominance'].update(ears=1.0)), "B.*'ears'"),
        (broken(lambda t: t['phones']['B']['dominance'].update(jaw=0)), 'B dominance.*0'),
        (broken(lambda t: t['phones'].update(B=None)), 'B: None'),
        (broken(lambda t: t['phones'].update(B=[1])), r'B: \[1\]'),
        (broken(lambda t: t['phones']['B'].update(pose=3)), 'B pose: 3'),
        (broken(lambda t: t.update(phones=[])), r'phones: \[\]'),
        (broken(lambda t: t.update(groups=3)), 'groups: 3'),
        (broken(lambda t: t['groups']['jaw'].update(reach=2)), 'jaw reach.*2'),
        (broken(lambda t: t['groups']['jaw'].pop('reach')), 'jaw.*reach'),
        (broken(lambda t: t['groups']['jaw'].update(shapes=['jawOpn'])), "'jawOpn'"),
    ],
)
def test_a_malformed_table_says_what_is_wrong(table, named):
    with pytest.raises(ValueError, match=named):
        parse_pose_table(table)
