# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A user's own capture: sound with Live Link CSV, CSV or JSON beside it, and maybe the text."""

from __future__ import annotations

from pathlib import Path

from .checks import Collected
from .motion import Motion, unknown_columns
from .recording import Recording

#: What counts as sound.
SOUND_SUFFIXES = ('.wav', '.flac', '.ogg', '.opus', '.mp3', '.aiff', '.aif')
# The first that is there is taken.
_MOTION_SUFFIXES = ('.csv', '.livelink.csv', '.json')
_LICENCE = "the user's own"


def sounds_in(folder: Path) -> list[Path]:
    """Return the sound files that lie directly in a folder, in order of their names."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SOUND_SUFFIXES
        and path.is_file()
        and not path.name.startswith('.')
    )


def read_capture(folder: Path) -> Collected:
    """Read NAME.wav with NAME.csv, NAME.livelink.csv or NAME.json, and NAME.txt if it is there.

    The folder's name is the speaker. Sound of any rate and format is taken. Live Link takes start
    with their sound; the other two tell times of the sound. A recording without motion is kept as
    sound; it is listed where others have motion.
    """
    found = Collected()
    folder = folder.resolve()
    silent = []
    used: set[Path] = set()
    for sound in sounds_in(folder):
        motion = _motion(sound)
        if motion is None:
            silent.append(sound)
        else:
            used |= {motion, *_others(sound)}
        found.skipped += _notes(motion)
        transcript, note = _transcript(sound.with_suffix('.txt'))
        found.skipped += note
        found.add(
            Recording(
                sound.stem, sound, folder.name, 'capture', _LICENCE, 'train', transcript, (), '',
                None if motion is None else Motion(motion),
            )
        )  # fmt: skip
    if used:
        found.skipped += [f'{sound.name}: no motion beside it, sound only' for sound in silent]
    found.skipped += [
        f'{path.name}: no sound beside it'
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in ('.csv', '.json') and path not in used
    ]
    return found


def _others(sound: Path) -> list[Path]:
    return [sound.with_name(sound.stem + suffix) for suffix in _MOTION_SUFFIXES]


def _motion(sound: Path) -> Path | None:
    return next((path for path in _others(sound) if path.is_file()), None)


def _notes(motion: Path | None) -> list[str]:
    if motion is None or motion.suffix != '.csv':
        return []
    try:
        unknown = unknown_columns(motion)
    except OSError:
        return []  # reading the motion says so
    return [f'{motion.name}: unknown columns left out: {", ".join(unknown)}'] if unknown else []


def _transcript(path: Path) -> tuple[str, list[str]]:
    """Return what a recording says, '' when it is not written, and what is wrong with the file."""
    if not path.is_file():
        return '', []
    try:
        return ' '.join(path.read_text(encoding='utf-8-sig').split()), []
    except (OSError, UnicodeDecodeError) as error:
        return '', [f'{path.name}: no text: {error}']
