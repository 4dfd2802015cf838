# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""``facetalk train``: make the weights that ship, again or from other data."""

from __future__ import annotations

import argparse
import importlib.util

from .errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('model', choices=('acoustic', 'joint', 'paper'), help='what to train')
    parser.add_argument(
        'options', nargs=argparse.REMAINDER, help='its options; facetalk train acoustic -h'
    )


def run(args: argparse.Namespace) -> int:
    """Hand over to the trainer."""
    missing = [m for m in ('torch', 'onnx') if importlib.util.find_spec(m) is None]
    if missing:
        raise UserError(
            f'training needs {" and ".join(missing)}: pip install "facetalk_ros[train]"'
        )
    if args.model == 'paper':
        from ..training.paper.main import main
    elif args.model == 'joint':
        from ..training.joint.main import main
    else:
        from ..training.train_acoustic import main
    main(args.options)
    return 0
