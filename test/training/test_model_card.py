# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The model card says what the records say, and whom the data is owed to."""

import json
import subprocess
import sys

import pytest

from facetalk_ros.evaluation.ablation_table import DIRECT, PHONES, summarise
from facetalk_ros.training.model_card import model_card, read_records

ACOUSTIC = {
    'hours': {'read': 0.23, 'synthetic': 1.5}, 'clips': 5486, 'speakers': 351,
    'sources': [
        {'source': 'flite awb', 'licence': 'BSD-like', 'clips': 30},
        {'source': 'flite rms', 'licence': 'BSD-like', 'clips': 20},
        {'source': 'festival ked_diphone', 'licence': 'MIT-like', 'clips': 10},
        {'source': 'espeak en-us+f1', 'licence': 'synthesised', 'clips': 10},
        {'source': 'librispeech train-clean-100', 'licence': 'CC BY 4.0', 'clips': 275},
    ],
    'dev_frame_accuracy': {'all': 0.71, 'an4': 0.8}, 'teacher_frame_accuracy': {'all': 0.75},
    'teacher_steps': 4000, 'steps': 12000, 'seed': 1, 'parameters': 2224464, 'look_ahead_ms': 40,
    'training_s': 7200, 'threads': 1,
}  # fmt: skip
MOTION = {
    'clips': 340, 'hours': 0.4, 'speakers': {'grid_s1': 750, 'facegood': 446},
    'sources': [
        {'source': 'GRID audio-visual speech corpus', 'licence': 'CC BY 4.0', 'clips': 336},
        {'source': 'FACEGOOD-Audio2Face training set', 'licence': 'MIT', 'clips': 4},
    ],
    'variants': 3, 'steps': [800, 1600, 1200], 'seed': 1, 'parameters': 234567,
    'training_s': 600, 'threads': 2, 'dev_r': {},
}  # fmt: skip
COUNTS = {
    'bilabials': 10, 'closed': 9, 'open_vowels': 0, 'wrongly_closed': 0, 'never_opens': 0,
    'closure_rate': 0.9, 'wrong_rate': None,
}  # fmt: skip


def likeness(**r):
    """Return what MotionScores reports of speakers whose jaw is followed so well."""
    rows = {
        speaker: {
            'clips': 5, 'r': {'jawOpen': value}, 'jitter_scaled': {'jawOpen': {'ratio': 1.25}},
            'lag': {'jawOpen': {'lag_s': 0.02, 'at_edge': speaker == 's30'}},
        }
        for speaker, value in r.items()
    }  # fmt: skip
    return {
        'speakers': {**rows, 'all': {**next(iter(rows.values())), 'clips': 5 * len(rows)}},
        'mean_of_speakers': {'jawOpen': sum(r.values()) / len(r)},
    }


@pytest.fixture
def records():
    ablated = {
        'steps': [1, 2, 3], 'batch': 4, 'crop': 50, 'variants': 2, 'seeds': [1],
        'unheard': ['s11'], 'held': [], 'clips': 5, 'minutes': 3.2, 'threads': 1,
        'rows': [summarise(row, [likeness(s11=0.6)], ['s11']) for row in (PHONES, DIRECT)],
    }  # fmt: skip
    return {
        'acoustic': ACOUSTIC,
        'motion': MOTION,
        'defaults': {'machine': 'a machine with 2 cores', 'command': 'facetalk train defaults'},
        'eval': {
            'closures': {'with text': {'an4': COUNTS}},
            'tracked': {
                'en': {'with text': likeness(s11=0.6, s30=0.7)},
                'zh': {'audio only': likeness(f=0.5), 'loudness alone': likeness(f=0.4)},
            },
        },
        'ablations': ablated,
    }


def lines(records):
    return model_card(records).splitlines()


def test_form_training_and_command_are_told(records):
    text = ' '.join(model_card(records).split())
    for said in (
        '2,224,464 parameters', '234,567 parameters',
        'hears 40 ms ahead', 'at most 75 ms of sound',
        '1.73 hours (read 0.23, synthetic 1.5)', 'of 351 speakers', '4,000 steps', '800 + 1600',
        '120 minutes of wall time, preparation included, on 1 thread of a machine with 2 cores',
        'on 2 threads of', 'grid_s1 750, facegood 446', 'from seed 1: `facetalk train defaults`',
    ):  # fmt: skip
        assert said in text


def test_every_metric_of_a_data_set_has_its_row(records):
    card = lines(records)
    assert '| with text | an4 | 10 | 90.0% | 0 | - |' in card
    assert '| with text | s11 | 5 | 0.600 |' in card
    assert '| with text | mean of speakers |  | 0.650 |' in card
    assert '| with text | s30 | +20 (edge) | - | 1.25 | - | - |' in card
    assert '| with text | all clips | +20 | - | 1.25 | - | - |' in card
    assert '| all | 71.0% | 75.0% |' in card
    assert '| an4 | 80.0% | - |' in card


def test_the_envelope_stands_beside_mandarin(records):
    card = lines(records)
    at = card.index('## Beside faces that a camera saw: zh')
    assert '| audio only | f | 5 | 0.500 |' in card[at:]
    assert '| loudness alone | f | 5 | 0.400 |' in card[at:]


def test_the_ablations_are_there_with_their_reading(records):
    card = model_card(records)
    assert '## Ablations' in card
    assert f'| {PHONES.name} |' in card
    assert 'keys at phone boundaries against direct regression' in card


def test_every_source_is_credited_and_like_ones_share_a_line(records):
    card = model_card(records)
    owed = [line for line in card.splitlines() if ' clips: ' in line]
    assert len(owed) == 6
    for line in owed:
        assert len(line.rpartition(';')[2]) > 10  # a licence, and whom it is owed to
    assert any(
        line.startswith('- 50 clips: flite awb (30), flite rms (20); BSD-like. spoken by flite')
        for line in owed
    )
    for name in ('FACEGOOD Authors', 'ked', 'espeak-ng 1.51', 'Vassil Panayotov', 'Cunningham'):
        assert name in card


def test_what_was_not_measured_is_left_out(records):
    card = model_card({name: records[name] for name in ('acoustic', 'motion')})
    assert '## Ablations' not in card
    assert 'camera saw' not in card
    assert '## Known limits' in card


@pytest.mark.parametrize('name', ['acoustic', 'motion'])
def test_a_record_that_is_needed_is_named(records, name):
    del records[name]
    with pytest.raises(ValueError, match=rf'no {name}\.json'):
        model_card(records)


def test_a_record_of_another_version_is_told(records):
    records['acoustic'] = {k: v for k, v in ACOUSTIC.items() if k != 'look_ahead_ms'}
    with pytest.raises(ValueError, match='look_ahead_ms'):
        model_card(records)


def test_the_command_rewrites_the_card(tmp_path, records):
    for name, record in records.items():
        (tmp_path / f'{name}.json').write_text(json.dumps(record))
    command = [sys.executable, '-m', 'facetalk_ros.training.model_card']
    subprocess.run([*command, str(tmp_path)], check=True)
    assert (tmp_path / 'MODEL_CARD.md').read_text() == model_card(read_records(tmp_path))
    failed = subprocess.run(
        [*command, str(tmp_path / 'none')], check=False, capture_output=True, text=True
    )
    assert failed.returncode == 1
    assert failed.stderr == 'model_card FOLDER: no acoustic.json: train that first\n'
