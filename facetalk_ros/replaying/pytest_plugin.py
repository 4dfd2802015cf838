# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""A pytest fixture that pins how a robot's face behaves.

    def test_hello(facetalk_replay):
        facetalk_replay('hello.bag', expect='hello.golden.mcap', params_file='talk.yaml')

With `pip install` pytest finds it by itself. In a ROS 2 workspace, name it in the conftest.py:
`pytest_plugins = ['facetalk_ros.replaying.pytest_plugin']`. Nothing heavy is imported before a
test uses it. `pytest --facetalk-update-golden` writes the golden bags anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..recording import Recording

_UPDATE = '--facetalk-update-golden'
_WRITTEN: pytest.StashKey[list[Path]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden bags."""
    parser.getgroup('facetalk').addoption(
        _UPDATE, action='store_true',
        help='facetalk_replay writes the golden bags instead of comparing with them',
    )  # fmt: skip


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell which golden bags were written."""
    for path in config.stash.get(_WRITTEN, []):
        terminalreporter.write_line(f'facetalk: wrote {path}')


@pytest.fixture
def facetalk_replay(request: pytest.FixtureRequest, tmp_path: Path) -> Replay:
    """Replay a bag and compare what comes out with a golden bag; see Replay."""
    return Replay(request.config, request.path.parent, tmp_path)


class Replay:
    """What the fixture facetalk_replay gives: a function.

    Args:
        config: pytest's.
        folder: what paths are relative to: the folder of the test.
        scratch: for what comes out.

    """

    def __init__(self, config: pytest.Config, folder: Path, scratch: Path) -> None:
        self._config = config
        self._folder = folder
        self._scratch = scratch
        self._count = 0

    def __call__(
        self, bag: str | PathLike[str], *, expect: str | PathLike[str] | None = None,
        tolerance: float | Mapping[str, float] | None = None, tolerance_ms: float | None = None,
        params_file: str | PathLike[str] | None = None, params: Mapping[str, Any] | None = None,
        actuators: str | PathLike[str] | None = None, text: str = '', audio_topic: str = '',
        text_topic: str = '', lines: int = 20,
    ) -> Recording:  # fmt: skip
        """Replay a bag and compare; return the Recording of what came out.

        Args:
            bag: what the robot heard: a rosbag2 folder, .mcap or .db3.
            expect: the golden bag; None only replays.
            tolerance: how far weights may be off, 0.01: one number, or by name as
                ``{'all': 0.02, 'jawOpen': 0.05, 'joints': 0.01}``.
            tolerance_ms: how far times may be apart, 1.
            params_file: ROS 2 parameters of the talk node (YAML).
            params: some of them by name, which take precedence.
            actuators: an actuator map, or the name of one that ships: joints as well.
            text: what is said; '' is what the bag's text says.
            audio_topic: when several topics have audio.
            text_topic: when the text is not on /text.
            lines: differences that are told.

        Raises:
            AssertionError: it differs from the golden bag, or there is none.
            ValueError: a bag, parameters, tolerances or a map cannot be used.

        """
        __tracebackhide__ = True
        from ..recording import read_recording
        from .run import check, replay_bag
        from .tolerances import tolerances

        limits = tolerances(tolerance, tolerance_ms)
        golden = None if expect is None else self._folder / expect
        update = golden is not None and bool(self._config.getoption(_UPDATE))
        if golden is None or not update:
            self._count += 1
            out = self._scratch / f'replay-{self._count}.mcap'
        else:
            out = golden
            out.parent.mkdir(parents=True, exist_ok=True)
            self._config.stash.setdefault(_WRITTEN, []).append(out)
        if golden is not None and not update and not golden.exists():
            raise AssertionError(f'{golden}: no such golden bag; pytest {_UPDATE} writes it')
        replay_bag(
            self._folder / bag, out,
            params_file=None if params_file is None else self._folder / params_file,
            overrides=params, text=text, audio_topic=audio_topic, text_topic=text_topic,
            actuators=self._map(actuators), as_golden=update,
        )  # fmt: skip
        if golden is None or update:
            return read_recording(out)
        comparison, _, actual = check(out, golden, limits)
        if not comparison.same:
            raise AssertionError('\n'.join([*comparison.lines(lines), f'what came out: {out}']))
        return actual

    def _map(self, name: str | PathLike[str] | None) -> str | None:
        """Return the path of a map beside the test, or the name of one that ships."""
        if name is None:
            return None
        path = self._folder / name
        return str(path if path.exists() else name)
