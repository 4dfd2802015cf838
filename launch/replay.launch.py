# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Play a bag through the live talk node, record its face, and compare it with a golden bag."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import yaml
from launch import LaunchContext, LaunchDescription
from launch.action import Action
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    Shutdown,
)
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from facetalk_ros.bag_input import BagInput
from facetalk_ros.bags import input_topics

CLOCK_HZ = '100'
# Chunks of audio that may wait for a node on a busy machine.
AUDIO_DEPTH = 5000


class ReplayFailed(Exception):
    """The replay is different, or did not happen: what the launch ends with."""


def generate_launch_description() -> LaunchDescription:
    share = FindPackageShare('facetalk_ros')
    return LaunchDescription(
        [
            DeclareLaunchArgument('bag', description='the rosbag2 folder that is played'),
            DeclareLaunchArgument(
                'rate', default_value='1.0', description='how fast it is played'
            ),
            DeclareLaunchArgument(
                'expect',
                default_value='',
                description='golden bag; without it the face is only recorded',
            ),
            DeclareLaunchArgument(
                'tolerance',
                default_value='',
                description='as of facetalk replay, with spaces between: "0.02 jawOpen=0.05"',
            ),
            DeclareLaunchArgument(
                'tolerance_ms',
                default_value='10',
                description='how far times may be apart: frames just before a sound begins have '
                'stamps up to 10 ms apart from run to run',
            ),
            DeclareLaunchArgument('junit', default_value='', description='JUnit report to write'),
            DeclareLaunchArgument(
                'out', default_value='', description='new folder for the recorded bag'
            ),
            DeclareLaunchArgument(
                'params_file',
                default_value=PathJoinSubstitution([share, 'config', 'talk.yaml']),
                description='parameters of the talk node (YAML)',
            ),
            DeclareLaunchArgument(
                'namespace', default_value='', description='namespace of the talk node'
            ),
            OpaqueFunction(function=replay),
        ]
    )


def replay(context: LaunchContext) -> list[Action]:
    """Return talk node, player and conductor."""
    arguments = context.launch_configurations
    bag = Path(arguments['bag'])
    with BagInput(bag) as source:
        audio, infos, texts = input_topics(source)
    out = arguments['out'] or str(Path(tempfile.mkdtemp(prefix='facetalk-')) / 'face')
    talk_arguments = {
        'audio': audio.name, 'use_sim_time': 'true', 'namespace': arguments['namespace'],
        'params_file': params_file(arguments['params_file'], audio.name),
        **({'text': texts[0].name} if texts else {}),
    }  # fmt: skip
    share = FindPackageShare('facetalk_ros').perform(context)
    talk = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(Path(share) / 'launch' / 'talk.launch.py')),
        launch_arguments=talk_arguments.items(),
    )
    player = ExecuteProcess(
        cmd=[
            'ros2', 'bag', 'play', str(bag), '--clock', CLOCK_HZ, '--rate', arguments['rate'],
            '--start-paused', '--disable-keyboard-controls',
            '--topics', *(topic.name for topic in (audio, *infos, *texts)),
        ],
        output='log',
    )  # fmt: skip
    conductor = ExecuteProcess(
        cmd=[
            sys.executable, '-m', 'facetalk_ros.replaying.live', '--bag', str(bag),
            '--out', out, '--rate', arguments['rate'], '--audio', audio.name,
            *compare_arguments(arguments), '--ros-args', '-r',
            f'__ns:=/{arguments["namespace"].strip("/")}',
        ],
        output='screen', on_exit=end,
    )  # fmt: skip
    return [talk, player, conductor]


def params_file(path: str, audio: str) -> str:
    """Return a copy of a parameter file in which no audio gets lost: live, the newest counts."""
    if not Path(path).is_file():
        raise FileNotFoundError(f'params_file:={path}: no such file')
    parameters = yaml.safe_load(Path(path).read_text('utf-8')) or {}
    nodes = parameters.setdefault('/**', {}).setdefault('ros__parameters', {})
    qos = {'reliability': 'reliable', 'history': 'keep_last', 'depth': AUDIO_DEPTH}
    nodes['qos_overrides'] = {audio: {'subscription': qos}} | nodes.get('qos_overrides', {})
    with tempfile.NamedTemporaryFile(
        'w', prefix='facetalk-', suffix='.yaml', delete=False
    ) as file:
        yaml.safe_dump(parameters, file)
    return file.name


def compare_arguments(arguments: dict[str, str]) -> list[str]:
    """Return the options of facetalk replay, after a --."""
    if not arguments['expect']:
        return []
    found = ['--', '--expect', arguments['expect'], '--tolerance-ms', arguments['tolerance_ms']]
    for tolerance in arguments['tolerance'].split():
        found += ['--tolerance', tolerance]
    if arguments['junit']:
        found += ['--junit', arguments['junit']]
    return found


def end(event: ProcessExited, context: LaunchContext) -> Shutdown | None:
    """End the launch with the conductor: an exception is what gives it another exit code."""
    if event.returncode and not context.is_shutdown:
        raise ReplayFailed(f'the replay ended with exit code {event.returncode}: see above')
    return None if context.is_shutdown else Shutdown(reason='the replay is done')
