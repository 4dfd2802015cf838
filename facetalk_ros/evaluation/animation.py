# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Recordings through the streaming engine, as arrays to measure."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..audio.files import AudioFile, read_audio
from ..stream import Engine, FaceStream

#: Times [s], float64 [frames], and weights, float32 [frames, 52].
Motion = tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]
#: What makes a face: (sound file, what is said or '') to its motion.
Animation = Callable[[Path, str], Motion]
#: Told how many seconds of sound are done, of how many.
Progress = Callable[[int, int], None]


class Recording(Protocol):
    """A sound file with what is said in it."""

    @property
    def audio(self) -> Path:
        """The sound file."""

    @property
    def transcript(self) -> str:
        """What is said; may be empty."""


def animate(
    audio: Path, text: str, weights: Path | str | None = None, engine: Engine = 'learned'
) -> Motion:
    """Return the times [s], float64 [frames], and the weights, float32 [frames, 52].

    Args:
        audio: a sound file.
        text: what is said; empty for the sound alone.
        weights: networks from ``facetalk train``; without them, those that ship.
        engine: as FaceStream takes it.

    """
    stream = FaceStream(weights=weights, engine=engine)
    if text:
        stream.push_text(text)
    pcm, _ = read_audio(audio)
    frames = stream.push_audio(pcm.samples, pcm.rate_hz) + stream.finish()
    return np.array([f.time_s for f in frames]), np.stack([f.weights for f in frames])


def animate_clips(
    clips: Sequence[Recording],
    with_text: bool,
    animation: Animation = animate,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Motion]:
    """Animate recordings, each once, and return their motions in the same order.

    Args:
        clips: what to animate.
        with_text: whether the animation is given what is said.
        animation: with several jobs, one that can be pickled: a function of a module, or a
            ``functools.partial`` of one.
        jobs: how many processes; 1 for this one.
        progress: told after every clip.

    Raises:
        ValueError: less than one job, or a file that is no sound.

    """
    if jobs < 1:
        raise ValueError(f'{jobs} jobs: at least 1')
    lengths_s = [_length_s(clip.audio) for clip in clips]
    done_s, all_s = 0.0, sum(lengths_s)
    motions: dict[int, Motion] = {}

    def finished(i: int, motion: Motion) -> None:
        nonlocal done_s
        motions[i] = motion
        done_s += lengths_s[i]
        if progress is not None:
            progress(max(round(done_s), 1), max(round(all_s), 1))

    tasks = [(clip.audio, clip.transcript if with_text else '') for clip in clips]
    if jobs == 1 or len(tasks) < 2:
        for i, task in enumerate(tasks):
            finished(i, animation(*task))
        return list(motions.values())
    # forked, the threads of onnxruntime would be missing in the copies
    context = multiprocessing.get_context('spawn')
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), context, _leave_interrupts)
    try:
        # the longest first, so that none is left to run alone at the end
        order = sorted(range(len(tasks)), key=lambda i: -lengths_s[i])
        running = {pool.submit(animation, *tasks[i]): i for i in order}
        for future in as_completed(running):
            finished(running[future], future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return [motions[i] for i in range(len(tasks))]


def _leave_interrupts() -> None:
    # Ctrl-C reaches every process of the terminal; the one that waits ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _length_s(audio: Path) -> float:
    with AudioFile(audio) as sound:
        return sound.duration_s
