# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
import shutil
from collections import defaultdict

import numpy as np
import pytest

from facetalk_ros.speech.phones import PHONE_INDEX
from facetalk_ros.training.data import espeak, festival, flite
from facetalk_ros.training.data.phone_names import ESPEAK, FESTVOX, UNLABELLED, to_arpabet
from facetalk_ros.training.data.synthesis import speak_sentences

RATE_HZ = 16000
SENTENCES = [
    'She sees six ships, see?',
    'A big bus passes the station.',
    'My mother sings so sadly.',
    'Yes, this is a nice surprise.',
]
HAVE = {
    'flite': shutil.which('flite') is not None,
    'festival': bool(festival.installed_voices()),
    'espeak': espeak.is_installed(),
}
needs = {
    name: pytest.mark.skipif(not there, reason=f'no {name}') for name, there in HAVE.items()
}  # fmt: skip


def brightness_db(sound, start_s, end_s):
    part = sound[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    hz = np.fft.rfftfreq(len(part), 1 / RATE_HZ)
    return 10 * np.log10((power[hz > 3500].sum() + 1e-9) / (power[hz < 2000].sum() + 1e-9))


def check_timings(clips):
    """Silence is quiet and sibilants are bright, each between the times it is said to have."""
    bright = defaultdict(list)
    for clip in clips:
        sound = clip.samples()
        level = np.std(sound)
        assert clip.duration_s == pytest.approx(len(sound) / RATE_HZ)
        assert clip.phones[-1][2] == pytest.approx(clip.duration_s, abs=0.25)
        for (_, _, end_s), (_, start_s, _) in zip(clip.phones, clip.phones[1:], strict=False):
            assert start_s == pytest.approx(end_s)
        for phone, start_s, end_s in clip.phones:
            assert phone in PHONE_INDEX
            if end_s - start_s < 0.04 or end_s > clip.duration_s:
                continue
            if phone == 'SIL':
                # the sounds to both sides ring a little
                a, b = (round(t * RATE_HZ) for t in (start_s + 0.015, end_s - 0.015))
                assert np.std(sound[a:b]) < 0.3 * level, (clip.source, clip.transcript, start_s)
            elif phone in ('S', 'SH', 'AA', 'AE', 'AY', 'IH', 'IY'):
                kind = 'sibilant' if phone in ('S', 'SH') else 'vowel'
                bright[kind].append(brightness_db(sound, start_s, end_s))
    # espeak's klatt voices and vowels like IY have highs of their own: by 8 dB nearly always
    vowel = np.median(bright['vowel'])
    assert np.mean(np.array(bright['sibilant']) > vowel + 8) > 0.9


@needs['flite']
@pytest.mark.parametrize('voice', flite.FLITE_VOICES)
def test_flite_tells_when_it_speaks_each_phone(tmp_path, voice):
    check_timings([flite.synthesise(text, voice, 1.1, tmp_path, 1.1) for text in SENTENCES])


@needs['festival']
@pytest.mark.parametrize('voice', festival.installed_voices())
def test_festival_tells_when_it_speaks_each_phone(tmp_path, voice):
    requests = [festival.Request(text, voice, 1.1, 0.9) for text in SENTENCES]
    clips = list(festival.speak(requests, tmp_path))
    assert [clip.transcript for clip in clips] == SENTENCES
    check_timings(clips)


@needs['espeak']
@pytest.mark.parametrize('voice', espeak.ESPEAK_VOICES)
def test_espeak_tells_when_it_speaks_each_phone(tmp_path, voice):
    spoken = [
        espeak.synthesise(text, voice, 1.1, 0.9, tmp_path / f'{i}.wav')
        for i, text in enumerate(SENTENCES)
    ]
    assert all(not unknown for _, unknown in spoken)
    check_timings([clip for clip, _ in spoken])


@needs['festival']
def test_a_longer_request_lasts_longer(tmp_path):
    for voice in festival.installed_voices():
        requests = [festival.Request('A big map.', voice, s, 1.0) for s in (0.8, 1.3)]
        short, long = festival.speak(requests, tmp_path / voice)
        assert long.duration_s > 1.3 * short.duration_s


@needs['espeak']
def test_espeak_varies_in_rate_and_pitch(tmp_path):
    short, long, high = (
        espeak.synthesise('A big map.', 'en-us', stretch, pitch, tmp_path / f'{i}.wav')[0]
        for i, (stretch, pitch) in enumerate(((0.8, 1.0), (1.3, 1.0), (1.3, 1.25)))
    )
    assert long.duration_s > 1.2 * short.duration_s
    assert not np.array_equal(long.samples(), high.samples())
    with pytest.raises(KeyError):
        espeak.synthesise('A big map.', 'tlh', 1.0, 1.0, tmp_path / 'x.wav')


@needs['festival']
def test_a_sentence_that_festival_cannot_speak_is_a_line_and_the_rest_is_spoken(tmp_path):
    quoted = 'Quoted "words" and a (bracket.'
    voice = festival.installed_voices()[0]
    requests = [
        festival.Request(text, name, 1.0, 1.0)
        for text, name in ((quoted, voice), ('Never.', 'no_such_voice'), (quoted, voice))
    ]
    good, bad, after = festival.speak(requests, tmp_path)
    assert after.phones == good.phones
    assert 'B' in [phone for phone, _, _ in good.phones]
    assert bad.startswith("festival no_such_voice, 'Never.':")
    assert '\n' not in bad


@pytest.mark.skipif(not any(HAVE.values()), reason='no speech synthesiser')
def test_sentences_are_spread_over_all_voices_and_a_seed_repeats_them(tmp_path):
    clips, skipped = speak_sentences([*SENTENCES, ' ', ''], 24, tmp_path / 'a', 5)
    assert len(clips) == 24
    assert all('not installed' in line for line in skipped)
    for name, there in HAVE.items():
        assert there == any(clip.source.startswith(name) for clip in clips)
    assert len({clip.audio for clip in clips}) == 24
    again, _ = speak_sentences(SENTENCES, 24, tmp_path / 'b', 5)
    for one, same in zip(clips, again, strict=True):
        assert (one.name, one.transcript) == (same.name, same.transcript)
        assert [p for p, _, _ in one.phones] == [p for p, _, _ in same.phones]
        # espeak-ng keeps the phase of its voice
        assert one.duration_s == pytest.approx(same.duration_s, abs=0.005)
        if not one.source.startswith('espeak'):
            np.testing.assert_array_equal(one.samples(), same.samples())
    other, _ = speak_sentences(SENTENCES, 24, tmp_path / 'a', 6)
    assert not {c.audio for c in clips} & {c.audio for c in other}


def test_missing_synthesisers_are_listed(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match='no sentences'):
        speak_sentences([' '], 3, tmp_path, 1)
    monkeypatch.setattr(shutil, 'which', lambda _: None)
    monkeypatch.setattr(festival, 'installed_voices', tuple)
    monkeypatch.setattr(espeak, 'is_installed', lambda: False)
    with pytest.raises(ValueError, match='install flite'):
        speak_sentences(SENTENCES, 3, tmp_path, 1)


def test_foreign_names_become_ours_or_are_told():
    phones, unknown = to_arpabet(
        [('pau', 0, 0.1), ('ax', 0.1, 0.2), ('dx', 0.2, 0.2), ('zz', 0.2, 0.3)], FESTVOX
    )
    assert phones == (('SIL', 0, 0.1), ('AH', 0.1, 0.2), (UNLABELLED, 0.2, 0.3))
    assert unknown == {'zz'}
    assert UNLABELLED not in PHONE_INDEX


def test_joined_phones_are_cut_in_equal_parts():
    phones, _ = to_arpabet([('ɔːɹ', 0.0, 0.2), ('n̩', 0.2, 0.3)], ESPEAK['en-us'])
    assert phones == (('AO', 0.0, 0.1), ('R', 0.1, 0.2), ('N', 0.2, 0.3))


@pytest.mark.parametrize('table', [FESTVOX, *ESPEAK.values()])
def test_all_names_stand_for_phones_of_ours(table):
    assert {phone for parts in table.values() for phone in parts} <= set(PHONE_INDEX)
