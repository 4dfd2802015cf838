# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The files that a browser may have: the page, three.js and the user's own avatar."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

import facetalk_ros

#: Suffix to media type; files with other suffixes are not served.
MEDIA_TYPES = MappingProxyType(
    {
        '.html': 'text/html; charset=utf-8',
        '.css': 'text/css; charset=utf-8',
        '.js': 'text/javascript; charset=utf-8',
        '.mjs': 'text/javascript; charset=utf-8',
        '.json': 'application/json',
        '.wasm': 'application/wasm',
        '.svg': 'image/svg+xml',
        '.png': 'image/png',
        '.ico': 'image/x-icon',
        '.woff2': 'font/woff2',
    }
)
AVATAR_TYPES = MappingProxyType(
    {'.glb': 'model/gltf-binary', '.vrm': 'model/gltf-binary', '.gltf': 'model/gltf+json'}
)
LARGEST_AVATAR_BYTES = 256 * 1024 * 1024

# What `npm ci` installs beside package.json, by its name under /vendor.
_VENDORS = {'three': 'three', 'three-vrm': '@pixiv/three-vrm'}
_NAME = re.compile('[A-Za-z0-9_@-][A-Za-z0-9_@.-]*')


class Folder:
    """Files of a folder and the folders in it, by names that cannot lead out of it."""

    def __init__(self, root: Path, marker: str) -> None:
        self._root = root
        # `colcon build --symlink-install` links file by file: a link may lead to where the
        # marker lies, and to nowhere else
        self._allowed = (root.resolve(), (root / marker).resolve().parent)

    def find(self, name: str) -> Path | None:
        """Return the file of a name such as 'css/view.css'; None when there is none to give."""
        parts = name.split('/')
        if not all(_NAME.fullmatch(part) for part in parts):
            return None
        try:
            path = self._root.joinpath(*parts).resolve(strict=True)
            found = path.is_file()
        except (OSError, RuntimeError, ValueError):  # no such file, a loop of links
            return None
        inside = any(path.is_relative_to(root) for root in self._allowed)
        return path if found and inside and path.suffix in MEDIA_TYPES else None


def page_folder() -> Folder:
    """Return the page."""
    return Folder(Path(__file__).parent.parent / 'page', 'index.html')


def vendor_folders() -> dict[str, Folder]:
    """Return what of three.js is installed: 'three' and 'three-vrm', or nothing."""
    modules = Path(facetalk_ros.__file__).parent.parent / 'node_modules'
    return {
        name: Folder(modules / package, 'package.json')
        for name, package in _VENDORS.items()
        if (modules / package).is_dir()
    }


def check_avatar(path: Path) -> Path:
    """Return the path of an avatar that can be served.

    Raises:
        ValueError: not a .glb, .vrm or .gltf, or too large.
        OSError: it cannot be read.

    """
    if path.suffix.lower() not in AVATAR_TYPES:
        raise ValueError(f'{path}: an avatar is a .glb, .vrm or .gltf file')
    with path.open('rb') as file:
        size = file.seek(0, 2)
    if not 0 < size <= LARGEST_AVATAR_BYTES:
        raise ValueError(f'{path}: {size} bytes; an avatar has 1 to {LARGEST_AVATAR_BYTES}')
    return path.resolve()
