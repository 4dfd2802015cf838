# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Compares key motions: which phones, and when."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from ..motion.keys import KeyKind, KeyMotion
from ..recording import Recording
from .report import Check, Difference

_ROUNDING_S = 1e-6
# A phone that is another one is told before any shape: shapes follow from it.
_PHONE_SEVERITY = 1e4


def compare_keys(expected: Recording, actual: Recording, within_s: float) -> Check:
    """Compare the sequence of phones, and the times of those that are in both."""
    name = 'key motions'
    old, new = (_targets(r, expected) for r in (expected, actual))
    if not old and not new:
        return Check(name, 'no key motions in either', skipped=True)
    if not old:
        return Check(name, 'no key motions in the golden recording', skipped=True)
    found = []
    phones = [k.phone for k in old], [k.phone for k in new]
    same = SequenceMatcher(None, *phones, autojunk=False)
    for change, i, i_end, j, j_end in same.get_opcodes():
        if change == 'equal':
            found += _late(old[i:i_end], new[j:j_end], within_s)
            continue
        is_now = ' '.join(phones[1][j:j_end]) or 'nothing'
        was = ' '.join(phones[0][i:i_end]) or 'nothing'
        at_s = old[i].time_s if i < i_end else new[j].time_s
        text = f'{is_now} instead of {was} at {at_s:.3f} s'
        found.append(Difference('phones', text, _PHONE_SEVERITY + max(i_end - i, j_end - j)))
    return Check(name, f'{len(old)} key motions', found)


def _targets(recording: Recording, golden: Recording) -> list[KeyMotion]:
    """Return the keys that stand for phones, within the frames of the golden recording."""
    first_s, last_s = golden.frame_times_s[[0, -1]]
    return [
        key for key in recording.keys
        if key.kind != KeyKind.BOUNDARY and first_s <= key.time_s <= last_s
    ]  # fmt: skip


def _late(old: Sequence[KeyMotion], new: Sequence[KeyMotion], within_s: float) -> list[Difference]:
    off = [(n.time_s - o.time_s, o) for o, n in zip(old, new, strict=True)]
    late = [(by_s, key) for by_s, key in off if abs(by_s) > within_s + _ROUNDING_S]
    if not late:
        return []
    by_s, key = max(late, key=lambda item: abs(item[0]))
    others = f' and {len(late) - 1} others in a row with it' if len(late) > 1 else ''
    text = f'{key.phone} at {key.time_s + by_s:.3f} s instead of {key.time_s:.3f} s{others}'
    return [Difference('phones', text, abs(by_s) / max(within_s, 1e-3))]
