# SPDX-FileCopyrightText: 2026 The facetalk_ros founders
# SPDX-License-Identifier: Apache-2.0
"""Start the talk node, with servos and a view if asked for; end when a node of these ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from lifecycle_msgs.msg import Transition

# Arguments that stand for a parameter of the node. Empty: what params_file says.
PARAMETERS = {
    'fps': float,
    'device': str,
    'weights': str,
}


def generate_launch_description() -> LaunchDescription:
    share = FindPackageShare('facetalk_ros')
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'namespace',
                default_value='',
                description='namespace of the nodes and their topics',
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
                description='where the models run: auto, cpu, cuda or tensorrt; empty: as in '
                'params_file',
            ),
            DeclareLaunchArgument(
                'weights',
                default_value='',
                description='folder of networks that facetalk train wrote; empty: as in '
                'params_file',
            ),
            DeclareLaunchArgument(
                'actuators',
                default_value='',
                description='actuator map for servos: a .yaml file, or the name of one that '
                'ships; empty: none',
            ),
            DeclareLaunchArgument(
                'actuators_params_file',
                default_value=PathJoinSubstitution([share, 'config', 'actuators.yaml']),
                description='parameters of the actuator node (YAML)',
            ),
            DeclareLaunchArgument(
                'view',
                default_value='false',
                choices=['true', 'false'],
                description='show the face in a browser; the node prints the address',
            ),
            DeclareLaunchArgument(
                'view_host',
                default_value='127.0.0.1',
                description='address that the view listens on',
            ),
            DeclareLaunchArgument(
                'view_port',
                default_value='0',
                description='TCP port of the view; 0: one that is free',
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
                description='configure and activate the nodes; else they wait for ros2 lifecycle',
            ),
            DeclareLaunchArgument(
                'log_level',
                default_value='info',
                choices=['debug', 'info', 'warn', 'error', 'fatal'],
                description='least severity that is logged',
            ),
            OpaqueFunction(function=nodes),
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


def end(event: ProcessExited, context: LaunchContext) -> Shutdown | None:
    """End the launch with the node; a second shutdown would be an error in launch_ros."""
    return None if context.is_shutdown else Shutdown(reason=f'{event.process_name} ended')


def nodes(context: LaunchContext) -> list[Action]:
    """Return the nodes asked for and the handlers that drive their lifecycles."""
    arguments = context.launch_configurations
    sim_time = {'use_sim_time': arguments['use_sim_time'] == 'true'}
    lifecycle = [
        lifecycle_node(
            'talk',
            [existing(arguments, 'params_file'), given_parameters(arguments)],
            [('audio', LaunchConfiguration('audio')), ('text', LaunchConfiguration('text'))],
        )
    ]
    if arguments['actuators']:
        own = {'map': ParameterValue(arguments['actuators'], value_type=str), **sim_time}
        lifecycle.append(
            lifecycle_node('actuators', [existing(arguments, 'actuators_params_file'), own])
        )
    drive = [
        handler
        for node, name in zip(lifecycle, ('talk', 'actuators'), strict=False)
        for handler in (start_handlers(node, name) if arguments['autostart'] == 'true' else [])
    ]
    others = [view_node(arguments, sim_time)] if arguments['view'] == 'true' else []
    # the handlers first, so that no transition is missed
    return [*map(RegisterEventHandler, drive), *lifecycle, *others]


def existing(arguments: dict[str, str], name: str) -> str:
    """Return the path in an argument; launch_ros would only warn of a file that is not there."""
    if not Path(arguments[name]).is_file():
        raise FileNotFoundError(f'{name}:={arguments[name]}: no such file')
    return arguments[name]


def lifecycle_node(
    name: str, parameters: list[Any], remappings: Sequence[tuple[str, Any]] = ()
) -> LifecycleNode:
    return LifecycleNode(
        package='facetalk_ros',
        executable=name,
        name=name,
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=parameters,
        remappings=list(remappings),
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        on_exit=end,
    )


def view_node(arguments: dict[str, str], sim_time: dict[str, bool]) -> Node:
    port = arguments['view_port']
    if not port.isdigit():
        raise ValueError(f'view_port:={port} is not a port')
    return Node(
        package='facetalk_ros',
        executable='view',
        name='view',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=[
            {
                'host': ParameterValue(arguments['view_host'], value_type=str),
                'port': int(port),
                'map': ParameterValue(arguments['actuators'], value_type=str),
                **sim_time,
            }
        ],
        remappings=[('text', LaunchConfiguration('text'))],
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
    )


def start_handlers(node: LifecycleNode, name: str) -> list[BaseEventHandler]:
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
        on(start, goal, LogInfo(msg=f'{name} does not start: see its log'), Shutdown())
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
