# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Writes MODEL_CARD.md from the records that ``facetalk train defaults`` left beside the weights.

``python -m facetalk_ros.training.model_card FOLDER``; of ``acoustic.json`` and ``motion.json``
there must be both, of ``defaults.json``, ``eval.json`` and ``ablations.json`` what there is.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..audio.features import STEP_S
from ..evaluation.ablation_table import table_and_reading
from ..evaluation.motion_scores import ALL
from ..motion.learned import INSTANT_AGES_S

Record = Mapping[str, Any]

#: The records that a card is made of; the first two are needed.
RECORDS = ('acoustic', 'motion', 'defaults', 'eval', 'ablations')
_ATTRIBUTIONS = Path(__file__).parent / 'attributions.yaml'
_HEAD = """# The networks that move the face

From 16 kHz speech, and its text where it is known, to the mouth: an encoder, the key motions of
each phone, and the completion between them, after KMTalk (ECCV 2024) as a stream. Written by
`python -m facetalk_ros.training.model_card` from the records of the training and the evaluation.

## Form
- **Encoder** (`acoustic.onnx`): causal temporal convolutions on log-mel frames, a step of 20 ms at
  a time, its past as explicit state; posteriors of 39 phones and silence 100 times a second, and
  the features that the motion is made of. {encoder_parameters:,} parameters. It hears
  {look_ahead_ms} ms ahead.
- **Keys** (`keys.onnx`) and **completion** (`completion.onnx`): {motion_parameters:,} parameters.
  A phone's keys are made when it is decided; each step completes two instants.
- **Look-ahead**: the newest instant is {newest_ms:.0f} ms before the end of the sound that was
  heard; with the 20 ms of a step a frame needs at most {needs_ms:.0f} ms of sound after its time.
- ONNX, float32.

## Training
- **Encoder**: a teacher that hears further ahead, {teacher_steps:,} steps, labels what has no
  text; from its weights {steps:,} steps of 16 x 4 s. {hours:.2f} hours ({shares}) of {speakers}
  speakers under {clips:,} clips, in several variations of tempo, room, noise, microphone and
  level; {encoder_time}.
- **Motion**: {motion_steps} steps (keys, completion, both). {motion_hours:.2f} hours of faces,
  {motion_clips:,} clips of {motion_speakers} speakers (s: {motion_seconds}), in {variants}
  variations; {motion_time}.
- **Lips** (part of `completion.onnx`): when they meet for p, b, m and when an open vowel parts
  them, {lips}.
- **Labels**: PocketSphinx forced alignment (real speech), the synthesisers' own timings, the
  teacher's pseudo-labels where it is sure. Faces: MediaPipe on video (GRID), a solver's rig
  weights (FACEGOOD).
- **Again**, from seed {seed}: `{command}`, with the extra `[train]` and the Debian packages flite,
  festival, festvox-kallpc16k, festvox-kdlpc16k, festvox-us-slt-hts, espeak-ng, wordnet-base.
"""
_LIMITS = """
## Known limits
- English, and the sound of other languages. Phone labels of the training data are a machine's, not
  a phonetician's.
- Native read speech is scarce in training; children and Mandarin accents are in it. Whispering,
  singing, music and several talkers at once are not.
- Nearly all faces are readers of one sentence pattern, one of them far more than the others; the
  one Mandarin speaker is the same person in training and test. Heads sit still, nobody laughs.
- Tracked faces are estimates: channels that the tracker hardly sees (funnel, press, roll) are
  weakly known.
- The dev speakers were looked at while the decoders and the motion were tuned; judge on other
  recordings.
"""


def model_card(records: Mapping[str, Record]) -> str:
    """Return the card in Markdown.

    Args:
        records: by RECORDS, as the trainers wrote them.

    Raises:
        ValueError: one that is needed is missing, or lacks a value.

    """
    missing = [name for name in RECORDS[:2] if name not in records]
    if missing:
        raise ValueError(f'no {missing[0]}.json: train that first')
    try:
        card = _head(records)
        if 'eval' in records:
            card += ''.join(f'{line}\n' for line in _measured(records['eval']))
        card += ''.join(f'{line}\n' for line in _frames(records['acoustic']))
        if 'ablations' in records:
            card += '\n## Ablations\n' + table_and_reading(records['ablations'])
        card += ''.join(f'{line}\n' for line in _data(records))
    except KeyError as error:
        raise ValueError(f'the records are of another version: no {error}') from error
    return card + _LIMITS


def _head(records: Mapping[str, Record]) -> str:
    encoder, motion = records['acoustic'], records['motion']
    defaults = records.get('defaults', {})
    hours = encoder['hours']
    newest_ms = 1e3 * min(INSTANT_AGES_S)
    machine = defaults.get('machine', 'a shared machine')
    times = {
        f'{name}_time': f'{record["training_s"] / 60:.0f} minutes of wall time, preparation '
        f'included, on {_counted(record["threads"], "thread")} of {machine}'
        for name, record in (('encoder', encoder), ('motion', motion))
    }
    return _HEAD.format(
        encoder_parameters=encoder['parameters'], look_ahead_ms=encoder['look_ahead_ms'],
        motion_parameters=motion['parameters'], newest_ms=newest_ms,
        needs_ms=newest_ms + 1e3 * STEP_S, teacher_steps=encoder['teacher_steps'],
        steps=encoder['steps'], hours=sum(hours.values()), speakers=encoder['speakers'],
        shares=', '.join(f'{name} {h}' for name, h in hours.items()), clips=encoder['clips'],
        motion_steps=' + '.join(map(str, motion['steps'])), motion_hours=motion['hours'],
        motion_clips=motion['clips'], motion_speakers=len(motion['speakers']),
        motion_seconds=', '.join(f'{name} {s}' for name, s in motion['speakers'].items()),
        variants=motion['variants'], seed=encoder['seed'], **times, lips=_lips(motion),
        command=defaults.get('command', 'facetalk train defaults --data ../shared/data --out OUT'),
    )  # fmt: skip


def _lips(motion: Record) -> str:
    lips = motion.get('lips') or {}
    if not lips:
        return 'not trained here'
    return f'{lips["hours"]} hours of the speech with phones, {lips["steps"]:,} steps'


def _counted(number: int, what: str) -> str:
    return f'{number} {what}' + ('' if number == 1 else 's')


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = tuple(columns)
    yield f'| {" | ".join(columns)} |'
    yield '|' + '---|' * len(columns)
    for row in rows:
        yield f'| {" | ".join(row)} |'


def _number(value: float | None, form: str) -> str:
    return '-' if value is None else format(value, form)


def _measured(report: Record) -> Iterator[str]:
    """Yield the sections on the whole face, engine and gates included."""
    if report.get('closures'):
        yield '\n## Lips on speakers never trained on'
        yield 'Definitions in `facetalk_ros/evaluation/closure.py`.\n'
        yield from _table(
            ('input', 'source', 'p/b/m', 'closed', 'open vowels', 'wrongly closed'),
            (
                (given, source, str(row['bilabials']), _number(row['closure_rate'], '.1%'),
                 str(row['open_vowels']), _number(row['wrong_rate'], '.1%'))
                for given, rows in report['closures'].items()
                for source, row in rows.items()
            ),
        )  # fmt: skip
    for language, given in report.get('tracked', {}).items():
        yield f'\n## Beside faces that a camera saw: {language or "language unknown"}'
        yield (
            "Pearson's r of each channel by speaker, means over clips. Lag: positive is later "
            'than the camera. Acceleration: 95th percentile in speech, over its own deviation, '
            'made over seen. "loudness alone" is a jaw that follows the envelope of the sound.\n'
        )
        yield from _likeness(given)
        yield ''
        yield from _dynamics(given)


def _likeness(given: Record) -> Iterator[str]:
    """Yield r by channel, a row each speaker and input."""
    channels: dict[str, None] = {}
    rows = []
    for name, report in given.items():
        figures = {speaker: row['r'] for speaker, row in report['speakers'].items()}
        clips = {speaker: row['clips'] for speaker, row in report['speakers'].items()}
        del figures[ALL]
        if len(figures) > 1:
            figures['mean of speakers'] = report['mean_of_speakers']
        for speaker, r in figures.items():
            channels |= dict.fromkeys(r)
            rows.append((name, speaker, str(clips.get(speaker, '')), r))
    yield from _table(
        ('input', 'speaker', 'clips', *channels),
        ((*row, *(_number(r.get(c), '.3f') for c in channels)) for *row, r in rows),
    )


def _dynamics(given: Record) -> Iterator[str]:
    """Yield lag and acceleration, a row each speaker and input."""
    rows = []
    for name, report in given.items():
        speakers = report['speakers']
        for speaker in speakers:
            if speaker == ALL and len(speakers) < 3:
                continue
            lags, ratios = speakers[speaker]['lag'], speakers[speaker]['jitter_scaled']
            cells = [
                f'{1e3 * lags[c]["lag_s"]:+.0f}' + (' (edge)' if lags[c]['at_edge'] else '')
                if c in lags
                else '-'
                for c in ('jawOpen', 'lip_gap')
            ]
            cells += [
                _number(ratios.get(c, {}).get('ratio'), '.2f')
                for c in ('jawOpen', 'lip_gap', 'lower_face')
            ]
            rows.append((name, 'all clips' if speaker == ALL else speaker, *cells))
    yield from _table(
        ('input', 'speaker', 'lag of the jaw, ms', 'of the lip gap', 'acceleration of the jaw',
         'of the lip gap', 'of the lower face'), rows,
    )  # fmt: skip


def _frames(record: Record) -> Iterator[str]:
    yield '\n## Frames whose phone is right (dev speakers, best phone, no text)'
    teacher = record['teacher_frame_accuracy']
    yield from _table(
        ('source', 'encoder', 'teacher'),
        (
            (source, f'{share:.1%}', _number(teacher.get(source), '.1%'))
            for source, share in record['dev_frame_accuracy'].items()
        ),
    )


def _data(records: Mapping[str, Record]) -> Iterator[str]:
    """Yield whom the data is owed to, a line each licence and credit."""
    table = yaml.safe_load(_ATTRIBUTIONS.read_text(encoding='utf-8'))
    for name, title in (('acoustic', 'speech'), ('motion', 'faces')):
        yield f'\n## Data: {title}'
        owed: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        for row in records[name]['sources']:
            owed[_attribution(row['source'], table), row['licence']].append(row)
        for (credit, licence), rows in sorted(owed.items()):
            sources = ', '.join(f'{row["source"]} ({row["clips"]})' for row in rows)
            count = sum(row['clips'] for row in rows)
            yield f'- {_counted(count, "clip")}: {sources}; {licence}. {credit}'


def _attribution(source: str, table: Mapping[str, str]) -> str:
    return next((text for start, text in table.items() if source.startswith(start)), '')


def read_records(folder: Path) -> dict[str, Record]:
    """Return the records that there are in a folder.

    Raises:
        ValueError: one is no JSON.

    """
    paths = {name: folder / f'{name}.json' for name in RECORDS}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.is_file()}


def main(folder: Path) -> None:
    """Write MODEL_CARD.md beside the weights."""
    (folder / 'MODEL_CARD.md').write_text(model_card(read_records(folder)), encoding='utf-8')


if __name__ == '__main__':
    try:
        main(Path(sys.argv[1]))
    except (IndexError, OSError, ValueError) as error:
        sys.exit(f'model_card FOLDER: {error}')
