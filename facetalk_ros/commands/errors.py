# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How the command line tells the user what is wrong."""

from __future__ import annotations

import sys


class UserError(Exception):
    """Input that cannot be used; the text is the one line that the user gets, exit code 2."""


def warn(text: str) -> None:
    """Tell the user something that does not stop the work, on one line of stderr."""
    print(f'warning: {" ".join(text.split())}', file=sys.stderr)


def reason(error: Exception) -> str:
    """Return what an error says, without the number and the name that an OSError adds."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
