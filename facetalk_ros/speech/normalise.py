# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Dialogue text to the words that are said and the pauses between them.

    normalise('Dr. Lee paid $3.50 at 3:30 pm.')
    -> doctor lee paid three dollars and fifty cents at three thirty p m

Every word knows the span of the original text it came from. `TextFeeder` does the same for text
that arrives in pieces; its tokens do not depend on how the text was cut.

What is not said: tags (SSML, HTML, XML), markdown signs, emoji and their :codes:, emoticons,
and stage directions such as *smiles* or [laughs] (`*emphasis*` is said: only the first words
listed in data/english.yaml make a stage direction). Text in scripts other than Latin gives no
words but a warning, and counts in `NormalisedText.unpronounceable`.
"""

from __future__ import annotations

from collections import deque

from facetalk_ros.speech.pieces import Piece, split_chunk
from facetalk_ros.speech.text_scan import TextScanner
from facetalk_ros.speech.tokens import NormalisedText, PauseMark, Word
from facetalk_ros.speech.word_reading import Context, read_piece

#: Pieces that a reading may look at beyond its own ("$3 million", "20 ° C", "(555) 123-4567").
_LOOK_AHEAD = 2


def speaks(language: str) -> bool:
    """Say whether there are pronunciation rules for a BCP 47 language tag ('' means English)."""
    return language.replace('_', '-').split('-')[0].lower() in ('', 'en', 'eng')


def normalise(text: str, language: str = 'en') -> NormalisedText:
    """Return the words and pauses of `text`; never raises for any text.

    A language other than English gives no words, a warning, and `unpronounceable` 1.
    """
    feeder = TextFeeder(language)
    tokens = feeder.push(text)
    tokens += feeder.flush()
    return NormalisedText(tuple(tokens), tuple(feeder.warnings), feeder.unpronounceable)


class TextFeeder:
    """Normalises text that arrives in pieces.

    `push` returns the tokens that no later text can change; a last word without a space behind it
    waits for more text or for `flush`. Spans count from the first character ever pushed.
    """

    def __init__(self, language: str = 'en') -> None:
        self._speaks = speaks(language)
        self._language = language
        self._scanner = TextScanner()
        self._queue: deque[Piece | PauseMark] = deque()
        self._context = Context()
        self._words = 0
        self._last_span = (0, 0)

    @property
    def warnings(self) -> list[str]:
        """What was not spoken so far, at most 50 entries."""
        if not self._speaks:
            return [f'no pronunciation rules for language {self._language!r}']
        return list(self._scanner.warnings)

    @property
    def unpronounceable(self) -> float:
        """The share (0 to 1) of letters so far that no word stands for; 1 without any word."""
        if not self._speaks or not self._words:
            return 1.0
        return self._scanner.foreign_letters / max(1, self._scanner.letters)

    def push(self, text: str) -> list[Word | PauseMark]:
        """Take more text; return the tokens that are now certain."""
        return self._push(text, final=False)

    def flush(self) -> list[Word | PauseMark]:
        """End the text; return the remaining tokens."""
        return self._push('', final=True)

    def _push(self, text: str, final: bool) -> list[Word | PauseMark]:
        if not self._speaks:
            return []
        for part in self._scanner.push(text, final):
            if isinstance(part, PauseMark):
                self._queue.append(part)
            else:
                self._queue.extend(split_chunk(part))
        tokens: list[Word | PauseMark] = []
        while self._queue:
            item = self._queue[0]
            if isinstance(item, PauseMark):
                self._queue.popleft()
                tokens.append(item)
                self._context = Context(pause=item.kind)
                continue
            if not final and len(self._queue) <= _LOOK_AHEAD and item.looks_ahead:
                break
            self._queue.popleft()
            following = [self._queue[i] for i in range(min(_LOOK_AHEAD, len(self._queue)))]
            words, taken, self._context = read_piece(item, self._context, following)
            for _ in range(taken):
                self._queue.popleft()
            tokens += words
        tokens = [self._in_order(token) for token in tokens]
        self._words += sum(isinstance(t, Word) for t in tokens)
        return tokens

    def _in_order(self, token: Word | PauseMark) -> Word | PauseMark:
        """Keep spans from overlapping where one original character became letters of two words."""
        start, end = token.start, token.end
        if (start, end) != self._last_span and start < self._last_span[1]:
            start = self._last_span[1]
            if end <= start:
                start, end = self._last_span
            token = token._replace(start=start, end=end)
        self._last_span = (start, end)
        return token
