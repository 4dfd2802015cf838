# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Install without ROS; everything is declared in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# top-level folders, where ROS wants them; see facetalk_ros/resources.py
SHARED = ('msg', 'config', 'launch')


class BuildWithShared(build_py):
    """Put the shared folders into the wheel; a checkout or an editable install has them."""

    def run(self) -> None:
        """Copy the modules, then the shared folders."""
        super().run()
        if not self.editable_mode:
            for source, target in self._shared():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Name what run writes."""
        outputs = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, *(t for _, t in self._shared())]

    def _shared(self) -> list[tuple[str, str]]:
        target = Path(self.build_lib, 'facetalk_ros', 'share')
        return [
            (str(path), str(target / path))
            for folder in SHARED
            for path in sorted(Path(folder).rglob('*'))
            if path.is_file() and '__pycache__' not in path.parts
        ]


setup(cmdclass={'build_py': BuildWithShared})
