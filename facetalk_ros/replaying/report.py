# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a comparison found, and how it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Difference:
    """Something that is not as in the golden bag.

    Attributes:
        subject: what differs: a shape, a joint, frames, phones, is_speaking.
        text: how, when and for how long, in one line.
        severity: to sort by; 1 is the tolerance.

    """

    subject: str
    text: str
    severity: float


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: for example ``shapes: mouth``.
        compared: how much was: ``271 frames``; what is missing, when it was skipped.
        differences: none when it is the same.
        skipped: whether there was nothing to compare.

    """

    name: str
    compared: str
    differences: Sequence[Difference] = ()
    skipped: bool = False


@dataclass(frozen=True)
class Comparison:
    """What came out against what was expected."""

    expected: Path
    actual: Path
    checks: Sequence[Check]

    @property
    def same(self) -> bool:
        """Whether nothing differs by more than is tolerated."""
        return not any(check.differences for check in self.checks)

    @property
    def differences(self) -> list[Difference]:
        """All differences, the worst first."""
        found = [difference for check in self.checks for difference in check.differences]
        return sorted(found, key=lambda difference: -difference.severity)

    def lines(self, limit: int = 20) -> list[str]:
        """Return what there is to say: a summary, then at most ``limit`` differences."""
        done = [check for check in self.checks if not check.skipped]
        if self.same:
            compared = ', '.join(dict.fromkeys(check.compared for check in done))
            return [f'same as {self.expected}: {compared}']
        found = self.differences
        failed = [check for check in done if check.differences]
        width = max(len(difference.subject) for difference in found[:limit] or found)
        lines = [
            f'different from {self.expected}: {len(found)} '
            f'{"difference" if len(found) == 1 else "differences"} in {len(failed)} of '
            f'{len(done)} checks'
        ]
        lines += [f'  {d.subject:{width}}  {d.text}' for d in found[:limit]]
        if len(found) > limit:
            lines.append(f'  and {len(found) - limit} more')
        return lines
