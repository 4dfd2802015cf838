# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes MODEL_CARD.md from the training record and the output of ``facetalk eval --json``.

``python -m facetalk_ros.training.model_card WEIGHTS_FOLDER EVAL_JSON``
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

_ATTRIBUTIONS = Path(__file__).parent / 'attributions.yaml'
_HEAD = """# The acoustic model

From 16 kHz speech to the posteriors of 39 phones and silence, 100 times a second: what text is
aligned to, and what moves the mouth where there is no text. Written by
`python -m facetalk_ros.training.model_card` from the record of the training run.

- **Form**: causal temporal convolution network on log-mel frames, one step of 20 ms at a time,
  its past as explicit state; each step puts out the posteriors of 60 ms before.
  {parameters:,} parameters, ONNX, float32.
- **Training**: {steps} steps of 16 x 4 s from seed {seed}, {minutes} minutes of wall time on
  {threads} core of a shared x86-64 machine, preparation included; {hours:.2f} hours of speech
  ({shares}) of {speakers} speakers under {clips} clips, each in several variations of tempo, room,
  noise, microphone and level.
- **Again**: with the Debian packages flite and wordnet-base, and the extra `[train]`:
  `python -m facetalk_ros.training.sentences /usr/share/wordnet > sentences.txt` and
  `facetalk train acoustic --data ../shared/data --out OUT --sentences sentences.txt
  --spoken 1800 --steps 5000 --variants 5`.
- **Labels**: PocketSphinx forced alignment (real speech), the synthesiser's own timings (flite).
"""
_LIMITS = """
## Known limits
- English. Phone labels of the training data are a machine's, not a phonetician's.
- Native read speech is scarce in training (14 minutes of real speech); children and Mandarin
  accents are in it. Whispering, singing, music and several talkers at once are not.
- The dev speakers were looked at while the decoders were tuned; judge on other recordings.
"""


def _attribution(source: str, table: dict[str, str]) -> str:
    return next((text for start, text in table.items() if source.startswith(start)), '')


def model_card(record: dict[str, Any], closures: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return the card in Markdown.

    Args:
        record: acoustic.json, as the trainer wrote it.
        closures: the output of ``facetalk eval --json``.

    """
    hours = record['hours']
    card = _HEAD.format(
        **{k: record[k] for k in ('parameters', 'steps', 'seed', 'threads', 'speakers', 'clips')},
        minutes=round(record['training_s'] / 60),
        hours=sum(hours.values()),
        shares=', '.join(f'{name} {h}' for name, h in hours.items()),
    )
    card += '\n## Lips on speakers never trained on\n'
    card += 'Definitions in `facetalk_ros/evaluation/closure.py`.\n\n'
    card += '| input | source | p/b/m | closed | open vowels | wrongly closed |\n|' + '---|' * 6
    for given, report in closures.items():
        for source, row in report.items():
            card += (
                f'\n| {given} | {source} | {row["bilabials"]} | {row["closure_rate"]:.1%} '
                f'| {row["open_vowels"]} | {row["wrong_rate"]:.1%} |'
            )
    card += '\n\n## Frames whose phone is right (dev speakers, best phone, no text)\n'
    for source, share in record['dev_frame_accuracy'].items():
        card += f'- {source}: {share:.1%}\n'
    card += '\n## Data\n'
    table = yaml.safe_load(_ATTRIBUTIONS.read_text(encoding='utf-8'))
    clips: Counter[tuple[str, str, str]] = Counter()
    for row in record['sources']:
        key = (_attribution(row['source'], table), row['licence'], row['source'])
        clips[key] += row['clips']
    for (credit, licence, source), count in sorted(clips.items()):
        card += f'- {source}, {count} clips, {licence}. {credit}\n'
    return card + _LIMITS


def main(weights: Path, closures: Path) -> None:
    """Write MODEL_CARD.md beside the weights."""
    record = json.loads((weights / 'acoustic.json').read_text())
    text = model_card(record, json.loads(closures.read_text()))
    (weights / 'MODEL_CARD.md').write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]))
