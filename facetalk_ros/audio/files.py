# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Audio files: whatever libsndfile reads, block by block, with one clear line for what fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile

from .pcm import Pcm, Samples, check_channels, check_rate_hz

# libsndfile corrects a header that promises more bytes than there are, and logs it: WAV, AIFF, AU
_CORRECTED = re.compile(r'^\s*(?:data|SSND|Data Size)\s*: (\d+) \(should be (\d+)\)', re.M)
# A recorder that writes to a pipe cannot know the length and puts about the largest number there.
_UNKNOWN_BYTES = 0x7FFF_0000
_UNKNOWN_SAMPLES = 2**40
# The end of a compressed file lies on its frame grid: this much less than promised is no loss.
_FRAME_GRID_S = 0.1


class AudioFileError(ValueError):
    """A file that cannot be used as audio; the text says which and why, in one line."""


class AudioFile:
    """An open audio file that is read in blocks.

    Use it as a context manager. ``warning`` holds, once all blocks were read, a line for the user
    when the file is cut short: what it had was read all the same. It is empty otherwise.

    Args:
        path: a regular file of any format that libsndfile knows: WAV, FLAC, Ogg Vorbis or Opus,
            MP3, AIFF and others.

    Raises:
        AudioFileError: no such file, not audio, a header that cannot be true.

    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.warning = ''
        self._sound = _open(self.path)
        try:
            self.rate_hz = check_rate_hz(self._sound.samplerate)
            self.channels = check_channels(self._sound.channels)
        except ValueError as error:
            self._sound.close()
            raise AudioFileError(f'{self.path}: {error}') from None

    def __enter__(self) -> AudioFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sound.close()

    @property
    def duration_s(self) -> float:
        """Length by the header, in seconds."""
        return float(self._sound.frames / self.rate_hz)

    def blocks(self, block_s: float = 0.02) -> Iterator[Pcm]:
        """Read from where the file is to its end, block_s seconds at a time.

        Raises:
            ValueError: a block of less than one sample.
            AudioFileError: there are no samples.

        """
        block_samples = round(block_s * self.rate_hz)
        if block_samples < 1:
            raise ValueError(f'blocks of {block_s} s: shorter than a sample at {self.rate_hz} Hz')
        n_read = 0
        while True:
            try:
                samples = self._sound.read(block_samples, dtype='float32', always_2d=True)
            except soundfile.LibsndfileError as error:
                if not n_read:
                    raise AudioFileError(f'{self.path}: {_reason(error)}') from None
                has_s = n_read / self.rate_hz
                self.warning = f'{self.path} is damaged: only the first {has_s:.2f} s can be read'
                return
            if not len(samples):
                break
            n_read += len(samples)
            yield Pcm(samples, self.rate_hz)
        if not n_read:
            raise AudioFileError(f'{self.path}: no samples can be read from it')
        self.warning = self._shortfall(n_read)

    def _shortfall(self, n_read: int) -> str:
        promised = self._sound.frames
        corrected = _CORRECTED.search(self._sound.extra_info)
        if corrected:
            header_bytes, real_bytes = int(corrected[1]), int(corrected[2])
            promised = n_read * header_bytes // real_bytes
            if header_bytes >= _UNKNOWN_BYTES or promised <= n_read:
                return ''
        elif promised >= _UNKNOWN_SAMPLES or promised - n_read <= _FRAME_GRID_S * self.rate_hz:
            return ''
        has_s, promised_s = n_read / self.rate_hz, promised / self.rate_hz
        return f'{self.path} is cut short: {has_s:.2f} s of the {promised_s:.2f} s it promises'


class _ForwardOnly(soundfile.SoundFile):  # type: ignore[misc]
    """A file that soundfile reads without seeking.

    Otherwise it seeks to where it is after every read, which loses samples of MP3, and it trusts
    the header's length, which is zero or unknown where a recording was cut off or piped.
    """

    def seekable(self) -> bool:
        return False


def _open(path: Path) -> soundfile.SoundFile:
    # a directory, a pipe or a device would fail obscurely or block for ever
    try:
        if not path.exists():
            raise AudioFileError(f'{path}: no such file')
        if not path.is_file():
            raise AudioFileError(f'{path}: not a regular file')
        if not path.stat().st_size:
            raise AudioFileError(f'{path}: the file is empty')
        with path.open('rb'):
            pass
        return _ForwardOnly(path)
    except (OSError, soundfile.LibsndfileError, TypeError) as error:
        raise AudioFileError(f'{path}: {_reason(error)}') from None


def _reason(error: Exception) -> str:
    if isinstance(error, soundfile.LibsndfileError):
        detail = error.error_string.strip().rstrip('.') or f'code {error.code}'
        return f'not audio that can be read (libsndfile: {detail})'
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    # soundfile takes a name that ends in .raw for headerless samples and asks for their format
    return 'headerless samples cannot be read: their rate and encoding are not in the file'


def read_audio(path: str | Path) -> tuple[Pcm, str]:
    """Read a whole audio file.

    Returns:
        The audio, float32 [n, channels], and AudioFile.warning.

    Raises:
        AudioFileError: no such file, not audio, no samples, a header that cannot be true.

    """
    with AudioFile(path) as file:
        parts = [block.samples for block in file.blocks()]
        return Pcm(np.concatenate(parts), file.rate_hz), file.warning


def write_wav(path: str | Path, samples: Samples, rate_hz: int) -> None:
    """Write float [n] or [n, channels] as 16-bit WAV; beyond full scale it is clipped.

    Raises:
        AudioFileError: the file cannot be written.

    """
    try:
        soundfile.write(
            Path(path), np.clip(samples, -1, 1), rate_hz, subtype='PCM_16', format='WAV'
        )
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioFileError(f'{path}: {_reason(error)}') from None
