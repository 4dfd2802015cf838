# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""What a page is told once, when it connects: names, faces, regions, presets, joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from facetalk_ros.actuators import ActuatorMap
from facetalk_ros.face import ARKIT_NAMES
from facetalk_ros.face.names import sides
from facetalk_ros.resources import resource_dir

from ..face_file import face_names, parse_face

_REGIONS = ('eye', 'brow', 'cheek', 'nose', 'jaw', 'mouth', 'tongue')


@dataclass(frozen=True)
class Joint:
    """A joint of the actuator map; angles in radians."""

    name: str
    lower: float
    upper: float
    neutral: float
    group: str


@dataclass(frozen=True)
class Abilities:
    """What the page may ask for; it hides the rest."""

    overlay: bool = False
    say: bool = False
    reset: bool = False
    expressions: tuple[str, ...] = ()
    """Names that can be asked for."""


@dataclass(frozen=True)
class Scene:
    """The part of `hello` that does not change while the server runs.

    Attributes:
        face: the name of the face that is shown first; one of ``faces``.
        faces: face files as they are, by name.
        abilities: see Abilities.
        title: what is being shown.

    """

    face: str
    faces: dict[str, Any]
    abilities: Abilities = Abilities()
    title: str = ''

    def hello(self) -> dict[str, Any]:
        """Return the fields of `hello` that come from here."""
        return {
            'version': 1,
            'arkit': list(ARKIT_NAMES),
            'face': self.face,
            'faces': self.faces,
            'regions': regions(),
            'presets': presets(),
            'can': {
                'overlay': self.abilities.overlay,
                'expression': bool(self.abilities.expressions),
                'say': self.abilities.say,
                'reset': self.abilities.reset,
            },
            'expressions': list(self.abilities.expressions),
            'title': self.title,
        }


def load_faces(face: str = 'friendly') -> tuple[str, dict[str, Any]]:
    """Return the name of a face and all face files by name, its own among them.

    Args:
        face: the name of one that ships, or the path of a YAML file.

    Raises:
        ValueError: no face of this name, or a file that is no face.
        OSError: the file cannot be read.

    """
    faces = {}
    for name in face_names():
        faces[name] = _read(resource_dir('config') / 'faces' / f'{name}.yaml')
    if Path(face).suffix in ('.yaml', '.yml'):
        name = Path(face).stem
        faces[name] = _read(Path(face))
        return name, faces
    if face not in faces:
        raise ValueError(f'no face {face!r}; there are {", ".join(faces)}')
    return face, faces


def _read(path: Path) -> Any:
    try:
        data = yaml.safe_load(path.read_text('utf-8'))
        parse_face(data)  # the page draws without checking
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f'{path}: {" ".join(str(error).split())}') from error
    return data


def regions() -> dict[str, list[str]]:
    """Return the ARKit names by region of the face, for sliders."""
    return {
        region: [name for name in ARKIT_NAMES if name.startswith(region)] for region in _REGIONS
    }


@cache
def presets() -> dict[str, dict[str, float]]:
    """Return the weights of faces to try, by name; see presets.yaml."""
    with (Path(__file__).parent / 'presets.yaml').open(encoding='utf-8') as file:
        table = yaml.safe_load(file)
    found: dict[str, dict[str, float]] = {}
    for name, weights in table.items():
        found[name] = {side: float(w) for shape, w in weights.items() for side in sides(shape)}
    return found


def map_joints(actuators: ActuatorMap) -> list[Joint]:
    """Return the joints of an actuator map, in its order."""
    group_of = {i: group.name for group in actuators.groups for i in group.joints}
    return [
        Joint(j.name, j.lower_rad, j.upper_rad, j.neutral_rad, group_of.get(i, ''))
        for i, j in enumerate(actuators.joints)
    ]


def joints_values(joints: Sequence[Joint]) -> list[dict[str, Any]]:
    """Return joints as the page reads them."""
    return [asdict(joint) for joint in joints]
