# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""One character of any script to the ASCII text it is read as."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: What a character is to the scanner when it is not text.
DROP, SEPARATE, FOREIGN, SPACE = '', '\0', '\1', '\2'

_FOLDS = {
    **dict.fromkeys('‘’‛ʼʻ′´＇`', "'"),
    **dict.fromkeys('“”„‟«»″', '"'),
    **dict.fromkeys('‐‑−﹣－', '-'),
    **dict.fromkeys('‒–', '–'),
    **dict.fromkeys('—―⸺⸻', '—'),
    **dict.fromkeys('。｡', '.'),
    **dict.fromkeys('，、､', ','),
    '¿': DROP, '¡': DROP, '…': '...', '⁄': '/', '∕': '/', '™': DROP, '®': DROP, '©': DROP,
    'ß': 'ss', 'ẞ': 'SS', 'æ': 'ae', 'Æ': 'Ae', 'œ': 'oe', 'Œ': 'Oe', 'ø': 'o', 'Ø': 'O',
    'ł': 'l', 'Ł': 'L', 'đ': 'd', 'Đ': 'D', 'ð': 'th', 'Ð': 'Th', 'þ': 'th', 'Þ': 'Th',
    'ı': 'i', 'µ': 'µ', 'μ': 'µ', '²': '²', '³': '³', '°': '°', 'º': '°', '×': '×', '÷': '÷',
    '±': '±', '£': '£', '€': '€', '¥': '¥', '₹': '₹', '•': '•', '№': '#', '→': '—', '←': '—',
}  # fmt: skip


@lru_cache(maxsize=4096)
def fold(char: str) -> str:
    """Return the ASCII text a character is read as, or one of the scanner's marks.

    Accents fall away (NFKD), typographic quotes, dashes and widths become plain ones; a few signs
    that are read aloud (currencies, degrees, powers) stay. Emoji and symbols separate words;
    joiners and variation selectors vanish; letters of other scripts are marked as foreign.
    """
    if '!' <= char <= '~':
        return char
    if char in _FOLDS:
        return _FOLDS[char]
    if char.isspace():
        return SPACE
    category = unicodedata.category(char)
    if category in ('Mn', 'Mc', 'Me', 'Cf'):
        # combining marks, joiners, soft hyphens, direction marks: inside a word, not between words
        return DROP
    plain = ''.join(c for c in unicodedata.normalize('NFKD', char) if not unicodedata.combining(c))
    plain = ''.join(_FOLDS.get(c, c) for c in plain)
    if '/' in plain and category == 'No':
        # a fraction in one character stands apart from the number before it: 5½
        return f' {plain} '
    read = plain.replace('°', '').replace('µ', '')
    if (
        read.isascii()
        and read.isprintable()
        and (read.isalnum() or (read and (category[0] != 'S' or len(read) == 1)))
    ):
        return plain
    if category[0] == 'L' or category == 'Nl':
        return FOREIGN
    if category == 'Nd':
        return str(unicodedata.digit(char))
    return SPACE if plain.isspace() else SEPARATE
