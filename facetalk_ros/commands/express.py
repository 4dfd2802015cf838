# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk express`: what a text wants of the face, for people who write dialogue."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from ..expression.plan import Planner, SentencePlan
from .errors import UserError, warn
from .options import add_text_arguments, given_text

_LINE = 78


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_text_arguments(parser)
    parser.add_argument(
        '--json', action='store_true', help='print everything as JSON instead of a table'
    )


def run(args: argparse.Namespace) -> int:
    """Plan, and tell the plan of every sentence; a file has one sentence a line."""
    if args.text is None and args.text_file is None:
        raise UserError('one of --text and --text-file is needed')
    text = given_text(args)
    planner = Planner(language=args.language or 'en')
    if args.text_file is None:
        plans = planner.push(text) + planner.finish()
    else:
        plans = [planner.sentence(line) for line in text.splitlines() if line.strip()]
    if args.json:
        print(json.dumps({'sentences': [as_json(p) for p in plans]}, ensure_ascii=False, indent=1))
        return 0
    for warning in dict.fromkeys(w for p in plans for w in p.warnings):
        warn(warning)
    print('\n'.join(_table(plans)))
    return 0


def as_json(plan: SentencePlan) -> dict[str, Any]:
    """Return a plan as JSON has it."""
    return {
        'text': plan.text,
        'start': plan.start,
        'end': plan.end,
        'family': plan.family,
        'emotion': plan.emotion,
        'intensity': plan.intensity,
        'valence': plan.valence,
        'arousal': plan.arousal,
        'question': plan.question,
        'negation': plan.negation,
        'cause': plan.cause,
        'words': [word._asdict() for word in plan.words],
        'warnings': list(plan.warnings),
    }


def _table(plans: Sequence[SentencePlan]) -> list[str]:
    lines = [f'{"family":<10}{"intensity":>9}{"valence":>9}{"arousal":>9}  sentence and accents']
    for plan in plans:
        signals = [name for name in ('question', 'negation') if getattr(plan, name)]
        also = [s for s in signals if s != plan.family]
        text = ' '.join(plan.text.split())
        shown = text if len(text) <= _LINE else text[: _LINE - 1] + '…'
        lines.append(
            f'{plan.family:<10}{plan.intensity:>9.2f}{plan.valence:>+9.2f}{plan.arousal:>9.2f}  '
            f'{shown}'
        )
        why = [plan.cause] if plan.cause != 'model' else []
        if also or why:
            lines.append(f'{"":39}({", ".join([*also, *why])})')
        lines += [
            f'{"":39}{word.accent:4.2f} {word.text} ({word.cause})'
            for word in plan.words
            if word.cause not in ('function word', 'content word')
        ]
    return lines
