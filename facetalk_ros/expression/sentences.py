# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Where sentences end, also in text that is still arriving."""

from __future__ import annotations

import re

from ..speech.text_data import text_data
from .words import sign_table

#: A text without full stops is cut here, so that one sentence's work is bounded.
LONGEST_SENTENCE = 400

_END = re.compile(r'[.!?…。！？]+["\'’”»)\]]*|\n\s*\n')
# What follows a sentence and still belongs to it.
_CLOSING_TAG = re.compile(r'\s*</[A-Za-z][^<>]{0,60}>')
_TOKEN = re.compile(r'\s*(\S+)')
_LONGEST_FACE = 4
# A variation selector, a joiner and the skin tones belong to the emoji before them.
_EMOJI_MODIFIERS = '\ufe0e\ufe0f\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff'
_INITIAL = re.compile(r'(?:^|[\s.(])[A-Za-z]\.$')
_ONLY_DOTS = re.compile(r'[.…]+["\'’”»)\]]*')
_LAST_WORD = re.compile(r'(\S+)$')
_PARTIAL_TAG = re.compile(r'<[^<>]{0,200}$')


def first_sentence_end(text: str, final: bool) -> int | None:
    """Return where the first sentence of a text ends.

    Args:
        text: what has not been cut off yet.
        final: no more text follows.

    Returns:
        The end, exclusive, spaces included; None while it cannot be told, or for no text.

    """
    for match in _END.finditer(text, 0, LONGEST_SENTENCE):
        if not _is_end(text, match):
            continue
        end = _with_signs(text, match.end(), final)
        if end is None:
            return None
        # a sentence has something in it; what stands before the first word joins the next
        if any(c.isalnum() for c in text[: match.start()]):
            return end
    if len(text) > LONGEST_SENTENCE:
        space = text.rfind(' ', 1, LONGEST_SENTENCE)
        return space + 1 if space > 0 else LONGEST_SENTENCE
    return len(text) if final and text else None


def _is_end(text: str, match: re.Match[str]) -> bool:
    mark, end = match.group(), match.end()
    if mark.isspace():
        return True
    follows = text[end : end + 1]
    if follows and not follows.isspace() and follows not in '<' and follows not in sign_table():
        return ord(mark[0]) > 0x2FFF  # ideographic marks need no space
    rest = text[end:].lstrip()
    if _ONLY_DOTS.fullmatch(mark):
        if len(mark.rstrip('"\'’”»)]')) > 1 or mark[0] == '…':
            return not rest[:1].islower()
        if _INITIAL.search(text[: match.start() + 1]):
            return False
        word = _LAST_WORD.search(text[: match.start() + 1])
        return word is None or word.group().lower().lstrip('("\'') not in text_data().abbreviations
    # "Stop!" he said
    return not (mark[-1] in '"\'’”»' and rest[:1].islower())


def _with_signs(text: str, end: int, final: bool) -> int | None:
    """Take in the closing tags, emoji and faces behind; None when they may be still to come."""
    signs = sign_table()
    while True:
        tag = _CLOSING_TAG.match(text, end)
        if tag:
            end = tag.end()
            continue
        token = _TOKEN.match(text, end)
        if token is None:
            return len(text) if final else None
        word = token[1]
        if word[0] in _EMOJI_MODIFIERS or (word[0] in signs and not word[0].isascii()):
            end = token.start(1) + 1
        elif word in signs and not word.isalpha() and (final or token.end() < len(text)):
            end = token.end()
        elif final or not _may_grow(text, token):
            return token.start(1)
        else:
            return None


def _may_grow(text: str, token: re.Match[str]) -> bool:
    """Whether the text ends in what may become a tag or a face."""
    if token[1][0] == '<' and _PARTIAL_TAG.search(text, token.start(1)):
        return True
    at_end = token.end() == len(text)
    return at_end and len(token[1]) <= _LONGEST_FACE and not token[1][0].isalnum()
