# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Which topics of a bag belong to one face, where there may be several robots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .bag_input import BagTopic
from .nodes.audio_messages import AUDIO_TYPES
from .recording import RecordingError

FACE_TYPE = 'facetalk_ros/msg/Blendshapes'
KEYS_TYPE = 'facetalk_ros/msg/KeyMotions'

# Topics that carry the type of another one and are never meant instead of it.
_OTHER_NAMES = ('audio_out', 'blendshapes_overlay')


class FaceTopics:
    """Chooses the topics of one face out of a bag's."""

    def __init__(self, path: Path, topics: Sequence[BagTopic], namespace: str | None) -> None:
        self.warnings: list[str] = []
        self._path = path
        self._topics = topics
        spaces: set[str] = set()
        for types, name in (((FACE_TYPE,), 'blendshapes'), ((KEYS_TYPE,), 'key_motions'),
                            (AUDIO_TYPES, 'audio_out'), (AUDIO_TYPES, 'audio')):  # fmt: skip
            found = {_space(t) for t in topics if t.type_name in types and base_name(t) == name}
            spaces = spaces or found
        if namespace is None and len(spaces) > 1:
            raise RecordingError(
                f'{path}: several faces are in it: give one of the namespaces '
                f'{", ".join(sorted(space or "/" for space in spaces))}'
            )
        self._space = next(iter(spaces), '')
        if namespace is not None:
            self._space = f'/{namespace.strip("/")}'.rstrip('/')
            if not any(t.name.startswith(f'{self._space}/') for t in topics):
                has = ', '.join(sorted(space or '/' for space in spaces)) or 'none'
                raise RecordingError(f'{path}: no namespace {namespace!r}; it has {has}')
        self._others = spaces - {self._space}

    def one(self, types: Sequence[str], name: str, *, must: bool = False) -> BagTopic | None:
        """Return the topic of a name; else the only one of these types; else None."""
        found = [
            t for t in self.all(types) if base_name(t) == name or base_name(t) not in _OTHER_NAMES
        ]
        named = [t for t in found if base_name(t) == name]
        for choice in ([t for t in named if _space(t) == self._space], named, found):
            if len(choice) == 1:
                return choice[0]
            if choice:
                break
        else:
            return None
        problem = (
            f'{self._path}: no {name}, and several other topics that could be it: '
            f'{", ".join(t.name for t in choice)}'
        )
        if must:
            raise RecordingError(problem)
        self.warnings.append(problem)
        return None

    def named(self, types: Sequence[str], name: str) -> BagTopic | None:
        """Return the topic of a name, of this face or of all."""
        found = [t for t in self.all(types) if base_name(t) == name]
        mine = [t for t in found if _space(t) == self._space]
        return next(iter([*mine, *found]), None)

    def all(self, types: Sequence[str]) -> list[BagTopic]:
        """Return all topics of these types that belong to this face or to no other."""
        return [
            t
            for t in self._topics
            if t.type_name in types
            and (self._is_mine(t) or not any(t.name.startswith(f'{o}/') for o in self._others))
        ]

    def _is_mine(self, topic: BagTopic) -> bool:
        return bool(self._space) and topic.name.startswith(f'{self._space}/')


def base_name(topic: BagTopic) -> str:
    """Return the last part of a topic's name."""
    return topic.name.rpartition('/')[2]


def _space(topic: BagTopic) -> str:
    return topic.name.rpartition('/')[0]
