# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where the audio source node takes its sound from: a file or a microphone, as it is spoken."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..audio.files import AudioFile
from ..audio.pcm import Pcm

CHUNK_S = 0.02
_NS = 1_000_000_000
_MIC_RATE_HZ = 16_000
# 2 s: a node that does not keep up loses sound instead of falling behind.
_MIC_QUEUE = 100


class Chunk(NamedTuple):
    """A piece of sound and when its first sample was heard, in ns since the source began."""

    pcm: Pcm
    start_ns: int


class SoundSource(Protocol):
    """Gives sound at the pace at which it is spoken."""

    @property
    def ended(self) -> bool:
        """Whether no more will come."""

    @property
    def warning(self) -> str:
        """What the user should know; '' for nothing."""

    def due(self) -> list[Chunk]:
        """Return the chunks that have been heard in full since the last call; does not wait."""

    def close(self) -> None:
        """Let go of the file or device."""


class FileSource:
    """Plays a file as a microphone would give it: a chunk comes when its last sample is heard.

    Raises:
        AudioFileError: it cannot be used as audio.

    """

    def __init__(self, path: str) -> None:
        self._file = AudioFile(path)
        self._blocks: Iterator[Pcm] = self._file.blocks(CHUNK_S)
        self._next: Pcm | None = next(self._blocks, None)
        self._began_s: float | None = None
        self._played_ns = 0

    @property
    def ended(self) -> bool:
        """Whether all of the file was given."""
        return self._next is None

    @property
    def warning(self) -> str:
        """That the file is cut short; known at its end."""
        return self._file.warning

    def due(self) -> list[Chunk]:
        """Return what has been played since the last call; the first call starts the clock."""
        now_s = time.monotonic()
        if self._began_s is None:
            self._began_s = now_s
        chunks: list[Chunk] = []
        while self._next is not None:
            end_ns = self._played_ns + len(self._next.samples) * _NS // self._next.rate_hz
            if end_ns > (now_s - self._began_s) * _NS:
                break
            chunks.append(Chunk(self._next, self._played_ns))
            self._played_ns = end_ns
            self._next = next(self._blocks, None)
        return chunks

    def close(self) -> None:
        """Close the file."""
        self._file.__exit__(None, None, None)


class MicSource:
    """The default microphone.

    Raises:
        ImportError: the extra `mic`, or the PortAudio library, is missing; says how to get it.
        OSError: there is no microphone that can be opened.

    """

    warning = ''

    def __init__(self) -> None:
        try:
            import sounddevice
        except ImportError:
            raise ImportError("a microphone needs: pip install 'facetalk_ros[mic]'") from None
        except OSError as error:
            raise ImportError(f'a microphone needs PortAudio ({error})') from None
        self._queue: queue.Queue[Any] = queue.Queue(_MIC_QUEUE)
        self._heard = 0
        self.ended = False
        try:
            self._stream = sounddevice.InputStream(
                samplerate=_MIC_RATE_HZ, channels=1, dtype='float32',
                blocksize=round(CHUNK_S * _MIC_RATE_HZ), callback=self._on_sound,
            )  # fmt: skip
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise OSError(f'the microphone cannot be opened: {error}') from None

    def _on_sound(self, samples: Any, frames: int, times: Any, status: Any) -> None:
        start, self._heard = self._heard, self._heard + frames
        try:
            self._queue.put_nowait((start, np.array(samples, np.float32)))
        except queue.Full:
            return

    def due(self) -> list[Chunk]:
        """Return what has been recorded since the last call."""
        chunks: list[Chunk] = []
        while not self._queue.empty():
            start, samples = self._queue.get_nowait()
            chunks.append(Chunk(Pcm(samples, _MIC_RATE_HZ), start * _NS // _MIC_RATE_HZ))
        return chunks

    def close(self) -> None:
        """Stop recording."""
        self.ended = True
        self._stream.close()
