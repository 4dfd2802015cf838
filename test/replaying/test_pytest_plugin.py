# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""The fixture that a robot team imports, in a test suite of its own."""

import subprocess
import sys

import pytest

import facetalk_ros.replaying.run  # noqa: F401  numpy cannot be loaded once for each inner run

pytest_plugins = ['pytester']

PLUGIN = 'facetalk_ros.replaying.pytest_plugin'
TEST = """
def test_hello(facetalk_replay):
    face = facetalk_replay({bag!r}, expect='golden/hello.mcap', {arguments})
    assert len(face.frame_times_s) > 100
"""


@pytest.fixture
def suite(pytester, bag):
    """Return a function that runs a robot team's test with arguments of the fixture."""

    def run(arguments='', *options):
        pytester.makepyfile(test_robot=TEST.format(bag=str(bag), arguments=arguments))
        return pytester.runpytest('-p', PLUGIN, '-p', 'no:cacheprovider', *options)

    return run


def test_a_golden_bag_is_written_then_pins_the_robot(suite, pytester):
    missing = suite()
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(['*no such golden bag; pytest --facetalk-update-golden*'])
    written = suite('', '--facetalk-update-golden')
    written.assert_outcomes(passed=1)
    written.stdout.fnmatch_lines(['facetalk: wrote *hello.mcap'])
    assert (pytester.path / 'golden' / 'hello.mcap').stat().st_size < 50_000
    suite().assert_outcomes(passed=1)
    changed = suite("params={'gain.jawOpen': 0.5}")
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(
        ['*different from *hello.mcap: *', '*jawOpen * instead of * at *', '*what came out: *']
    )
    # the difference is the message, not a walk through our code
    changed.stdout.no_fnmatch_line('*def __call__*')
    suite("params={'gain.jawOpen': 0.5}, tolerance={'jaw': 1.0, 'mouth': 1.0}").assert_outcomes(
        passed=1
    )


def test_joints_are_pinned_as_well(suite):
    suite("actuators='jaw'", '--facetalk-update-golden').assert_outcomes(passed=1)
    stiff = suite("actuators='jaw', params={'strength': 0.8}, tolerance={'all': 1.0, 'joints': 0}")
    stiff.assert_outcomes(failed=1)
    stiff.stdout.fnmatch_lines(['* rad instead of * rad at *'])


def test_a_mistake_is_told(suite):
    suite("tolerance={'jawOpne': 0.1}").stdout.fnmatch_lines(["*ValueError: *'jawOpne'*"])
    suite('', '--facetalk-update-golden').assert_outcomes(passed=1)
    suite("params_file='none.yaml'").stdout.fnmatch_lines(['*none.yaml*'])


@pytest.mark.parametrize('named', [False, True], ids=['found', 'named in the conftest too'])
def test_other_suites_load_nothing_heavy(named, pytester):
    if named:
        pytester.makeconftest(f'pytest_plugins = [{PLUGIN!r}]')
    pytester.makepyfile(
        """
        import sys

        def test_nothing_heavy():
            heavy = {'numpy', 'onnxruntime', 'rosbags', 'facetalk_ros.stream'}
            assert not heavy & set(sys.modules)
        """
    )
    options = [] if named else ['-p', PLUGIN]
    command = [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', *options]
    found = subprocess.run(
        command, cwd=pytester.path, capture_output=True, text=True, check=False, timeout=120
    )
    assert found.returncode == 0, found.stdout + found.stderr
