# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""From raw dialogue text to chunks: markup and emoji away, letters folded to ASCII.

The scanner reads text that arrives in pieces. It decides nothing before it has seen all it looks
at (never more than LOOK_AHEAD characters), so its output does not depend on how the text was cut.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from facetalk_ros.speech.folding import DROP, FOREIGN, SEPARATE, SPACE, fold
from facetalk_ros.speech.text_data import text_data
from facetalk_ros.speech.tokens import Pause, PauseMark

#: The longest construct that is recognised as markup, in characters. Longer ones are plain text.
LOOK_AHEAD = 256
#: A run without spaces is cut here, so that one endless "word" is read (and sounded) in pieces.
MAX_CHUNK = 256
_MAX_WARNINGS = 50

_PLAIN = re.compile(r"[A-Za-z0-9.,;!?'\"()/$%+=@|{}~^\\-]+")
_TAG = re.compile(r'<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|<[!?][^<>]*>')
_TAG_START = re.compile(r'<[A-Za-z/!?][^<>]*\Z|<\Z')
_ENTITY = re.compile(r'&(?:#\d{1,6}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,8});')
_ENTITY_START = re.compile(r'&#?\w{0,9}\Z')
_EMOJI_CODE = re.compile(r':[A-Za-z0-9_+-]{2,32}:')
_EMOJI_CODE_START = re.compile(r':[A-Za-z0-9_+-]{0,32}\Z')
_STAGE = {
    '*': re.compile(r'\*([A-Za-z]+)(?:[ ][^*\n]{0,60})?\*'),
    '[': re.compile(r'\[([A-Za-z]+)(?:[ ][^\]\n]{0,60})?\]'),
    '(': re.compile(r'\(([A-Za-z]+)(?:[ ][^)\n]{0,60})?\)'),
}
_STAGE_START = {
    '*': re.compile(r'\*([A-Za-z]*\Z|([A-Za-z]+)[ ][^*\n]{0,60}\Z)'),
    '[': re.compile(r'\[([A-Za-z]*\Z|([A-Za-z]+)[ ][^\]\n]{0,60}\Z)'),
    '(': re.compile(r'\(([A-Za-z]*\Z|([A-Za-z]+)[ ][^)\n]{0,60}\Z)'),
}
_LINK = re.compile(r'\]\([^()\s]{0,200}\)')
_LINK_START = re.compile(r'\](\([^()\s]{0,200})?\Z')
_FENCE = re.compile(r'```[A-Za-z0-9+-]{0,20}(?=\n)')
_FENCE_START = re.compile(r'`{1,2}\Z|```[A-Za-z0-9+-]{0,20}\Z')

_PARAGRAPH_TAGS = frozenset({'p', 'paragraph', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'})
_LINE_TAGS = frozenset({'br', 'li', 'ul', 'ol', 'tr', 'td', 'th', 's', 'sentence'})


@dataclass
class Chunk:
    """A run of text without spaces: folded characters and where each came from.

    `starts[i]` and `ends[i]` are the span of `text[i]` in the original text.
    """

    text: str = ''
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    first_on_line: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of `text[start:end]`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]


class TextScanner:
    """Push text, get chunks and the pauses of layout (line, paragraph, SSML break)."""

    def __init__(self) -> None:
        self._buffer = ''
        self._base = 0  # original index of _buffer[0]
        self._chunk = Chunk(first_on_line=True)
        self._newlines = 0
        self._newline_start = 0
        self._line_start = True
        self._previous = ' '
        self._foreign_start: int | None = None
        self._foreign_end = 0
        self._out: list[Chunk | PauseMark] = []
        self.warnings: list[str] = []
        self.letters = 0
        self.foreign_letters = 0

    def push(self, text: str, final: bool = False) -> list[Chunk | PauseMark]:
        """Return what is now certain; `final` says that no more text follows."""
        self._buffer += text
        position = 0
        while position < len(self._buffer):
            step = self._step(position, final)
            if step == 0:
                break
            self._previous = self._buffer[position + step - 1]
            position += step
        self._buffer = self._buffer[position:]
        self._base += position
        if final:
            self._end_chunk()
            self._end_foreign()
            self._newlines = 0
        out, self._out = self._out, []
        return out

    def _step(self, position: int, final: bool) -> int:
        """Read one construct; return its length, or 0 when more text is needed to decide."""
        char = self._buffer[position]
        plain = _PLAIN.match(self._buffer, position, position + MAX_CHUNK)
        if plain and char != '(':
            end = plain.end()
            stop = self._buffer.find('(', position, end)
            end = stop if stop > position else end
            self._add_run(self._buffer[position:end], position)
            return end - position
        if char in '<&:*[(]`':
            length = self._markup(char, position, final)
            if length is not None:
                return length
        self._add_char(char, position)
        return 1

    def _markup(self, char: str, position: int, final: bool) -> int | None:
        """Try markup at `position`: its length, 0 to wait for more text, None for no markup."""
        limit = position + LOOK_AHEAD
        buffer = self._buffer

        def at(pattern: re.Pattern[str]) -> re.Match[str] | None:
            return pattern.match(buffer, position, limit)

        waiting = not final and len(buffer) < limit
        start = self._base + position
        if char == '<':
            if tag := at(_TAG):
                self._tag(tag, start)
                return len(tag.group())
            return 0 if waiting and at(_TAG_START) else None
        if char == '&':
            if entity := at(_ENTITY):
                plain = html.unescape(entity.group())
                if plain != entity.group():
                    for c in plain:
                        self._add_folded(fold(c), start, start + len(entity.group()))
                    return len(entity.group())
            return 0 if waiting and at(_ENTITY_START) else None
        if char == ':':
            if self._previous.isalnum():
                return None
            code = at(_EMOJI_CODE)
            if code and any(c.isalpha() for c in code.group()):
                self._end_chunk()
                return len(code.group())
            return 0 if waiting and at(_EMOJI_CODE_START) else None
        if char == '`':
            if fence := at(_FENCE):
                return len(fence.group())
            if waiting and at(_FENCE_START):
                return 0
            self._end_foreign()
            return 1
        if char == ']':
            if link := at(_LINK):
                return len(link.group())
            return 0 if waiting and at(_LINK_START) else None
        if stage := at(_STAGE[char]):
            if stage.group(1).lower() in text_data().stage_directions:
                self._end_chunk()
                end = start + len(stage.group())
                self._warn(f'stage direction not spoken: {start}-{end}')
                return len(stage.group())
        elif waiting and (partial := at(_STAGE_START[char])):
            first = partial.group(2)
            if first is None or first.lower() in text_data().stage_directions:
                return 0
        return None

    def _tag(self, tag: re.Match[str], start: int) -> None:
        name = (tag.group(2) or '').lower()
        kind = Pause.NONE
        if name in _PARAGRAPH_TAGS:
            kind = Pause.PARAGRAPH
        elif name in _LINE_TAGS:
            kind = Pause.LINE
        elif name == 'break':
            kind = Pause.BREAK
        if kind is not Pause.NONE:
            self._end_chunk()
            self._end_lines(start)
            self._out.append(PauseMark(kind, start, start + len(tag.group())))

    def _add_run(self, run: str, position: int) -> None:
        """Add printable ASCII characters, which stand for themselves."""
        start = self._base + position
        self._begin(start)
        chunk = self._chunk
        while run:
            room = MAX_CHUNK - len(chunk.text)
            part, run = run[:room], run[room:]
            chunk.text += part
            chunk.starts.extend(range(start, start + len(part)))
            chunk.ends.extend(range(start + 1, start + len(part) + 1))
            start += len(part)
            self.letters += sum(map(str.isalpha, part))
            if run:
                self._end_chunk()
                chunk = self._chunk

    def _add_char(self, char: str, position: int) -> None:
        start = self._base + position
        if char == '\n' or char in '\x0b\x0c\x85\u2028\u2029':
            self._end_chunk()
            self._end_foreign()
            if not self._newlines:
                self._newline_start = start
            self._newlines += 2 if char == '\u2029' else 1
            return
        self._add_folded(fold(char), start, start + 1)

    def _add_folded(self, folded: str, start: int, end: int) -> None:
        if folded == DROP:
            return
        if folded == FOREIGN:
            self.letters += 1
            self.foreign_letters += 1
            self._end_chunk()
            if self._foreign_start is None:
                self._foreign_start = start
            self._foreign_end = end
            return
        if folded in (SEPARATE, SPACE):
            self._end_chunk()
            if folded == SEPARATE:
                self._end_foreign()
            return
        self._begin(start)
        for char in folded:
            if char == ' ' or len(self._chunk.text) >= MAX_CHUNK:
                self._end_chunk()
            if char != ' ':
                self._chunk.text += char
                self._chunk.starts.append(start)
                self._chunk.ends.append(end)
                self.letters += char.isalpha()

    def _begin(self, start: int) -> None:
        """Text begins or goes on: what came before it on the page is now complete."""
        self._end_foreign()
        self._end_lines(start)
        if not self._chunk.text:
            self._chunk.first_on_line = self._line_start
            self._line_start = False

    def _end_lines(self, start: int) -> None:
        if self._newlines:
            kind = Pause.PARAGRAPH if self._newlines > 1 else Pause.LINE
            self._out.append(PauseMark(kind, self._newline_start, start))
            self._newlines = 0
            self._line_start = True

    def _end_chunk(self) -> None:
        if self._chunk.text:
            self._out.append(self._chunk)
            self._chunk = Chunk()

    def _end_foreign(self) -> None:
        if self._foreign_start is not None:
            self._warn(
                'letters of a script without pronunciation rules: '
                f'{self._foreign_start}-{self._foreign_end}'
            )
            self._foreign_start = None

    def _warn(self, warning: str) -> None:
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(warning)
