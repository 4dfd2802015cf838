# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Compares when the face says that it speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..bag_input import BagInput, typestore_for
from ..face.names import ARKIT_NAMES
from ..recording import Recording, RecordingError
from .report import Check, Difference

_NS = 1_000_000_000
_BOOL, _NAMES = 'std_msgs/msg/Bool', 'facetalk_ros/msg/BlendshapeNames'
_SEVERITY = 1e3


class Flip(NamedTuple):
    """The face begins or ends to speak with the frame of this presentation time."""

    time_s: float
    speaking: bool


def read_flips(
    path: Path, recording: Recording, namespace: str | None = None
) -> list[Flip] | None:
    """Return the changes of is_speaking in a bag, or None when it has no such topic.

    The message has no stamp. It comes after the frames that were published with it, so the last
    frame before it tells its time.

    Raises:
        RecordingError: the shapes' names in the bag are not ARKit's.

    """
    if not (path.is_dir() or path.suffix.lower() in ('.mcap', '.db3')):
        return None
    found: list[Flip] = []
    with BagInput(path) as bag:
        topics = [
            t for t in bag.topics
            if t.type_name == _NAMES or (t.type_name == _BOOL and t.name.endswith('/is_speaking'))
        ]  # fmt: skip
        if namespace is not None:
            topics = [t for t in topics if t.name.startswith(f'/{namespace.strip("/")}/')]
        for raw in bag.messages(topics):
            message: Any = typestore_for(raw.topic).deserialize_cdr(raw.data, raw.topic.type_name)
            if raw.topic.type_name == _NAMES:
                unknown = [name for name in message.names if name not in ARKIT_NAMES]
                if unknown:
                    raise RecordingError(f'{path}: {unknown[0]!r} is not an ARKit blendshape')
                continue
            time_s = (raw.time_ns - recording.start_ns) / _NS
            shown = recording.frame_times_s[recording.frame_received_s <= time_s]
            if len(shown) and message.data != (found[-1].speaking if found else False):
                found.append(Flip(float(np.max(shown)), bool(message.data)))
        return found if any(t.type_name == _BOOL for t in topics) else None


def compare_speaking(
    expected: Recording, actual: Recording, old: list[Flip] | None, new: list[Flip] | None,
    within_s: float,
) -> Check:  # fmt: skip
    """Compare when speaking begins and ends."""
    name, subject = 'is_speaking', 'is_speaking'
    if old is None and new is None:
        return Check(name, 'it has no stamp, or is in neither', skipped=True)
    if old is None or new is None:
        which = expected.path if old is None else actual.path
        return Check(name, f'no is_speaking in {which}', skipped=True)
    if [f.speaking for f in old] != [f.speaking for f in new]:
        text = f'{_told(new)} instead of {_told(old)}'
        return Check(name, '', [Difference(subject, text, _SEVERITY)])
    differences = [
        Difference(
            subject,
            f'{_told([b])} instead of {a.time_s:.3f} s (tolerance {within_s * 1e3:g} ms)',
            abs(b.time_s - a.time_s) / within_s,
        )
        for a, b in zip(old, new, strict=True)
        if abs(b.time_s - a.time_s) > within_s
    ]
    return Check(name, f'{len(old)} changes of is_speaking', differences)


def _told(flips: list[Flip]) -> str:
    return (
        ', '.join(f'{"begins" if f.speaking else "ends"} at {f.time_s:.3f} s' for f in flips)
        or 'never'
    )
