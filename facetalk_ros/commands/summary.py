# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What the verbs tell about a face that was made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluation.closure import ClosureCounts, count_closures
from ..motion.keys import KeyKind, KeyMotion
from ..stream import Frame


def text_share(keys: Sequence[KeyMotion]) -> float:
    """Return the share of the spoken phones that text told; NaN without any phone."""
    spoken = [k for k in keys if k.kind == KeyKind.TARGET]
    return sum(k.from_text for k in spoken) / len(spoken) if spoken else float('nan')


def closures(
    frames: Sequence[Frame], keys: Sequence[KeyMotion], duration_s: float
) -> ClosureCounts:
    """Count lip closures at the phones that the engine itself decided on."""
    starts = [(k.phone, k.time_s) for k in keys if k.kind == KeyKind.BOUNDARY]
    ends = [*(start_s for _, start_s in starts[1:]), duration_s]
    phones = [(p, s, max(s, e)) for (p, s), e in zip(starts, ends, strict=False)]
    times_s = np.array([f.time_s for f in frames])
    return count_closures(times_s, np.array([f.weights for f in frames], np.float32), phones)


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values in two columns."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f'{name:<{width}}  {value}')
