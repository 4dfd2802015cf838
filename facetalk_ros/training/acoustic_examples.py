# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the acoustic encoder is shown: features and phone labels of clips, varied and drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..audio.features import FRAMES_PER_STEP, MEL_BANDS, STEP_S, LogMel
from ..speech.phones import PHONES
from .data import corpus
from .data.augment import Augmenter

# At most this many clips of one talker, so that no voice dominates.
_CLIPS_PER_SPEAKER = 150
_CROWD = 'pv_crowd'  # over fifty unnamed talkers under one name
#: How often the groups are drawn: read native speech is scarce and most like what robots say.
SHARE: Mapping[str, float] = {
    'read': 0.25, 'other': 0.3, 'grid': 0.05, 'synthetic': 0.25, 'unlabelled': 0.15,
}  # fmt: skip
# One variant in so many is muted.
_MUTED_EVERY = 7
_SYNTHETIC = ('flite', 'festival', 'espeak')


@dataclass(frozen=True, eq=False)
class Examples:
    """Clips end to end.

    Attributes:
        features: float16 [steps, 2 * MEL_BANDS].
        labels: int8 [steps, 2], phone indices; corpus.UNKNOWN where not known.

    """

    features: npt.NDArray[np.float16]
    labels: npt.NDArray[np.int8]

    @property
    def hours(self) -> float:
        """How long they are."""
        return len(self.features) * STEP_S / 3600


def _group(clip: corpus.Clip) -> str:
    if clip.source.startswith(_SYNTHETIC):
        return 'synthetic'
    if clip.source.startswith('GRID'):
        return 'grid'
    return 'read' if clip.source.startswith(('librispeech', 'vctk')) else 'other'


def by_group(clips: list[corpus.Clip]) -> dict[str, list[corpus.Clip]]:
    """Return the clips by the group they are drawn with; groups without a clip are left out."""
    found = {name: [c for c in clips if _group(c) == name] for name in SHARE}
    return {name: members for name, members in found.items() if members}


def choose(clips: list[corpus.Clip], rng: np.random.Generator) -> list[corpus.Clip]:
    """Return the clips in a drawn order, of each talker no more than he may have."""
    count: Counter[str] = Counter()
    chosen = []
    for i in rng.permutation(len(clips)):
        clip = clips[i]
        count[clip.speaker] += 1
        if clip.speaker == _CROWD or count[clip.speaker] <= _CLIPS_PER_SPEAKER:
            chosen.append(clip)
    return chosen


def prepare(clips: list[corpus.Clip], augment: Augmenter, variants: int) -> Examples:
    """Return all variants of the clips; the first of each changes its level only."""
    mel = LogMel()
    features: list[npt.NDArray[np.float16]] = []
    labels: list[npt.NDArray[np.int8]] = []
    for clip in clips:
        samples = clip.samples()
        for variant in range(variants):
            # silence has to be silence
            muted = variant == 1 and len(labels) % _MUTED_EVERY == 0
            varied = augment.vary(samples, clean=variant == 0, muted=muted)
            frames = mel.whole(varied.samples)
            known = corpus.frame_labels(clip.phones, len(frames), varied.stretch, muted)
            features.append(frames.reshape(-1, FRAMES_PER_STEP * MEL_BANDS).astype(np.float16))
            labels.append(known.reshape(-1, FRAMES_PER_STEP).astype(np.int8))
    return Examples(np.concatenate(features), np.concatenate(labels))


def phone_counts(groups: Mapping[str, Examples]) -> npt.NDArray[np.float64]:
    """Return how often each phone is shown, float64 [40], at least once."""
    counts = np.ones(len(PHONES))
    for name, examples in groups.items():
        known = examples.labels[examples.labels >= 0]
        share = np.bincount(known, minlength=len(PHONES)) / max(1, len(known))
        counts += SHARE[name] * share * 1e5
    return counts


def draw(
    groups: Mapping[str, Examples], rng: np.random.Generator, batch: int, steps: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return a batch: features [batch, steps, 2 * MEL_BANDS], labels [batch, 2 * steps]."""
    names = list(groups)
    shares = np.array([SHARE[n] for n in names])
    mels, labels = [], []
    for name in rng.choice(names, batch, p=shares / shares.sum()):
        examples = groups[name]
        at = rng.integers(max(1, len(examples.features) - steps))
        mel = examples.features[at : at + steps].astype(np.float32).reshape(-1, MEL_BANDS)
        for _ in range(2):  # SpecAugment (Park et al. 2019)
            band, width = rng.integers(MEL_BANDS), rng.integers(9)
            mel[:, band : band + width] = mel.mean()
            start, length = rng.integers(len(mel)), rng.integers(12)
            mel[start : start + length] = mel.mean()
        mels.append(mel.reshape(-1, FRAMES_PER_STEP * MEL_BANDS))
        labels.append(examples.labels[at : at + steps].astype(np.int64).reshape(-1))
    return np.stack(mels), np.stack(labels)
