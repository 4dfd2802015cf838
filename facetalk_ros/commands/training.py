# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""``facetalk train``: make the weights that ship, again or from other data."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from pathlib import Path

from .errors import UserError

# What can be trained, and which module does it.
_TRAINERS = {
    'motion': 'train_motion', 'acoustic': 'train_acoustic', 'defaults': 'train_defaults',
    'joint': 'joint.main', 'paper': 'paper.main',
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        'model', nargs='?', choices=tuple(_TRAINERS),
        help='what to train anew; left out: the face that ships, further, on your own --data',
    )  # fmt: skip
    parser.add_argument(
        'options', nargs=argparse.REMAINDER, help='its options; facetalk train acoustic -h'
    )
    parser.add_argument('--data', metavar='FOLDER', help='sound with Live Link CSV or JSON')
    parser.add_argument('--out', metavar='FOLDER', help='for the weights (FOLDER/facetalk)')
    parser.add_argument('--steps', type=int, metavar='N', help='how long to train further (600)')


def run(args: argparse.Namespace) -> int:
    """Hand over to the trainer."""
    missing = [m for m in ('torch', 'onnx') if importlib.util.find_spec(m) is None]
    if missing:
        raise UserError(
            f'training needs {" and ".join(missing)}: pip install "facetalk_ros[train]"'
        )
    options = list(args.options)
    if args.model is None:
        if args.data is None:
            raise UserError('train what? Give --data FOLDER with a capture, or a model (see -h)')
        out = args.out or str(Path(args.data) / 'facetalk')
        options = ['--base', '--data', args.data, '--out', out]
        if args.steps is not None:
            options += ['--steps', '0', '0', str(args.steps)]
    trainer = _TRAINERS[args.model or 'motion']
    importlib.import_module(f'facetalk_ros.training.{trainer}').main(options)
    return 0
