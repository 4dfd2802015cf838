# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Options that several verbs share, and what they mean."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..nodes.parameter_file import ParameterFileError, read_parameter_file
from .errors import UserError, reason

# A book; beyond it a file given as text is surely a mistake.
_LARGEST_TEXT_BYTES = 5_000_000


def add_text_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --text, --text-file and --language."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument('--text', help='what is said: lips anticipate, and close where they must')
    group.add_argument('--text-file', metavar='FILE', type=Path, help='the same from a file')
    parser.add_argument('--language', default=None, help='language of the text, BCP 47 (en)')


def add_params_argument(parser: argparse.ArgumentParser) -> None:
    """Add --params-file."""
    parser.add_argument(
        '--params-file', metavar='FILE', type=Path, help='ROS 2 parameters of the talk node (YAML)'
    )


def add_weights_argument(parser: argparse.ArgumentParser) -> None:
    """Add --weights."""
    parser.add_argument(
        '--weights', metavar='FOLDER', default=None,
        help='networks that facetalk train wrote (those that ship)',
    )  # fmt: skip


def given_text(args: argparse.Namespace) -> str:
    """Return the text that was given, or ''.

    Raises:
        UserError: a file that cannot be read, or nothing in it that can be spoken.

    """
    text, where = args.text, '--text'
    if args.text_file is not None:
        where = str(args.text_file)
        try:
            if args.text_file.stat().st_size > _LARGEST_TEXT_BYTES:
                raise UserError(f'{where}: too large to be what is said')
            text = args.text_file.read_text('utf-8-sig')
        except OSError as error:
            raise UserError(f'{where}: {reason(error)}') from None
        except UnicodeDecodeError:
            raise UserError(f'{where}: not a text file in UTF-8') from None
    if text is None:
        return ''
    if not any(c.isalnum() for c in text):
        raise UserError(f'{where}: there is no letter in the text {text.strip()[:40]!r}')
    return str(text)


def given_parameters(args: argparse.Namespace) -> dict[str, Any]:
    """Return the talk node's parameters from --params-file, or none.

    Raises:
        UserError: naming the file and the line.

    """
    if args.params_file is None:
        return {}
    try:
        return read_parameter_file(args.params_file)
    except ParameterFileError as error:
        raise UserError(str(error)) from None


def number(low: float, high: float) -> Any:
    """Return an argparse type: a number from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float('nan')
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f'{text!r} is not a number from {low:g} to {high:g}')
        return value

    return parse
