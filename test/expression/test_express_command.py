# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from facetalk_ros.cli import main


def test_a_table_for_people(capsys):
    assert main(['express', '--text', 'I am so happy! Where is the bus?']) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[:4] == ['family', 'intensity', 'valence', 'arousal']
    assert any(line.startswith('joy') for line in out)
    assert any(line.startswith('question') for line in out)


def test_json_has_everything(capsys):
    assert main(['express', '--text', 'I do NOT like <x>it</x>.', '--json']) == 0
    (found,) = json.loads(capsys.readouterr().out)['sentences']
    assert found['negation'] is True
    assert found['question'] is False
    assert {'family', 'emotion', 'intensity', 'valence', 'arousal', 'cause'} <= set(found)
    assert found['warnings'] == ['unknown tag <x> is not spoken']
    shouted = next(w for w in found['words'] if w['text'] == 'NOT')
    assert (shouted['cause'], shouted['start'], shouted['end']) == ('capitals', 5, 8)


def test_a_file_has_one_sentence_a_line(tmp_path, capsys):
    path = tmp_path / 'lines.txt'
    path.write_text('Oh! It is you!\n\nPlease sit down. Wait here.\n', encoding='utf-8')
    assert main(['express', '--text-file', str(path), '--json']) == 0
    found = json.loads(capsys.readouterr().out)['sentences']
    assert [s['text'] for s in found] == ['Oh! It is you!', 'Please sit down. Wait here.']


def test_warnings_are_told_beside_the_table(capsys):
    assert main(['express', '--text', '<x>Hello.']) == 0
    assert 'unknown tag <x>' in capsys.readouterr().err


@pytest.mark.parametrize(
    'arguments', [[], ['--text', ''], ['--text', '?!'], ['--text-file', 'nowhere.txt'], ['--tex']]
)
def test_bad_input_is_one_line_and_exit_2(arguments, capsys):
    assert main(['express', *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
