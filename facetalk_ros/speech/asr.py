# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Text from speech where none is given: Whisper from a folder on this machine (extra `asr`).

Nothing is ever downloaded: what is missing is said before the model is opened.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from facetalk_ros.audio.features import SAMPLE_RATE_HZ
from facetalk_ros.speech.timings import TimedWord

#: Each must be in the model folder; the library fetches what it misses from the internet.
_NEEDED = ('model.bin', 'config.json', 'tokenizer.json', 'vocabulary.*')
_INSTALL = "pip install 'facetalk_ros[asr]'"
_CONVERT = (
    'a CTranslate2 Whisper folder is made with "ct2-transformers-converter --model MODEL '
    '--output_dir FOLDER --copy_files tokenizer.json preprocessor_config.json"'
)
#: Whisper hears 30 s at a time; a longer segment only makes its text later.
MAX_SEGMENT_S = 30.0
_QUEUED_SEGMENTS = 4
_KEPT_TRANSCRIPTS = 32
_STOP_S = 5.0


class AsrUnavailable(RuntimeError):
    """Speech recognition cannot run; the message says what is missing and how to get it."""


@dataclass(frozen=True)
class Transcript:
    """The words heard in one segment, times in seconds on the caller's clock."""

    start_s: float
    words: tuple[TimedWord, ...]

    @property
    def text(self) -> str:
        """The words with spaces between."""
        return ' '.join(word.word for word in self.words)


def check_model_folder(folder: Path) -> None:
    """Check that a Whisper folder is complete.

    Raises:
        AsrUnavailable: naming the folder and what it misses.

    """
    if not folder.is_dir():
        raise AsrUnavailable(f'no Whisper model folder at {folder}; {_CONVERT}')
    missing = [name for name in _NEEDED if not any(f.stat().st_size for f in folder.glob(name))]
    if missing:
        raise AsrUnavailable(
            f'the Whisper model folder {folder} misses {", ".join(missing)} (or has it empty); '
            f'{_CONVERT}'
        )


class WhisperTranscriber:
    """Recognises words with their times.

    `transcribe` answers at once; for streams, `push` hands finished segments of speech to a
    thread of its own and `poll` gets what is ready, without waiting.

    Args:
        model_dir: a folder with model.bin, config.json, tokenizer.json and vocabulary.*.
        device: 'auto', 'cpu' or 'cuda'.
        language: what is spoken, or None to let the model guess.
        threads: CPU threads of the model.

    Raises:
        AsrUnavailable: the folder is not complete or not a model, or faster-whisper is missing.

    """

    def __init__(
        self,
        model_dir: str | Path,
        device: str = 'auto',
        *,
        language: str | None = 'en',
        threads: int = 1,
    ) -> None:
        folder = Path(model_dir)
        check_model_folder(folder)
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise AsrUnavailable(f'faster-whisper cannot be imported; {_INSTALL}') from error
        try:
            self._model = WhisperModel(
                str(folder),
                device=device,
                compute_type='auto',
                cpu_threads=threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise AsrUnavailable(f'{folder} is not a usable Whisper model: {error}') from error
        self._language = language
        self._using = threading.Lock()
        self._segments: queue.Queue[tuple[int, float, npt.NDArray[np.float32]] | None] = (
            queue.Queue(_QUEUED_SEGMENTS)
        )
        self._done: deque[Transcript] = deque(maxlen=_KEPT_TRANSCRIPTS)
        self._generation = 0
        self._delivering = threading.Lock()
        self._worker: threading.Thread | None = None
        #: Segments given up because the model could not keep up.
        self.dropped = 0
        #: Segments on which the model failed, and its last message.
        self.failed = 0
        self.last_error = ''

    def transcribe(self, samples: npt.NDArray[np.float32]) -> list[TimedWord]:
        """Return the words heard, times in seconds from the first sample.

        Args:
            samples: float32 [n], 16 kHz, -1..1.

        Raises:
            ValueError: another shape or type, or samples that are not finite.

        """
        _check(samples)
        if not len(samples):
            return []
        duration_s = len(samples) / SAMPLE_RATE_HZ
        words: list[TimedWord] = []
        with self._using:
            segments, _ = self._model.transcribe(
                samples,
                language=self._language,
                word_timestamps=True,
                vad_filter=True,
                # no second tries by sampling: the same sound gives the same words, in bounded time
                temperature=0.0,
                condition_on_previous_text=False,
            )
            # the segments are decoded as they are read
            for segment in segments:
                for word in segment.words or ():
                    text = word.word.strip()
                    start_s = max(float(word.start), words[-1].end_s if words else 0.0)
                    end_s = min(float(word.end), duration_s)
                    if text and end_s > start_s:
                        words.append(TimedWord(text, start_s, end_s))
        return words

    def push(self, samples: npt.NDArray[np.float32], start_s: float) -> None:
        """Queue a finished segment of speech that began at `start_s`; returns at once.

        Of more segments than four waiting the oldest is given up and counted in `dropped`.

        Raises:
            ValueError: as `transcribe`, or a segment of more than 30 s.

        """
        _check(samples)
        if len(samples) > MAX_SEGMENT_S * SAMPLE_RATE_HZ:
            raise ValueError(
                f'a segment of {len(samples) / SAMPLE_RATE_HZ:.1f} s; at most {MAX_SEGMENT_S} s'
            )
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name='facetalk-asr', daemon=True)
            self._worker.start()
        item = (self._generation, start_s, samples.copy())
        while True:
            try:
                self._segments.put_nowait(item)
                return
            except queue.Full:
                self._give_up_oldest()

    def poll(self) -> list[Transcript]:
        """Return the transcripts finished since the last call, oldest first."""
        out = []
        while self._done:
            out.append(self._done.popleft())
        return out

    def reset(self) -> None:
        """Forget what waits and what is ready; a segment being heard will not be returned."""
        with self._delivering:
            self._generation += 1
            self._done.clear()
        while self._give_up_oldest(count=False):
            pass

    def close(self) -> None:
        """End the thread; a segment being heard is waited for, at most 5 s."""
        if self._worker is None:
            return
        self.reset()
        self._segments.put(None, timeout=_STOP_S)
        self._worker.join(_STOP_S)
        self._worker = None

    def __enter__(self) -> WhisperTranscriber:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _give_up_oldest(self, count: bool = True) -> bool:
        try:
            self._segments.get_nowait()
        except queue.Empty:
            return False
        self.dropped += count
        return True

    def _work(self) -> None:
        while (item := self._segments.get()) is not None:
            generation, start_s, samples = item
            try:
                words = self.transcribe(samples)
            except Exception as error:  # whatever the model meets, the stream goes on
                self.failed += 1
                self.last_error = str(error)
                continue
            shifted = (TimedWord(w.word, w.start_s + start_s, w.end_s + start_s) for w in words)
            with self._delivering:
                if generation == self._generation:
                    self._done.append(Transcript(start_s, tuple(shifted)))


def _check(samples: npt.NDArray[np.float32]) -> None:
    if not isinstance(samples, np.ndarray) or samples.dtype != np.float32 or samples.ndim != 1:
        kind = f'{samples.dtype} {samples.shape}' if isinstance(samples, np.ndarray) else samples
        raise ValueError(f'float32 samples of shape [n] are needed, not {kind}')
    if not np.isfinite(samples).all():
        raise ValueError('samples are not finite')
