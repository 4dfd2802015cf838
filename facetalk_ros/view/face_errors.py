# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a face file, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

Place = tuple[str | int, ...]
#: The safe loader; the one in C, ten times faster, where PyYAML has it.
LOADER: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


class FaceError(ValueError):
    """A value that no face has.

    Attributes:
        place: the keys and indices that lead to it.

    """

    def __init__(self, message: str, place: Place = ()) -> None:
        super().__init__(message)
        self.place = place


@contextmanager
def at(*place: str | int) -> Iterator[None]:
    """Say of every error in a block at which place of the file it is."""
    try:
        yield
    except (ValueError, TypeError) as error:
        inner = error.place if isinstance(error, FaceError) else ()
        raise FaceError(str(error), (*place, *inner)) from error


def line_of(text: str, place: Place) -> int:
    """Return the line, from 1, where a place of a YAML text is written."""
    node = yaml.compose(text, Loader=LOADER)
    line = 1
    for key in place:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            found = (node.value[key], node.value[key]) if key < len(node.value) else None
        if found is None:  # a key that is missing, or came by a merge
            break
        line = found[0].start_mark.line + 1
        node = found[1]
    return line


def mapping(
    data: object, kind: str, known: set[str], needed: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return data that must be a mapping with some keys and no unknown ones."""
    if not isinstance(data, Mapping):
        raise FaceError(f'a {kind} is not written as a mapping: {str(data)[:60]!r}')
    for key in data:
        if key not in known:
            raise FaceError(f'a {kind} has no key {key!r}', (str(key),))
    for key in needed:
        if key not in data:
            raise FaceError(f'a {kind} needs {key!r}')
    return data


def sequence(data: object) -> Sequence[Any]:
    """Return data that must be a list."""
    if not isinstance(data, list):
        raise FaceError(f'not a list: {str(data)[:60]!r}')
    return data


def numbers(data: object) -> npt.NDArray[np.float64]:
    """Return one number or lists of them, each finite."""
    try:
        array = np.asarray(data)
    except ValueError:
        raise FaceError(f'lists of different lengths: {str(data)[:60]}') from None
    # text that looks like a number is none to other readers of the file: YAML reads -.5 as text
    if array.dtype.kind not in 'iuf':
        raise FaceError(f'not numbers: {str(data)[:60]} (write -0.5, not -.5)')
    if not np.isfinite(array).all():
        raise FaceError(f'a number that is not finite: {str(data)[:60]}')
    return array.astype(np.float64)


def is_left(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry stands for a left and a mirrored right one."""
    side = entry.get('side')
    if side not in (None, 'left'):
        raise FaceError(f'side {side!r} is not left', ('side',))
    return side == 'left'


def flag(entry: Mapping[str, Any], key: str, default: bool) -> bool:
    """Return a value that must be true or false."""
    value = entry.get(key, default)
    if not isinstance(value, bool):
        raise FaceError(f'{value!r} is not true or false', (key,))
    return value
