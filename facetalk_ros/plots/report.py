# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a plot shows, before it is drawn: panels of curves, dots and words on one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..audio.pcm import Pcm
from ..face.names import ARKIT_INDEX
from ..motion.keys import KeyKind
from ..recording import AudioBlock, Recording
from .joints import STILL_RAD, JointLimits, joint_panels
from .model import Dots, Line, Panel, PlotError, Span
from .shapes import Group, difference, main_shapes, named_shapes

Limits = Mapping[str, JointLimits]

#: More than this cannot be told apart in a plot [s].
LONGEST_S = 3600.0

# Rate of the waveform's envelope: finer than any picture, coarse enough for an hour.
_ENVELOPE_HZ = 200
_SILENT = 'SIL'
# Words and phones of two runs that begin this close are the same ones.
_SAME_S = 0.005


@dataclass(frozen=True)
class Report:
    """Everything that is drawn.

    Attributes:
        title: what it is about.
        runs: the names of the one or two recordings.
        from_s, to_s: the part that is shown.
        panels: from top to bottom.
        notes: name and value of what is told in words.
        sound: mono, its first sample at ``from_s``; None without sound.

    """

    title: str
    runs: Sequence[str]
    from_s: float
    to_s: float
    panels: Sequence[Panel]
    notes: Sequence[tuple[str, str]] = ()
    sound: Pcm | None = field(default=None, repr=False)


def make_report(
    recordings: Sequence[Recording], *, shapes: Sequence[str] = (), limits: Limits | None = None,
    from_s: float | None = None, to_s: float | None = None,
    notes: Sequence[tuple[str, str]] = (),
) -> Report:  # fmt: skip
    """Choose what to draw of one recording, or of two for comparison.

    Args:
        recordings: one or two; their times are laid on each other as they are.
        shapes: ARKit names, or names of symmetric pairs; none: those that move most.
        limits: of the joints, by name.
        from_s: where the part to show begins; None: with the first thing there is.
        to_s: where it ends.
        notes: name and value of what else is to be told.

    Raises:
        PlotError: nothing to draw, an empty range, or an unknown shape.
        ValueError: neither one nor two recordings.

    """
    if not 1 <= len(recordings) <= 2:
        raise ValueError(f'{len(recordings)} recordings: one or two can be drawn')
    start_s, end_s = _range(recordings, from_s, to_s)
    groups = (
        named_shapes(shapes, recordings, start_s, end_s)
        if shapes
        else main_shapes(recordings, start_s, end_s)
    )
    panels: list[Panel] = []
    sound, topic = _sound(recordings, start_s, end_s)
    if sound is not None:
        panels.append(_sound_panel(sound, topic, start_s))
    panels += _speech_panels(recordings, start_s, end_s)
    for group in groups:
        panels += _shape_panel(recordings, group, start_s, end_s)
    panels += _head_panel(recordings, start_s, end_s)
    told = [*notes]
    if len(recordings) == 2:
        found = difference(recordings[0], recordings[1], start_s, end_s)
        if found is not None:
            panels.append(found.panel())
            told += found.notes()
    joints, resting = joint_panels(recordings, limits or {}, start_s, end_s)
    panels += joints
    if resting:
        told.append(('joints at rest', ', '.join(resting)))
    if not panels:
        raise PlotError(
            f'{_names(recordings)}: nothing to draw between {start_s:g} and {end_s:g} s: no '
            'frames, key motions, sound or joints'
        )
    return Report(_names(recordings), _run_names(recordings), start_s, end_s, panels, told, sound)


def _names(recordings: Sequence[Recording]) -> str:
    return ' and '.join(r.path.name for r in recordings)


def _run_names(recordings: Sequence[Recording]) -> list[str]:
    names = [r.path.name for r in recordings]
    return names if len(set(names)) == len(names) else [str(r.path) for r in recordings]


def _range(
    recordings: Sequence[Recording], from_s: float | None, to_s: float | None
) -> tuple[float, float]:
    times = [t for r in recordings for t in _ends(r)]
    if not times:
        raise PlotError(
            f'{_names(recordings)}: nothing to draw: no frames, key motions, sound or joints in it'
        )
    start_s = min(times) if from_s is None else from_s
    end_s = max(times) if to_s is None else to_s
    if start_s >= end_s and from_s is None and to_s is None:
        end_s = start_s + 1.0  # a single frame
    if not start_s < end_s:
        raise PlotError(
            f'{_names(recordings)}: nothing between {start_s:g} and {end_s:g} s; it has '
            f'{min(times):.2f} to {max(times):.2f} s'
        )
    if end_s - start_s > LONGEST_S:
        raise PlotError(
            f'{_names(recordings)}: {end_s - start_s:.0f} s are too much for a plot, which shows '
            f'{LONGEST_S:.0f} s at most; choose a part (--from, --to) of {start_s:.2f} to '
            f'{end_s:.2f} s'
        )
    return float(start_s), float(end_s)


def _ends(recording: Recording) -> list[float]:
    """Return the first and last time of everything that can be drawn."""
    times = [*recording.frame_times_s[:1], *recording.frame_times_s[-1:]]
    times += [k.time_s for k in (*recording.keys[:1], *recording.keys[-1:])]
    times += [t for b in recording.audio for t in (b.start_s, b.end_s)]
    for chunks in recording.joint_trajectories.values():
        times += [float(t) for c in chunks for t in (*c.times_s[:1], *c.times_s[-1:])]
    times += [*recording.head.times_s[:1], *recording.head.times_s[-1:]]
    for joint in recording.joint_states.values():
        times += [float(t) for t in (*joint.times_s[:1], *joint.times_s[-1:])]
    return [float(t) for t in times]


def mono(blocks: Sequence[AudioBlock], from_s: float, to_s: float) -> Pcm | None:
    """Return the sound of a range with its holes silent, float32 [n, 1], or None without any."""
    inside = [b for b in blocks if b.start_s < to_s and b.end_s > from_s]
    if not inside:
        return None
    rate_hz = inside[0].pcm.rate_hz
    samples = np.zeros((round((to_s - from_s) * rate_hz), 1), np.float32)
    for block in inside:
        if block.pcm.rate_hz != rate_hz:
            continue  # a sender that changed its rate: only what fits the first is heard
        at = round((block.start_s - from_s) * rate_hz)
        piece = block.pcm.samples.mean(1, keepdims=True)[max(0, -at) :]
        at = max(0, at)
        piece = piece[: len(samples) - at]
        samples[at : at + len(piece)] = piece
    return Pcm(samples, rate_hz)


def _speech_panels(recordings: Sequence[Recording], from_s: float, to_s: float) -> list[Panel]:
    panels: list[Panel] = []
    shown: list[list[Span]] = []
    for run, (recording, run_name) in enumerate(
        zip(recordings, _run_names(recordings), strict=True)
    ):
        for title, unit, spans in (('words', '', _words(recording)),
                                   ('phones', 'ARPAbet', _phones(recording))):  # fmt: skip
            seen = [s for s in spans if s.end_s > from_s and s.start_s < to_s]
            # the two runs of a comparison often agree on what was said
            if any(s.text for s in seen) and not any(_alike(seen, other) for other in shown):
                shown.append(seen)
                panels.append(Panel('spans', title, run_name if run else unit, 0, 1, spans=seen))
    return panels


def _alike(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    return len(spans) == len(others) and all(
        a.text == b.text and abs(a.start_s - b.start_s) < _SAME_S
        for a, b in zip(spans, others, strict=True)
    )


def _sound(recordings: Sequence[Recording], from_s: float, to_s: float) -> tuple[Pcm | None, str]:
    """Return the sound of the first recording that has any, and the name of its topic."""
    for recording in recordings:
        sound = mono(recording.audio, from_s, to_s)
        if sound is not None:
            return sound, recording.audio_topic.lstrip('/')
    return None, ''


def _sound_panel(sound: Pcm, topic: str, from_s: float) -> Panel:
    size = max(1, sound.rate_hz // _ENVELOPE_HZ)
    n = len(sound.samples) // size
    bins = sound.samples[: n * size, 0].reshape(n, size)
    times = from_s + (np.arange(n) + 0.5) * size / sound.rate_hz
    peak = max(0.01, float(np.abs(bins).max(initial=0.0)))
    lines = [
        Line('highest', 0, times, bins.max(1, initial=-1.0)),
        Line('lowest', 0, times, bins.min(1, initial=1.0)),
    ]
    return Panel('sound', f'sound ({topic})', 'full scale', -peak, peak, lines)


def _phones(recording: Recording) -> list[Span]:
    """Return the phones, each from its boundary to the next one; silence has no text."""
    starts = [k for k in recording.keys if k.kind == KeyKind.BOUNDARY]
    ends = [k.time_s for k in starts[1:]]
    if starts:
        ends.append(max(recording.keys[-1].time_s, starts[-1].time_s))
    return [
        Span(k.time_s, end_s, '' if k.phone == _SILENT else k.phone)
        for k, end_s in zip(starts, ends, strict=True)
    ]


def _words(recording: Recording) -> list[Span]:
    """Return the words: runs of phones that tell the same one."""
    starts = [k for k in recording.keys if k.kind == KeyKind.BOUNDARY]
    spans: list[Span] = []
    for key, phone in zip(starts, _phones(recording), strict=True):
        if not key.word:
            continue
        before = spans[-1] if spans else None
        if before is not None and before.text == key.word and before.end_s == phone.start_s:
            spans[-1] = before._replace(end_s=phone.end_s)
        else:
            spans.append(Span(phone.start_s, phone.end_s, key.word))
    return spans


def _shape_panel(
    recordings: Sequence[Recording], group: Group, from_s: float, to_s: float
) -> list[Panel]:
    lines, dots = [], []
    for run, recording in enumerate(recordings):
        for member in group.members:
            column = ARKIT_INDEX[member]
            inside = _inside(recording.frame_times_s, from_s, to_s)
            if inside.any():
                lines.append(Line(group.label(member), run, recording.frame_times_s[inside],
                                  recording.weights[inside, column]))  # fmt: skip
        column = ARKIT_INDEX[group.members[0]]
        keys = [k for k in recording.keys if from_s <= k.time_s <= to_s]
        if any(k.weights[column] for k in keys):  # speech asks nothing of a blink
            dots.append(Dots(run, np.array([k.time_s for k in keys]),
                             np.array([k.weights[column] for k in keys]),
                             [int(k.kind) for k in keys],
                             [k.phone for k in keys]))  # fmt: skip
    if not lines and not dots:
        return []
    values = np.concatenate([*(line.values for line in lines), *(d.values for d in dots)])
    high = max(0.1, float(np.nanmax(values)))
    low = min(0.0, float(np.nanmin(values)))
    room = 0.08 * (high - low)
    return [Panel('curve', group.title, 'weight', low - room, high + room, lines=lines, dots=dots)]


def _head_panel(recordings: Sequence[Recording], from_s: float, to_s: float) -> list[Panel]:
    """Return the head's turns, one panel each, when it moves."""
    panels = []
    for axis, name in enumerate(('roll', 'pitch', 'yaw')):
        lines = []
        for run, recording in enumerate(recordings):
            inside = _inside(recording.head.times_s, from_s, to_s)
            turn = recording.head.roll_pitch_yaw[inside, axis]
            if len(turn):
                lines.append(Line('', run, recording.head.times_s[inside], turn))
        if any(np.ptp(line.values) > STILL_RAD for line in lines):
            values = np.concatenate([line.values for line in lines])
            room = 0.1 * float(np.ptp(values))
            low, high = float(values.min()) - room, float(values.max()) + room
            panels.append(Panel('curve', f'head {name}', 'rad', low, high, lines))
    return panels


def _inside(times_s: npt.NDArray[np.float64], from_s: float, to_s: float) -> npt.NDArray[np.bool_]:
    # one frame beyond each end, so that the curve reaches the edges
    return np.asarray((times_s >= from_s - 0.05) & (times_s <= to_s + 0.05))
