# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Replays a bag and compares it with a golden one: for the command line and for pytest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..actuators import load_map
from ..bag_input import BagError
from ..bags import ReplayReport, Storage, replay
from ..nodes.parameter_file import read_parameter_file
from ..nodes.talk_parameters import SPECS, face_settings
from ..presentation import Presenter
from ..recording import Recording, RecordingError, read_recording
from ..stream import FaceStream
from .compare import GoldenError, compare
from .report import Comparison
from .speaking import read_flips
from .tolerances import Tolerances

# A live node begins with the first time that it hears of, which may be a little after the first.
_WAKES_S = 0.25


class Outcome(NamedTuple):
    """A comparison and the two recordings that were compared."""

    comparison: Comparison
    expected: Recording
    actual: Recording


def replay_bag(
    bag: Path, out: Path, *, params_file: Path | None = None,
    overrides: Mapping[str, Any] | None = None, text: str = '', audio_topic: str = '',
    text_topic: str = '', actuators: Path | str | None = None, storage: Storage = 'mcap',
    as_golden: bool = False,
) -> ReplayReport:  # fmt: skip
    """Replay a bag with the talk node's parameters; see bags.replay.

    Args:
        bag: what to replay.
        out: the new bag.
        params_file: ROS 2 parameters of the talk node (YAML).
        overrides: parameters that take precedence over the file's.
        text: what is said; '' is what the bag's text says.
        audio_topic: when several topics have audio.
        text_topic: when the text is not on /text.
        actuators: an actuator map: a file, or the name of one that ships.
        storage: of a folder.
        as_golden: only what came out, compressed.

    Raises:
        ValueError: the bag, the parameters or the map cannot be used.
        RuntimeError: the device is not there.
        OSError: something cannot be read or written.

    """
    values: dict[str, Any] = {name: spec.default for name, spec in SPECS.items()}
    if params_file is not None:
        values |= read_parameter_file(params_file)
    values |= overrides or {}
    joints = load_map(actuators) if actuators is not None else None
    face = FaceStream(
        values['fps'], device=values['device'], seed=values['seed'],
        settings=face_settings(values), weights=values['weights'],
    )  # fmt: skip
    # the stamps are those of the talk node
    presenter = Presenter(
        face, ahead_s=values['publish_ahead_s'],
        hold_back_s=values['hold_back_s'] if values['publish_audio_out'] else 0.0,
    )  # fmt: skip
    return replay(
        bag, out, presenter, audio_topic=audio_topic, text_topic=text_topic, text=text,
        language=values['language'], storage=storage, actuators=joints, as_golden=as_golden,
    )  # fmt: skip


def check(
    actual: Path, golden: Path, tolerances: Tolerances, namespace: str | None = None,
    *, live: bool = False,
) -> Outcome:  # fmt: skip
    """Compare what a bag has with what a golden one has.

    Args:
        actual: what came out.
        golden: what is expected: a bag, or a table of `facetalk animate`.
        tolerances: what is still the same.
        namespace: which robot of the bags; None is the only one there.
        live: recorded from a live node: the times of messages without a stamp (is_speaking)
            mean nothing then, and the first moments may be missing.

    Raises:
        GoldenError: one of them cannot be used, or they cannot be compared.

    """
    try:
        read = [
            read_recording(path, namespace=namespace if _is_bag(path) else None)
            for path in (golden, actual)
        ]
        if read[0].warnings:  # what is not whole is no measure
            raise GoldenError(read[0].warnings[0])
        flips = [read_flips(r.path, r, namespace) for r in read]
    except (RecordingError, BagError) as error:
        raise GoldenError(str(error)) from None
    known = (None, None) if live else (flips[0], flips[1])
    wakes_s = _WAKES_S if live else 0.0
    return Outcome(compare(read[0], read[1], tolerances, known, wakes_s=wakes_s), *read)


def _is_bag(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in ('.mcap', '.db3')
