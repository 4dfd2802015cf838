# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Start the talk node and drive it to active; end when it ends."""

from __future__ import annotations

from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.action import Action
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    Shutdown,
    UnregisterEventHandler,
)
from launch.event_handler import BaseEventHandler
from launch.event_handlers import OnProcessStart
from launch.events import matches_action
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.substitutions import FindPackageShare
from lifecycle_msgs.msg import Transition

# Arguments that stand for a parameter of the node. Empty: what params_file says.
PARAMETERS = {
    'fps': float,
    'device': str,
}


def generate_launch_description() -> LaunchDescription:
    share = FindPackageShare('facetalk_ros')
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'namespace', default_value='', description='namespace of the node and its topics'
            ),
            DeclareLaunchArgument(
                'params_file',
                default_value=PathJoinSubstitution([share, 'config', 'talk.yaml']),
                description='parameters of the talk node (YAML)',
            ),
            DeclareLaunchArgument(
                'audio', default_value='audio', description='topic of the speech audio'
            ),
            DeclareLaunchArgument(
                'text', default_value='text', description='topic of the dialogue text'
            ),
            DeclareLaunchArgument(
                'fps',
                default_value='',
                description='facial poses per second [Hz]; empty: as in params_file',
            ),
            DeclareLaunchArgument(
                'device',
                default_value='',
                description='where the models run: auto, cpu or cuda; empty: as in params_file',
            ),
            DeclareLaunchArgument(
                'use_sim_time',
                default_value='false',
                choices=['true', 'false'],
                description='take the time from /clock, for example with ros2 bag play --clock',
            ),
            DeclareLaunchArgument(
                'autostart',
                default_value='true',
                choices=['true', 'false'],
                description='configure and activate the node; else it waits for ros2 lifecycle',
            ),
            DeclareLaunchArgument(
                'log_level',
                default_value='info',
                choices=['debug', 'info', 'warn', 'error', 'fatal'],
                description='least severity that is logged',
            ),
            OpaqueFunction(function=talk_node),
        ]
    )


def given_parameters(arguments: dict[str, str]) -> dict[str, bool | float | str]:
    """Return the parameters that the command line decides."""
    parameters: dict[str, bool | float | str] = {
        'use_sim_time': arguments['use_sim_time'] == 'true'
    }
    for name, kind in PARAMETERS.items():
        value = arguments[name]
        if value:
            try:
                parameters[name] = kind(value)
            except ValueError:
                raise ValueError(f'{name}:={value} is not a {kind.__name__}') from None
    return parameters


def end(_: ProcessExited, context: LaunchContext) -> Shutdown | None:
    """End the launch with the node; a second shutdown would be an error in launch_ros."""
    return None if context.is_shutdown else Shutdown(reason='the talk node ended')


def talk_node(context: LaunchContext) -> list[Action]:
    """Return the node and the handlers that drive its lifecycle."""
    params_file = context.launch_configurations['params_file']
    if not Path(params_file).is_file():  # launch_ros would only warn
        raise FileNotFoundError(f'params_file:={params_file}: no such file')
    node = LifecycleNode(
        package='facetalk_ros',
        executable='talk',
        name='talk',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=[
            params_file,
            given_parameters(context.launch_configurations),
        ],
        remappings=[
            ('audio', LaunchConfiguration('audio')),
            ('text', LaunchConfiguration('text')),
        ],
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        on_exit=end,
    )
    drive = start_handlers(node) if context.launch_configurations['autostart'] == 'true' else []
    return [*map(RegisterEventHandler, drive), node]  # so that no transition is missed


def start_handlers(node: LifecycleNode) -> list[BaseEventHandler]:
    """Return what drives the node to active, once: what comes later is the user's own will."""

    def change_state(transition: int) -> EmitEvent:
        return EmitEvent(
            event=ChangeState(
                lifecycle_node_matcher=matches_action(node), transition_id=transition
            )
        )

    def on(start: str | None, goal: str, *entities: Action) -> OnStateTransition:
        return OnStateTransition(
            target_lifecycle_node=node,
            start_state=start,
            goal_state=goal,
            entities=list(entities),
            handle_once=True,
        )

    failures = [
        on(start, goal, LogInfo(msg='talk does not start: see its log'), Shutdown())
        for start, goal in (
            ('configuring', 'unconfigured'),
            ('activating', 'inactive'),
            (None, 'errorprocessing'),
        )
    ]
    return [
        OnProcessStart(
            target_action=node, on_start=[change_state(Transition.TRANSITION_CONFIGURE)]
        ),
        on('configuring', 'inactive', change_state(Transition.TRANSITION_ACTIVATE)),
        on('activating', 'active', *map(UnregisterEventHandler, failures)),
        *failures,
    ]
