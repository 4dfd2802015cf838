# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Tells what of a data folder could not be used."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_LISTED = 20


def list_skipped(lines: Sequence[str]) -> None:
    """Print what was skipped and why on stderr, of much only the beginning and the number."""
    for line in lines[:_LISTED]:
        print(f'skipped: {line}', file=sys.stderr)
    if len(lines) > _LISTED:
        print(f'skipped: {len(lines) - _LISTED} more', file=sys.stderr)
