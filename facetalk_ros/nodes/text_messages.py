# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The text messages of dialogue stacks, told apart by their fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from ..speech.timings import TimedPhone, TimedWord

_NS = 1_000_000_000
# An hour of speech; what is longer would keep the node busy for seconds.
_LONGEST_TEXT = 60_000
_Timed = TypeVar('_Timed', TimedWord, TimedPhone)


class BadTextMessage(ValueError):
    """A message that cannot be used as text; the text says why."""


class TextInput(NamedTuple):
    """What is going to be said; the fields of Presenter.push_text and the utterance's id."""

    text: str
    language: str = ''
    words: Sequence[TimedWord] = ()
    phones: Sequence[TimedPhone] = ()
    stamp_ns: int = 0
    utterance_id: str = ''


class TextAdapter:
    """Converts messages of one topic: String, DialogueText, hri_msgs/LiveSpeech."""

    def __init__(self) -> None:
        self._spoken_words = 0

    def reset(self) -> None:
        """Forget the utterance that LiveSpeech is in the middle of."""
        self._spoken_words = 0

    def convert(self, message: Any) -> TextInput | None:
        """Convert one message; None when there is nothing new in it.

        Raises:
            BadTextMessage: not a text message, or timings that do not fit together.

        """
        if hasattr(message, 'utterance_id'):
            found = _from_dialogue_text(message)
        elif hasattr(message, 'incremental'):
            found = self._from_live_speech(message)
        elif isinstance(getattr(message, 'data', None), str):
            found = TextInput(message.data) if message.data.strip() else None
        else:
            raise BadTextMessage(f'{type(message).__name__} is not a text message that is known')
        if found is not None and len(found.text) > _LONGEST_TEXT:
            raise BadTextMessage(f'{len(found.text)} characters; at most {_LONGEST_TEXT} at once')
        return found

    def _from_live_speech(self, message: Any) -> TextInput | None:
        """Take what is new: a partial result repeats what was there and may end within a word."""
        language = getattr(message, 'locale', '') or getattr(message, 'language', '')
        language = language.replace('_', '-')
        if message.final:
            new = message.final.split()[self._spoken_words :]
            self._spoken_words = 0
        else:
            new = message.incremental.split()[self._spoken_words : -1]
            self._spoken_words += len(new)
        return TextInput(' '.join(new), language) if new else None


def _from_dialogue_text(message: Any) -> TextInput | None:
    words = _timed(TimedWord, 'word', message.words, message.word_start_s, message.word_end_s)
    phones = _timed(
        TimedPhone, 'phone', message.phones, message.phone_start_s, message.phone_end_s
    )
    if not (message.text.strip() or words or phones):
        return None
    stamp = message.header.stamp
    stamp_ns = int(stamp.sec) * _NS + int(stamp.nanosec)
    return TextInput(message.text, message.language, words, phones, stamp_ns, message.utterance_id)


def _timed(
    make: Callable[[str, float, float], _Timed], kind: str, names: Any, starts: Any, ends: Any
) -> list[_Timed]:
    if not len(names) == len(starts) == len(ends):
        raise BadTextMessage(
            f'{len(names)} {kind}s, {len(starts)} starts and {len(ends)} ends do not belong '
            'together'
        )
    return [make(n, float(s), float(e)) for n, s, e in zip(names, starts, ends, strict=True)]
