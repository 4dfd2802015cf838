# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of networks in training: written whole, read safely, others refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

# A longer list is told by its length.
_SHOWN_VALUES = 12


def write_checkpoint(path: Path, kind: str, content: Mapping[str, Any]) -> None:
    """Write a checkpoint; a file half written replaces nothing.

    Args:
        path: where to.
        kind: what it is a checkpoint of, with a version.
        content: tensors, and containers of them, of numbers and of text.

    """
    partial = path.with_suffix('.partial')
    torch.save({'kind': kind, **content}, partial)
    partial.replace(path)


def read_checkpoint(path: Path, kind: str) -> dict[str, Any]:
    """Return what ``write_checkpoint`` wrote, on the CPU; no code in it is run.

    Raises:
        ValueError: it is no checkpoint, or one of another kind.

    """
    try:
        found = torch.load(path, weights_only=True, map_location='cpu')
    except Exception as error:  # a file that is none fails in many ways, with no common base
        reason = str(error).partition('\n')[0]
        raise ValueError(f'{path} is no checkpoint: {reason}') from error
    if not isinstance(found, dict) or found.get('kind') != kind:
        raise ValueError(f'{path} is not a {kind!r}')
    return found


def refuse_other(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that a checkpoint's configuration is the one that is wanted.

    Raises:
        ValueError: naming the first value that differs, and both values.

    """
    for name, value in wanted.items():
        there = found.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            refuse_other(path, there, value)
        elif there != value:
            raise ValueError(
                f'{path} is of another configuration: {name} is {_told(there)}, not {_told(value)}'
            )


def _told(value: object) -> str:
    if isinstance(value, tuple) and len(value) > _SHOWN_VALUES:
        return f'{len(value)} values'
    return repr(value)
