# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a page may ask for; everything it sends is checked here before anything is done."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from facetalk_ros.face import ARKIT_INDEX

#: The longest message [bytes].
LARGEST_BYTES = 4096
#: Messages a second, and how many may come at once.
RATE_HZ = 60.0
#: So many bad messages end the connection.
PATIENCE = 3

_LONGEST_TEXT = 1000
_EXPRESSION = re.compile('[a-z_]{1,32}')


class BadPageMessage(ValueError):
    """A message that no page of ours sends; the text never repeats what was in it."""


class Ping(NamedTuple):
    """The page asks for the time; ``t`` comes back."""

    t: float


class Overlay(NamedTuple):
    """Weights to add to the face: float32 [52], -1 to 1."""

    weights: npt.NDArray[np.float32]


class Expression(NamedTuple):
    """An expression to put on, and how much of it, 0 to 1."""

    name: str
    intensity: float


class Say(NamedTuple):
    """A text that is about to be spoken."""

    text: str


class Reset(NamedTuple):
    """The face shall stop speaking."""


Request = Overlay | Expression | Say | Reset


class RateLimit:
    """A bucket of RATE_HZ tokens that fills up within a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens = RATE_HZ
        self._filled_s = clock()

    def take(self) -> bool:
        """Return whether one more message may come now."""
        now_s = self._clock()
        self._tokens = min(RATE_HZ, self._tokens + (now_s - self._filled_s) * RATE_HZ)
        self._filled_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def parse_page_message(text: str) -> Ping | Request:
    """Return what a page asks for.

    Raises:
        BadPageMessage: it is not in the protocol.

    """
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadPageMessage('not JSON') from None
    if not isinstance(message, dict):
        raise BadPageMessage('not an object')
    kind = message.pop('type', None)
    parse = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        raise BadPageMessage('of no known type')
    return parse(message)


def _refuse_constant(name: str) -> None:
    raise ValueError(f'{name} is not JSON')


def _only(message: dict[str, Any], *names: str) -> list[Any]:
    """Return the values of the fields, of which none may be missing and none more."""
    if message.keys() != set(names):
        raise BadPageMessage('with other fields than its type has')
    return [message[name] for name in names]


def _number(value: object, low: float, high: float) -> float:
    # a bool is an int to Python; a large int cannot become a float
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise BadPageMessage('something else in the place of a number')
    if not low <= value <= high:
        raise BadPageMessage('a number out of its range')
    return float(value)


def _ping(message: dict[str, Any]) -> Ping:
    (t,) = _only(message, 't')
    return Ping(_number(t, -1e18, 1e18))


def _overlay(message: dict[str, Any]) -> Overlay:
    (given,) = _only(message, 'weights')
    if not isinstance(given, dict):
        raise BadPageMessage('weights that are no object')
    weights = np.zeros(len(ARKIT_INDEX), np.float32)
    for name, value in given.items():
        if name not in ARKIT_INDEX:
            raise BadPageMessage('a weight of no ARKit shape')
        weights[ARKIT_INDEX[name]] = _number(value, -1.0, 1.0)
    return Overlay(weights)


def _expression(message: dict[str, Any]) -> Expression:
    name, intensity = _only(message, 'name', 'intensity')
    if not isinstance(name, str) or not _EXPRESSION.fullmatch(name):
        raise BadPageMessage('an expression whose name is none')
    return Expression(name, _number(intensity, 0.0, 1.0))


def _say(message: dict[str, Any]) -> Say:
    (text,) = _only(message, 'text')
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TEXT:
        raise BadPageMessage('a text that is none, or too long')
    # JSON may spell half of a surrogate pair, which is no text and cannot be sent on
    if not text.strip() or any(
        unicodedata.category(c) in ('Cc', 'Cs') and c not in '\n\t' for c in text
    ):
        raise BadPageMessage('a text of characters that nobody can say')
    return Say(text)


def _reset(message: dict[str, Any]) -> Reset:
    _only(message)
    return Reset()


_PARSERS: MappingProxyType[str, Callable[[dict[str, Any]], Ping | Request]] = MappingProxyType(
    {'ping': _ping, 'overlay': _overlay, 'expression': _expression, 'say': _say, 'reset': _reset}
)
