# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Tags and signs in a text that say which expression or accent is meant.

``<joy>...</joy>`` (every family; ``intensity="0.5"``), ``<emphasis level="strong">``, and the tags
of SSML 1.1 that have no bearing on the face. Any other tag is warned of and not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .families import FAMILIES
from .words import Sign, sign_table

_TAG = re.compile(
    r'<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:\s[^<>]{0,200})?)\s?(/?)>|<[!?][^<>]{0,200}>'
)
_ATTRIBUTE = re.compile(r'([A-Za-z][\w:.-]*)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_STAGE = re.compile(r'\*([A-Za-z]+)(?: [^*\n]{0,60})?\*|[\[(]([A-Za-z]+)(?: [^\])\n]{0,60})?[\])]')
_STRESSED = re.compile(r'(\*\*|\*|__|_)(?=[^\W_])([^*_\n<>]{1,80}?)(?<=[^\W_])\1(?!\w)')
# Variation selectors and skin tones change how an emoji looks, not what it means.
_EMOJI_MODIFIER = re.compile('[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]')
_SSML = frozenset({
    'speak', 's', 'p', 'sentence', 'paragraph', 'break', 'prosody', 'say-as', 'sub', 'mark',
    'voice', 'phoneme', 'audio', 'lang', 'w', 'token', 'desc', 'meta', 'metadata', 'lexicon',
    'lookup', 'br', 'b', 'i', 'em', 'strong', 'div', 'span', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6',
    'li', 'ul', 'ol',
})  # fmt: skip
_LEVELS = {'strong': 1.0, 'moderate': 0.8, 'reduced': 0.15, 'none': 0.0}
_INTENSITY = 0.7  # of a tag that does not say
_MOST_WARNINGS = 20
_DEEPEST = 8


@dataclass(frozen=True)
class Wish:
    """An expression that is asked for between two places of the text."""

    start: int
    end: int
    family: str
    intensity: float
    cause: str


@dataclass(frozen=True)
class Emphasis:
    """An accent, 0 to 1, that is asked for between two places of the text."""

    start: int
    end: int
    accent: float


@dataclass(frozen=True)
class Marked:
    """A text with what its markup says.

    Attributes:
        plain: the text with tags and signs blanked, so that places stay the same.
        wishes: in the order of their end; an inner one comes before the one around it.
        emphases: the same for accents.
        warnings: what was not understood, at most 20.
        still_open: tags that no tag closed, with their amounts: they hold for what follows.

    """

    plain: str
    wishes: tuple[Wish, ...]
    emphases: tuple[Emphasis, ...]
    warnings: tuple[str, ...]
    still_open: tuple[tuple[str, float], ...]


class _Reader:
    def __init__(self, text: str, still_open: Sequence[tuple[str, float]]) -> None:
        self.text = text
        self.plain = list(text)
        self.wishes: list[Wish] = []
        self.emphases: list[Emphasis] = []
        self.warnings: list[str] = []
        self._open = [(name, 0, amount) for name, amount in still_open]

    def warn(self, problem: str) -> None:
        if len(self.warnings) < _MOST_WARNINGS and problem not in self.warnings:
            self.warnings.append(problem)

    def blank(self, start: int, end: int) -> None:
        self.plain[start:end] = ' ' * (end - start)

    def tag(self, match: re.Match[str]) -> None:
        closing, raw, attributes, alone = match.groups(default='')
        name = raw.lower()
        self.blank(*match.span())
        if name not in FAMILIES and name != 'emphasis':
            if name and name not in _SSML:
                self.warn(f'unknown tag <{name}> is not spoken')
            return
        if closing:
            self._close(name, match.start())
        elif not alone:
            given = {m[1]: m[2] or m[3] or '' for m in _ATTRIBUTE.finditer(attributes)}
            amount = self._level(given) if name == 'emphasis' else self._intensity(name, given)
            self._open.append((name, match.end(), amount))

    def _level(self, given: dict[str, str]) -> float:
        level = given.get('level', 'moderate')
        if level not in _LEVELS:
            self.warn(f'emphasis level {level!r} is none of {", ".join(_LEVELS)}')
        return _LEVELS.get(level, _LEVELS['moderate'])

    def _intensity(self, name: str, given: dict[str, str]) -> float:
        raw = given.get('intensity', str(_INTENSITY))
        try:
            value = float(raw)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            self.warn(f'<{name}>: intensity {raw!r} is not a number from 0 to 1')
            return _INTENSITY
        return value

    def _close(self, name: str, end: int) -> None:
        for i in range(len(self._open) - 1, -1, -1):
            if self._open[i][0] == name:
                _, start, amount = self._open.pop(i)
                self._add(name, start, end, amount)
                return
        self.warn(f'</{name}> closes nothing')

    def _add(self, name: str, start: int, end: int, amount: float) -> None:
        if name == 'emphasis':
            self.emphases.append(Emphasis(start, end, amount))
        else:
            self.wishes.append(Wish(start, end, name, amount, 'markup'))

    def close_all(self) -> tuple[tuple[str, float], ...]:
        """Let what is still open hold until the end of the text; return it."""
        for name, start, amount in reversed(self._open):
            self._add(name, start, len(self.text), amount)
        # deeper nesting than any writer means is cut, so that nothing grows without bound
        return tuple((name, amount) for name, _, amount in self._open[-_DEEPEST:])


def read_markup(text: str, still_open: Sequence[tuple[str, float]] = ()) -> Marked:
    """Return the text with its tags and signs read; nothing in it is an error.

    Args:
        text: a sentence, or several.
        still_open: what the text before left open.

    """
    reader = _Reader(text, still_open)
    for match in _TAG.finditer(text):
        reader.tag(match)
    left_open = reader.close_all()
    signs = sign_table()
    plain = ''.join(reader.plain)
    for match in _STAGE.finditer(plain):
        sign = signs.get((match[1] or match[2]).lower())
        if sign is not None:
            reader.wishes.append(
                Wish(*match.span(), sign.family, sign.intensity, 'stage direction')
            )
            reader.blank(*match.span())
    for match in _STRESSED.finditer(''.join(reader.plain)):
        reader.emphases.append(Emphasis(match.start(2), match.end(2), _LEVELS['moderate']))
    _read_signs(reader, signs)
    wishes = sorted(reader.wishes, key=lambda w: (w.end, -w.start))
    return Marked(
        ''.join(reader.plain),
        tuple(wishes),
        tuple(reader.emphases),
        tuple(reader.warnings),
        left_open,
    )


def _read_signs(reader: _Reader, signs: dict[str, Sign]) -> None:
    """Find emoji anywhere, and faces of punctuation that stand alone."""
    plain = ''.join(reader.plain)
    for place, char in enumerate(plain):
        if char in signs:
            sign = signs[char]
            reader.wishes.append(Wish(place, place + 1, sign.family, sign.intensity, 'emoji'))
            reader.blank(place, place + 1)
        elif _EMOJI_MODIFIER.match(char) or char == '\u200d':
            reader.blank(place, place + 1)
    for match in re.finditer(r'\S+', plain):
        found = signs.get(match.group())
        if found is not None and not match.group().isalpha() and len(match.group()) > 1:
            reader.wishes.append(Wish(*match.span(), found.family, found.intensity, 'emoji'))
            reader.blank(*match.span())
