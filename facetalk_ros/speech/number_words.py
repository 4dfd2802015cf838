# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Numbers in English words.

Written here because `inflect`, the usual package, takes 1.4 s to import (measured on 7.6.0, which
instruments its own functions at import): a stall in the middle of speech, or half of the start-up
time allowed. The tests compare the two.
"""

from __future__ import annotations

_ONES = (
    'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten',
    'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen',
    'nineteen',
)  # fmt: skip
_TENS = (
    '', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety',
)  # fmt: skip
_GROUPS = ('', 'thousand', 'million', 'billion', 'trillion')
_ORDINALS = {
    'one': 'first', 'two': 'second', 'three': 'third', 'five': 'fifth', 'eight': 'eighth',
    'nine': 'ninth', 'twelve': 'twelfth',
}  # fmt: skip

#: A longer string of digits is read digit by digit.
MAX_CARDINAL_DIGITS = 3 * len(_GROUPS)


def cardinal(value: int) -> list[str]:
    """Return the words of a number of at most MAX_CARDINAL_DIGITS digits.

    Raises ValueError for a larger one.
    """
    if abs(value) >= 10**MAX_CARDINAL_DIGITS:
        raise ValueError(f'no words for a number as large as {value}')
    if value < 0:
        return ['minus', *cardinal(-value)]
    if value == 0:
        return ['zero']
    words: list[str] = []
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = value // 1000**power % 1000
        if group:
            words += _below_thousand(group)
            if power:
                words.append(_GROUPS[power])
    return words


def ordinal(value: int) -> list[str]:
    """Return the words of an ordinal number: 21 -> twenty first. Errors as for `cardinal`."""
    *head, last = cardinal(value)
    if last in _ORDINALS:
        return [*head, _ORDINALS[last]]
    return [*head, (last[:-1] + 'ie' if last.endswith('y') else last) + 'th']


def digits(text: str) -> list[str]:
    """Return one word per digit; other characters are passed over."""
    return [_ONES[int(c)] for c in text if c.isdecimal()]


def whole(text: str) -> list[str]:
    """Return the words of a string of digits, commas allowed: a number, or its digits.

    Leading zeros and numbers beyond ten digits are read digit by digit, as people read codes.
    """
    plain = text.replace(',', '')
    if (len(plain) > 1 and plain[0] == '0') or len(plain) > MAX_CARDINAL_DIGITS:
        return digits(plain)
    if len(plain) > 10 and ',' not in text:
        return digits(plain)
    return cardinal(int(plain))


def decimal(text: str) -> list[str]:
    """Return the words of an unsigned decimal such as 1,234.05, .5 or 7."""
    integer, _, fraction = text.partition('.')
    words = whole(integer) if integer else []
    return [*words, 'point', *digits(fraction)] if fraction else words or ['zero']


def year(value: int) -> list[str]:
    """Return a year as it is said: 1984 nineteen eighty four, 2005 two thousand five."""
    century, rest = divmod(value, 100)
    if not 11 <= century <= 99 or (rest < 10 and century % 10 == 0):
        return cardinal(value)
    if rest == 0:
        return [*cardinal(century), 'hundred']
    return [*cardinal(century), *(['oh'] if rest < 10 else []), *cardinal(rest)]


def plural(words: list[str]) -> list[str]:
    """Return number words with the last in the plural: ninety -> nineties, third -> thirds."""
    last = words[-1]
    if last.endswith('y'):
        last = last[:-1] + 'ies'
    else:
        last += 'es' if last.endswith('x') else 's'
    return [*words[:-1], last]


def fraction(numerator: int, denominator: int) -> list[str]:
    """Return a fraction: 1/2 one half, 3/4 three quarters, 2/3 two thirds, 7/0 seven over zero."""
    head = cardinal(numerator)
    if denominator < 2 or (denominator > 20 and denominator not in (100, 1000)):
        return [*head, 'over', *cardinal(denominator)]
    name = {2: ['half'], 4: ['quarter'], 100: ['hundredth'], 1000: ['thousandth']}.get(
        denominator
    ) or ordinal(denominator)
    if numerator == 1:
        return [*head, *name]
    return [*head, *(['halves'] if name == ['half'] else plural(name))]


def _below_thousand(value: int) -> list[str]:
    words = [_ONES[value // 100], 'hundred'] if value >= 100 else []
    rest = value % 100
    if rest >= 20:
        words.append(_TENS[rest // 10])
        rest %= 10
    return [*words, _ONES[rest]] if rest else words
