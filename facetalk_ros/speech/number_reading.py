# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""How written numbers are read: money, times, dates, units, ranges, phone numbers and the rest.

A reading is a phrase: words with spaces between, names of letters in braces ('three {p m}').
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from facetalk_ros.speech import number_words as say
from facetalk_ros.speech.text_data import text_data

MONTHS = (
    'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september',
    'october', 'november', 'december',
)  # fmt: skip

_NUM = r'(\d{1,3}(?:,\d{3})+|\d+)'
_DEC = r'(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\.\d+|\d+)'
_SIGNS = {'-': 'minus', '+': 'plus', '±': 'plus or minus', '~': 'about', '': ''}
_DASH = re.compile(r'(?<=[^-–])([-–])(?=[^-–])')
_AM_PM = re.compile(r'([ap])\.?m\.?', re.IGNORECASE)
#: Units that, apart from the number, are more likely to be another word.
_NOT_ALONE = frozenset({'in', 'A', 'x', 'N', 'J', 'L', 'h', '%'})


class Reading(NamedTuple):
    """A phrase, and how many of the following pieces it has taken in."""

    phrase: str
    taken: int = 0


def read_number(text: str, before: str, after: tuple[str, str]) -> Reading | None:
    """Return how `text` is read, or None when it is not a number on its own.

    `before` and `after` are the neighbouring pieces without a pause between, '' for none.
    """
    for pattern, reader in _READERS:
        if match := pattern.fullmatch(text):
            reading = reader(match, before, after)
            if reading is not None:
                return reading
    first, dash, second = _DASH.split(text, maxsplit=1) if _DASH.search(text) else (text, '', '')
    if dash:
        # any two numbers: "10am-5pm", "$20-$30"
        left, right = read_number(first, '', ('', '')), read_number(second, '', after)
        if left and right:
            return Reading(f'{left.phrase} to {right.phrase}', right.taken)
    return None


def _phrase(*parts: str | list[str]) -> str:
    return ' '.join(p if isinstance(p, str) else ' '.join(p) for p in parts if p)


def _money(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    groups = match.groupdict()
    one, many, cent, cents = text_data().currencies[groups['sign']]
    amount, magnitude = groups['amount'], text_data().magnitudes.get(groups['magnitude'] or '', '')
    taken = 0
    if not magnitude and after[0].lower() in text_data().magnitude_words:
        magnitude, taken = after[0].lower(), 1
    minus = 'minus' if groups['minus'] else ''
    if magnitude:
        return Reading(_phrase(minus, say.decimal(amount), magnitude, many), taken)
    whole, _, part = amount.partition('.')
    if part and len(part) != 2:
        return Reading(_phrase(minus, say.decimal(amount), many))
    words = [minus]
    if not part or int(part) == 0 or whole.strip('0'):
        words += [*say.whole(whole or '0'), one if whole == '1' else many]
    if part and int(part):
        words += ['and'] if len(words) > 1 else []
        words += [*say.cardinal(int(part)), cent if int(part) == 1 else cents]
    return Reading(_phrase(words[0], words[1:]))


def _time(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    hour, minute = int(match[1]), int(match[2])
    half, taken = match[4] or '', 0
    if not half and (following := _AM_PM.fullmatch(after[0])):
        half, taken = following[1], 1
    if hour > 24 or minute > 59:
        return None
    words = say.cardinal(hour)
    if minute:
        words += (['oh'] if minute < 10 else []) + say.cardinal(minute)
    elif match[3] is None and not half:
        words += ["o'clock"] if 1 <= hour <= 12 else ['hundred']
    if match[3] is not None:
        words += ['and', *say.cardinal(int(match[3])), 'seconds']
    return Reading(_phrase(words, f'{{{half.lower()} m}}' if half else ''), taken)


def _hour(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(_phrase(say.whole(match[1]), f'{{{match[2].lower()} m}}'))


def _date(year: str, month: str, day: str) -> Reading | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    full = int(year) + (2000 if int(year) < 50 else 1900) if len(year) == 2 else int(year)
    return Reading(_phrase(MONTHS[int(month) - 1], say.ordinal(int(day)), say.year(full)))


def _slash_date(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    # American order where it is possible
    return _date(match[3], match[1], match[2]) or _date(match[3], match[2], match[1])


def _ratio(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(_phrase(say.whole(match[1]), 'to', say.whole(match[2])))


def _models(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(_phrase(say.plural(say.whole(match[1]))))


def _fraction(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    if len(match[1]) > 6 or len(match[2]) > 6:
        return None
    words = say.fraction(int(match[1]), int(match[2]))
    if before.isdecimal():
        words = ['and', *(['a', *words[1:]] if words[0] == 'one' else words)]
    return Reading(_phrase(words))


def _ordinal(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    plain = match[1].replace(',', '')
    return Reading(_phrase(say.ordinal(int(plain)))) if len(plain) <= 12 else None


def _decade(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    value = int(match[1])
    return Reading(_phrase(say.plural(say.year(value) if value > 99 else say.cardinal(value))))


def _phone(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(_phrase('plus' if match[0][0] == '+' else '', say.digits(match[0])))


def _area_code(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    if not re.fullmatch(r'\d{3}[-.]?\d{4}', after[0]):
        return None
    return Reading(_phrase(say.digits(match[0] + after[0])), 1)


def _range(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    def side(text: str) -> list[str]:
        is_year = years and len(text) == 4
        return say.year(int(text)) if is_year else say.decimal(text)

    years = re.fullmatch('1[1-9]..|20..', match[1]) and not match[3]
    unit, taken = _unit(match[3], '', after, False)
    if match[3] and not unit:
        return None
    return Reading(_phrase(side(match[1]), 'to', side(match[2]), unit), taken)


def _groups(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    """Versions and addresses: 1.2.3, 192.168.0.1."""
    parts = match[0].split('.')
    joint = ' dot ' if len(parts) > 3 else ' point '
    return Reading(joint.join(_phrase(say.whole(p)) for p in parts))


def _product(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(' by '.join(_phrase(say.decimal(p)) for p in re.split('[x×]', match[0])))


def _counted(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    """Read a number alone or with a unit, in this piece or the next; a year; a day."""
    sign, number, suffix = _SIGNS[match[1]], match[2], match[3]
    unit, taken = _unit(suffix, number, after, bool(before))
    if suffix and not unit:
        return None
    if not sign and not unit and number.isdecimal():
        if half := _AM_PM.fullmatch(after[0]):
            return Reading(_phrase(say.whole(number), f'{{{half[1].lower()} m}}'), 1)
        near_month = before.lower() in MONTHS or after[0].lower() in MONTHS
        if near_month and number[0] != '0' and int(number[:3]) <= 31 and len(number) <= 2:
            return Reading(_phrase(say.ordinal(int(number))))
        if re.fullmatch('1[1-9]..|20..', number):
            return Reading(_phrase(say.year(int(number))))
    return Reading(_phrase(sign, say.decimal(number), unit), taken)


def _unit(suffix: str, number: str, after: tuple[str, str], bare: bool) -> tuple[str, int]:
    """Return the words of a unit and the pieces it takes; '' when there is none."""
    units = text_data().units
    taken = 0
    if not suffix:
        candidate = after[0].removesuffix('.')
        if candidate == '°' and after[1] and '°' + after[1] in units:
            suffix, taken = '°' + after[1], 2
        elif candidate in units and candidate not in _NOT_ALONE:
            suffix, taken = candidate, 1
    if suffix not in units:
        return '', 0
    return units[suffix][0 if number == '1' else 1], taken


def _numbered(match: re.Match[str], before: str, after: tuple[str, str]) -> Reading | None:
    return Reading(_phrase('number', say.whole(match[1])))


_Reader = Callable[[re.Match[str], str, tuple[str, str]], 'Reading | None']
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (
            r'(?P<minus>-?)(?P<sign>[$£€¥₹])'
            rf'(?P<amount>{_DEC[1:-1]})(?P<magnitude>k|K|m|M|mn|bn|B|b|T|tn)?\+?',
            _money,
        ),
        (
            rf'(?P<minus>-?)(?P<amount>{_DEC[1:-1]})(?P<magnitude>k|K|m|M|mn|bn|B|b|T|tn)?'
            r'(?P<sign>[$£€¥₹])',
            _money,
        ),
        (r'(\d{1,2}):(\d\d)(?::(\d\d))?(?:([aApP])\.?[mM]\.?)?', _time),
        (r'(\d{1,2})([aApP])\.?[mM]\.?', _hour),
        (r'(\d{4})-(\d\d)-(\d\d)', lambda m, b, a: _date(m[1], m[2], m[3])),
        (r'(\d{1,2})[/-](\d{1,2})[/-](\d\d|\d{4})', _slash_date),
        (r'(\d{1,2})\.(\d{1,2})\.(\d{4})', lambda m, b, a: _date(m[3], m[2], m[1])),
        (r'(\d+)/(\d+)', _fraction),
        (_NUM + r'(?:st|nd|rd|th|ST|ND|RD|TH)', _ordinal),
        (r"'?((?:1[1-9]|20)?\d0)'?s", _decade),
        (r"(\d{3,15})'?s", _models),
        (r'(\d+):(\d+)', _ratio),
        (r'\+?(?:\d{1,3}[-.])?\(?\d{3}\)?[-.]\d{3}[-.]\d{4}|\d{3}-\d{4}|\+\d{7,15}', _phone),
        (r'\(?\d{3}\)?', _area_code),
        (_DEC + '[-–]' + _DEC + r'([A-Za-z°µ%/²³]*)', _range),
        (r'\d+(?:-\d+){2,}', _phone),
        (r'\d+(?:\.\d+){2,}', _groups),
        (_DEC + '(?:[x×]' + _DEC + ')+', _product),
        (r'#(\d+)', _numbered),
        (r'([-+±~]?)' + _DEC + r'([A-Za-z°µ%/²³]*)', _counted),
    )
)
