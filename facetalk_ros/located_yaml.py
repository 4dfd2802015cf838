# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""YAML whose every value knows its file and line, so that an error can say where to look."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NoReturn

import yaml

_LARGEST_BYTES = 1_000_000


class LocatedError(ValueError):
    """What is wrong in a file, in one line that begins with ``FILE:LINE:``."""


class Entry:
    """A value of a YAML file."""

    def __init__(self, path: Path, node: yaml.Node) -> None:
        self._path = path
        self._node = node

    def fail(self, problem: str) -> NoReturn:
        """Raise LocatedError for this value."""
        raise LocatedError(f'{self._path}:{self._node.start_mark.line + 1}: {problem}')

    def unknown(self, name: str, known: Collection[str]) -> NoReturn:
        """Raise LocatedError for a name that is not among those known."""
        close = difflib.get_close_matches(name, known, n=1)
        self.fail(f'unknown {name!r}' + (f'; did you mean {close[0]!r}?' if close else ''))

    @property
    def is_mapping(self) -> bool:
        """Whether it is written as names with values."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is written as a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def items(self) -> dict[str, Entry]:
        """Return a mapping's values by name, in order; a name may not come twice."""
        if not isinstance(self._node, yaml.MappingNode):
            self.fail("expected 'name: value'")
        found: dict[str, Entry] = {}
        for key, value in self._node.value:
            if not isinstance(key, yaml.ScalarNode):
                Entry(self._path, key).fail('a name is a single word')
            if key.value in found:
                Entry(self._path, key).fail(f'{key.value!r} is there twice')
            found[key.value] = Entry(self._path, value)
        return found

    def fields(
        self, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Entry]:
        """Return a mapping's values; other names, and missing ones, are errors."""
        found = self.items()
        for name, entry in found.items():
            if name not in required and name not in optional:
                entry.unknown(name, [*required, *optional])
        for name in required:
            if name not in found:
                self.fail(f'{name!r} is missing')
        return found

    def list(self, count: int | None = None) -> Sequence[Entry]:
        """Return a list's values; count is how many there have to be."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.fail('expected a list')
        if count is not None and len(self._node.value) != count:
            self.fail(f'expected {count} values, there are {len(self._node.value)}')
        return [Entry(self._path, node) for node in self._node.value]

    def text(self, choices: Collection[str] | None = None) -> str:
        """Return a word, as it is written; choices are those that may be."""
        if not isinstance(self._node, yaml.ScalarNode):
            self.fail('expected a single word')
        text = str(self._node.value)
        if choices is not None and text not in choices:
            self.unknown(text, choices)
        return text

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number within [low, high]."""
        try:
            value = float(self.text())
        except ValueError:
            self.fail(f'{self.text()!r} is no number')
        if not math.isfinite(value):
            self.fail(f'{self.text()} is not finite')
        if not low <= value <= high:
            self.fail(f'{value:g} is not within [{low:g}, {high:g}]')
        return value


def read_located(path: Path) -> Entry:
    """Read a YAML file.

    Raises:
        LocatedError: no file, no text, too large, empty or not YAML.

    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise LocatedError(f'{path}: too large')
        root = yaml.compose(path.read_text('utf-8'), Loader=yaml.SafeLoader)
    except OSError as error:
        raise LocatedError(f'{path}: {(error.strerror or str(error)).lower()}') from None
    except UnicodeDecodeError:
        raise LocatedError(f'{path}: not a text file in UTF-8') from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, 'problem_mark', None)
        where = f':{mark.line + 1}' if mark else ''
        problem = getattr(error, 'problem', None) or 'cannot be read'
        raise LocatedError(f'{path}{where}: not YAML: {problem}') from None
    if root is None:
        raise LocatedError(f'{path}: the file is empty')
    return Entry(path, root)
