# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the acoustic model from a fixed seed and writes ``acoustic.onnx`` and its record.

Data folders have the layout of ``corpus.read_speech`` and ``corpus.read_av``; with ``--sentences``
flite speaks a text file as well.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from ..audio.features import FRAMES_PER_STEP, HOP_SAMPLES, MEL_BANDS, SAMPLE_RATE_HZ, LogMel
from ..speech.phones import PHONES
from .acoustic import AcousticConfig, AcousticNet, export
from .data import corpus, flite
from .data.augment import Augmenter

_CROP_STEPS = 200
_BATCH = 16
# At most this many clips of one talker, so that no voice dominates.
_CLIPS_PER_SPEAKER = 150
_CROWD = 'pv_crowd'  # over fifty unnamed talkers under one name
# How often the groups are drawn: read native speech is scarce and most like what robots say.
_SHARE = {'read': 0.3, 'other': 0.35, 'grid': 0.05, 'synthetic': 0.3}


def _group(clip: corpus.Clip) -> str:
    if clip.source.startswith('flite'):
        return 'synthetic'
    if clip.source.startswith('GRID'):
        return 'grid'
    return 'read' if clip.source.startswith(('librispeech', 'vctk')) else 'other'


def _choose(clips: list[corpus.Clip], rng: np.random.Generator) -> list[corpus.Clip]:
    count: Counter[str] = Counter()
    chosen = []
    for i in rng.permutation(len(clips)):
        clip = clips[i]
        count[clip.speaker] += 1
        if clip.speaker == _CROWD or count[clip.speaker] <= _CLIPS_PER_SPEAKER:
            chosen.append(clip)
    return chosen


def _speak(sentences: Path, count: int, folder: Path, seed: int) -> list[corpus.Clip]:
    rng = np.random.default_rng(seed)
    lines = [line.strip() for line in sentences.read_text().splitlines() if line.strip()]
    picked = rng.permutation(len(lines))[:count]
    voices = flite.FLITE_VOICES
    return [
        flite.synthesise(lines[j], voices[k % len(voices)], rng.uniform(0.85, 1.25), folder)
        for k, j in enumerate(picked)
    ]


def prepare(
    clips: list[corpus.Clip], augment: Augmenter, variants: int
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int8]]:
    """Return the features [n, 2 * MEL_BANDS] and labels [n, 2] of all variants, end to end."""
    mel = LogMel()
    features: list[npt.NDArray[np.float16]] = []
    labels: list[npt.NDArray[np.int8]] = []
    for clip in clips:
        samples = clip.samples()
        for variant in range(variants):
            sound, stretch = augment(samples, clean=variant == 0)
            if variant == 1 and len(labels) % 7 == 0:  # a muted clip: silence is silence
                sound = sound * np.float32(1e-4)
            frames = mel.whole(sound)
            known = corpus.frame_labels(clip.phones, len(frames), stretch)
            if float(np.abs(sound).max(initial=0)) < 2e-4:
                known = np.where(known >= 0, 0, known)
            features.append(frames.reshape(-1, FRAMES_PER_STEP * MEL_BANDS).astype(np.float16))
            labels.append(known.reshape(-1, FRAMES_PER_STEP).astype(np.int8))
    return np.concatenate(features), np.concatenate(labels)


def _batch(
    groups: dict[str, tuple[npt.NDArray[np.float16], npt.NDArray[np.int8]]],
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    names = list(groups)
    shares = np.array([_SHARE[n] for n in names])
    mels, labels = [], []
    for name in rng.choice(names, _BATCH, p=shares / shares.sum()):
        features, known = groups[name]
        at = rng.integers(len(features) - _CROP_STEPS)
        mel = features[at : at + _CROP_STEPS].astype(np.float32)
        mel = mel.reshape(-1, MEL_BANDS)
        for _ in range(2):  # SpecAugment (Park et al. 2019)
            band, width = rng.integers(MEL_BANDS), rng.integers(9)
            mel[:, band : band + width] = mel.mean()
            start, length = rng.integers(len(mel)), rng.integers(12)
            mel[start : start + length] = mel.mean()
        mels.append(mel.reshape(_CROP_STEPS, -1))
        labels.append(known[at : at + _CROP_STEPS].astype(np.int64))
    return torch.from_numpy(np.stack(mels)), torch.from_numpy(np.stack(labels))


def evaluate(
    net: AcousticNet, config: AcousticConfig, clips: list[corpus.Clip]
) -> dict[str, float]:
    """Return the share of frames whose phone is right, by source and in all."""
    net.eval()
    mel, delay = LogMel(), config.look_ahead_steps
    right: defaultdict[str, int] = defaultdict(int)
    total: defaultdict[str, int] = defaultdict(int)
    with torch.no_grad():
        for clip in clips:
            tail = np.zeros(delay * HOP_SAMPLES * FRAMES_PER_STEP, np.float32)
            frames = mel.whole(np.concatenate((clip.samples(), tail)))
            x = torch.from_numpy(frames.reshape(1, -1, FRAMES_PER_STEP * MEL_BANDS))
            log_posteriors, _ = net(x, torch.zeros(1, net.state_size))
            best = log_posteriors[0, delay:].argmax(-1).reshape(-1).numpy()
            labels = corpus.frame_labels(clip.phones, len(best))
            for source in (clip.source, 'all'):
                right[source] += int(((best == labels) & (labels >= 0)).sum())
                total[source] += int((labels >= 0).sum())
    return {source: round(right[source] / total[source], 4) for source in sorted(total)}


def train(args: argparse.Namespace) -> None:
    """Prepare the data, train, export, and write what was done to ``acoustic.json``."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    started = time.monotonic()
    clips = list(corpus.read_speech(args.data / 'speech'))
    if (args.data / 'av').is_dir():
        clips += corpus.read_av(args.data / 'av')
    dev = [c for c in clips if c.split == 'dev' and not c.source.startswith('GRID')]
    chosen = _choose([c for c in clips if c.split == 'train'], rng)

    def load(kind: str) -> list[npt.NDArray[np.float32]]:
        found = [
            soundfile.read(p, dtype='float32', always_2d=True)
            for p in sorted((args.data / 'speech' / kind).iterdir())
        ]
        return [x[:, 0] for x, rate_hz in found if rate_hz == SAMPLE_RATE_HZ]

    groups = {}
    with tempfile.TemporaryDirectory() as folder:
        if args.sentences:
            chosen += _speak(args.sentences, args.spoken, Path(folder), args.seed)
        voices = [chosen[i].samples() for i in rng.permutation(len(chosen))[:60]]
        augment = Augmenter(load('rir'), load('noise'), voices, args.seed)
        for name in _SHARE:
            members = [c for c in chosen if _group(c) == name]
            if members:
                groups[name] = prepare(members, augment, args.variants)
    hours = {n: round(len(f) * 0.02 / 3600 / args.variants, 2) for n, (f, _) in groups.items()}
    print(f'prepared {hours} hours in {time.monotonic() - started:.0f} s', flush=True)

    counts = np.ones(len(PHONES))
    for name, (_, labels) in groups.items():
        found = np.bincount(labels[labels >= 0], minlength=len(PHONES))
        counts += _SHARE[name] * found / found.sum() * 1e5
    log_prior = np.log(counts / counts.sum()).astype(np.float32)

    config = AcousticConfig(channels=args.channels)
    net = AcousticNet(config)
    steps, delay = args.steps, config.look_ahead_steps
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, steps, pct_start=0.1)
    loss_of = torch.nn.CrossEntropyLoss(ignore_index=corpus.UNKNOWN, label_smoothing=0.05)
    running = 0.0
    for step in range(1, steps + 1):
        net.train()
        mel, labels = _batch(groups, rng)
        log_posteriors, _ = net(mel, torch.zeros(len(mel), net.state_size))
        logits = log_posteriors[:, delay:].reshape(-1, len(PHONES))
        loss = loss_of(logits, labels[:, :-delay].reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item()
        if step % 100 == 0:
            print(
                f'{step}/{steps} loss {running:.3f} {time.monotonic() - started:.0f} s', flush=True
            )
        if step % 500 == 0 or step == steps:
            accuracy = evaluate(net, config, dev)
            print(f'  dev {accuracy}', flush=True)
            export(net, config, log_prior, args.out / 'acoustic.onnx')
    licences = Counter((c.source, c.licence) for c in chosen)
    record = {
        'hours': hours, 'clips': len(chosen), 'speakers': len({c.speaker for c in chosen}),
        'sources': [{'source': s, 'licence': li, 'clips': n} for (s, li), n in licences.items()],
        'dev_frame_accuracy': accuracy, 'steps': steps, 'seed': args.seed,
        'parameters': sum(p.numel() for p in net.parameters()),
        'training_s': round(time.monotonic() - started), 'threads': args.threads,
    }  # fmt: skip
    (args.out / 'acoustic.json').write_text(json.dumps(record, indent=1) + '\n')


def main(argv: list[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog='facetalk train acoustic', description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='folder with speech/ and av/')
    parser.add_argument('--out', type=Path, required=True, help='folder for acoustic.onnx')
    parser.add_argument('--sentences', type=Path, help='text file that flite speaks')
    parser.add_argument('--spoken', type=int, default=1600, help='how many of the sentences')
    parser.add_argument('--steps', type=int, default=4000)
    parser.add_argument('--variants', type=int, default=4)
    parser.add_argument('--channels', type=int, default=AcousticConfig.channels)
    parser.add_argument('--rate', type=float, default=2e-3, help='peak learning rate')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    train(args)


if __name__ == '__main__':
    main()
