# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A made set in which the upper face follows the meaning of a word, and the sound tells nothing.

Every clip is a sentence around one word of affect. Its sound is noise bursts drawn without regard
to the words, one for each; the jaw follows their loudness. From the word of affect on, the brows,
eyes, nose and the corners of the mouth take the expression of its class, at a random strength,
under noise, blinks and accents of the brows that follow the sound. The test sentences have other
words of the same classes in other frames. Words: ``affect_words.yaml``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from ...audio.features import SAMPLE_RATE_HZ
from ...face.names import ARKIT_INDEX, ARKIT_NAMES, sides
from ..layouts.clip import FaceClip, Floats, Layout, Word
from ..layouts.tracked import arkit_regions

_FPS = 50.0
_WORDS = Path(__file__).parents[1] / 'affect_words.yaml'
_TABLES = yaml.safe_load(Path(__file__).with_suffix('.yaml').read_text(encoding='utf-8'))
_EXPRESSIONS: dict[str, dict[str, float]] = _TABLES['expressions']
_SENTENCES: dict[str, list[str]] = _TABLES['sentences']


def _words(split: str, seed: int) -> dict[str, list[str]]:
    """Return the words of each class, of which no two splits share any; two thirds train."""
    classes = {n: w.split() for n, w in yaml.safe_load(_WORDS.read_text()).items()}
    classes['neutral'] = _TABLES['neutral'].split()
    words = {}
    for name in _EXPRESSIONS:
        order = np.random.default_rng(seed).permutation(sorted(classes[name]))
        cut = len(order) * 2 // 3
        words[name] = [str(w) for w in (order[:cut] if split == 'train' else order[cut:])]
    return words


def _smooth(values: Floats, time_s: float) -> Floats:
    """Return a first-order lag of values [T, n] at the clip rate."""
    share = np.float32(1 - np.exp(-1 / (_FPS * time_s)))
    out = np.zeros_like(values)
    for k in range(1, len(values)):
        out[k] = out[k - 1] + share * (values[k] - out[k - 1])
    return out


def _sound(words: tuple[Word, ...], length_s: float, rng: np.random.Generator) -> Floats:
    """Return a noise burst of random colour and loudness for every word."""
    samples = rng.standard_normal(round(length_s * SAMPLE_RATE_HZ)) * 0.002
    for word in words:
        start, end = (round(t * SAMPLE_RATE_HZ) for t in (word.start_s, word.end_s))
        noise = rng.standard_normal(end - start + 8)
        colour = np.convolve(noise, rng.standard_normal(8), 'full')[8 : 8 + end - start]
        samples[start:end] += colour * np.hanning(end - start) * rng.uniform(0.02, 0.1)
    return np.asarray(samples, np.float32)


def _clip(
    name: str, split: str, family: str, sentence: tuple[list[str], int], rng: np.random.Generator
) -> FaceClip:
    texts, affect = sentence
    now_s, words = float(rng.uniform(0.2, 0.5)), []
    for text in texts:
        length_s = float(rng.uniform(0.15, 0.4))
        words.append(Word(text, now_s, now_s + length_s))
        now_s += length_s + float(rng.choice((0.0, 0.0, 0.1)))
    length_s = now_s + 0.6
    samples = _sound(tuple(words), length_s, rng)
    frames = int(length_s * _FPS)
    step = round(SAMPLE_RATE_HZ / _FPS)
    loudness = np.abs(samples[: frames * step]).reshape(frames, step).mean(1)
    motion = np.zeros((frames, len(ARKIT_NAMES)), np.float32)
    motion[:, ARKIT_INDEX['jawOpen']] = np.minimum(8 * loudness, 0.8)
    motion[:, ARKIT_INDEX['mouthLowerDownLeft']] = np.minimum(4 * loudness, 0.4)
    motion[:, ARKIT_INDEX['mouthLowerDownRight']] = np.minimum(4 * loudness, 0.4)
    motion[:, ARKIT_INDEX['browInnerUp']] = np.minimum(2 * loudness, 0.2)
    start = round(words[affect].start_s * _FPS)
    end = round((words[affect].end_s + 0.4) * _FPS)
    strength = rng.uniform(0.4, 1.0)
    for shapes, weight in _EXPRESSIONS[family].items():
        for shape in sides(shapes):
            motion[start:end, ARKIT_INDEX[shape]] += strength * weight
    motion = _smooth(motion, 0.04)
    noise = rng.standard_normal(motion.shape).astype(np.float32)
    motion += 0.35 * _smooth(noise, 0.15)
    if rng.random() < 0.7:
        blink = int(rng.integers(frames - 8))
        for shape in sides('eyeBlink'):
            motion[blink : blink + 8, ARKIT_INDEX[shape]] += np.hanning(8).astype(np.float32)
    return FaceClip(
        name, split, split, samples, motion, np.zeros(len(ARKIT_NAMES), np.float32),
        np.ones(frames, np.bool_), _FPS, tuple(words),
    )  # fmt: skip


def controlled_set(train: int, test: int, seed: int = 1) -> Layout:
    """Return the made set with so many clips to train on and to test."""
    rng = np.random.default_rng(seed)
    families = list(_EXPRESSIONS)
    layout = Layout([], arkit_regions(), _FPS)
    for split, count in (('train', train), ('test', test)):
        words = _words(split, seed)
        for i in range(count):
            family = families[i % len(families)]
            word = str(rng.choice(words[family]))
            frame = str(rng.choice(_SENTENCES[split])).split()
            texts = [word if text == '{}' else text for text in frame]
            layout.clips.append(
                _clip(f'{split}_{i}_{word}', split, family, (texts, frame.index('{}')), rng)
            )
    return layout
