# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""BIWI and VOCASET as FaceFormer (Fan et al. 2022) and CodeTalker (Xing et al. 2023) lay them out.

::

    wav/NAME.wav             16 kHz; NAME = SUBJECT_SENTENCE, the last two digits are its number
    vertices_npy/NAME.npy    [T, V * 3]; VOCASET at 60 fps, of which every second frame is used
    templates.pkl            {SUBJECT: [V, 3] neutral face}
    regions/lve.txt          the lip vertices, separated by commas
    regions/fdd.txt          the upper-face vertices
    regions/corners.txt      ours, may be missing: mouth corners that text may move
    words/NAME.json          ours, may be missing: [[word, start_s, end_s], ...]
    phones/NAME.json         ours, may be missing: [[phone, start_s, end_s], ...]
    transcripts/NAME.txt     ours, where there are no words: what is said

Without corners.txt, text moves the upper face alone. These data are licensed to their users only
and none of them is in this repository.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...speech.timings import TimedPhone
from .clip import (
    FaceClip,
    Floats,
    Indices,
    Layout,
    Regions,
    Word,
    read_phones,
    read_sound,
    read_words,
)
from .clip import spread_words as spread

# The sound of a clip and its motion may differ by this much: the scans stop with a frame.
_LENGTH_DIFFERENCE_S = 0.25


@dataclass(frozen=True)
class Protocol:
    """The splits of one data set: which subjects with which sentences."""

    fps: float
    every: int
    splits: dict[str, tuple[frozenset[str], range]]

    def split_of(self, subject: str, sentence: int) -> str | None:
        """Return the split that a clip belongs to; None for one that the protocol leaves out."""
        for name, (subjects, sentences) in self.splits.items():
            if subject in subjects and sentence in sentences:
                return name
        return None


_BIWI_SEEN = frozenset(('F2', 'F3', 'F4', 'M3', 'M4', 'M5'))
_VOCA_TRAIN = (
    '170728_03272', '170904_00128', '170725_00137', '170915_00223',
    '170811_03274', '170913_03279', '170904_03276', '170912_03278',
)  # fmt: skip


def _voca(numbers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f'FaceTalk_{number}_TA' for number in numbers)


PROTOCOLS = {
    'biwi': Protocol(
        25.0, 1,
        {
            'train': (_BIWI_SEEN, range(1, 33)),
            'val': (_BIWI_SEEN, range(33, 37)),
            'test_a': (_BIWI_SEEN, range(37, 41)),
            'test_b': (
                frozenset(('F1', 'F5', 'F6', 'F7', 'F8', 'M1', 'M2', 'M6')), range(37, 41),
            ),
        },
    ),
    'vocaset': Protocol(
        30.0, 2,
        {
            'train': (_voca(_VOCA_TRAIN), range(1, 41)),
            'val': (_voca(('170811_03275', '170908_03277')), range(21, 41)),
            'test': (_voca(('170809_00138', '170731_00024')), range(21, 41)),
        },
    ),
}  # fmt: skip


# What reading a damaged or foreign pickle raises.
_BROKEN = (
    OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, LookupError,
    TypeError, ValueError,
)  # fmt: skip


class _ArraysOnly(pickle.Unpickler):
    """Reads a pickle of arrays; a pickle could else run any code."""

    # numpy's own before and since its version 2; _frombuffer is of pickle protocol 5
    _KNOWN = frozenset(
        (f'numpy.{core}.{module}', name)
        for core in ('core', '_core')
        for module, name in (
            ('multiarray', '_reconstruct'), ('multiarray', 'scalar'), ('numeric', '_frombuffer'),
        )
    ) | {('numpy', 'ndarray'), ('numpy', 'dtype'), ('_codecs', 'encode')}  # fmt: skip

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._KNOWN:
            raise pickle.UnpicklingError(f'{module}.{name} is no array')
        return super().find_class(module, name)


def read_templates(path: Path) -> dict[str, Floats]:
    """Return the neutral faces of the subjects, float32 [V * 3].

    Raises:
        ValueError: the file is missing or holds something else.

    """
    try:
        # latin1 for the arrays that Python 2 pickled, as VOCASET's are
        found = _ArraysOnly(io.BytesIO(path.read_bytes()), encoding='latin1').load()
        return {str(k): np.asarray(v, np.float32).reshape(-1) for k, v in found.items()}
    except _BROKEN as error:
        raise ValueError(f'{path} is no pickle of templates: {error}') from error


def _region(path: Path, points: int) -> Indices:
    try:
        found = np.array([int(i) for i in path.read_text().replace(',', ' ').split()], np.int64)
    except (OSError, ValueError) as error:
        raise ValueError(f'{path} is no list of vertices: {error}') from error
    if not len(found) or found.min() < 0 or found.max() >= points:
        raise ValueError(f'{path}: no vertices, or some outside 0..{points - 1}')
    return np.unique(found)


def _motion(path: Path, every: int, template: Floats) -> Floats:
    try:
        vertices = np.load(path, allow_pickle=False)[::every]
        vertices = np.asarray(vertices, np.float32).reshape(len(vertices), -1)
    except (OSError, ValueError, EOFError, TypeError) as error:
        raise ValueError(f'{path}: {error}') from error
    if len(vertices) < 2 or vertices.shape[1] != len(template):
        raise ValueError(
            f'{path}: {vertices.shape[0]} frames of {vertices.shape[1]} values, '
            f'the template has {len(template)}'
        )
    if not np.isfinite(vertices).all():
        raise ValueError(f'{path}: values that are no numbers')
    return np.asarray(vertices - template, np.float32)


def _words(folder: Path, name: str, samples: Floats) -> tuple[Word, ...]:
    timed, plain = folder / 'words' / f'{name}.json', folder / 'transcripts' / f'{name}.txt'
    if timed.is_file():
        return read_words(timed)
    if plain.is_file():
        return spread(plain.read_text(encoding='utf-8').split(), samples)
    return ()


def _phones(folder: Path, name: str) -> tuple[TimedPhone, ...]:
    path = folder / 'phones' / f'{name}.json'
    return read_phones(path) if path.is_file() else ()


class ScanFolder:
    """A BIWI or VOCASET folder whose clips are read one at a time; BIWI has about 9 GB of them.

    Attributes:
        regions: the parts of the face.
        fps: faces a second.
        skipped: what could not be used so far, and why.

    """

    def __init__(self, folder: Path, data_set: str) -> None:
        """Read what all clips share.

        Args:
            folder: the folder with wav, vertices_npy, templates.pkl and regions.
            data_set: ``biwi`` or ``vocaset``.

        Raises:
            ValueError: the folder has another layout.

        """
        self._folder, self._protocol = folder, PROTOCOLS[data_set]
        self._templates = read_templates(folder / 'templates.pkl')
        sizes = {len(template) for template in self._templates.values()}
        if len(sizes) != 1 or next(iter(sizes)) % 3:
            raise ValueError(f'{folder / "templates.pkl"}: templates of {sorted(sizes)} values')
        points = sizes.pop() // 3
        corners = folder / 'regions' / 'corners.txt'
        self.regions = Regions(
            points, 3, _region(folder / 'regions' / 'lve.txt', points),
            _region(folder / 'regions' / 'fdd.txt', points),
            _region(corners, points) if corners.is_file() else np.zeros(0, np.int64),
        )  # fmt: skip
        self.fps = self._protocol.fps
        self.skipped: list[str] = []

    def clips(
        self, split: str | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[FaceClip]:
        """Yield the clips of a split, or of all; what cannot be used is listed and skipped.

        Args:
            split: its name; None for all that the protocol knows.
            progress: is told how many clips are done, of how many.

        """
        folder = self._folder
        names = {path.stem for path in (folder / 'wav').glob('*.wav')}
        names |= {path.stem for path in (folder / 'vertices_npy').glob('*.npy')}
        wanted = []
        for name in sorted(names):
            try:
                its = self._split(name)
            except ValueError as error:
                self.skipped.append(str(error))
            else:
                if its is not None and split in (None, its):
                    wanted.append((name, its))
        for done, (name, its) in enumerate(wanted):
            if progress is not None:
                progress(done, len(wanted))
            try:
                clip = self._clip(name, its)
            except ValueError as error:
                self.skipped.append(str(error))
            else:
                yield clip

    def motion(self, name: str) -> Floats:
        """Read a clip's motion, float32 [T, V * 3], the difference from the subject's template.

        Raises:
            ValueError: it cannot be used.

        """
        template = self._templates[name.rpartition('_')[0]]
        path = self._folder / 'vertices_npy' / f'{name}.npy'
        return _motion(path, self._protocol.every, template)

    def _split(self, name: str) -> str | None:
        subject, _, sentence = name.rpartition('_')
        if not sentence[-2:].isdecimal():
            raise ValueError(f'{name}: no sentence number at its end')
        return self._protocol.split_of(subject, int(sentence[-2:]))

    def _clip(self, name: str, split: str) -> FaceClip:
        folder, subject = self._folder, name.rpartition('_')[0]
        if subject not in self._templates:
            raise ValueError(f'{name}: no template of {subject}')
        samples = read_sound(folder / 'wav' / f'{name}.wav')
        motion = self.motion(name)
        difference_s = len(samples) / 16000 - len(motion) / self.fps
        if abs(difference_s) > _LENGTH_DIFFERENCE_S:
            raise ValueError(f'{name}: sound and motion differ by {difference_s:+.2f} s')
        return FaceClip(
            name, subject, split, samples, motion, self._templates[subject],
            np.ones(len(motion), np.bool_), self.fps, _words(folder, name, samples),
            _phones(folder, name),
        )  # fmt: skip


def read_scans(folder: Path, data_set: str) -> Layout:
    """Read a BIWI or VOCASET folder at once; what cannot be used is listed and skipped.

    Args:
        folder: the folder with wav, vertices_npy, templates.pkl and regions.
        data_set: ``biwi`` or ``vocaset``.

    Raises:
        ValueError: the folder has another layout or holds no usable clip.

    """
    scans = ScanFolder(folder, data_set)
    layout = Layout(list(scans.clips()), scans.regions, scans.fps, scans.skipped)
    if not layout.clips:
        raise ValueError(f'{folder} has no usable clip; {len(layout.skipped)} skipped')
    return layout
