# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Speech from espeak-ng's library (Debian package ``libespeak-ng1``), with its phone events.

The program is GPL-3; what it speaks is not. The library keeps the phase of its voice from one
sentence to the next, so that a sentence spoken again may differ by less than a millisecond.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import itertools
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...audio.files import write_wav
from ...audio.resample import SPEECH_RATE_HZ
from .corpus import Clip
from .phone_names import ESPEAK, Phone, to_arpabet
from .sound import at_speech_rate

LICENCE = 'synthesised with espeak-ng (the program is GPL-3, its output is not)'

# espeak_SetVoiceByName wants the name within the voice file, not the language.
_ACCENTS = {
    'en-us': 'English (America)',
    'en-us-nyc': 'English (America, New York City)',
    'en-gb': 'English (Great Britain)',
    'en-gb-scotland': 'English (Scotland)',
    'en-gb-x-rp': 'English (Received Pronunciation)',
    'en-gb-x-gbclan': 'English (Lancaster)',
}
#: An accent and a voice variant each.
ESPEAK_VOICES = (
    'en-us', 'en-us+f1', 'en-us+m2', 'en-us+f4', 'en-us+m6', 'en-us-nyc+m4', 'en-gb+m3',
    'en-gb+f2', 'en-gb+f5', 'en-gb-scotland+m1', 'en-gb-scotland+f3', 'en-gb-x-rp+m7',
    'en-gb-x-rp+f2', 'en-gb-x-gbclan+m5', 'en-gb-x-gbclan+f1',
)  # fmt: skip

# From speak_lib.h
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 0x1, 0x2, 0x8000
_RATE, _PITCH = 1, 3
_CHARS_UTF8 = 1
_EVENT_END, _EVENT_PHONEME = 0, 7
_USUAL_WORDS_PER_MINUTE, _USUAL_PITCH = 175, 50
# 0 to 100 on the pitch scale is about two octaves.
_PITCH_PER_OCTAVE = 50.0


class _Event(ctypes.Structure):
    _fields_ = (
        ('type', ctypes.c_int),
        ('unique_identifier', ctypes.c_uint),
        ('text_position', ctypes.c_int),
        ('length', ctypes.c_int),
        ('audio_position_ms', ctypes.c_int),
        ('sample', ctypes.c_int),
        ('user_data', ctypes.c_void_p),
        # of the union only the phone's name; c_char would stop at a byte of zero as well
        ('name', ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Engine:
    """The one instance that a process can have of the library, whose state is global."""

    def __init__(self) -> None:
        name = ctypes.util.find_library('espeak-ng') or 'libespeak-ng.so.1'
        self._library: Any = ctypes.CDLL(name)
        self._blocks: list[npt.NDArray[np.int16]] = []
        self._starts: list[tuple[str, int]] = []
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, options)
        if self.rate_hz <= 0:
            raise OSError('espeak-ng finds no data')
        self._callback = _Callback(self._take)  # the library keeps no reference
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, wave: Any, count: int, events: Any) -> int:
        for i in itertools.count():
            event = events[i]
            if event.type == _EVENT_END:
                break
            if event.type == _EVENT_PHONEME:
                # a name of eight bytes may be cut within a character: then it is unknown
                self._starts.append((event.name.decode('utf-8', 'replace'), event.sample))
        if wave and count:
            self._blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    def speak(
        self, text: str, voice: str, stretch: float, pitch: float
    ) -> tuple[npt.NDArray[np.float32], list[Phone]]:
        accent, _, variant = voice.partition('+')
        name = _ACCENTS[accent] + ('+' + variant if variant else '')
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f'espeak-ng has no voice {voice}')
        words_per_minute = round(_USUAL_WORDS_PER_MINUTE / stretch)
        height = round(_USUAL_PITCH + _PITCH_PER_OCTAVE * float(np.log2(pitch)))
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, min(max(height, 0), 100), 0)
        self._blocks.clear()
        self._starts.clear()
        encoded = text.encode()
        status = self._library.espeak_Synth(
            encoded, ctypes.c_size_t(len(encoded) + 1), 0, 1, 0, _CHARS_UTF8, None, None
        )
        if status != 0 or not self._blocks or not self._starts:
            raise ValueError(f'espeak-ng spoke nothing for {text!r}')
        samples = np.concatenate(self._blocks).astype(np.float32) / np.float32(32768)
        starts = [(name, sample / self.rate_hz) for name, sample in self._starts]
        ends_s = [*(start_s for _, start_s in starts[1:]), len(samples) / self.rate_hz]
        segments = [('', 0.0, starts[0][1])]
        segments += [(n, s, e) for (n, s), e in zip(starts, ends_s, strict=True)]
        return samples, segments


@lru_cache(maxsize=1)
def _engine() -> _Engine:
    return _Engine()


def is_installed() -> bool:
    """Return whether espeak-ng can speak here."""
    try:
        _engine()
    except (OSError, AttributeError):
        return False
    return True


def synthesise(
    text: str, voice: str, stretch: float, pitch: float, sound: Path
) -> tuple[Clip, frozenset[str]]:
    """Speak a sentence into a WAV file.

    Args:
        text: what to say.
        voice: one of ESPEAK_VOICES.
        stretch: how much longer than usual it lasts.
        pitch: the pitch over the voice's own.
        sound: the file to write.

    Returns:
        The clip, and the names of phones that are not in our set: they are UNLABELLED.

    Raises:
        OSError: espeak-ng is not installed or has no data.
        ValueError: no such voice, or it spoke nothing.

    """
    engine = _engine()
    samples, segments = engine.speak(text, voice, stretch, pitch)
    speech = at_speech_rate(samples, engine.rate_hz)
    write_wav(sound, speech, SPEECH_RATE_HZ)
    phones, unknown = to_arpabet(segments, ESPEAK[voice.partition('+')[0]])
    clip = Clip(
        sound.stem, sound, f'espeak_{voice}', f'espeak {voice}', LICENCE, 'train', text, phones,
        duration_s=len(speech) / SPEECH_RATE_HZ,
    )  # fmt: skip
    return clip, unknown
