# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""`facetalk doctor`: what is installed, which providers, what is missing and how to get it."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Callable

from .. import __version__
from .summary import print_rows

# Extra: the module that it brings, what it is for.
_EXTRAS = {
    'video': ('av', 'animate and talk write .mp4, .gif and .png'),
    'view': ('tornado', 'view, talk --view: the face in the browser'),
    'plot': ('matplotlib', 'plot: .png and .svg'),
    'mic': ('sounddevice', 'talk --source mic'),
    'asr': ('faster_whisper', 'animate --asr: text from the sound'),
    'train': ('torch', 'facetalk train'),
}
# What the node's parameter device may say besides auto and cpu.
_DEVICES = ('cuda', 'tensorrt')
_PACKAGES = ('numpy', 'onnxruntime', 'soundfile', 'rosbags', 'cyclonedds')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument('--no-graph', action='store_true', help='leave out the test of the graph')


def run(args: argparse.Namespace) -> int:
    """Print the report; 0 when the default works, else 1."""
    rows = [
        ('facetalk_ros', f'{__version__}, {os.path.dirname(os.path.dirname(__file__))}'),
        ('python', f'{platform.python_version()} on {platform.system()} {platform.machine()}'),
        *((name, _version(name)) for name in _PACKAGES),
    ]
    checks: list[tuple[str, Callable[[], str]]] = [
        ('acoustic model', _model),
        ('dictionary', _dictionary),
        ('graph', _backend),
    ]
    if not args.no_graph:
        checks.append(('graph self-test', _self_test))
    works = True
    for name, check in checks:
        try:
            rows.append((name, check()))
        except (ImportError, ValueError, RuntimeError, OSError) as error:
            works = False
            rows.append((name, f'FAILS: {error}'))
    rows += [(f'device {name}', _device(name)) for name in _DEVICES]
    rows += [(f'extra [{extra}]', _extra(extra, *about)) for extra, about in _EXTRAS.items()]
    print_rows(rows)
    print(
        'everything that the default needs works' if works else 'something is missing: see above'
    )
    return 0 if works else 1


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return 'not installed'


def _extra(extra: str, module: str, use: str) -> str:
    if importlib.util.find_spec(module) is not None:
        return f'installed: {use}'
    return f"not installed ({use}): {sys.executable} -m pip install " \
           f"'facetalk_ros[{extra}]'"  # fmt: skip


def _model() -> str:
    from ..speech.acoustic import default_model

    return f'runs on {default_model().provider}'


def _device(device: str) -> str:
    """Tell whether the models start on a device that nothing needs."""
    from ..inference.session import DEVICES
    from ..speech.acoustic import AcousticModel

    (known,) = (d for d in DEVICES if d == device)
    try:
        AcousticModel(device=known)
    except (ValueError, RuntimeError, OSError) as error:
        return f'not here: {error}'
    return f'the models start there: device:={device}'


def _dictionary() -> str:
    from ..speech.g2p import text_to_phones

    return ' '.join(text_to_phones('Hello.').words[0].phones)


def _backend() -> str:
    from ..ros import backend_name

    names = {'embedded': 'embedded (Cyclone DDS)', 'rclpy': 'ROS 2 (rclpy)'}
    scope = os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '') or 'SUBNET'
    domain = os.environ.get('ROS_DOMAIN_ID', '') or '0'
    return f'{names[backend_name()]}, domain {domain}, discovery {scope}'


def _self_test() -> str:
    from .graph_test import round_trip

    return round_trip()
