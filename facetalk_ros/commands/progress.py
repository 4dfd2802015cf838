# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How far a long piece of work is, for a person at a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

_WIDTH = 30
_EVERY_S = 0.1


class ProgressBar:
    """One line on stderr that goes away at the end; silent where stderr is no terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = sys.stderr.isatty()
        self._started_s = time.monotonic()
        self._told_s = float('-inf')

    def show(self, done: int, count: int) -> None:
        """Tell how much is done."""
        now_s = time.monotonic()
        if not self._shown or (now_s - self._told_s < _EVERY_S and done < count):
            return
        self._told_s = now_s
        share = done / count
        bar = '#' * round(share * _WIDTH)
        left_s = (now_s - self._started_s) * (1 / share - 1)
        line = f'{self._title} [{bar:<{_WIDTH}}] {share:4.0%}  {left_s:.0f} s left'
        sys.stderr.write(f'\r{line}\033[K')
        sys.stderr.flush()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            sys.stderr.write('\r\033[K')
            sys.stderr.flush()
