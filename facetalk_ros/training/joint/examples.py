# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Clips as the network reads them, with real, shuffled or zeroed text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...audio.features import HOP_SAMPLES, SAMPLE_RATE_HZ, LogMel
from ...expression.encoder import TextEncoder
from ..layouts.clip import FaceClip, Floats, Word
from .net import JointConfig

_MEL_HZ = SAMPLE_RATE_HZ / HOP_SAMPLES
TEXTS = ('real', 'shuffled', 'zeroed')
_NO_WORD = -1


@dataclass(frozen=True, eq=False)
class Example:
    """One clip.

    Attributes:
        audio: float32 [T, audio_width].
        vectors: float32 [words, text_width].
        word_at: int64 [T], the word spoken at each face, -1 between words.
        motion: float32 [T, outputs], what the camera or scanner saw.
        seen: bool [T], where it is known.

    """

    name: str
    speaker: str
    said: tuple[str, ...]
    audio: Floats
    vectors: Floats
    word_at: npt.NDArray[np.int64]
    motion: Floats
    seen: npt.NDArray[np.bool_]

    def text(self) -> tuple[Floats, Floats]:
        """Return the vector of every face, float32 [T, text_width], and whether there is one."""
        spoken = self.word_at != _NO_WORD
        text = np.zeros((len(self.word_at), self.vectors.shape[1]), np.float32)
        text[spoken] = self.vectors[self.word_at[spoken]]
        return text, spoken.astype(np.float32)[:, None]


def word_vectors(words: tuple[Word, ...], encoder: TextEncoder) -> Floats:
    """Return one vector per word, float32 [words, d]: the mean of its tokens in their context.

    A word that has no token of its own gets zeros.
    """
    places, text = [], ''
    for word in words:
        places.append((len(text), len(text) + len(word.text)))
        text += word.text + ' '
    tokens = encoder.encode(text.rstrip())
    vectors = np.zeros((len(words), encoder.width), np.float32)
    for i, (start, end) in enumerate(places):
        # a byte-level token may begin with the blank before its word
        inside = (tokens.spans[:, 1] > start) & (tokens.spans[:, 0] < end)
        if inside.any():
            vectors[i] = tokens.vectors[inside].mean(0)
    return vectors


def _heard(samples: Floats, faces: int, config: JointConfig) -> Floats:
    """Return the log-mel frames of every face, float32 [faces, audio_width]."""
    silence = np.zeros(SAMPLE_RATE_HZ, np.float32)  # more than any look-ahead or rounding
    mel = LogMel().whole(np.concatenate((samples, silence)))
    if config.causal:
        needed = faces * config.mel_frames
        mel = np.concatenate((mel, np.repeat(mel[-1:], max(0, needed - len(mel)), 0)))
        return mel[:needed].reshape(faces, -1)
    span = _MEL_HZ / config.fps / config.mel_frames
    at = np.arange(faces)[:, None] * _MEL_HZ / config.fps
    at = at + (np.arange(config.mel_frames) - (config.mel_frames - 1) / 2) * span
    at = np.clip(at, 0, len(mel) - 1.001)
    low = at.astype(np.int64)
    share = (at - low)[..., None].astype(np.float32)
    return np.asarray((mel[low] * (1 - share) + mel[low + 1] * share).reshape(faces, -1))


def prepare(clip: FaceClip, config: JointConfig, encoder: TextEncoder) -> Example:
    """Return a clip as the network reads it; face k is at (k - look_ahead) / fps.

    Raises:
        ValueError: the clip's face has another number of values.

    """
    if clip.motion.shape[1] != config.outputs:
        raise ValueError(f'{clip.name}: {clip.motion.shape[1]} values, not {config.outputs}')
    last_s = (len(clip.motion) - 1) / clip.fps
    faces = int(last_s * config.fps + 1e-6) + 1 + config.look_ahead
    times = (np.arange(faces) - config.look_ahead) / config.fps
    at = np.clip(times * clip.fps, 0, len(clip.motion) - 1)
    low = np.minimum(at.astype(np.int64), len(clip.motion) - 2)
    share = (at - low)[:, None].astype(np.float32)
    if config.fps == clip.fps and not config.look_ahead:
        motion = clip.motion  # of scans there is too much to have it twice
    else:
        motion = clip.motion[low] * (1 - share) + clip.motion[low + 1] * share
    word_at = np.full(faces, _NO_WORD, np.int64)
    for i, word in enumerate(clip.words):
        word_at[slice(*np.searchsorted(times, (word.start_s, word.end_s)))] = i
    return Example(
        clip.name, clip.speaker, tuple(w.text.lower() for w in clip.words),
        _heard(clip.samples, faces, config), word_vectors(clip.words, encoder), word_at,
        np.asarray(motion, np.float32),
        (times >= 0) & clip.seen[low] & clip.seen[low + 1],
    )  # fmt: skip


def with_text(examples: list[Example], text: str, seed: int) -> list[Example]:
    """Return the clips with their text real, shuffled or zeroed.

    Shuffled words come from another clip that says something else, at this clip's times; zeroed
    is a clip without any word.

    Raises:
        ValueError: there is no such text, or no two clips say different things to shuffle.

    """
    if text == 'real':
        return examples
    if text == 'zeroed':
        return [replace(e, word_at=np.full_like(e.word_at, _NO_WORD)) for e in examples]
    if text != 'shuffled':
        raise ValueError(f'text {text!r} is not one of {TEXTS}')
    rng = np.random.default_rng(seed)
    shuffled = []
    for example in examples:
        others = [e for e in examples if e.said != example.said and len(e.vectors)]
        if not others:
            raise ValueError('shuffled text needs clips that say different things')
        vectors = others[rng.integers(len(others))].vectors
        taken = np.arange(len(example.vectors)) % len(vectors)
        shuffled.append(replace(example, vectors=vectors[taken]))
    return shuffled
