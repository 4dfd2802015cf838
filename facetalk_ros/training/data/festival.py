# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Speech from festival (Debian packages ``festival``, ``festvox-*``), many sentences a process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from ...audio.files import write_wav
from ...audio.resample import SPEECH_RATE_HZ
from .corpus import Clip
from .phone_names import FESTVOX, Phone, to_arpabet
from .sound import at_speech_rate

#: Voices and their licences.
FESTIVAL_VOICES = {
    'kal_diphone': 'MIT-like (CSTR, University of Edinburgh; free use with notice)',
    'ked_diphone': 'MIT-like (CSTR, University of Edinburgh; free use with notice)',
    'cmu_us_slt_arctic_hts': 'BSD-3-Clause and MIT-like (HTS working group, CMU)',
}
# Mean pitch of the two diphone voices, from their definitions [Hz].
_DIPHONE_HZ = 105.0
_SPEAK = """
(define (speak text name)
  (set! u (eval (list 'Utterance 'Text text)))
  (utt.synth u)
  (utt.save.segs u (string-append name ".lab"))
  (utt.save.wave u (string-append name ".wav") 'riff))
"""


@dataclass(frozen=True)
class Request:
    """A sentence to speak: by whom, how much longer than usual, how much higher."""

    text: str
    voice: str
    stretch: float
    pitch: float


def installed_voices() -> tuple[str, ...]:
    """Return those of FESTIVAL_VOICES that are installed; none without festival."""
    try:
        asked = subprocess.run(
            ['festival', '-b', '(print (voice.list))'], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    found = asked.stdout.replace('(', ' ').replace(')', ' ').split()
    return tuple(voice for voice in FESTIVAL_VOICES if voice in found)


def speak(requests: Sequence[Request], work: Path) -> Iterator[Clip | str]:
    """Speak sentences; a line of text comes instead of a clip for one that failed.

    Args:
        requests: the sentences.
        work: an empty folder, or one to be made, for the sounds.

    """
    work.mkdir(exist_ok=True)
    script = [_SPEAK]
    for i, request in enumerate(requests):
        spoken = f'(speak "{_quoted(request.text)}" "{i}")'
        # an error ends with its sentence, not with the script
        script.append(f'(unwind-protect (begin {_settings(request)} {spoken}) nil)')
    (work / 'all.scm').write_text('\n'.join(script), 'latin-1', 'replace')
    # what failed is seen by what it did not write
    subprocess.run(['festival', '-b', 'all.scm'], cwd=work, capture_output=True, check=False)
    for i, request in enumerate(requests):
        try:
            yield _clip(request, work, i)
        except (OSError, ValueError, RuntimeError) as error:  # libsndfile's are RuntimeErrors
            yield f'festival {request.voice}, {request.text!r}: {error}'


def _quoted(text: str) -> str:
    return text.replace('\\', ' ').replace('"', ' ').replace('\n', ' ')


def _settings(request: Request) -> str:
    lines = [f'(voice_{request.voice})']
    if request.voice.endswith('_hts'):
        # its models set durations; of pitch the engine takes no setting
        lines.append(
            '(set! hts_engine_params (append hts_engine_params'
            f' (list (list "-r" {1 / request.stretch:.4f}))))'
        )
    else:
        lines.append(f"(Parameter.set 'Duration_Stretch {request.stretch:.4f})")
        lines.append(
            f"(set! int_lr_params '((target_f0_mean {_DIPHONE_HZ * request.pitch:.1f})"
            ' (target_f0_std 15) (model_f0_mean 170) (model_f0_std 34)))'
        )
    return '\n'.join(lines)


def _clip(request: Request, work: Path, i: int) -> Clip:
    sound = work / f'{i}.wav'
    samples, rate_hz = soundfile.read(sound, dtype='float32')
    if rate_hz != SPEECH_RATE_HZ:
        samples = at_speech_rate(samples, rate_hz)
        write_wav(sound, samples, SPEECH_RATE_HZ)
    segments: list[Phone] = []
    start_s = 0.0
    for line in (work / f'{i}.lab').read_text().splitlines():
        fields = line.split()
        if len(fields) == 3:
            segments.append((fields[2], start_s, float(fields[0])))
            start_s = float(fields[0])
    phones, _ = to_arpabet(segments, FESTVOX)
    if not phones:
        raise ValueError('it spoke nothing')
    voice = request.voice
    return Clip(
        f'{work.name}-{i}', sound, f'festival_{voice}', f'festival {voice}',
        FESTIVAL_VOICES[voice], 'train', request.text, phones,
        duration_s=len(samples) / SPEECH_RATE_HZ,
    )  # fmt: skip
