# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Text from the recording itself, for who has none (extra `asr`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..audio.files import AudioFileError, read_audio
from ..audio.pcm import sanitise, to_mono
from ..audio.resample import StreamingResampler
from ..speech.asr import AsrUnavailable, WhisperTranscriber
from .errors import UserError


def heard_text(audio: Path, model_dir: Path) -> str:
    """Return what a Whisper model hears in a recording.

    Raises:
        UserError: the recording cannot be used, or the model or the extra is missing.

    """
    try:
        pcm, _ = read_audio(audio)
        transcriber = WhisperTranscriber(model_dir)
    except (AudioFileError, AsrUnavailable) as error:
        raise UserError(str(error)) from None
    resampler = StreamingResampler(pcm.rate_hz)
    mono, _ = sanitise(to_mono(pcm.samples))
    with transcriber:
        words = transcriber.transcribe(np.concatenate((resampler.push(mono), resampler.flush())))
    return ' '.join(word.word for word in words)
