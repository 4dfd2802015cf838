# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import gzip
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facetalk_ros.speech.dictionary import Dictionary, decode_phones, dictionary, encode_phones
from facetalk_ros.speech.g2p import PhoneFeeder, Source, pronouncer, text_to_phones
from facetalk_ros.speech.letter_to_sound import MAX_LETTERS, letter_to_sound
from facetalk_ros.speech.phones import PHONES, SILENCE
from facetalk_ros.speech.text_data import DATA
from facetalk_ros.speech.tokens import Pause
from facetalk_ros.training import g2p as trainer

SPEECH_PHONES = set(PHONES) - {SILENCE}

#: 200 words drawn at random (seed 3) from those that the training held out.
HELD_OUT = """
    adrift airboat alane alissa amelie amortized andersons appallingly arabie aronhalt arsonists
    attire atx baleful ballasts barbarians bardrick beyer biagini bipartisan bissonnette blasing
    blobby boza bugojno camembert carone cash castellani centel clairson codebreaker compartments
    connotation constitutions convoked cork cudworth cuidado curds dan debris dejean dirhams dope
    dugald efaw estrous experimentalist fioravanti first flatboat fluids fordyce forefront gars
    gilded gilliam gisler goldbach gonsoulin gowell grassers gresh hallquist hallucinates hamed
    hassenberg heinzmann hepner hind hoback hoffecker hogberg homebuilder hultgren hypnotic
    ignatz immigrated inextricably intimidates janecek jauregui jone kabul kallay keleman kiwanis
    klugt kniskern kulkarni lakers landolt laughingly laverty liang liberian licence lida lousy
    lovern luck lusch mailer malts mccartt mccoig mcguirt melon midcourse misiewicz misspeak
    mondello muddling munch nettle odometers onomatopeia otteson ovitz ozzy panter parent patties
    perl peruzzi piorkowski polarimeter prinsen prokop prominently rapeseed rating reames
    resealed retailers rightists rip robotics rosing rowell rudel sanhedrin schumm schuur seckel
    seeling seiders servicer shaul shelp shoults showiest shymanski simonette singing skids slant
    slapping slump smather sorell spans spirits sporrer spurlin squall standpoint stealey stewing
    stinky strutting sutcliff swank swede swindell tanen tar tarrant tatsch tays terese terrana
    thrift transitional unremarkable unsealed unstable vandalized vegetarians vergil vetting
    visas warling westworld wil wykle zeos zettle zippora
"""


def phones(word: str) -> str:
    return ' '.join(pronouncer().phones(word))


def test_words_of_the_dictionary():
    assert dictionary().variants('hello') == (('HH', 'AH', 'L', 'OW'), ('HH', 'EH', 'L', 'OW'))
    assert dictionary().variants('zzzz') == ()
    assert dictionary().variants('') == ()
    assert 'world' in dictionary()
    assert 'Привет' not in dictionary()


def test_every_line_of_the_dictionary_is_found():
    text = gzip.decompress((DATA / 'cmudict.gz').read_bytes())
    lines = text.split(b'\n\n\n')[1].decode().splitlines()
    assert len(lines) > 120_000
    assert lines == sorted(lines)
    for line in [*lines[::397], lines[0], lines[-1]]:
        word, codes = line.split('\t')
        assert dictionary().variants(word) == tuple(map(decode_phones, codes.split(',')))


def test_every_pronunciation_is_made_of_the_39_phones():
    text = gzip.decompress((DATA / 'cmudict.gz').read_bytes()).split(b'\n\n\n')[1].decode()
    used = {code for line in text.splitlines() for code in line.split('\t')[1]} - {','}
    assert set(decode_phones(''.join(used))) == SPEECH_PHONES
    assert encode_phones(decode_phones('ABC')) == 'ABC'


def test_the_dictionary_carries_its_licence():
    licence = (DATA / 'cmudict-licence.txt').read_text()
    assert 'Carnegie Mellon University' in licence
    head = gzip.decompress((DATA / 'cmudict.gz').read_bytes()).split(b'\n\n\n')[0].decode()
    assert head == licence.strip()


def test_a_file_that_is_no_dictionary_is_refused(tmp_path):
    path = tmp_path / 'words.gz'
    for content in (b'', b'words', gzip.compress(b'a\tA\n'), gzip.compress(b'x\n\n\na\tA\n')[:-9]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r'words\.gz'):
            Dictionary(path)


@pytest.mark.parametrize(
    ('word', 'said', 'source'),
    [
        ("dinah's", 'D AY N AH Z', Source.MORPHOLOGY),
        ('chatbots', 'CH AE T B AA T S', Source.LETTERS),
        ('rebooting', 'R IY B UW T IH NG', Source.MORPHOLOGY),
        ('labelling', 'L EY B AH L IH NG', Source.MORPHOLOGY),
        ('splendour', 'S P L EH N D ER', Source.MORPHOLOGY),
        ('organised', 'AO R G AH N AY Z D', Source.MORPHOLOGY),
        ('fulfilments', 'F UH L F IH L M AH N T S', Source.MORPHOLOGY),
        ('laptopscreen', 'L AE P T AA P S K R IY N', Source.MORPHOLOGY),
    ],
)
def test_unknown_words(word, said, source):
    assert word not in dictionary()
    assert pronouncer().pronounce(word).source is source
    assert phones(word) == said


def test_possessives_of_names_nobody_knows_follow_the_last_sound():
    for name, ending in (('zorblat', ('S',)), ('zorblin', ('Z',)), ('zorblush', ('AH', 'Z'))):
        base = pronouncer().phones(name)
        assert pronouncer().phones(name + "'s") == (*base, *ending)


def test_letters_are_spelled_by_name():
    names = {c: pronouncer().spelled(c).phones for c in string.ascii_lowercase}
    assert names['a'] == ('EY',)
    assert names['w'] == ('D', 'AH', 'B', 'AH', 'L', 'Y', 'UW')
    assert len(set(names.values())) == 26
    assert pronouncer().spelled("x's").phones == ('EH', 'K', 'S', 'AH', 'Z')
    for bad in ('', 'ab', '1', 'é', "'s"):
        with pytest.raises(ValueError, match='letter'):
            pronouncer().spelled(bad)


@pytest.mark.parametrize('word', ['', "'", '123', 'мир', '  '])
def test_a_word_without_letters_is_refused(word):
    with pytest.raises(ValueError, match='letter'):
        pronouncer().phones(word)


@example('ehw')
@given(st.text(alphabet=string.ascii_lowercase + "'", min_size=1, max_size=70))
def test_any_letters_have_phones(word):
    if not word.strip("'"):
        return
    said = pronouncer().pronounce(word)
    for variant in said.variants:
        assert 1 <= len(variant) <= 2 * MAX_LETTERS
        assert set(variant) <= SPEECH_PHONES


@pytest.mark.parametrize('word', ['a' * 50_000, "a's" * 20_000, "'" * 5_000 + 'b', 'qxz' * 9_000])
def test_endless_words_have_an_end(word):
    assert 1 <= len(pronouncer().phones(word)) <= 2 * MAX_LETTERS


def test_the_letter_model_sounds_unseen_words():
    model = letter_to_sound()
    assert model.phones('zorblat') == ('Z', 'ER', 'B', 'L', 'AE', 'T')
    assert model.phones('phlonk') == ('F', 'L', 'AA', 'NG', 'K')
    for bad in ('', 'Upper', 'a b', 'é', '3'):
        with pytest.raises(ValueError, match='letters a to z'):
            model.phones(bad)


def test_the_letter_model_is_about_as_good_as_its_docstring_says():
    words = HELD_OUT.split()
    right = sum(letter_to_sound().phones(w) in dictionary().variants(w) for w in words)
    assert right / len(words) > 0.6


def test_text_to_phones():
    text = 'Hi USB, “world”. In 1984!'
    spoken = text_to_phones(text)
    assert [(w.word, text[w.start : w.end], w.pause_after.name) for w in spoken.words] == [
        ('hi', 'Hi', 'NONE'),
        ('usb', 'USB', 'COMMA'),
        ('world', 'world', 'PERIOD'),
        ('in', 'In', 'NONE'),
        ('nineteen', '1984', 'NONE'),
        ('eighty', '1984', 'NONE'),
        ('four', '1984', 'PERIOD'),
    ]
    assert spoken.words[2].phones == ('W', 'ER', 'L', 'D')
    assert spoken.words[0].phones == spoken.words[0].variants[0]
    assert (spoken.warnings, spoken.unpronounceable) == ((), 0.0)


def test_text_that_cannot_be_spoken_says_why():
    spoken = text_to_phones('Привет')
    assert spoken.words == ()
    assert spoken.unpronounceable == 1.0
    assert len(spoken.warnings) == 1


def test_the_last_word_ends_the_text():
    assert text_to_phones('yes and').words[-1].pause_after is Pause.PARAGRAPH


@given(st.text(max_size=80), st.integers(1, 7))
def test_phones_do_not_depend_on_how_the_text_is_cut(text, size):
    feeder = PhoneFeeder()
    words = []
    for i in range(0, len(text), size):
        words += feeder.push(text[i : i + size])
    words += feeder.flush()
    assert tuple(words) == text_to_phones(text).words
    for word in words:
        assert set(word.phones) <= SPEECH_PHONES
        assert word.phones


CMUDICT = """\
ab AE1 B
ab(2) AH0 B # a comment
abba AE1 B AH0
ba B AA1
bab B AE1 B
cab K AE1 B
cabba K AE1 B AH0
"""


def test_the_trainer_makes_files_that_load(tmp_path, capsys):
    words = [a + b + c for a in 'bdfgkmnpt' for b in 'aio' for c in 'bdfgkmnpt']
    sounds = {'a': 'AE1', 'i': 'IH1', 'o': 'AA1'}
    rows = [f'{w} {w[0].upper()} {sounds[w[1]]} {w[2].upper()}\n' for w in words]
    source = tmp_path / 'cmudict'
    source.mkdir()
    (source / 'cmudict.dict').write_text(CMUDICT + ''.join(rows))
    (source / 'LICENSE').write_text('A licence.\n')
    out = tmp_path / 'out'
    out.mkdir()
    assert trainer.main([str(source), '--out', str(out), '--order', '3']) == 0
    assert '100.0% of words' in capsys.readouterr().out
    made = Dictionary(out / 'cmudict.gz')
    assert made.variants('ab') == (('AE', 'B'), ('AH', 'B'))
    first = (out / 'letter_to_sound.npz').read_bytes()
    assert trainer.main([str(source), '--out', str(out), '--order', '3']) == 0
    assert (out / 'letter_to_sound.npz').read_bytes() == first


def test_the_trainer_says_what_is_missing(tmp_path, capsys):
    assert trainer.main([str(tmp_path)]) == 2
    assert 'cmudict.dict' in capsys.readouterr().err
