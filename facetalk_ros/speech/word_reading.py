# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How one piece of text is read: abbreviations, acronyms, names of files, plain words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from facetalk_ros.speech import number_words as say
from facetalk_ros.speech.dictionary import dictionary
from facetalk_ros.speech.number_reading import Reading, read_number
from facetalk_ros.speech.pieces import INITIALISM, URL, Piece
from facetalk_ros.speech.text_data import text_data
from facetalk_ros.speech.tokens import Pause, PauseMark, Word

_PART = re.compile(
    r"'?[A-Za-z]+(?:'[A-Za-z]+)*(?:(?<=in)'(?![A-Za-z]))?|\d+(?:st|nd|rd|th)(?![A-Za-z])|\d+0s(?![A-Za-z])|\d{1,3}(?:,\d{3})+|\d+|[^A-Za-z0-9]"
)
_HUMP = re.compile(r"[A-Z]+(?![a-z])(?:'?s\b)?|[A-Z]?[a-z']+")
_ROMAN = re.compile(r'(X{0,3})(IX|IV|V?I{0,3})')
#: In small letters only those that cannot be anything else.
_SMALL_ROMAN = re.compile(r'(x{0,3})(v?ii|v?iii)')
_DIGITS_AROUND = re.compile(r'\d.\d')
_BETWEEN_DIGITS = {'.': 'point', '*': 'times', '/': 'over'}
_LETTERS = frozenset(string.ascii_letters)
_VOWELS = frozenset('aeiouy')
#: Longer capitals without a dictionary entry are read as a word.
_SPELLED_LENGTH = 3


@dataclass(frozen=True)
class Context:
    """What stood before a piece: its text ('' after a pause), and the pause."""

    previous: str = ''
    pause: Pause = Pause.PARAGRAPH


def read_piece(
    piece: Piece, context: Context, following: Sequence[Piece | PauseMark]
) -> tuple[list[Word | PauseMark], int, Context]:
    """Return the tokens of `piece`, how many of the following it took in, and the new context."""
    after = _texts(following)
    reading = _special(piece.text, context, after)
    if reading is not None:
        last = following[reading.taken - 1] if reading.taken else piece
        end = last.span()[1] if isinstance(last, Piece) else last.end
        start = piece.span()[0]
        tokens: list[Word | PauseMark] = [*_words(reading.phrase, start, end)]
        heard = last.text if isinstance(last, Piece) else piece.text
        if heard[-1] == '.' and _ends_sentence(heard, following[reading.taken :]):
            tokens.append(PauseMark(Pause.PERIOD, end - 1, end))
            return tokens, reading.taken, Context(pause=Pause.PERIOD)
        return tokens, reading.taken, Context(_said(heard), Pause.NONE)
    return list(_parts(piece, context, after)), 0, Context(piece.text, Pause.NONE)


def _said(text: str) -> str:
    """Return how a piece counts as a neighbour: Nov. and Nov as the month."""
    data = text_data()
    lower = text.lower()
    return data.abbreviations.get(lower) or data.before_number.get(lower) or text


def _texts(following: Sequence[Piece | PauseMark]) -> tuple[str, str]:
    texts = []
    for item in following:
        if isinstance(item, PauseMark):
            break
        texts.append(item.text)
    return (*texts, '', '')[0], (*texts, '', '')[1]


def _words(phrase: str, start: int, end: int) -> list[Word]:
    """Turn a phrase (names of letters in braces) into words of one span."""
    words: list[Word] = []
    spelled = False
    for part in phrase.split():
        spelled = spelled or part.startswith('{')
        words.append(Word(part.strip('{}'), start, end, spelled))
        spelled = spelled and not part.endswith('}')
    return words


def _ends_sentence(text: str, following: Sequence[Piece | PauseMark]) -> bool:
    """Return whether the full stop of an abbreviation also ends the sentence."""
    if not following:
        return True
    if text.lower() in text_data().before_number and text.lower() not in text_data().abbreviations:
        # "No." is an abbreviation in front of a number alone
        return isinstance(following[0], PauseMark) or not following[0].text[0].isdecimal()
    if isinstance(following[0], PauseMark):
        return following[0].kind is Pause.PARAGRAPH
    return text.lower() not in text_data().titles and following[0].text[0].isupper()


def _special(text: str, context: Context, after: tuple[str, str]) -> Reading | None:
    """Return the reading of a piece that is more than letters and signs in a row."""
    data = text_data()
    lower = text.lower()
    stem, possessive = (text[:-2], "'s") if lower.endswith("'s") else (text, '')
    if stem in data.exceptions:
        return Reading(_with_suffix(data.exceptions[stem], possessive))
    if '/' in text and text in data.units:
        return Reading(data.units[text][1])
    if text in data.symbols:
        return Reading(data.symbols[text])
    if lower in data.before_number:
        if after[0][:1].isdecimal():
            return Reading(data.before_number[lower])
        if lower not in data.abbreviations and lower.endswith('.'):
            return Reading(lower[:-1])
    if lower in data.abbreviations:
        return Reading(data.abbreviations[lower])
    if lower in ('st.', 'st'):
        before_name = after[0][:1].isupper() and not context.previous[:1].isupper()
        return Reading('saint' if before_name or (text == 'St' and after[0]) else 'street')
    if INITIALISM.fullmatch(text):
        letters = [
            c for c in lower.split("'")[0].rstrip('s' if "'" not in lower else '') if c != '.'
        ]
        if lower.endswith('s') and lower[-2] in ".'":
            letters[-1] += "'s"
        return Reading('{' + ' '.join(letters) + '}')
    if any(c.isdecimal() for c in text):
        return read_number(text, context.previous, after)
    if len(text) > 1 and (match := _ROMAN.fullmatch(text) or _SMALL_ROMAN.fullmatch(text)):
        return _roman(match, context.previous.lower(), lower)
    return None


def _with_suffix(phrase: str, suffix: str) -> str:
    if phrase.endswith('}'):
        return phrase[:-1] + suffix + '}'
    return phrase + suffix


def _roman(match: re.Match[str], previous: str, lower: str) -> Reading | None:
    """Read a Roman numeral after a word that asks for one, or where it can be nothing else."""
    units = ('', 'i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix').index(match[2].lower())
    value = 10 * len(match[1]) + units
    if previous in text_data().roman_ordinal:
        return Reading(' '.join(['the', *say.ordinal(value)]))
    if previous in text_data().roman_cardinal or lower.endswith('ii'):
        return Reading(' '.join(say.cardinal(value)))
    return None


def _parts(piece: Piece, context: Context, after: tuple[str, str]) -> Iterable[Word]:
    """Read a piece part by part: words, digits, and the signs that are said between them."""
    text = piece.text
    address = URL.fullmatch(text) is not None
    skipped = len(text) - len(re.sub(r'^[A-Za-z]{2,6}://(www\.)?', '', text)) if address else 0
    path = address or text.count('/') > 1
    shouted = _shouted(context.previous) or _shouted(after[0])
    for match in _PART.finditer(text, skipped):
        part, start, end = match.group(), *piece.span(match.start(), match.end())
        inner = match.start() > 0 and match.end() < len(text)
        if part[0].isdecimal():
            yield from (Word(w, start, end) for w in _number_part(part))
        elif part[-1] in _LETTERS or len(part) > 1:
            if len(text) == 1 and _is_letter_name(part, context, after):
                yield Word(part.lower(), start, end, True)
            elif _is_code(text, match):
                yield from _spell(piece, match.start(), part, False)
            else:
                yield from _letters(piece, match.start(), part, shouted)
        elif part in _BETWEEN_DIGITS and _DIGITS_AROUND.match(text, match.start() - 1):
            yield Word(_BETWEEN_DIGITS[part], start, end)
        elif part == '.':
            if inner:
                yield Word('dot', start, end)
        elif part == '/':
            if path and inner:
                yield Word('slash', start, end)
        elif part in '&+=@%' or (part in text_data().symbols and part not in '#<>'):
            yield from (Word(w, start, end) for w in text_data().symbols[part].split())


def _is_code(text: str, match: re.Match[str]) -> bool:
    """Return whether a part is read letter by letter: AT&T, BA2490, 4A, A-level."""
    part = match.group()
    if len(part) == 1:
        return part in 'aA' and len(text) > 1
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    short_capitals = part.isupper() and len(part) < _SPELLED_LENGTH
    return short_capitals and any(c == '&' or c.isdecimal() for c in around)


def _number_part(part: str) -> list[str]:
    """Read digits between letters ("R2D2", "mp3", "21st-century"); many are read one by one."""
    if not part[-1].isdecimal() and (reading := read_number(part, '', ('', ''))):
        return reading.phrase.split()
    return say.digits(part) if len(part) > 4 and ',' not in part else say.whole(part)


def _shouted(text: str) -> bool:
    return len(text) > 1 and text.isupper() and text.isalpha()


def _is_letter_name(part: str, context: Context, after: tuple[str, str]) -> bool:
    """Return whether a single letter is said by its name; "a" and "I" are mostly words."""
    if part not in 'aAI':
        return True
    beside = [t for t in (context.previous, after[0]) if len(t) == 1 and t.isalpha()]
    if any(t not in 'aAI' for t in beside):
        return True
    # "plan A": a capital in the middle of a sentence in ordinary case
    return part == 'A' and bool(context.previous) and not context.previous.isupper()


def _letters(piece: Piece, offset: int, part: str, shouted: bool) -> Iterable[Word]:
    """Read a run of letters: a word, words written together, or letters to spell."""
    words = dictionary()
    lower = part.lower()
    start, end = piece.span(offset, offset + len(part))
    if part in text_data().exceptions:
        yield from _words(text_data().exceptions[part], start, end)
        return
    capitals = part.removesuffix("'s").removesuffix("'S")
    if len(capitals) > 1 and capitals[-1] == 's' and capitals[:-1].isupper() and len(capitals) > 2:
        capitals = capitals[:-1]
    if capitals.isupper():
        if _spells(capitals, shouted):
            yield from _spell(piece, offset, capitals, len(capitals) < len(part))
        else:
            yield Word(lower, start, end)
        return
    if part[1:] == lower[1:] or lower in words:
        if part == lower and _spells_small(lower):
            yield from _spell(piece, offset, part, False)
        else:
            yield Word(lower, start, end)
        return
    if part.startswith(('Mc', 'Mac')):
        yield Word(lower, start, end)
        return
    humps = [h for h in _HUMP.finditer(part) if h.group().strip("'")]
    if len(humps) == 1:
        yield Word(lower, start, end)
        return
    for hump in humps:
        yield from _letters(piece, offset + hump.start(), hump.group(), False)


def _spells(capitals: str, shouted: bool) -> bool:
    if len(capitals) == 1:
        return capitals not in 'AI'
    lower = capitals.lower()
    if capitals in text_data().spelled_when_alone:
        return not shouted
    if lower in dictionary():
        return False
    return len(capitals) <= _SPELLED_LENGTH or not _VOWELS.intersection(lower)


def _spells_small(lower: str) -> bool:
    """Small letters that no one can read as a word: html, gpu, mp."""
    if len(lower) == 1:
        return lower not in 'ai'
    return len(lower) <= 5 and not _VOWELS.intersection(lower) and lower not in dictionary()


def _spell(piece: Piece, offset: int, letters: str, suffix: bool) -> Iterable[Word]:
    for i, letter in enumerate(letters):
        if letter.isalpha():
            last = suffix and i == len(letters) - 1
            span = piece.span(offset + i, offset + i + 1)
            yield Word(letter.lower() + ("'s" if last else ''), *span, True)
