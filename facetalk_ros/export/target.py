# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_target(path: Path) -> None:
    """Check that a file can be put at this path, before the work that fills it.

    Raises:
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: the path is a folder.

    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f'no such folder: {path.parent}')
    if path.is_dir():
        raise IsADirectoryError(f'is a folder, not a file: {path}')


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it takes the place of `path` when the block ends well.

    The new file grows in a folder beside the old one, so that the last step is a rename on one
    file system; when the block fails, nothing is left and an old file stays as it was.

    Raises:
        FileNotFoundError: the folder does not exist.
        IsADirectoryError: the path is a folder.

    """
    check_target(path)
    with tempfile.TemporaryDirectory(prefix='.facetalk-', dir=path.parent) as folder:
        part = Path(folder) / path.name
        yield part
        os.replace(part, path)
