# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A small head with morph targets as GLB or VRM, made here: no model of others is needed."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

_RINGS, _SPOKES = 24, 32


def head_glb(targets: Sequence[str], vrm: dict[str, Any] | None = None) -> bytes:
    """Return a GLB: a node Head with an egg, and one morph target per name.

    Every target lowers the jaw; those named like a blink pull in what is above the middle.

    Args:
        targets: names of the morph targets, as written in the file.
        vrm: the VRMC_vrm extension, if it is to be a VRM.

    """
    points, normals, triangles = _egg()
    blobs = [points.tobytes(), normals.tobytes(), triangles.tobytes()]
    accessors: list[dict[str, Any]] = [
        _accessor(0, points), _accessor(1, normals),
        {'bufferView': 2, 'componentType': 5123, 'count': triangles.size, 'type': 'SCALAR'},
    ]  # fmt: skip
    for name in targets:
        moved = _moved(points, name)
        accessors.append(_accessor(len(blobs), moved))
        blobs.append(moved.tobytes())
    primitive: dict[str, Any] = {
        'attributes': {'POSITION': 0, 'NORMAL': 1}, 'indices': 2, 'material': 0,
        'targets': [{'POSITION': 3 + i} for i in range(len(targets))],
    }  # fmt: skip
    bones = ['Head', 'hips', 'spine', 'neck', *_LIMBS] if vrm is not None else ['Head']
    gltf: dict[str, Any] = {
        'asset': {'version': '2.0'},
        'scene': 0,
        'scenes': [{'nodes': [len(bones) + 1]}],
        'nodes': [
            {'name': 'Head', 'children': [len(bones)], 'translation': [0, 1.5, 0]},
            *({'name': bone} for bone in bones[1:]),
            {'name': 'face', 'mesh': 0},
            {'name': 'root', 'children': list(range(len(bones)))},
        ],
        'materials': [{'pbrMetallicRoughness': {
            'baseColorFactor': [0.75, 0.42, 0.3, 1], 'metallicFactor': 0}}],
        'meshes': [{'primitives': [primitive], 'extras': {'targetNames': list(targets)}}],
        'accessors': accessors,
    }  # fmt: skip
    if vrm is not None:
        gltf['extensionsUsed'] = ['VRMC_vrm']
        gltf['extensions'] = {'VRMC_vrm': vrm}
    views, body = [], b''
    for blob in blobs:
        views.append({'buffer': 0, 'byteOffset': len(body), 'byteLength': len(blob)})
        body += blob + bytes(-len(blob) % 4)
    gltf |= {'bufferViews': views, 'buffers': [{'byteLength': len(body)}]}
    text = json.dumps(gltf).encode()
    text += b' ' * (-len(text) % 4)
    chunks = struct.pack('<II', len(text), 0x4E4F534A) + text
    chunks += struct.pack('<II', len(body), 0x004E4942) + body
    return struct.pack('<III', 0x46546C67, 2, 12 + len(chunks)) + chunks


_LIMBS = [
    f'{side}{part}' for side in ('left', 'right')
    for part in ('UpperArm', 'LowerArm', 'Hand', 'UpperLeg', 'LowerLeg', 'Foot')
]  # fmt: skip


def head_vrm(expressions: Sequence[str]) -> bytes:
    """Return a VRM 1.0 with preset expressions, each bound to a morph target of another name."""
    bones = ['head', 'hips', 'spine', 'neck', *_LIMBS]
    preset = {
        name: {'morphTargetBinds': [{'node': len(bones), 'index': i, 'weight': 1.0}]}
        for i, name in enumerate(expressions)
    }
    return head_glb(
        [f'Fcl_{i}' for i in range(len(expressions))],
        {
            'specVersion': '1.0',
            'meta': {'name': 'egg', 'authors': ['test'],
                     'licenseUrl': 'https://vrm.dev/licenses/1.0/'},
            'humanoid': {'humanBones': {bone: {'node': i} for i, bone in enumerate(bones)}},
            'expressions': {'preset': preset},
        },
    )  # fmt: skip


def _egg() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    polar, around = np.meshgrid(
        np.linspace(0.001, np.pi - 0.001, _RINGS),
        np.linspace(0, 2 * np.pi, _SPOKES),
        indexing='ij',
    )
    normals = np.stack(
        [np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], -1
    )
    points = normals * [0.08, 0.11, 0.09] + [0, 0.1, 0]
    corner = np.arange(_RINGS * _SPOKES).reshape(_RINGS, _SPOKES)
    a, b, c, d = (corner[i : i - 1 or None, j : j - 1 or None] for i in (0, 1) for j in (0, 1))
    triangles = np.stack([a, c, b, b, c, d], -1)
    return (
        points.reshape(-1, 3).astype('<f4'),
        normals.reshape(-1, 3).astype('<f4'),
        triangles.reshape(-1).astype('<u2'),
    )


def _moved(points: np.ndarray, name: str) -> np.ndarray:
    moved = np.zeros_like(points)
    if 'blink' in name.lower():
        moved[points[:, 1] > 0.15, 2] = -0.03
    else:
        moved[points[:, 1] < 0.07, 1] = -0.05
    return moved


def _accessor(view: int, values: np.ndarray) -> dict[str, Any]:
    return {
        'bufferView': view, 'componentType': 5126, 'count': len(values), 'type': 'VEC3',
        'min': values.min(0).tolist(), 'max': values.max(0).tolist(),
    }  # fmt: skip
