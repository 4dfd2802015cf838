# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json
import sys

import pytest
from spoken_folder import write_spoken

torch = pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('transformers', reason='wav2vec 2.0 needs transformers')

from facetalk_ros.cli import main as facetalk  # noqa: E402
from facetalk_ros.training.paper.audio import load_wav2vec2  # noqa: E402
from facetalk_ros.training.paper.main import main  # noqa: E402

BIWI = ('F2_01', 'F2_02', 'M3_01', 'F2_33', 'F2_40', 'F1_40')
VOCASET = (
    'FaceTalk_170725_00137_TA_sentence01', 'FaceTalk_170913_03279_TA_sentence40',
    'FaceTalk_170811_03275_TA_sentence21', 'FaceTalk_170809_00138_TA_sentence22',
)  # fmt: skip
SMALL = ('--audio-encoder', 'random', '--width', '16', '--heads', '2', '--rate', '0.002')


@pytest.fixture
def biwi(tmp_path):
    write_spoken(tmp_path / 'biwi', BIWI, 25)
    return ['--layout', 'biwi', '--data', str(tmp_path / 'biwi')]


@pytest.mark.parametrize(
    ('layout', 'names', 'rate', 'splits'),
    [
        ('biwi', BIWI, 25, {'val': 1, 'test_a': 1, 'test_b': 1}),
        ('vocaset', VOCASET, 60, {'val': 1, 'test': 1}),
    ],
)
def test_three_stages_and_every_split_of_a_layout(tmp_path, capsys, layout, names, rate, splits):
    write_spoken(tmp_path / 'data', names, rate)
    out = tmp_path / 'out'
    given = ['--layout', layout, '--data', str(tmp_path / 'data')]
    main(['fit', *given, *SMALL, '--steps', '40', '40', '20', '--out', str(out)])
    printed = capsys.readouterr().out
    for line in ('40/100 keys loss', '80/100 completion loss', '100/100 joint loss', '0 skipped'):
        assert line in printed
    for split, clips in splits.items():
        main(['eval', *given, '--split', split, str(out / 'paper.pt')])
        report = json.loads(capsys.readouterr().out)
        assert (report['split'], report['clips'], report['skipped']) == (split, clips, 0)
        assert {'lve', 'fdd', 'fdd_abs', 'mve'} <= set(report['model'])
        assert 0 < report['model']['lve'] < 0.8 * report['template']['lve']


def test_what_is_skipped_is_listed(biwi, tmp_path, capsys):
    folder = tmp_path / 'biwi'
    (folder / 'vertices_npy' / 'F2_01.npy').write_bytes(b'')
    (folder / 'phones' / 'F2_33.json').write_text('[["QQ", 0, 1]]')
    out = str(tmp_path / 'out')
    main(['fit', *biwi, *SMALL, '--steps', '1', '1', '1', '--out', out])
    printed = capsys.readouterr()
    assert '2 clips, 1 skipped' in printed.out
    assert 'skipped: ' in printed.err
    assert 'F2_01' in printed.err
    with pytest.raises(SystemExit) as end:
        main(['eval', *biwi, '--split', 'val', f'{out}/paper.pt'])
    assert end.value.code == 2
    assert "no usable clip of split 'val'; 1 skipped" in capsys.readouterr().err


def test_the_same_command_goes_on_and_another_is_refused(biwi, tmp_path, capsys):
    out = tmp_path / 'out'
    parts = ['train', 'paper', 'fit', *biwi, *SMALL, '--out', str(out)]
    assert facetalk([*parts, '--steps', '2', '1', '1', '--save-every', '1']) == 0
    assert not list(out.glob('*.partial'))
    capsys.readouterr()
    assert facetalk([*parts, '--steps', '2', '1', '1']) == 0
    assert 'goes on at step 4' in capsys.readouterr().out
    for changed, message in (
        (['--steps', '2', '1', '2'], 'joint is 1, not 2'),
        (['--steps', '2', '1', '1', '--width', '32'], 'width is 16, not 32'),
        (['--steps', '2', '1', '1', '--keys', 'none'], "keys is 'boundaries', not 'none'"),
    ):
        assert facetalk([*parts, *changed]) == 2
        assert message in capsys.readouterr().err


def test_wav2vec2_from_a_folder_and_another_one_is_refused(biwi, tmp_path, capsys):
    for seed in (3, 4):
        load_wav2vec2('random', seed)[0].save_pretrained(tmp_path / f'w2v{seed}')
    parts = ['fit', *biwi, '--width', '16', '--steps', '1', '1', '1', '--out', str(tmp_path / 'o')]
    main([*parts, '--audio-encoder', str(tmp_path / 'w2v3')])
    main([*parts, '--audio-encoder', str(tmp_path / 'w2v3')])
    assert 'goes on at step 3' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*parts, '--audio-encoder', str(tmp_path / 'w2v4')])
    assert 'start is' in capsys.readouterr().err


def test_a_checkpoint_of_another_data_set_is_refused_by_name(biwi, tmp_path, capsys):
    main(['fit', *biwi, *SMALL, '--steps', '1', '0', '0', '--out', str(tmp_path / 'out')])
    write_spoken(tmp_path / 'vocaset', VOCASET, 60)
    capsys.readouterr()
    other = ['--layout', 'vocaset', '--data', str(tmp_path / 'vocaset')]
    assert facetalk(['train', 'paper', 'eval', *other, str(tmp_path / 'out' / 'paper.pt')]) == 2
    assert "data_set is 'biwi', not 'vocaset'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        (['--steps', '0', '0', '0'], 'no step to train'),
        (['--steps', '1', '1', '-1'], "'-1' is not a whole number"),
        (['--steps', '1', '1'], 'expected 3 arguments'),
        (['--width', '30', '--heads', '4'], 'width 30 is no multiple of 4 heads'),
        (['--rate', 'fast'], "'fast' is not a number"),
        (['--keys', 'loud'], "'loud'"),
        (['--device', 'nowhere'], "device 'nowhere' cannot be used"),
        (['--data', 'no_such_folder'], 'templates.pkl'),
        (['--audio-encoder', 'no_such_folder'], 'config.json is missing'),
        (['--seed', '99999999999'], 'whole number from 0 to'),
    ],
)
def test_a_bad_argument_ends_with_one_line_and_code_2(biwi, tmp_path, capsys, given, message):
    parts = ['fit', *biwi, *SMALL, '--out', str(tmp_path / 'out')]
    assert facetalk(['train', 'paper', *parts, *given]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_bad_arguments_of_eval_end_so_too(biwi, tmp_path, capsys):
    main(['fit', *biwi, *SMALL, '--steps', '1', '0', '0', '--out', str(tmp_path / 'out')])
    capsys.readouterr()
    there = str(tmp_path / 'out' / 'paper.pt')
    for given, message in (
        (['--split', 'nowhere', there], "split 'nowhere' is not one of train, val"),
        (['--style', 'F9', there], "style 'F9' is not one of F2, M3"),
        ([str(tmp_path / 'none.pt')], 'is no checkpoint'),
        ([], 'required: checkpoint'),
    ):
        assert facetalk(['train', 'paper', 'eval', *biwi, *given]) == 2
        said = capsys.readouterr().err
        assert message in said
        assert said.count('\n') == 1


def test_without_transformers_the_command_says_how_to_get_it(biwi, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    assert facetalk(['train', 'paper', 'fit', *biwi, *SMALL, '--out', str(tmp_path / 'out')]) == 2
    assert 'pip install transformers' in capsys.readouterr().err
